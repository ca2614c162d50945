package interop

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
)

// javaDriver is a running Java process that carries out orders with the
// official client library.
type javaDriver struct {
	t      *testing.T
	orders io.WriteCloser
	lines  *bufio.Reader
}

// words are the words of an order or of its answer.
type words map[string]string

// driverClasses compiles the driver once for all tests.
var driverClasses = sync.OnceValues(compileDriver)

func compileDriver() (string, error) {
	dir, err := os.MkdirTemp("", "poststelle-driver-")
	if err != nil {
		return "", err
	}
	sources, err := filepath.Glob("driver/*.java")
	if err != nil {
		return "", err
	}
	args := append([]string{"-encoding", "UTF-8", "-cp", os.Getenv("OSCI_CLASSPATH"), "-d", dir}, sources...)
	if out, err := exec.Command("javac", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling the driver: %w\n%s", err, out)
	}
	return dir, nil
}

// needJava skips the test where the official client is not at hand.
func needJava(t *testing.T) {
	t.Helper()
	if os.Getenv("OSCI_CLASSPATH") == "" {
		t.Skip("OSCI_CLASSPATH is not set: no official Java client here")
	}
	for _, tool := range []string{"javac", "java"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on the PATH: no official Java client here", tool)
		}
	}
}

// startJava starts the driver for one test.
func startJava(t *testing.T) *javaDriver {
	t.Helper()
	needJava(t)
	classes, err := driverClasses()
	if err != nil {
		t.Fatal(err)
	}
	path := classes + string(os.PathListSeparator) + os.Getenv("OSCI_CLASSPATH")
	cmd := exec.Command("java", "-Xmx1g", "-cp", path, "Driver")
	cmd.Stderr = &logWriter{t: t}
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		orders.Close() // the driver ends with its input
		if err := cmd.Wait(); err != nil {
			t.Errorf("driver: %v", err)
		}
	})
	return &javaDriver{t: t, orders: orders, lines: bufio.NewReader(answers)}
}

// order carries out one order; a failed one has the word "error".
func (j *javaDriver) order(verb string, w words) words {
	j.t.Helper()
	line := verb
	for _, key := range sortedKeys(w) {
		line += " " + key + "=" + url.QueryEscape(w[key])
	}
	if _, err := fmt.Fprintln(j.orders, line); err != nil {
		j.t.Fatalf("driver is gone: %v", err)
	}
	result := words{}
	for {
		text, err := j.lines.ReadString('\n')
		if err != nil {
			j.t.Fatalf("driver is gone during %q: %v", line, err)
		}
		if text == "\n" {
			return result
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "=")
		if result[key], err = url.QueryUnescape(value); err != nil {
			j.t.Fatal(err)
		}
	}
}

// must is order for what has to succeed.
func (j *javaDriver) must(verb string, w words) words {
	j.t.Helper()
	result := j.order(verb, w)
	if result["error"] != "" {
		j.t.Fatalf("%s %v: %s %s: %s", verb, w, result["error"], result["code"], result["message"])
	}
	return result
}

// codes are the codes of an answer's feedback, blank-separated.
func (w words) codes() string {
	var codes []string
	for _, entry := range strings.Split(w["feedback"], "\n") {
		code, _, _ := strings.Cut(entry, "|")
		codes = append(codes, code)
	}
	return strings.Join(codes, " ")
}

// with is a copy with more words.
func (w words) with(more words) words {
	joined := words{}
	for _, one := range []words{w, more} {
		for key, value := range one {
			joined[key] = value
		}
	}
	return joined
}

func sortedKeys(w words) []string {
	var keys []string
	for key := range w {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// logWriter sends a process's chatter to the test's log.
type logWriter struct {
	t  *testing.T
	mu sync.Mutex
}

func (l *logWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}
