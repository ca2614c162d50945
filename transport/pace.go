package transport

import (
	"errors"
	"io"
	"net/http"
	"time"
)

var errTooSlow = errors.New("slower than the least rate")

// pacedReader bounds the pause between two pieces and the average rate, so
// that a client which sends an octet a minute does not keep a place.
type pacedReader struct {
	r       io.Reader
	control *http.ResponseController
	pause   time.Duration
	rate    int64
	start   time.Time
	n       int64
	err     error // what went wrong with the client, not with us
}

func (p *pacedReader) Read(b []byte) (int, error) {
	if p.err = p.control.SetReadDeadline(time.Now().Add(p.pause)); p.err != nil {
		return 0, p.err
	}
	n, err := p.r.Read(b)
	p.n += int64(n)
	if err == nil && p.tooSlow() {
		err = errTooSlow
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

func (p *pacedReader) tooSlow() bool {
	late := time.Since(p.start) - p.pause
	return late > 0 && float64(p.n) < late.Seconds()*float64(p.rate)
}

// pacedWriter bounds how long a client may not read.
type pacedWriter struct {
	w       io.Writer
	control *http.ResponseController
	pause   time.Duration
}

func (p *pacedWriter) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(p.pause)); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}
