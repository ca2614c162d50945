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
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

// reply is a response whose client must take it in time.
type reply struct {
	http.ResponseWriter
	pace
	control *http.ResponseController
	status  int // 0 = nothing was sent yet
}

// newReply also bounds reading, because net/http reads on where nobody wanted
// the body. It ends both deadlines with the body and the request.
func newReply(w http.ResponseWriter, pause time.Duration, rate int64) *reply {
	out := &reply{ResponseWriter: w, pace: pace{pause: pause, rate: rate}, control: http.NewResponseController(w)}
	_ = out.control.SetReadDeadline(time.Now().Add(pause))
	return out
}

func (w *reply) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// piece is how much is written under one deadline.
const piece = 32 << 10

func (w *reply) Write(b []byte) (n int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.start.IsZero() {
		w.start = time.Now()
	}
	for n < len(b) && err == nil {
		var wrote int
		wrote, err = w.writePiece(b[n:min(len(b), n+piece)])
		n += wrote
	}
	return n, err
}

func (w *reply) writePiece(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(w.pause)); err != nil {
		return 0, err
	}
	n, err := w.ResponseWriter.Write(b)
	if slow := w.count(n); err == nil {
		err = slow
	}
	return n, err
}
