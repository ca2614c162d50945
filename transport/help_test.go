package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// words is an Answer in memory.
type words struct {
	io.Reader
	size   int64
	closed atomic.Int32
}

func say(s string) *words { return &words{Reader: strings.NewReader(s), size: int64(len(s))} }

func (w *words) Size() int64                          { return w.size }
func (w *words) WriteTo(out io.Writer) (int64, error) { return io.Copy(out, w.Reader) }
func (w *words) Close() error                         { w.closed.Add(1); return nil }
func (w *words) String() string                       { b, _ := io.ReadAll(w.Reader); return string(b) }
func answering(s string) Exchange {
	return func(context.Context, *File, error) (Answer, error) { return say(s), nil }
}
func all(f *File) *io.SectionReader { return io.NewSectionReader(f, 0, f.Size()) }
func sayBack(f *File) *words        { return &words{Reader: all(f), size: f.Size()} }
func label(m *dto.Metric) string {
	var all []string
	for _, l := range m.Label {
		all = append(all, l.GetValue())
	}
	return strings.Join(all, ",")
}

// echo gives the body back, or says what was wrong with it.
func echo(_ context.Context, body *File, cut error) (Answer, error) {
	switch {
	case errors.Is(cut, ErrTooLarge):
		return say("fault: too large"), nil
	case errors.Is(cut, ErrCutOff):
		return say("fault: cut off"), nil
	case cut != nil:
		return nil, cut
	}
	return sayBack(body), nil
}

// desk is a server under test.
type desk struct {
	t        testing.TB
	server   *Server
	spool    *Spool
	registry *prometheus.Registry
	log      *lines
	osci     string
	admin    string
	stop     context.CancelFunc
	stopped  chan error
}

// lines is a log that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSpool(t testing.TB, o SpoolOptions) *Spool {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := NewSpool(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newDesk(t testing.TB, o ServerOptions) *desk {
	t.Helper()
	d := &desk{t: t, registry: prometheus.NewRegistry(), log: &lines{}, stopped: make(chan error, 1)}
	if o.Spool == nil {
		o.Spool = newSpool(t, SpoolOptions{})
	}
	if o.Exchange == nil {
		o.Exchange = echo
	}
	o.Listen, o.Admin = "127.0.0.1:0", "127.0.0.1:0"
	o.Registerer, o.Gatherer = d.registry, d.registry
	o.Logger = slog.New(slog.NewTextHandler(d.log, nil))
	var err error
	if d.server, err = NewServer(o); err != nil {
		t.Fatal(err)
	}
	d.spool = o.Spool
	return d
}

// open runs a server on loopback until the test ends.
func open(t testing.TB, o ServerOptions) *desk {
	t.Helper()
	d := newDesk(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	go func() { d.stopped <- d.server.Run(ctx); close(d.stopped) }()
	var err error
	if d.osci, d.admin, err = d.server.Addresses(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-d.stopped; err != nil {
			t.Errorf("stopping the server: %v", err)
		}
		if n, files := d.spool.total.Load(), d.spool.files.Load(); n != 0 || files != 0 {
			t.Errorf("spool holds %d octets in %d files after the end", n, files)
		}
	})
	return d
}

// metric is a counter's or gauge's value; the label value may be "".
func (d *desk) metric(name, value string) float64 {
	d.t.Helper()
	families, err := d.registry.Gather()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && label(m) == value {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

// line is a raw connection.
type line struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func newLine(t testing.TB, c net.Conn) *line { return &line{Conn: c, t: t, r: bufio.NewReader(c)} }

func (d *desk) dial() *line {
	d.t.Helper()
	c, err := net.Dial("tcp", d.osci)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		d.t.Fatal(err)
	}
	return newLine(d.t, c)
}

func (l *line) send(format string, v ...any) {
	l.t.Helper()
	if _, err := fmt.Fprintf(l.Conn, format, v...); err != nil {
		l.t.Fatal(err)
	}
}

// hear reads one response, body and all.
func (l *line) hear() (*http.Response, string) {
	l.t.Helper()
	response, err := http.ReadResponse(l.r, nil)
	if err != nil {
		l.t.Fatalf("no response: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatalf("response cut off: %v", err)
	}
	return response, string(body)
}

// expect reads one response and compares.
func (l *line) expect(status int, body string) *http.Response {
	l.t.Helper()
	response, got := l.hear()
	if response.StatusCode != status || body != "" && got != body {
		l.t.Fatalf("HTTP %d %.200q, want %d %q", response.StatusCode, got, status, body)
	}
	return response
}
