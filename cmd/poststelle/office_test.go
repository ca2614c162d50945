package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poststelle/mailbox"
)

// newOffice makes the folder of an office that listens anywhere.
func newOffice(t *testing.T, o *outside) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "office")
	o.does(t, 0, "init", dir, "--listen", "127.0.0.1:0")
	return dir
}

// opened starts it inside the test.
func opened(t *testing.T, o *outside, dir string) *running {
	t.Helper()
	c, err := o.loadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	office, err := startOffice(context.Background(), o.app, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := office.Close(); err != nil {
			t.Errorf("closing the office: %v", err)
		}
	})
	return office
}

func TestOfficeAnswersHealthAndMetricsOnTheOperatorsAddressOnly(t *testing.T) {
	o := newOutside("LANG", "en")
	office := opened(t, o, newOffice(t, o))
	for _, path := range []string{"healthz", "readyz", "metrics"} {
		response, err := http.Get(office.AdminURL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
	response, err := http.Get(office.URL + "metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	octets, err := io.ReadAll(response.Body)
	if err != nil || strings.Contains(string(octets), "# HELP") {
		t.Errorf("clients see the metrics: %v\n%.200s", err, octets)
	}
}

func TestSecondOfficeOnAFolderIsRefused(t *testing.T) {
	o := newOutside("LANG", "en")
	dir := newOffice(t, o)
	opened(t, o, dir)
	c, err := o.loadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := startOffice(context.Background(), o.app, c); !errors.Is(err, errLocked) {
		t.Errorf("%v, %v; want errLocked", second, err)
	}
}

func TestOfficeOnATakenAddressSaysSoAndFreesItsFolder(t *testing.T) {
	o := newOutside("LANG", "en")
	first := opened(t, o, newOffice(t, o))
	dir := newOffice(t, o)
	c, err := o.loadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Listen = strings.Trim(strings.TrimPrefix(first.URL, "http://"), "/")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := startOffice(ctx, o.app, c); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatalf("%v", err)
	}
	lock, err := lockFolder(c.path(c.Data))
	if err != nil {
		t.Fatalf("the folder stayed locked: %v", err)
	}
	lock.Close()
}

func TestControlIsForHoldersOfTheTokenOnly(t *testing.T) {
	o := newOutside("LANG", "en")
	dir := newOffice(t, o)
	opened(t, o, dir)
	path := filepath.Join(dir, "data", controlName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("control file: %v, %v", info, err)
	}
	var file controlFile
	octets, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(octets, &file); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{"": 403, "wrong": 403, file.Token[1:]: 403, file.Token: 200} {
		request, err := http.NewRequest(http.MethodGet, "http://"+file.Address+"/boxes", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("token %q: %s, want %d", token, response.Status, want)
		}
	}
}

func TestMailboxErrorsPassThroughControl(t *testing.T) {
	o := newOutside("LANG", "en", "POSTSTELLE_PASSWORD", "x")
	dir := newOffice(t, o)
	opened(t, o, dir)
	remote := findControl(context.Background(), filepath.Join(dir, "data", controlName))
	if remote == nil {
		t.Fatal("the office is not found")
	}
	prefix := filepath.Join(t.TempDir(), "town")
	o.does(t, 0, "keys", "new", prefix, "--rsa", "2048")
	certificate, err := readCertificate(prefix + "-cipher.cer")
	if err != nil {
		t.Fatal(err)
	}
	box := mailbox.Box{Address: mailbox.AddressOf(certificate), Name: "Town", Certificate: certificate, CreatedAt: time.Now().UTC()}
	ctx := context.Background()
	if err := remote.Register(ctx, box); err != nil {
		t.Fatal(err)
	}
	if err := remote.Register(ctx, box); !errors.Is(err, mailbox.ErrBoxExists) {
		t.Errorf("registering twice: %v", err)
	}
	if err := remote.Unregister(ctx, box.Address, false); err != nil {
		t.Errorf("removing: %v", err)
	}
	if err := remote.Unregister(ctx, box.Address, false); !errors.Is(err, mailbox.ErrNoBox) {
		t.Errorf("removing twice: %v", err)
	}
}

func TestStaleControlFileOfACrashIsPassedOver(t *testing.T) {
	o := newOutside("LANG", "en")
	dir := newOffice(t, o)
	data := filepath.Join(dir, "data")
	stale := newFile{filepath.Join(data, controlName), []byte(`{"address":"127.0.0.1:1","token":"x"}`), 0o600}
	if err := writeNew(stale); err != nil {
		t.Fatal(err)
	}
	o.does(t, 0, "mailbox", "list", dir)
	opened(t, o, dir) // replaces it
	o.does(t, 0, "mailbox", "list", dir)
}

func TestControlFileCannotSendACommandElsewhere(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "127.0.0.1.example:80": false, "127.0.0.1:80@example:80": false,
		"192.0.2.1:80": false, "localhost:80": false, "127.0.0.1": false, "": false,
	} {
		if got := isLoopback(address); got != want {
			t.Errorf("%q: %t", address, got)
		}
	}
	// A server that answers as control does, but is not at the address of one.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, []boxWire{}, nil) }))
	defer server.Close()
	path := filepath.Join(t.TempDir(), controlName)
	address := strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	if err := os.WriteFile(path, fmt.Appendf(nil, `{"address":%q,"token":"x"}`, address), 0o600); err != nil {
		t.Fatal(err)
	}
	if remote := findControl(context.Background(), path); remote != nil {
		t.Errorf("found an office at %s", remote.file.Address)
	}
}

func TestStepsStopInReverseOrder(t *testing.T) {
	var order []string
	s := &steps{broken: make(chan error, 1)}
	for _, name := range []string{"broker", "mailboxes", "server"} {
		s.start(context.Background(), step{
			name: name, bound: time.Minute,
			run:   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			close: func() error { order = append(order, name); return nil },
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.wait(ctx); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "server mailboxes broker" {
		t.Errorf("stopped in the order %s", got)
	}
}

func TestBrokenStepStopsTheOthersAndIsTold(t *testing.T) {
	s := &steps{broken: make(chan error, 1)}
	stopped := false
	s.start(context.Background(), step{name: "first", bound: time.Minute,
		run: func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil }})
	s.start(context.Background(), step{name: "second", bound: time.Minute, run: func(context.Context) error { return fmt.Errorf("fire") }})
	if err := s.wait(context.Background()); err == nil || !strings.Contains(err.Error(), "second: fire") {
		t.Errorf("%v", err)
	}
	if !stopped {
		t.Error("the other step runs on")
	}
}

func TestStepThatDoesNotStopIsNotWaitedForWithoutEnd(t *testing.T) {
	s := &steps{broken: make(chan error, 1)}
	release := make(chan struct{})
	defer close(release)
	s.start(context.Background(), step{name: "deaf", bound: time.Millisecond, run: func(context.Context) error { <-release; return nil }})
	if err := s.stop(); err == nil || !strings.Contains(err.Error(), "stopping deaf: not stopped within 1ms") {
		t.Errorf("%v", err)
	}
}
