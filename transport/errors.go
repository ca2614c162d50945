package transport

import "errors"

var (
	// ErrTooLarge says that a body passed the limit for one body.
	ErrTooLarge = errors.New("transport: body is too large")
	// ErrCutOff says that a body ended before its announced length, or came so
	// slowly that its time was over.
	ErrCutOff = errors.New("transport: body was cut off")
	// ErrSpoolFull says that all scratch files together passed their limit. It
	// is the world's fault: the same body may be taken later.
	ErrSpoolFull = errors.New("transport: spool is full")
	// ErrNotReached says that a request failed before the peer can have seen
	// all of it.
	ErrNotReached = errors.New("transport: peer was not reached")
	// ErrReached says that a request failed after it was sent: the peer may
	// have acted on it.
	ErrReached = errors.New("transport: peer was reached but gave no answer")
	// ErrNotDurable says that the broker may acknowledge before it has synced,
	// or will not say.
	ErrNotDurable = errors.New("transport: broker does not sync before it acknowledges")
)
