package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// lingering is how much of a refused body is still read and thrown away, so
// that a client which sends everything before it reads finds its answer
// instead of a reset connection.
const lingering = 64 << 20

// receive reads the body into a scratch file. cut tells that the body itself
// is at fault; err that we are.
func (s *Server) receive(out *reply, r *http.Request) (body *File, cut, err error) {
	body, err = s.o.Spool.New()
	if err != nil {
		return nil, nil, err
	}
	source := &pacedReader{
		r: r.Body, control: out.control,
		pace: pace{pause: s.o.BodyPause, rate: s.o.MinRate, start: time.Now()},
	}
	if r.ContentLength > s.o.MaxBytes {
		linger(source, r)
		return body, ErrTooLarge, nil
	}
	n, err := io.Copy(body, io.LimitReader(source, s.o.MaxBytes+1))
	s.metrics.received.Add(float64(n))
	switch {
	case n > s.o.MaxBytes || errors.Is(err, ErrTooLarge):
		linger(source, r)
		return body, ErrTooLarge, nil
	case source.err != nil:
		return body, fmt.Errorf("%w: %w", ErrCutOff, source.err), nil
	case err != nil:
		linger(source, r)
		return nil, nil, errors.Join(err, body.Close())
	}
	return body, nil, nil
}

// linger reads on, unless there is too much to come or the client waits for
// our word before it sends (Expect: 100-continue).
func linger(source *pacedReader, r *http.Request) {
	waits := r.Header.Get("Expect") != "" && source.n == 0
	if waits || r.ContentLength-source.n > lingering {
		return
	}
	_, _ = io.CopyN(io.Discard, source, lingering) // whatever goes wrong, the answer is tried
}
