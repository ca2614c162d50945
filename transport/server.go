package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// Answer is what goes back: its length is known before the first octet.
type Answer interface {
	Size() int64
	WriteTo(w io.Writer) (int64, error)
	Close() error
}

// Exchange answers one body. If cut is not nil the body ended early or was too
// large (ErrCutOff, ErrTooLarge): there is nothing to believe, but an answer
// is still owed. An error means trouble: the client is told to come back.
// The exchange may close the body; the server does so once the answer is sent,
// so an answer may still read from it.
type Exchange func(ctx context.Context, body *File, cut error) (Answer, error)

// ServerOptions make a server. Zero durations and counts have defaults.
type ServerOptions struct {
	// Listen and Admin are HOST:PORT; port 0 chooses a free one. Required.
	Listen, Admin string
	// TLS is for the OSCI listener; nil = plain HTTP.
	TLS *tls.Config
	// Spool takes the bodies. Required.
	Spool *Spool
	// Exchange answers. Required.
	Exchange Exchange
	// Ready tells whether letters can be taken; nil = always.
	Ready func(ctx context.Context) error
	// Gatherer and Registerer serve and take metrics; nil = none.
	Gatherer   prometheus.Gatherer
	Registerer prometheus.Registerer
	Logger     *slog.Logger
	// MaxBytes bounds a body; 0 = 1 GiB.
	MaxBytes int64
	// MaxConcurrent bounds exchanges at a time; 0 = 256. A body that is there
	// waits for its turn.
	MaxConcurrent int
	// MaxConnected bounds requests under way, bodies that still come and answers
	// that still go included; 0 = 4096. More are told to come back.
	MaxConnected int
	// MaxWait bounds the wait for a turn; 0 = 10 s. Then: come back.
	MaxWait time.Duration
	// HeaderTimeout bounds the request head; 0 = 10 s.
	HeaderTimeout time.Duration
	// IdleTimeout bounds an idle connection; 0 = 2 min.
	IdleTimeout time.Duration
	// BodyPause bounds the time between two pieces of a body or an answer;
	// 0 = 30 s.
	BodyPause time.Duration
	// MinRate is the least average octets a second of a body or an answer after
	// its first BodyPause; 0 = 8192.
	MinRate int64
	// ExchangeTimeout bounds one exchange without its transfer; 0 = 5 min.
	ExchangeTimeout time.Duration
	// Drain bounds a graceful stop; 0 = 30 s.
	Drain time.Duration
}

// Server listens for letters on one address and for the operator on another.
type Server struct {
	o       ServerOptions
	metrics *metrics
	guests  chan struct{} // one for each request under way
	places  chan struct{} // one for each exchange that runs
	ready   chan struct{} // closed when both listeners are open
	osci    net.Addr
	admin   net.Addr
	started atomic.Bool
	// draining says that the server is on its way down: not ready any more.
	draining atomic.Bool
	// patience ends with the time for draining: what still runs is cut off.
	patience context.Context
	giveUp   context.CancelFunc
}

// NewServer checks the options. It opens nothing.
func NewServer(o ServerOptions) (*Server, error) {
	switch {
	case o.Listen == "" || o.Admin == "":
		return nil, errors.New("transport: server without addresses")
	case o.Spool == nil || o.Exchange == nil:
		return nil, errors.New("transport: server without spool or exchange")
	}
	setDefaults(&o)
	patience, giveUp := context.WithCancel(context.Background())
	return &Server{
		o: o, metrics: newMetrics(o.Registerer), patience: patience, giveUp: giveUp,
		guests: make(chan struct{}, o.MaxConnected), places: make(chan struct{}, o.MaxConcurrent),
		ready: make(chan struct{}),
	}, nil
}

func setDefaults(o *ServerOptions) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	defaultTo(&o.MaxBytes, 1<<30)
	defaultTo(&o.MaxConcurrent, 256)
	defaultTo(&o.MaxConnected, 4096)
	defaultTo(&o.MaxWait, 10*time.Second)
	defaultTo(&o.HeaderTimeout, 10*time.Second)
	defaultTo(&o.IdleTimeout, 2*time.Minute)
	defaultTo(&o.BodyPause, 30*time.Second)
	defaultTo(&o.MinRate, 8<<10)
	defaultTo(&o.ExchangeTimeout, 5*time.Minute)
	defaultTo(&o.Drain, 30*time.Second)
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Run listens and serves until ctx ends, then drains: it says "not ready",
// takes no new connection, lets running exchanges finish within Drain, and
// closes the operator's listener last.
func (s *Server) Run(ctx context.Context) error {
	osci, err := net.Listen("tcp", s.o.Listen)
	if err != nil {
		return fmt.Errorf("listening for letters: %w", err)
	}
	admin, err := net.Listen("tcp", s.o.Admin)
	if err != nil {
		return errors.Join(fmt.Errorf("listening for the operator: %w", err), osci.Close())
	}
	return s.serveOn(ctx, osci, admin)
}

// serveOn is Run on open listeners, which it closes.
func (s *Server) serveOn(ctx context.Context, osci, admin net.Listener) error {
	if s.started.Swap(true) {
		return errors.Join(errors.New("transport: server runs already"), osci.Close(), admin.Close())
	}
	s.osci, s.admin = osci.Addr(), admin.Addr()
	if s.o.TLS != nil {
		osci = tls.NewListener(osci, withFloor(s.o.TLS))
	}
	letters, operator := s.letterServer(), s.adminServer()
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(letters, osci) })
	group.Go(func() error { return serve(operator, admin) })
	close(s.ready)
	group.Go(func() error {
		<-running.Done()
		return s.stop(letters, operator)
	})
	return group.Wait()
}

// withFloor is the configuration with nothing below TLS 1.2 and no HTTP/2,
// which no OSCI client speaks.
func withFloor(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	c.NextProtos = []string{"http/1.1"}
	return c
}

func serve(server *http.Server, l net.Listener) error {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}

// stop walks backwards: not ready, no new letters, finish, then the rest.
func (s *Server) stop(letters, operator *http.Server) error {
	s.draining.Store(true)
	bound, cancel := context.WithTimeout(context.Background(), s.o.Drain)
	defer cancel()
	defer s.giveUp()
	err := letters.Shutdown(bound)
	if err != nil {
		s.o.Logger.Warn("exchanges were cut off by the stop", "err", err)
		err = errors.Join(fmt.Errorf("draining for %s: %w", s.o.Drain, err), letters.Close())
	}
	return errors.Join(err, operator.Close())
}

func (s *Server) letterServer() *http.Server {
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	return &http.Server{
		Handler:           http.HandlerFunc(s.letter),
		Protocols:         only1,
		ReadHeaderTimeout: s.o.HeaderTimeout,
		IdleTimeout:       s.o.IdleTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelDebug),
	}
}

// Addresses waits until both listeners are open and tells where.
func (s *Server) Addresses(ctx context.Context) (osci, admin string, err error) {
	select {
	case <-s.ready:
		return s.osci.String(), s.admin.String(), nil
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}
