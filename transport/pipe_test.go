package transport

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without a network, for tests on a fake clock.
type pipes struct {
	calls chan net.Conn
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{calls: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(t *testing.T) *line {
	near, far := net.Pipe()
	p.calls <- far
	return newLine(t, near)
}

// inBubble runs a server on a fake clock. The test ends with the server
// stopped, without any error unless the test took it from d.stopped.
func inBubble(t *testing.T, o ServerOptions, test func(d *desk, osci, admin *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		d, osci, admin := newDesk(t, o), newPipes(), newPipes()
		ctx, cancel := context.WithCancel(context.Background())
		d.stop = cancel
		go func() { d.stopped <- d.server.serveOn(ctx, osci, admin); close(d.stopped) }()
		test(d, osci, admin)
		cancel()
		if err := <-d.stopped; err != nil {
			t.Errorf("stopping the server: %v", err)
		}
		time.Sleep(time.Hour) // on the fake clock: let the test's goroutines end
		if n, files := d.spool.total.Load(), d.spool.files.Load(); n != 0 || files != 0 {
			t.Errorf("spool holds %d octets in %d files after the end", n, files)
		}
	})
}

// within checks how long something took on the fake clock.
func within(t *testing.T, start time.Time, least, most time.Duration) {
	t.Helper()
	if took := time.Since(start); took < least || took > most {
		t.Errorf("took %v, want %v to %v", took, least, most)
	}
}
