package interop

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkLetterOf200MB sends and fetches one letter with an attachment of
// 200 MB between processes: send, serve and fetch as people run them. It
// reports the peak memory of each; the limit is 150 MB.
func BenchmarkLetterOf200MB(b *testing.B) {
	const size = 200_000_000
	for b.Loop() {
		b.StopTimer()
		p := startProcess(b)
		home := b.TempDir()
		file := filepath.Join(home, "gross.bin")
		sum := writePattern(b, file, size)
		b.Setenv("POSTSTELLE_PASSWORD", "benchmark")
		firm, town := filepath.Join(home, "firm"), filepath.Join(home, "town")
		p.run(p.binary, "keys", "new", firm)
		p.run(p.binary, "keys", "new", town)
		office := []string{"--url", p.url, "--intermediary", filepath.Join(p.dir, "intermediary-cipher.cer")}
		b.StartTimer()
		sender := peakOf(b, exec.Command(p.binary, append([]string{"send", "--as", firm, "--to", town + "-cipher.cer", "--subject", "Groß", "--attach", file}, office...)...))
		inbox := filepath.Join(home, "inbox")
		reader := peakOf(b, exec.Command(p.binary, append([]string{"fetch", "--as", town, "--out", inbox}, office...)...))
		b.StopTimer()
		wantFile(b, inbox, sum)
		b.ReportMetric(sender, "sender-MB")
		b.ReportMetric(reader, "reader-MB")
		b.ReportMetric(highWater(b, p.cmd.Process.Pid), "office-MB")
		b.ReportMetric(150, "limit-MB")
		p.kill()
		b.StartTimer()
	}
	b.SetBytes(2 * size)
}

// writePattern makes a file of the size and gives its SHA-256.
func writePattern(b *testing.B, name string, size int64) string {
	file, err := os.Create(name)
	check(b, err)
	defer file.Close()
	source, err := pattern(size).Open()
	check(b, err)
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, sum), source)
	check(b, err)
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// peakOf runs a command and gives its peak memory in MB.
func peakOf(b *testing.B, cmd *exec.Cmd) float64 {
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Skip("this system does not tell the memory of a process")
	}
	return float64(used.Maxrss) * 1024 / 1e6 // Linux counts in KiB
}

// highWater is the peak memory of a running process in MB.
func highWater(b *testing.B, pid int) float64 {
	octets, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		b.Skip("this system does not tell the memory of a process: ", err)
	}
	_, rest, _ := strings.Cut(string(octets), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	check(b, err)
	return kib * 1024 / 1e6
}

// wantFile demands that the folder holds one attachment with that SHA-256.
func wantFile(b *testing.B, inbox, sum string) {
	found, err := filepath.Glob(filepath.Join(inbox, "*", "gross.bin"))
	check(b, err)
	if len(found) == 0 { // attachments may lie in a folder of their own
		found, err = filepath.Glob(filepath.Join(inbox, "*", "*", "gross.bin"))
		check(b, err)
	}
	if len(found) != 1 {
		b.Fatalf("%d files found", len(found))
	}
	file, err := os.Open(found[0])
	check(b, err)
	defer file.Close()
	have := sha256.New()
	_, err = io.Copy(have, file)
	check(b, err)
	if fmt.Sprintf("%x", have.Sum(nil)) != sum {
		b.Fatal("the attachment is not what was sent")
	}
}
