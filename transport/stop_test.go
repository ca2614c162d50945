package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// held is an exchange that waits until it is let go or told to end.
func held(let chan struct{}) (Exchange, chan error) {
	told := make(chan error, 1)
	return func(ctx context.Context, body *File, _ error) (Answer, error) {
		select {
		case <-let:
			told <- nil
			return sayBack(body), nil
		case <-ctx.Done():
			told <- ctx.Err()
			return nil, ctx.Err()
		}
	}, told
}

func TestStopFinishesWhatRuns(t *testing.T) {
	var exchange Exchange
	late := func(ctx context.Context, body *File, cut error) (Answer, error) { return exchange(ctx, body, cut) }
	inBubble(t, ServerOptions{Exchange: late}, func(d *desk, osci, admin *pipes) {
		let := make(chan struct{}) // of the bubble, or its clock stands still
		exchange, _ = held(let)
		l := osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		synctest.Wait()
		d.stop()
		synctest.Wait()
		select {
		case <-osci.done:
		default:
			t.Error("letters are still accepted")
		}
		operator := admin.dial(t) // still answers, and says: not ready
		operator.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
		operator.expect(http.StatusServiceUnavailable, "draining\n")
		operator.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		operator.expect(http.StatusOK, "ok\n")
		close(let)
		if r := l.expect(http.StatusOK, "hello"); !r.Close {
			t.Error("the connection stays open")
		}
	})
}

func TestStopHasABound(t *testing.T) {
	exchange, told := held(nil)
	synctest.Test(t, func(t *testing.T) {
		d, osci, admin := newDesk(t, ServerOptions{Exchange: exchange, Drain: 7 * time.Second}), newPipes(), newPipes()
		ctx, cancel := context.WithCancel(context.Background())
		go func() { d.stopped <- d.server.serveOn(ctx, osci, admin) }()
		l := osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		synctest.Wait()
		start := time.Now()
		cancel()
		if err := <-d.stopped; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		within(t, start, 7*time.Second, 8*time.Second)
		if err := <-told; !errors.Is(err, context.Canceled) {
			t.Errorf("the exchange was told %v", err)
		}
		l.Close()
	})
}

func TestRunEndsWhenAnAddressIsTaken(t *testing.T) {
	d := open(t, ServerOptions{})
	for _, at := range []ServerOptions{{Listen: d.osci, Admin: "127.0.0.1:0"}, {Listen: "127.0.0.1:0", Admin: d.admin}} {
		at.Spool, at.Exchange = d.spool, echo
		s, err := NewServer(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); err == nil {
			t.Error("the address was shared")
		}
	}
}

func TestServerRunsOnlyOnce(t *testing.T) {
	d := open(t, ServerOptions{})
	if err := d.server.Run(t.Context()); err == nil {
		t.Error("ran twice")
	}
}

func TestAddressesWaitsNoLongerThanItsContext(t *testing.T) {
	d := newDesk(t, ServerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := d.server.Addresses(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestPanicEndsOneExchangeOnly(t *testing.T) {
	d := open(t, ServerOptions{MaxConcurrent: 1, Exchange: func(ctx context.Context, body *File, cut error) (Answer, error) {
		if body.Size() == 4 {
			panic("private cause")
		}
		return echo(ctx, body, cut)
	}})
	l := d.dial()
	l.send("%sContent-Length: 4\r\n\r\nboom", head)
	response, body := l.hear()
	if response.StatusCode != http.StatusInternalServerError || !response.Close || strings.Contains(body, "private") {
		t.Errorf("HTTP %d %q, close %v", response.StatusCode, body, response.Close)
	}
	next := d.dial()
	next.send("%sContent-Length: 5\r\n\r\nhello", head)
	next.expect(http.StatusOK, "hello")
	if got := d.metric("poststelle_transport_panics_total", ""); got != 1 {
		t.Errorf("panics = %v", got)
	}
	for _, fact := range []string{`"exchange panicked"`, "private cause", "stack=", "stop_test.go"} {
		if !strings.Contains(d.log.String(), fact) {
			t.Errorf("log lacks %s", fact)
		}
	}
}

// torn is an answer that panics half way.
type torn struct{ *words }

func (t torn) WriteTo(w io.Writer) (int64, error) {
	w.Write([]byte(strings.Repeat("x", 10_000)))
	panic("half way")
}

func TestPanicInTheAnswerCutsTheConnection(t *testing.T) {
	d := open(t, ServerOptions{Exchange: func(context.Context, *File, error) (Answer, error) {
		return torn{say(strings.Repeat("x", 10_000+len("internal error\n")))}, nil // which must not fill it up
	}})
	l := d.dial()
	l.send("%sContent-Length: 5\r\n\r\nhello", head)
	response, err := http.ReadResponse(l.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the answer looks whole")
	}
	if got := d.metric("poststelle_transport_panics_total", ""); got != 1 {
		t.Errorf("panics = %v", got)
	}
}

func TestAdminAnswersThreeThingsAndNothingElse(t *testing.T) {
	trouble := errors.New("secret-host is away")
	var ready error
	d := open(t, ServerOptions{Ready: func(context.Context) error { return ready }})
	get := func(path string) (int, string) {
		t.Helper()
		response, err := http.Get("http://" + d.admin + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	l := d.dial()
	l.send("%sContent-Length: 5\r\n\r\nhello", head)
	l.expect(http.StatusOK, "hello")
	if status, body := get("/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("healthz: %d %q", status, body)
	}
	if status, body := get("/readyz"); status != 200 || body != "ready\n" {
		t.Errorf("readyz: %d %q", status, body)
	}
	if status, body := get("/metrics"); status != 200 || !strings.Contains(body, "poststelle_transport_received_bytes_total 5") {
		t.Errorf("metrics: %d %q", status, body)
	}
	for _, path := range []string{"/", "/debug/pprof/", "/metrics/x", "/healthz/x"} {
		if status, _ := get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	response, err := http.Post("http://"+d.admin+"/", "text/xml", strings.NewReader("hello"))
	if err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("a letter to the operator: %v %v", response, err)
	}
	response.Body.Close()
	ready = trouble
	if status, body := get("/readyz"); status != 503 || strings.Contains(body, "secret-host") {
		t.Errorf("readyz in trouble: %d %q", status, body)
	}
	if !strings.Contains(d.log.String(), "secret-host") {
		t.Error("the cause is not in the log")
	}
}
