package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BusOptions say which NATS is used.
type BusOptions struct {
	// Dir is where the embedded server stores; required without URL. Two
	// processes would destroy each other's files: the caller holds the folder
	// for itself, as it must for whatever lies beside it.
	Dir string
	// URL is of an external server or cluster, comma-separated; "" = embedded.
	URL string
	// Credentials is a file with user JWT and key for URL; "" = none.
	Credentials string
	// RootCAs are files with certificates for tls:// addresses.
	RootCAs []string
	// MonitorURLs are the HTTP monitoring addresses of all external servers,
	// from which the setting sync_interval is read back.
	MonitorURLs []string
	// SystemURL and SystemCredentials make a second, short connection as a user
	// of the system account, by which the setting is read back where there are
	// no MonitorURLs. SystemURL "" = URL.
	SystemURL, SystemCredentials string
	// SyncConfirmed says that the operator vouches for "sync_interval: always"
	// where no server tells it. An answer to the contrary counts more.
	SyncConfirmed bool
	Logger        *slog.Logger
	// StartTimeout bounds connecting and starting; 0 = 30 s.
	StartTimeout time.Duration
	// StopTimeout bounds Close; 0 = 15 s.
	StopTimeout time.Duration
}

// Limits of the embedded server, in octets and messages. Whoever stores large
// things keeps them beside the broker, so 8 MiB for one message is wide.
const (
	maxPayload     = 8 << 20
	bufferedOctets = 256 << 20
	bufferedCount  = 100_000
)

// Bus is a connection to a broker that syncs before it acknowledges.
type Bus struct {
	conn   *nats.Conn
	js     jetstream.JetStream
	server *server.Server // nil = external
	closed chan struct{}  // closed with conn
	stop   time.Duration
}

// OpenBus starts the embedded server or connects to an external one, and
// refuses one that may acknowledge before it has synced (ErrNotDurable).
func OpenBus(ctx context.Context, o BusOptions) (*Bus, error) {
	defaultTo(&o.StartTimeout, 30*time.Second)
	defaultTo(&o.StopTimeout, 15*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	b := &Bus{stop: o.StopTimeout, closed: make(chan struct{})}
	open := b.embed
	if o.URL != "" {
		open = b.connect
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	var err error
	if b.js, err = jetstream.New(b.conn); err != nil {
		return nil, errors.Join(fmt.Errorf("using JetStream: %w", err), b.Close())
	}
	return b, nil
}

// embed starts a server in this process, without any listener.
func (b *Bus) embed(ctx context.Context, o BusOptions) error {
	if o.Dir == "" {
		return errors.New("transport: embedded broker without a folder")
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "poststelle", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: o.Dir, SyncAlways: true,
		MaxPayload:            maxPayload,
		MaxPending:            bufferedOctets,
		StreamMaxBufferedSize: bufferedOctets, StreamMaxBufferedMsgs: bufferedCount,
		JetStreamLimits: server.JSLimitOpts{DefaultMaxConsumers: 100},
	})
	if err != nil {
		return fmt.Errorf("making the embedded broker: %w", err)
	}
	s.SetLoggerV2(&natsLogger{o.Logger}, false, false, false)
	b.server = s
	s.Start()
	if deadline, ok := ctx.Deadline(); ok && !s.ReadyForConnections(time.Until(deadline)) {
		return errors.New("transport: embedded broker did not start in time")
	}
	if config := s.JetStreamConfig(); config == nil || !config.SyncAlways {
		return fmt.Errorf("%w: embedded", ErrNotDurable)
	}
	b.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("poststelle"), nats.MaxReconnects(-1),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }))
	if err != nil {
		return fmt.Errorf("connecting to the embedded broker: %w", err)
	}
	return nil
}

// JetStream is the broker's persistence interface.
func (b *Bus) JetStream() jetstream.JetStream { return b.js }

// Ready tells whether the broker answers.
func (b *Bus) Ready(ctx context.Context) error {
	if _, err := b.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("asking the broker: %w", err)
	}
	return nil
}

// Close sends what is pending and finishes what was received, then stops the
// embedded server, each within half of the bound. After nil nothing writes to
// its folder. It may be called twice.
func (b *Bus) Close() error {
	b.drain()
	if b.server == nil {
		return nil
	}
	return b.shutdown()
}

func (b *Bus) drain() {
	if b.conn == nil || b.conn.IsClosed() {
		return
	}
	if err := b.conn.Drain(); err == nil {
		select {
		case <-b.closed:
		case <-time.After(b.stop / 2):
		}
	}
	b.conn.Close()
}

func (b *Bus) shutdown() error {
	stopped := make(chan struct{})
	go func() {
		b.server.Shutdown()
		b.server.WaitForShutdown()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-time.After(b.stop / 2):
		return fmt.Errorf("transport: embedded broker did not stop within %s", b.stop/2)
	}
}

// natsLogger gives the broker's lines to slog.
type natsLogger struct{ log *slog.Logger }

func (n *natsLogger) Noticef(f string, v ...any) { n.log.Debug("broker", "text", fmt.Sprintf(f, v...)) }
func (n *natsLogger) Warnf(f string, v ...any)   { n.log.Warn("broker", "text", fmt.Sprintf(f, v...)) }
func (n *natsLogger) Fatalf(f string, v ...any)  { n.log.Error("broker", "text", fmt.Sprintf(f, v...)) }
func (n *natsLogger) Errorf(f string, v ...any)  { n.log.Error("broker", "text", fmt.Sprintf(f, v...)) }
func (n *natsLogger) Debugf(string, ...any)      {}
func (n *natsLogger) Tracef(string, ...any)      {}
