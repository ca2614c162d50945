package transport

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// FuzzServer throws octets at a connection: whatever they are, every answer is
// a response, no body reaches the exchange past its limit or as whole although
// it was not, and nothing stays in the spool.
func FuzzServer(f *testing.F) {
	f.Add([]byte(head + "Content-Length: 5\r\n\r\nhello"))
	f.Add([]byte(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	f.Add([]byte(head + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"))
	f.Add([]byte(head + "Content-Length: 500\r\n\r\nhello"))
	f.Add([]byte(head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + head + "\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\nPUT / HTTP/1.0\r\n\r\n"))
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	const limit = 4096
	f.Fuzz(func(t *testing.T, octets []byte) {
		d := &desk{t: t, registry: prometheus.NewRegistry(), log: &lines{}, stopped: make(chan error, 1)}
		d.spool = newSpool(t, SpoolOptions{})
		server, err := NewServer(ServerOptions{
			Listen: "x", Admin: "x", Spool: d.spool, MaxBytes: limit, Registerer: d.registry,
			Logger: slog.New(slog.NewTextHandler(d.log, nil)),
			Exchange: func(ctx context.Context, body *File, cut error) (Answer, error) {
				if cut == nil && (body.Size() > limit || body.Size() > int64(len(octets))) {
					t.Errorf("a whole body of %d octets", body.Size())
				}
				return echo(ctx, body, cut)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		osci, admin := newPipes(), newPipes()
		ctx, cancel := context.WithCancel(context.Background())
		go func() { d.stopped <- server.serveOn(ctx, osci, admin) }()
		throw(t, osci, octets)
		cancel()
		if err := <-d.stopped; err != nil {
			t.Error(err)
		}
		if d.spool.total.Load() != 0 || d.spool.files.Load() != 0 || d.metric("poststelle_transport_panics_total", "") != 0 {
			t.Errorf("in use %d, log %s", d.spool.total.Load(), d.log)
		}
	})
}

// throw sends the octets, ends its half, and checks that only responses come.
func throw(t *testing.T, osci *pipes, octets []byte) {
	far, near := socketPair(t)
	osci.calls <- far
	defer near.Close()
	near.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		near.Write(octets)
		near.CloseWrite()
	}()
	heard, _ := io.ReadAll(near) // a reset is no fault of the server
	for r := bufio.NewReader(bytes.NewReader(heard)); ; {
		if _, err := r.Peek(1); err != nil {
			return
		}
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("not a response: %v in %q", err, heard)
		}
		if response.Request = nil; response.StatusCode == 200 && response.Header.Get("Content-Length") == "" {
			t.Fatalf("no exact length in %q", heard)
		}
		if bytes.HasPrefix(bytes.ToUpper(octets), []byte("HEAD")) {
			return // its response has a length but no body
		}
		io.Copy(io.Discard, response.Body)
	}
}

func socketPair(t *testing.T) (far net.Conn, near *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return far, c.(*net.TCPConn)
}
