package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestServerHangsUpOnASlowHead(t *testing.T) {
	inBubble(t, ServerOptions{Exchange: never(t)}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		l.send("POST / HTTP/1.1\r\nHost:")
		if _, err := io.ReadAll(l.r); err != nil {
			t.Error(err)
		}
		within(t, start, 10*time.Second, 11*time.Second)
	})
}

func TestServerHangsUpOnAnIdleConnection(t *testing.T) {
	inBubble(t, ServerOptions{}, func(d *desk, osci, _ *pipes) {
		l := osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		l.expect(http.StatusOK, "hello")
		start := time.Now()
		if _, err := io.ReadAll(l.r); err != nil {
			t.Error(err)
		}
		within(t, start, 2*time.Minute, 2*time.Minute+time.Second)
	})
}

func TestServerCutsOffABodyThatStops(t *testing.T) {
	inBubble(t, ServerOptions{}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		l.send("%sContent-Length: 100\r\n\r\n0123456789", head)
		l.expect(http.StatusOK, "fault: cut off")
		within(t, start, 30*time.Second, 31*time.Second)
	})
}

func TestServerCutsOffABodyThatTrickles(t *testing.T) {
	inBubble(t, ServerOptions{}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		go func() {
			l.send("%sContent-Length: 1000000\r\n\r\n", head)
			for {
				if _, err := l.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(10 * time.Second) // on the fake clock
			}
		}()
		l.expect(http.StatusOK, "fault: cut off")
		within(t, start, 30*time.Second, 50*time.Second)
		l.Close()
	})
}

// TestServerHangsUpOnABodyNobodyWants: net/http reads on after a refusal.
func TestServerHangsUpOnABodyNobodyWants(t *testing.T) {
	for name, request := range map[string]string{
		"wrong method": "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n",
		"coded":        head + "Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n",
		"expecting":    head + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, ServerOptions{MaxBytes: 10}, func(d *desk, osci, _ *pipes) {
				start, l := time.Now(), osci.dial(t)
				l.send("%s", request)
				if _, err := io.ReadAll(l.r); err != nil {
					t.Error(err)
				}
				within(t, start, 0, 31*time.Second)
			})
		})
	}
}

func TestServerHasPatienceWithASteadySlowBody(t *testing.T) {
	inBubble(t, ServerOptions{}, func(d *desk, osci, _ *pipes) {
		const part, parts = 9 << 10, 200 // a little above the least rate, for minutes
		l := osci.dial(t)
		go func() {
			l.send("%sContent-Length: %d\r\n\r\n", head, part*parts)
			for range parts {
				if _, err := l.Write(make([]byte, part)); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Second)
			}
		}()
		if r := l.expect(http.StatusOK, ""); r.ContentLength != part*parts {
			t.Errorf("length %d", r.ContentLength)
		}
	})
}

func TestServerHangsUpOnWhoDoesNotReadTheAnswer(t *testing.T) {
	inBubble(t, ServerOptions{Exchange: answering(strings.Repeat("x", 1<<20))}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		untilLeft(d)
		within(t, start, 30*time.Second, 31*time.Second)
		l.Close()
	})
}

func TestServerHangsUpOnWhoReadsTheAnswerTooSlowly(t *testing.T) {
	large := func(context.Context, *File, error) (Answer, error) { return &slow{size: 1 << 20}, nil }
	inBubble(t, ServerOptions{Exchange: large}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		go func() {
			l.send("%sContent-Length: 5\r\n\r\nhello", head)
			for buffer := make([]byte, 4<<10); ; time.Sleep(time.Second) {
				if _, err := l.Conn.Read(buffer); err != nil {
					return
				}
			}
		}()
		untilLeft(d)
		within(t, start, time.Minute, 70*time.Second) // the first pause is a gift
		l.Close()
	})
}

func TestServerHasPatienceWithWhoReadsTheAnswerSteadily(t *testing.T) {
	const size = 1 << 20 // written in one go, read within two minutes
	inBubble(t, ServerOptions{Exchange: answering(strings.Repeat("x", size))}, func(d *desk, osci, _ *pipes) {
		start, l, got := time.Now(), osci.dial(t), 0
		l.send("%sConnection: close\r\nContent-Length: 5\r\n\r\nhello", head)
		for buffer := make([]byte, 9<<10); ; time.Sleep(time.Second) {
			n, err := io.ReadFull(l.Conn, buffer)
			if got += n; err != nil {
				break
			}
		}
		if got < size {
			t.Errorf("%d of %d octets", got, size)
		}
		within(t, start, time.Minute, 3*time.Minute)
	})
}

// untilLeft waits, on the fake clock, until a guest came and left.
func untilLeft(d *desk) {
	for came := false; ; time.Sleep(time.Millisecond) {
		if guests := len(d.server.guests); guests > 0 {
			came = true
		} else if came {
			return
		}
	}
}

// TestServerDoesNotDisturbALongExchange: the deadline for reading the body has
// long passed when the answer comes.
func TestServerDoesNotDisturbALongExchange(t *testing.T) {
	long := func(ctx context.Context, body *File, _ error) (Answer, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(3 * time.Minute):
			return sayBack(body), nil
		}
	}
	inBubble(t, ServerOptions{Exchange: long}, func(d *desk, osci, _ *pipes) {
		l := osci.dial(t)
		for range 2 { // the connection is still good for another one
			l.send("%sContent-Length: 5\r\n\r\nhello", head)
			l.expect(http.StatusOK, "hello")
		}
	})
}

// TestServerForgetsTheLastRequestsDeadlines: a connection keeps the deadline
// for writing of the answer before.
func TestServerForgetsTheLastRequestsDeadlines(t *testing.T) {
	inBubble(t, ServerOptions{}, func(d *desk, osci, _ *pipes) {
		l := osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		l.expect(http.StatusOK, "hello")
		time.Sleep(time.Minute)
		l.send("GET / HTTP/1.1\r\nHost: office\r\n\r\n")
		l.expect(http.StatusOK, "")
		time.Sleep(time.Minute)
		l.send("%sExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", head)
		l.expect(http.StatusContinue, "")
		l.send("hello")
		l.expect(http.StatusOK, "hello")
	})
}

func TestServerEndsAnExchangeThatTakesTooLong(t *testing.T) {
	endless := func(ctx context.Context, _ *File, _ error) (Answer, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	inBubble(t, ServerOptions{Exchange: endless}, func(d *desk, osci, _ *pipes) {
		start, l := time.Now(), osci.dial(t)
		l.send("%sContent-Length: 5\r\n\r\nhello", head)
		comesBack(t, l)
		within(t, start, 5*time.Minute, 5*time.Minute+time.Second)
	})
}

func TestServerSendsAwayWhoWaitedTooLong(t *testing.T) {
	occupied := func(ctx context.Context, body *File, cut error) (Answer, error) {
		time.Sleep(time.Minute) // on the fake clock
		return echo(ctx, body, cut)
	}
	inBubble(t, ServerOptions{Exchange: occupied, MaxConcurrent: 1}, func(d *desk, osci, _ *pipes) {
		start, first, second := time.Now(), osci.dial(t), osci.dial(t)
		first.send("%sContent-Length: 5\r\n\r\nhello", head)
		time.Sleep(time.Second)
		second.send("%sContent-Length: 5\r\n\r\nhello", head)
		comesBack(t, second)
		within(t, start, 11*time.Second, 12*time.Second)
		first.expect(http.StatusOK, "hello")
	})
}

func TestServerFinishesALetterWhoseSenderLeft(t *testing.T) {
	entered, result := make(chan struct{}), make(chan error, 1)
	d := open(t, ServerOptions{Exchange: func(ctx context.Context, body *File, _ error) (Answer, error) {
		close(entered)
		select {
		case <-ctx.Done():
			result <- ctx.Err()
		case <-time.After(200 * time.Millisecond): // nothing came: as it should be
			result <- nil
		}
		return sayBack(body), nil
	}})
	l := d.dial()
	l.send("%sContent-Length: 5\r\n\r\nhello", head)
	<-entered
	if err := l.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Errorf("the exchange was told %v", err)
	}
	l.expect(http.StatusOK, "hello") // half closed is not gone
}

func TestPaceCountsOnlyAfterTheFirstPause(t *testing.T) {
	p := pace{pause: time.Hour, rate: 1 << 40, start: time.Now()}
	if err := p.count(1); err != nil {
		t.Error(err)
	}
	p.start = time.Now().Add(-2 * time.Hour)
	if err := p.count(1); !errors.Is(err, errTooSlow) {
		t.Errorf("err = %v", err)
	}
}
