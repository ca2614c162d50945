package transport

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// connect uses a server or cluster that somebody else runs.
func (b *Bus) connect(ctx context.Context, o BusOptions) error {
	options := append(roadTo(ctx, o, o.Credentials),
		nats.MaxReconnects(-1), nats.ReconnectWait(500*time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { o.Logger.Warn("broker is away", "err", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { o.Logger.Info("broker is back") }),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
	)
	conn, err := nats.Connect(o.URL, options...)
	if err != nil {
		return fmt.Errorf("connecting to the broker: %w", err)
	}
	b.conn = conn
	return checkSync(ctx, conn, o)
}

// roadTo are the options every connection to the servers shares.
func roadTo(ctx context.Context, o BusOptions, credentials string) []nats.Option {
	options := []nats.Option{nats.Name("poststelle")}
	if credentials != "" {
		options = append(options, nats.UserCredentials(credentials))
	}
	if len(o.RootCAs) > 0 {
		options = append(options, nats.RootCAs(o.RootCAs...))
	}
	if deadline, ok := ctx.Deadline(); ok {
		options = append(options, nats.Timeout(time.Until(deadline)))
	}
	return options
}
