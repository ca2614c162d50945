package transport

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
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
	var untrue atomic.Int64 // the size of a body that cannot have been whole
	var sent atomic.Int64
	d := open(f, ServerOptions{MaxBytes: limit, Exchange: func(ctx context.Context, body *File, cut error) (Answer, error) {
		if cut == nil && (body.Size() > limit || body.Size() > sent.Load()) {
			untrue.Store(body.Size())
		}
		return echo(ctx, body, cut)
	}})
	f.Fuzz(func(t *testing.T, octets []byte) {
		sent.Store(int64(len(octets)))
		throw(t, d.osci, octets)
		var panics dto.Metric
		if err := d.server.metrics.panics.Write(&panics); err != nil || panics.GetCounter().GetValue() != 0 {
			t.Fatalf("panics: %v %v", panics.GetCounter().GetValue(), err)
		}
		if d.spool.total.Load() != 0 || d.spool.files.Load() != 0 || untrue.Load() != 0 {
			t.Fatalf("in use %d, untrue size %d", d.spool.total.Load(), untrue.Load())
		}
	})
}

// throw sends the octets, ends its half, and checks that only responses come.
func throw(t *testing.T, address string, octets []byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	near := c.(*net.TCPConn)
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
		if response.StatusCode == 200 && response.Header.Get("Content-Length") == "" {
			t.Fatalf("no exact length in %q", heard)
		}
		if bytes.Contains(bytes.ToUpper(octets), []byte("HEAD")) {
			return // its response has a length but no body
		}
		io.Copy(io.Discard, response.Body)
	}
}
