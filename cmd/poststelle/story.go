package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"
)

// story runs commands of this program in a folder and tells what they did.
type story struct {
	app    *app
	folder string
	start  time.Time
	// url is the office's address.
	url string
	// stop ends the office and waits for it.
	stop func() error

	bold, plain string
	chapters    int

	// What is told about later.
	sums map[string]string // SHA-256 of the attachments, by name
	id   string
}

func newStory(a *app, folder string) *story {
	s := &story{app: a, folder: folder, start: time.Now(), stop: func() error { return nil }}
	if file, ok := a.Stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) && a.Getenv("NO_COLOR") == "" {
		s.bold, s.plain = "\x1b[1m", "\x1b[0m"
	}
	return s
}

// tell goes through the chapters and closes the office in any case.
func (s *story) tell() (err error) {
	defer func() { err = errors.Join(err, s.stop()) }()
	s.title()
	chapters := []func() error{s.makeKeys, s.openOffice, s.write, s.collect, s.askForCards, s.audit, s.tamper}
	for _, chapter := range chapters {
		if err := chapter(); err != nil {
			return err
		}
	}
	s.end()
	return nil
}

// command carries out one command of this program, shown as it would be typed
// in the story's folder, and gives what it printed.
func (s *story) command(args ...word) (string, error) {
	s.show(args, "")
	begin := time.Now()
	out, err := s.silently(args...)
	if err == nil {
		fmt.Fprintf(s.app.Stdout, "      %s\n", s.duration(time.Since(begin)))
	}
	return out, err
}

// silently carries out a command without showing it.
func (s *story) silently(args ...word) (string, error) {
	var out, problems bytes.Buffer
	err := s.actor(&out, &problems).execute(s.real(args))
	if err != nil {
		return out.String(), fmt.Errorf("poststelle %s: %w", args[0], err)
	}
	return out.String(), nil
}

// actor is an app that works in the story's folder.
func (s *story) actor(out, problems io.Writer) *app {
	one := *s.app
	one.Stdout, one.Stderr, one.Stdin, one.Logger = out, problems, strings.NewReader(""), nil
	one.Getenv = func(name string) string {
		if name == "POSTSTELLE_PASSWORD" {
			return storyPassword
		}
		return s.app.Getenv(name)
	}
	return &one
}

// serve runs the office beside the story until stop.
func (s *story) serve(args ...word) error {
	s.show(args, " &")
	log, err := os.OpenFile(filepath.Join(s.folder, "office.log"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	words, out := io.Pipe()
	one := s.actor(out, log)
	ctx, cancel := context.WithCancel(one.base)
	one.base = ctx
	ended := make(chan error, 1)
	go func() {
		err := one.execute(s.real(args))
		out.CloseWithError(err)
		ended <- err
	}()
	s.stop = func() error {
		s.stop = func() error { return nil }
		cancel()
		return errors.Join(<-ended, log.Close())
	}
	return s.ready(words)
}

// ready reads the line with which serve says that it takes letters.
func (s *story) ready(words *io.PipeReader) error {
	var line []byte
	octet := make([]byte, 1)
	for len(line) == 0 || line[len(line)-1] != '\n' {
		if _, err := words.Read(octet); err != nil {
			return fmt.Errorf("the office did not open: %w", err)
		}
		line = append(line, octet[0])
	}
	go io.Copy(io.Discard, words)
	for _, word := range strings.Fields(string(line)) {
		if url, ok := strings.CutPrefix(word, "osci="); ok {
			s.url = url
			return nil
		}
	}
	return fmt.Errorf("the office said %q", line)
}
