package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

const head = "POST /osci HTTP/1.1\r\nHost: office\r\n"

func TestServerTakesEveryWayToSendABody(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 10_000) // beyond memory and buffers
	for name, request := range map[string]string{
		"length":            fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(long), long),
		"chunked":           fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(long)-1, long[1:]),
		"java's headers":    fmt.Sprintf("%sContent-Type: text/xml\r\ncharset: utf-8\r\nContent-Length: %d\r\n\r\n%s", head, len(long), long),
		"odd content type":  fmt.Sprintf("%sContent-Type: ;;;\r\nContent-Length: %d\r\n\r\n%s", head, len(long), long),
		"HTTP 1.0":          fmt.Sprintf("POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(long), long),
		"identity encoding": fmt.Sprintf("%sContent-Encoding: identity\r\nContent-Length: %d\r\n\r\n%s", head, len(long), long),
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, ServerOptions{}).dial()
			l.send("%s", request)
			response := l.expect(http.StatusOK, long)
			if got := response.Header.Get("Content-Type"); got != "text/xml; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if response.ContentLength != int64(len(long)) || response.Header.Get("Content-Encoding") != "" {
				t.Errorf("length %d, headers %v", response.ContentLength, response.Header)
			}
		})
	}
}

func TestServerAnswersABodyOfNoLength(t *testing.T) {
	l := open(t, ServerOptions{}).dial()
	l.send("%s\r\n", head) // neither length nor chunks: empty
	if r := l.expect(http.StatusOK, ""); r.ContentLength != 0 {
		t.Errorf("length %d", r.ContentLength)
	}
}

func TestServerSaysContinue(t *testing.T) {
	l := open(t, ServerOptions{}).dial()
	l.send("%sExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", head)
	l.expect(http.StatusContinue, "")
	l.send("hello")
	l.expect(http.StatusOK, "hello")
}

func TestServerDoesNotContinueWithABodyTooLarge(t *testing.T) {
	for _, size := range []int64{101, 100 << 30} {
		l := open(t, ServerOptions{MaxBytes: 100}).dial()
		l.send("%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", head, size)
		l.expect(http.StatusOK, "fault: too large") // and not 100 first
	}
}

func TestServerKeepsTheConnectionForTheNextLetter(t *testing.T) {
	l := open(t, ServerOptions{}).dial()
	for _, word := range []string{"one", "two", "three"} {
		l.send("%sContent-Length: %d\r\n\r\n%s", head, len(word), word)
		l.expect(http.StatusOK, word)
	}
}

func TestServerAnswersABodyThatWasCutOff(t *testing.T) {
	for name, request := range map[string]string{
		"length":           "Content-Length: 100\r\n\r\n0123456789",
		"nothing":          "Content-Length: 100\r\n\r\n",
		"inside a chunk":   "Transfer-Encoding: chunked\r\n\r\n64\r\n0123456789",
		"after a chunk":    "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n",
		"malformed chunk":  "Transfer-Encoding: chunked\r\n\r\nzz\r\n0123456789\r\n0\r\n\r\n",
		"bare LF in chunk": "Transfer-Encoding: chunked\r\n\r\na\n0123456789\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, ServerOptions{})
			l := d.dial()
			l.send("%s%s", head, request)
			if err := l.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if r := l.expect(http.StatusOK, "fault: cut off"); !r.Close {
				t.Error("the connection stays open")
			}
			if got := d.metric("poststelle_transport_refused_total", "cut_off"); got != 1 {
				t.Errorf("refused = %v", got)
			}
		})
	}
}

// TestServerAnswersABodyThatIsTooLarge sends all before it reads, as most
// clients do.
func TestServerAnswersABodyThatIsTooLarge(t *testing.T) {
	const limit = 100_000
	for _, size := range []int{limit, limit + 1, 8 << 20} {
		for name, framing := range map[string]string{"length": "", "chunked": "chunked"} {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				d := open(t, ServerOptions{MaxBytes: limit})
				l := d.dial()
				body := strings.Repeat("x", size)
				if framing == "" {
					l.send("%sContent-Length: %d\r\n\r\n%s", head, size, body)
				} else {
					l.send("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, size, body)
				}
				if size <= limit {
					l.expect(http.StatusOK, body)
					return
				}
				l.expect(http.StatusOK, "fault: too large")
				if got := d.metric("poststelle_transport_refused_total", "too_large"); got != 1 {
					t.Errorf("refused = %v", got)
				}
			})
		}
	}
}

func TestServerTellsOfTheSpoolsLimitAsTooLarge(t *testing.T) {
	l := open(t, ServerOptions{Spool: newSpool(t, SpoolOptions{MaxBytes: 10})}).dial()
	l.send("%sContent-Length: 11\r\n\r\n01234567890", head)
	l.expect(http.StatusOK, "fault: too large")
}

func TestServerSendsAwayWhatTheSpoolHasNoRoomFor(t *testing.T) {
	d := open(t, ServerOptions{Spool: newSpool(t, SpoolOptions{MaxTotal: 10})})
	l := d.dial()
	l.send("%sContent-Length: 1000000\r\n\r\n%s", head, strings.Repeat("x", 1_000_000))
	comesBack(t, l)
	again := d.dial() // the room was given back
	again.send("%sContent-Length: 5\r\n\r\nhello", head)
	again.expect(http.StatusOK, "hello")
}

func TestServerSendsAwayWhatTheExchangeHasTroubleWith(t *testing.T) {
	d := open(t, ServerOptions{Exchange: func(context.Context, *File, error) (Answer, error) {
		return nil, errors.New("broker is away: secret-host")
	}})
	l := d.dial()
	l.send("%sContent-Length: 5\r\n\r\nhello", head)
	if body := comesBack(t, l); strings.Contains(body, "secret-host") {
		t.Errorf("the cause went out: %q", body)
	}
	if !strings.Contains(d.log.String(), "secret-host") {
		t.Error("the cause is not in the log")
	}
}

func comesBack(t *testing.T, l *line) string {
	t.Helper()
	response, body := l.hear()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Fatalf("HTTP %d %v, want 503 with Retry-After", response.StatusCode, response.Header)
	}
	return body
}

// never is an exchange that must not happen.
func never(t *testing.T) Exchange {
	return func(context.Context, *File, error) (Answer, error) {
		t.Error("the exchange was called")
		return say("?"), nil
	}
}

func TestServerShowsPeopleAPageAndProcessesNothing(t *testing.T) {
	d := open(t, ServerOptions{Exchange: never(t)})
	for method, status := range map[string]int{
		"GET": 200, "HEAD": 200, "PUT": 405, "DELETE": 405, "TRACE": 405, "OPTIONS": 405, "post": 405,
	} {
		request, _ := http.NewRequest(method, "http://"+d.osci+"/metrics", nil)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != status || bytes.Contains(body, []byte("poststelle_")) {
			t.Errorf("%s: HTTP %d %q", method, response.StatusCode, body)
		}
	}
}

func TestServerRefusesWhatProxiesDisagreeAbout(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"two lengths":        {"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
		"signed length":      {"Content-Length: +5\r\n\r\nhello", 400},
		"blank before colon": {"Content-Length : 5\r\n\r\nhello", 400},
		"unknown coding":     {"Transfer-Encoding: xchunked\r\n\r\nhello", 501},
		"two codings":        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\nhello", 501},
		"large head":         {"X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431},
		"gzip":               {"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 415},
		"gzip in gzip":       {"Content-Encoding: gzip, gzip\r\nContent-Length: 5\r\n\r\nhello", 415},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, ServerOptions{Exchange: never(t)}).dial()
			l.send("%s%s", head, c.request)
			if r := l.expect(c.status, ""); !r.Close {
				t.Error("the connection stays open")
			}
		})
	}
}

func TestServerServesManyAtOnce(t *testing.T) {
	d := open(t, ServerOptions{MaxConcurrent: 4})
	client := newClient(t, ClientOptions{})
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			want := strings.Repeat(fmt.Sprintf("<%d>", i), 1+i*500)
			got, err := client.Post(t.Context(), "http://"+d.osci, say(want))
			if err != nil {
				t.Error(err)
				return
			}
			defer got.Close()
			if octets, _ := io.ReadAll(all(got)); string(octets) != want {
				t.Errorf("letter %d: %d octets, want %d", i, len(octets), len(want))
			}
		})
	}
	group.Wait()
	if got := d.metric("poststelle_transport_exchanges_total", "200"); got != 64 {
		t.Errorf("exchanges = %v", got)
	}
}

func TestServerRunsNoMoreExchangesThanAllowed(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	d := open(t, ServerOptions{MaxConcurrent: 2, Exchange: func(ctx context.Context, body *File, cut error) (Answer, error) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		entered <- struct{}{}
		<-leave
		mu.Lock()
		running--
		mu.Unlock()
		return echo(ctx, body, cut)
	}})
	var group sync.WaitGroup
	for range 8 {
		l := d.dial()
		group.Go(func() {
			l.send("%sContent-Length: 5\r\n\r\nhello", head)
			l.expect(http.StatusOK, "hello")
		})
	}
	for range 8 {
		<-entered
		leave <- struct{}{}
	}
	group.Wait()
	if most > 2 {
		t.Errorf("%d at once", most)
	}
}

func TestServerSendsAwayMoreGuestsThanAllowed(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	d := open(t, ServerOptions{MaxConnected: 1, Exchange: func(context.Context, *File, error) (Answer, error) {
		close(entered)
		<-leave
		return say("done"), nil
	}})
	first, second := d.dial(), d.dial()
	first.send("%sContent-Length: 5\r\n\r\nhello", head)
	<-entered
	second.send("%sContent-Length: 5\r\n\r\nhello", head)
	comesBack(t, second)
	close(leave)
	first.expect(http.StatusOK, "done")
	if got := d.metric("poststelle_transport_refused_total", "busy"); got != 1 {
		t.Errorf("refused = %v", got)
	}
}

func TestServerClosesBodyAndAnswer(t *testing.T) {
	answer, bodies := say("done"), make(chan *File, 1)
	d := open(t, ServerOptions{Exchange: func(_ context.Context, body *File, _ error) (Answer, error) {
		bodies <- body
		return answer, nil
	}})
	l := d.dial()
	l.send("%sConnection: close\r\nContent-Length: 5\r\n\r\nhello", head)
	l.expect(http.StatusOK, "done")
	if _, err := l.r.ReadByte(); err != io.EOF { // the handler is over
		t.Fatal(err)
	}
	if answer.closed.Load() != 1 || !(<-bodies).closed.Load() {
		t.Error("body or answer is still open")
	}
}

func TestServerLogsEachExchange(t *testing.T) {
	d := open(t, ServerOptions{})
	l := d.dial()
	l.send("%sConnection: close\r\nContent-Length: 5\r\n\r\nhello", head)
	l.expect(http.StatusOK, "hello")
	if _, err := l.r.ReadByte(); err != io.EOF {
		t.Fatal(err)
	}
	for _, fact := range []string{`"exchange done"`, "remote=" + l.LocalAddr().String(), "size=5", "status=200", "dur="} {
		if !strings.Contains(d.log.String(), fact) {
			t.Errorf("log lacks %s: %s", fact, d.log)
		}
	}
}

func TestNewServerDemandsWhatItNeeds(t *testing.T) {
	full := ServerOptions{Listen: "x:0", Admin: "x:0", Spool: newSpool(t, SpoolOptions{}), Exchange: echo}
	for name, take := range map[string]func(*ServerOptions){
		"listen": func(o *ServerOptions) { o.Listen = "" }, "admin": func(o *ServerOptions) { o.Admin = "" },
		"spool": func(o *ServerOptions) { o.Spool = nil }, "exchange": func(o *ServerOptions) { o.Exchange = nil },
	} {
		o := full
		take(&o)
		if _, err := NewServer(o); err == nil {
			t.Errorf("no %s was accepted", name)
		}
	}
	if _, err := NewServer(full); err != nil {
		t.Error(err)
	}
}
