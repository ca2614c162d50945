package transport

import (
	"io"
	"net/http"
	"sync/atomic"
)

// outgoing turns an Answer, which writes itself, into a body to be read, and
// remembers how much of it was handed to the network.
type outgoing struct {
	body      Answer
	size      int64
	out       *io.PipeReader
	written   chan struct{} // closed when the writing is over
	taken     atomic.Int64
	connected atomic.Bool // the request's head went out
}

func newOutgoing(body Answer) *outgoing {
	return &outgoing{body: body, size: body.Size(), written: make(chan struct{})}
}

// start runs the writing beside the reading; stop ends it.
func (o *outgoing) start() io.Reader {
	if o.size == 0 { // net/http would send a body of unknown length
		close(o.written)
		return http.NoBody
	}
	out, in := io.Pipe()
	o.out = out
	go func() {
		defer close(o.written)
		_, err := o.body.WriteTo(in)
		in.CloseWithError(err)
	}()
	return o
}

// Read counts what the network takes before it goes out, so that a whole body
// is never believed unsent.
func (o *outgoing) Read(p []byte) (int, error) {
	n, err := o.out.Read(p)
	o.taken.Add(int64(n))
	return n, err
}

// Close is for net/http, which may call it late.
func (o *outgoing) Close() error { return o.out.Close() }

// stop waits until nobody reads the Answer any more.
func (o *outgoing) stop() {
	if o.out != nil {
		o.out.Close()
	}
	<-o.written
}

// sort tells on which side of the peer a failure lies: who has not been given
// the whole body cannot have acted on it.
func (o *outgoing) sort() error {
	if o.connected.Load() && o.taken.Load() >= o.size {
		return ErrReached
	}
	return ErrNotReached
}
