package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func newClient(t testing.TB, o ClientOptions) *Client {
	t.Helper()
	if o.Spool == nil {
		o.Spool = newSpool(t, SpoolOptions{})
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// peer is a listener whose every connection is given to a function and closed
// after it.
func peer(t *testing.T, serve func(c net.Conn, r *bufio.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c, bufio.NewReader(c))
			c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// listen reads a whole request.
func listen(r *bufio.Reader) {
	if request, err := http.ReadRequest(r); err == nil {
		io.Copy(io.Discard, request.Body)
	}
}

func TestPostTellsWhetherThePeerCanHaveActed(t *testing.T) {
	large := strings.Repeat("x", 32<<20) // more than any buffer on the way
	gone := peer(t, func(net.Conn, *bufio.Reader) {})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := "http://" + l.Addr().String()
	l.Close()
	for name, c := range map[string]struct {
		url, body string
		want      error
	}{
		"nobody there":            {refusing, "hello", ErrNotReached},
		"nobody there, empty":     {refusing, "", ErrNotReached},
		"no such scheme":          {"ftp://127.0.0.1/", "hello", ErrNotReached},
		"no address":              {"::", "hello", ErrNotReached},
		"hangs up while we speak": {gone, large, ErrNotReached},
		"hangs up after all":      {peer(t, func(_ net.Conn, r *bufio.Reader) { listen(r) }), "hello", ErrReached},
		"hangs up after nothing":  {peer(t, func(_ net.Conn, r *bufio.Reader) { listen(r) }), "", ErrReached},
		"says nonsense":           {peer(t, func(c net.Conn, r *bufio.Reader) { listen(r); io.WriteString(c, "hello\r\n\r\n") }), "hello", ErrReached},
		"says 500": {peer(t, func(c net.Conn, r *bufio.Reader) {
			listen(r)
			io.WriteString(c, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n")
		}), "hello", ErrReached},
		"answer cut off": {peer(t, func(c net.Conn, r *bufio.Reader) {
			listen(r)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
		}), "hello", ErrReached},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, ClientOptions{})
			file, err := client.Post(t.Context(), c.url, say(c.body))
			other := map[error]error{ErrReached: ErrNotReached, ErrNotReached: ErrReached}[c.want]
			if !errors.Is(err, c.want) || errors.Is(err, other) || file != nil {
				t.Errorf("file %v, err %v, want %v", file, err, c.want)
			}
			if n := client.o.Spool.files.Load(); n != 0 {
				t.Errorf("%d scratch files are left", n)
			}
		})
	}
}

func TestPostSendsTheExactLength(t *testing.T) {
	for _, body := range []string{"", "hello", strings.Repeat("x", 200_000)} {
		heard := make(chan *http.Request, 1)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			heard <- r
		}))
		file, err := newClient(t, ClientOptions{}).Post(t.Context(), s.URL, say(body))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		r := <-heard
		if r.ContentLength != int64(len(body)) || len(r.TransferEncoding) > 0 || r.Method != "POST" || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("%d octets: %s, length %d, %v %v", len(body), r.Method, r.ContentLength, r.TransferEncoding, r.Header)
		}
		s.Close()
	}
}

func TestPostFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var followed atomic.Bool
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/inner" {
				followed.Store(true)
				return
			}
			http.Redirect(w, r, "/inner", status)
		}))
		_, err := newClient(t, ClientOptions{}).Post(t.Context(), s.URL, say("hello"))
		if !errors.Is(err, ErrReached) || followed.Load() {
			t.Errorf("%d: err %v, followed %v", status, err, followed.Load())
		}
		s.Close()
	}
}

func TestPostUsesNoProxyOfTheEnvironment(t *testing.T) {
	// The environment is read once per process and never used for loopback, so
	// only the setting can be looked at.
	if newClient(t, ClientOptions{}).http.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy is asked for")
	}
}

func TestPostRefusesAnAnswerTooLarge(t *testing.T) {
	d := open(t, ServerOptions{Exchange: answering(strings.Repeat("x", 1001))})
	for _, c := range []ClientOptions{
		{MaxBytes: 1000},
		{Spool: newSpool(t, SpoolOptions{MaxBytes: 1000})},
	} {
		client := newClient(t, c)
		if _, err := client.Post(t.Context(), "http://"+d.osci, say("hello")); !errors.Is(err, ErrTooLarge) || !errors.Is(err, ErrReached) {
			t.Errorf("err = %v", err)
		}
		if n := client.o.Spool.total.Load(); n != 0 {
			t.Errorf("%d octets are left", n)
		}
	}
	file, err := newClient(t, ClientOptions{MaxBytes: 1001}).Post(t.Context(), "http://"+d.osci, say("hello"))
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
}

func TestPostEndsInTime(t *testing.T) {
	silent := peer(t, func(c net.Conn, r *bufio.Reader) { listen(r); io.Copy(io.Discard, c) })
	start := time.Now()
	if _, err := newClient(t, ClientOptions{Timeout: 50 * time.Millisecond}).Post(t.Context(), silent, say("hello")); !errors.Is(err, ErrReached) {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := newClient(t, ClientOptions{}).Post(ctx, silent, say("hello")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// slow is an answer that tells whether it is still being written.
type slow struct {
	size    int64
	writing atomic.Bool
}

func (s *slow) Size() int64  { return s.size }
func (s *slow) Close() error { return nil }
func (s *slow) WriteTo(w io.Writer) (n int64, err error) {
	s.writing.Store(true)
	defer s.writing.Store(false)
	for part := make([]byte, 4096); n < s.size; n += int64(len(part)) {
		if _, err := w.Write(part); err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestPostLeavesTheBodyAloneOnceItReturned(t *testing.T) {
	early := peer(t, func(c net.Conn, r *bufio.Reader) { // answers before it has heard all
		http.ReadRequest(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
		c.(*net.TCPConn).CloseWrite()
		io.CopyN(io.Discard, r, 1<<20)
	})
	for range 20 {
		body := &slow{size: 1 << 30}
		file, err := newClient(t, ClientOptions{}).Post(t.Context(), early, body)
		if body.writing.Load() {
			t.Fatal("the body is still read")
		}
		if err == nil {
			file.Close()
		}
	}
}

func TestNewClientDemandsWhatItNeeds(t *testing.T) {
	if _, err := NewClient(ClientOptions{}); err == nil {
		t.Error("no spool was accepted")
	}
	if _, err := NewClient(ClientOptions{Spool: newSpool(t, SpoolOptions{}), RootFile: "absent.pem"}); err == nil {
		t.Error("an absent root file was accepted")
	}
	if _, err := NewClient(ClientOptions{Spool: newSpool(t, SpoolOptions{}), RootFile: "client_test.go"}); err == nil {
		t.Error("a root file without certificates was accepted")
	}
}
