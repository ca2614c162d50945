package interop

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// process is an office as people run it: the program, in a process of its own,
// that a test can kill. Its store is out of reach.
type process struct {
	*office
	binary, dir string
	cmd         *exec.Cmd
}

// startProcess builds the program, makes an office that takes anything, and
// starts it.
func startProcess(t testing.TB) *process {
	t.Helper()
	home := t.TempDir()
	p := &process{
		office: &office{t: t, spool: newSpool(t, filepath.Join(home, "spool"))},
		binary: filepath.Join(home, "poststelle"), dir: filepath.Join(home, "office"),
	}
	p.run("go", "build", "-o", p.binary, "../cmd/poststelle")
	p.run(p.binary, "init", p.dir, "--listen", "127.0.0.1:0", "--open")
	p.start()
	t.Cleanup(p.kill)
	return p
}

func (p *process) run(name string, args ...string) {
	p.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// start starts the office and waits until it says that it takes letters.
func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.binary, "serve", p.dir)
	log, err := os.Create(filepath.Join(p.t.TempDir(), "log"))
	check(p.t, err)
	defer log.Close()
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	check(p.t, err)
	check(p.t, p.cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if rest, ready := strings.CutPrefix(lines.Text(), "ready osci="); ready {
			p.url, _, _ = strings.Cut(rest, " ")
			return
		}
	}
	octets, _ := os.ReadFile(log.Name())
	p.t.Fatalf("the office did not open: %v\n%s", lines.Err(), octets)
}

// kill is kill -9: nothing in the process gets to know.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait() // says that it was killed
	}
}

// crash kills the office and starts it again on what it left.
func (p *process) crash() {
	p.t.Helper()
	p.kill()
	p.start()
}
