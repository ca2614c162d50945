package transport

import (
	"errors"
	"io"
	"net/http"
	"time"
)

var errTooSlow = errors.New("slower than the least rate")

// pace is the least average rate of a transfer after its first pause, so that
// a client which takes or gives an octet a minute does not keep its place.
type pace struct {
	pause time.Duration
	rate  int64
	start time.Time
	n     int64
}

// count adds octets and tells whether the transfer is too slow.
func (p *pace) count(n int) error {
	p.n += int64(n)
	late := time.Since(p.start) - p.pause
	if late > 0 && float64(p.n) < late.Seconds()*float64(p.rate) {
		return errTooSlow
	}
	return nil
}

// pacedReader bounds the pause between two pieces and the average rate.
type pacedReader struct {
	pace
	r       io.Reader
	control *http.ResponseController
	whole   bool  // the end was seen
	err     error // what went wrong with the client, not with us
}

func (p *pacedReader) Read(b []byte) (int, error) {
	if p.err = p.control.SetReadDeadline(time.Now().Add(p.pause)); p.err != nil {
		return 0, p.err
	}
	n, err := p.r.Read(b)
	if slow := p.count(n); err == nil {
		err = slow
	}
	switch {
	case errors.Is(err, io.EOF):
		p.whole = true
	case err != nil:
		p.err = err
	}
	return n, err
}

// done ends the deadline, which the connection would keep. After a whole body
// it must go: once it has passed, net/http takes a client that waits for its
// answer for one that has left. After any other it passes now: net/http would
// wait for what is missing before it gives the connection up.
func (p *pacedReader) done() {
	deadline := time.Now()
	if p.whole {
		deadline = time.Time{}
	}
	_ = p.control.SetReadDeadline(deadline)
}

// reply is a response whose client must take it in time.
type reply struct {
	http.ResponseWriter
	pace
	control *http.ResponseController
	status  int // 0 = nothing was sent yet
}

// newReply also sets both deadlines: that for writing because the one of the
// connection's last request may have passed, and "100 Continue" is written
// beyond our sight; that for reading because net/http reads on where a body
// was not wanted.
func newReply(w http.ResponseWriter, pause time.Duration, rate int64) *reply {
	out := &reply{ResponseWriter: w, pace: pace{pause: pause, rate: rate}, control: http.NewResponseController(w)}
	_ = out.renew()
	_ = out.control.SetReadDeadline(time.Now().Add(pause))
	return out
}

func (w *reply) renew() error { return w.control.SetWriteDeadline(time.Now().Add(w.pause)) }

func (w *reply) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *reply) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.start.IsZero() {
		w.start = time.Now()
	}
	if err := w.renew(); err != nil {
		return 0, err
	}
	n, err := w.ResponseWriter.Write(b)
	if slow := w.count(n); err == nil {
		err = slow
	}
	return n, err
}
