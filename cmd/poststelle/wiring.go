package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"poststelle/envelope"
	"poststelle/intermediary"
	"poststelle/mailbox"
	"poststelle/transport"
)

// running is an office that takes letters.
type running struct {
	// URL is for clients, AdminURL for the operator.
	URL, AdminURL string
	// Store is the office's mailboxes.
	Store *mailbox.Store

	steps steps
}

// wait blocks until ctx ends or something breaks, then stops in order.
func (r *running) wait(ctx context.Context) error { return r.steps.wait(ctx) }

// Close stops in order: listeners, exchanges, mailboxes, broker.
func (r *running) Close() error { return r.steps.stop() }

// works is what an office is built from, in the order of building.
type works struct {
	app      *app
	config   *config
	keys     *officeKeys
	log      *slog.Logger
	registry *prometheus.Registry
	steps    *steps
	lock     *folderLock
	bus      *transport.Bus
	store    *mailbox.Store
	spool    *transport.Spool
}

// startOffice starts an office and returns when it takes letters. It runs on
// until Close, or until wait sees ctx end.
func startOffice(ctx context.Context, a *app, c *config) (*running, error) {
	r := &running{steps: steps{broken: make(chan error, 1)}}
	w := &works{app: a, config: c, log: a.logger(), registry: newRegistry(), steps: &r.steps}
	if err := w.open(ctx, r); err != nil {
		return nil, errors.Join(err, r.steps.stop())
	}
	return r, nil
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

func (w *works) open(ctx context.Context, r *running) (err error) {
	if w.keys, err = w.config.loadKeys(w.app); err != nil {
		return err
	}
	if err := w.openStore(ctx); err != nil {
		return err
	}
	r.Store = w.store
	if w.spool, err = transport.NewSpool(transport.SpoolOptions{
		Dir: w.config.below("spool"), MaxBytes: 2 * int64(w.config.Limits.MessageBytes),
		MaxTotal: int64(w.config.Limits.SpoolBytes), Registerer: w.registry,
	}); err != nil {
		return fmt.Errorf("making the spool: %w", err)
	}
	office, err := intermediary.New(w.officeOptions())
	if err != nil {
		return fmt.Errorf("making the office: %w", err)
	}
	w.steps.start(ctx, step{name: "office", run: office.Run, bound: 10 * time.Second})
	if err := w.listen(ctx, r, office); err != nil {
		return err
	}
	commands := w.control(r)
	w.steps.start(ctx, step{name: "control", run: commands.Run, bound: 10 * time.Second})
	return w.either(ctx, commands.announced)
}

// openStore takes the data folder and opens broker and mailboxes.
func (w *works) openStore(ctx context.Context) (err error) {
	if w.lock, err = lockFolder(w.config.path(w.config.Data)); err != nil {
		return err
	}
	w.steps.start(ctx, step{name: "lock", close: w.lock.Close, bound: time.Second})
	if w.bus, err = transport.OpenBus(ctx, w.config.busOptions(w.log)); err != nil {
		return fmt.Errorf("opening the broker: %w", err)
	}
	w.steps.start(ctx, step{name: "broker", close: w.bus.Close, bound: 20 * time.Second})
	if w.store, err = mailbox.New(mailbox.Options{
		JetStream: w.bus.JetStream(), Content: w.config.below("content"),
		Shards: w.config.NATS.Shards, Replicas: w.config.NATS.Replicas,
		DialogIdle: time.Duration(w.config.Dialogs.Idle),
		Now:        w.app.Now, Rand: w.app.Rand, Logger: w.log, Registerer: w.registry,
	}); err != nil {
		return fmt.Errorf("making the mailboxes: %w", err)
	}
	if err := w.store.Start(ctx); err != nil {
		return fmt.Errorf("opening the mailboxes: %w", err)
	}
	w.steps.start(ctx, step{name: "mailboxes", run: w.store.Run, bound: 20 * time.Second})
	return nil
}

func (c *config) busOptions(log *slog.Logger) transport.BusOptions {
	o := transport.BusOptions{
		Dir: c.below("nats"), URL: c.NATS.URL, Credentials: c.path(c.NATS.Credentials),
		MonitorURLs: c.NATS.MonitorURLs, SystemURL: c.NATS.SystemURL, SystemCredentials: c.path(c.NATS.SystemCreds),
		SyncConfirmed: c.NATS.SyncConfirmed, Logger: log,
	}
	for _, root := range c.NATS.RootCAs {
		o.RootCAs = append(o.RootCAs, c.path(root))
	}
	return o
}

func (w *works) officeOptions() intermediary.Options {
	encryption, signatures := w.config.exceptions()
	return intermediary.Options{
		Keys: w.keys.cipher, Signer: w.keys.signer,
		Boxes: w.store, Cards: w.store, Dialogs: w.store, Secrets: w.store,
		Scratch:    func() (envelope.ScratchFile, error) { return w.spool.New() },
		Encryption: encryption, Signatures: signatures,
		Open:              w.config.Mailboxes == boxesOpen,
		RequireEncryption: w.config.Encryption == isRequired,
		RequireSignature:  w.config.Signatures == isRequired,
		SignAlways:        w.config.SignAlways,
		MaxDeliveryBytes:  int64(w.config.Limits.DeliveryBytes),
		DialogIdle:        time.Duration(w.config.Dialogs.Idle),
		IDLifetime:        time.Duration(w.config.Dialogs.IDLifetime),
		Host:              w.config.Host,
		Now:               w.app.Now, Rand: w.app.Rand, Logger: w.log, Registerer: w.registry,
	}
}

// listen opens the door last.
func (w *works) listen(ctx context.Context, r *running, office *intermediary.Office) error {
	secure, err := w.config.tlsServer()
	if err != nil {
		return err
	}
	l := w.config.Limits
	server, err := transport.NewServer(transport.ServerOptions{
		Listen: w.config.Listen, Admin: w.config.Admin, TLS: secure, Spool: w.spool,
		Exchange: exchange(office), Ready: w.bus.Ready, Gatherer: w.registry, Registerer: w.registry, Logger: w.log,
		MaxBytes: int64(l.MessageBytes), MaxConcurrent: l.Concurrent,
		MaxConnected: l.Connected, MaxWait: time.Duration(l.Wait),
		HeaderTimeout: time.Duration(l.HeaderTimeout), BodyPause: time.Duration(l.BodyPause), MinRate: int64(l.MinRate),
		ExchangeTimeout: time.Duration(l.ExchangeTimeout), Drain: time.Duration(l.Drain),
	})
	if err != nil {
		return fmt.Errorf("making the server: %w", err)
	}
	w.steps.start(ctx, step{name: "server", run: server.Run, bound: time.Duration(l.Drain) + 10*time.Second})
	osci, admin, err := w.addresses(ctx, server)
	if err != nil {
		return err
	}
	scheme := "http"
	if secure != nil {
		scheme = "https"
	}
	r.URL, r.AdminURL = addressURL(scheme, osci), addressURL("http", admin)
	return nil
}

// addresses waits for the listeners, or for the server to say why there are none.
func (w *works) addresses(ctx context.Context, server *transport.Server) (osci, admin string, err error) {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	listening := make(chan struct{})
	go func() {
		osci, admin, err = server.Addresses(waiting)
		close(listening)
	}()
	if broken := w.either(ctx, listening); broken != nil {
		cancel()
		<-listening
		return "", "", broken
	}
	return osci, admin, err
}

// either waits for something to happen unless a part breaks first.
func (w *works) either(ctx context.Context, happened <-chan struct{}) error {
	select {
	case <-happened:
		return nil
	case broken := <-w.steps.broken:
		return broken
	case <-ctx.Done():
		return ctx.Err()
	}
}

// exchange gives a body to the office.
func exchange(office *intermediary.Office) transport.Exchange {
	return func(ctx context.Context, body *transport.File, cut error) (transport.Answer, error) {
		if cut != nil {
			return answerOf(body.Close, func() (envelope.Parcel, error) { return office.Refuse(cut) })
		}
		return answerOf(nil, func() (envelope.Parcel, error) { return office.Exchange(ctx, envelope.Sealed{Body: body}) })
	}
}

// answerOf keeps a nil parcel from becoming an answer that is not nil.
func answerOf(before func() error, make func() (envelope.Parcel, error)) (transport.Answer, error) {
	if before != nil {
		if err := before(); err != nil {
			return nil, err
		}
	}
	parcel, err := make()
	if err != nil || parcel == nil {
		return nil, err
	}
	return parcel, nil
}

// addressURL names a listener so that a client on this machine can use it.
func addressURL(scheme, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			address = net.JoinHostPort("127.0.0.1", port)
		}
	}
	return scheme + "://" + address + "/"
}
