package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary double as poststelle, so that scripts run the
// real program in processes of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"poststelle": main})
}

// TestScripts runs testdata/scripts: the product through its command line.
// Besides testscript's own commands there are
//
//	open DIR            runs serve DIR; $URL and $ADMIN are its addresses
//	close               stops it with SIGTERM and demands exit code 0
//	jsonpath FILE PATH  prints what lies at a.b.0.c of a JSON file; with ! the
//	                    list must be shorter
//	random FILE SIZE    makes a file of random octets
//	tamper FILE OLD NEW replaces the last OLD in a file
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("..", "..", "testdata", "scripts"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("POSTSTELLE_PASSWORD", "test")
			e.Setenv("LANG", "en")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"open": scriptOpen, "close": scriptClose, "jsonpath": scriptJSONPath, "random": scriptRandom, "tamper": scriptTamper,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// openOffice is a running serve of a script.
type openOffice struct {
	command *exec.Cmd
	log     bytes.Buffer
	closed  bool
}

func scriptOpen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: open DIR")
	}
	path, err := exec.LookPath(filepath.Join(binFolder(ts), "poststelle"))
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	o := &openOffice{command: exec.CommandContext(ctx, path, "serve", ts.MkAbs(args[0]))}
	o.command.Env = append(os.Environ(), "POSTSTELLE_PASSWORD=test", "LANG=en", "TMPDIR="+ts.Getenv("TMPDIR"))
	o.command.Stderr = &o.log
	out, err := o.command.StdoutPipe()
	ts.Check(err)
	ts.Check(o.command.Start())
	ts.Defer(func() {
		defer cancel()
		if !o.closed {
			o.command.Process.Kill()
			o.command.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		ts.Fatalf("office did not open: %v\n%s", err, o.log.String())
	}
	for _, word := range strings.Fields(line) {
		if url, ok := strings.CutPrefix(word, "osci="); ok {
			ts.Setenv("URL", url)
		}
		if url, ok := strings.CutPrefix(word, "admin="); ok {
			ts.Setenv("ADMIN", url)
		}
	}
	offices.Store(ts, o)
}

// offices are the running ones by script, for scripts run side by side.
var offices sync.Map

func scriptClose(ts *testscript.TestScript, neg bool, args []string) {
	found, ok := offices.LoadAndDelete(ts)
	if neg || len(args) != 0 || !ok {
		ts.Fatalf("usage: close, after open")
	}
	o := found.(*openOffice)
	o.closed = true
	ts.Check(o.command.Process.Signal(syscall.SIGTERM))
	if err := o.command.Wait(); err != nil {
		ts.Fatalf("office ended with %v\n%s", err, o.log.String())
	}
}

func binFolder(ts *testscript.TestScript) string {
	for _, folder := range filepath.SplitList(ts.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(folder, "poststelle")); err == nil {
			return folder
		}
	}
	ts.Fatalf("no poststelle in the script's PATH")
	return ""
}

func scriptJSONPath(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: jsonpath FILE PATH")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &value))
	for _, step := range strings.Split(args[1], ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				if neg {
					return
				}
				ts.Fatalf("no entry %s of %d in %s", step, len(v), args[1])
			}
			value = v[i]
		default:
			ts.Fatalf("nothing at %s of %s", step, args[1])
		}
	}
	if neg {
		ts.Fatalf("there is %v at %s", value, args[1])
	}
	fmt.Fprintln(ts.Stdout(), value)
}

func scriptRandom(ts *testscript.TestScript, neg bool, args []string) {
	var size int
	if neg || len(args) != 2 {
		ts.Fatalf("usage: random FILE SIZE")
	}
	_, err := fmt.Sscan(args[1], &size)
	ts.Check(err)
	octets := make([]byte, size)
	_, err = rand.Read(octets)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), octets, 0o600))
}

func scriptTamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: tamper FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	at := strings.LastIndex(text, args[1])
	if at < 0 {
		ts.Fatalf("no %q in %s", args[1], args[0])
	}
	text = text[:at] + args[2] + text[at+len(args[1]):]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
