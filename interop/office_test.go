package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/intermediary"
	"poststelle/mailbox"
	"poststelle/transport"
)

// keyFolder has the test keys of the recordings (see its SOURCE).
const keyFolder = "../testdata/recordings/keys"

// key is the path prefix of a person's key files.
func key(name string) string {
	path, err := filepath.Abs(filepath.Join(keyFolder, name))
	if err != nil {
		return filepath.Join(keyFolder, name)
	}
	return path
}

// setting changes the options of a test's office.
type setting func(*officeOptions)

// officeOptions are what tests vary.
type officeOptions struct {
	office intermediary.Options
	// now is the office's clock.
	now func() time.Time
	// maxBytes bounds a request body; 0 = 1 GiB.
	maxBytes int64
	// maxCards bounds the answer to one question for cards; 0 = 1000.
	maxCards int
	// bus says which broker is used; the office's own unless a test names one.
	bus transport.BusOptions
	// content is the folder of large parts; it goes with the broker.
	content string
}

// lenient accepts what old clients send: unsigned and plain transport, CBC,
// 3DES and RSA-1_5, and any addressee.
func lenient(o *officeOptions) {
	o.office.Open = true
	o.office.RequireEncryption = false
	o.office.RequireSignature = false
	until := time.Now().AddDate(1, 0, 0)
	for _, c := range xmlenc.Ciphers() {
		o.office.Encryption.Exceptions = append(o.office.Encryption.Exceptions,
			xmlenc.Exception{Algorithm: c.URI, Until: until, Reason: "interop with old clients"})
	}
	o.office.Encryption.Exceptions = append(o.office.Encryption.Exceptions,
		xmlenc.Exception{Algorithm: xmlenc.RSA15, Until: until, Reason: "interop with old clients"})
}

// office is a whole post office on loopback: HTTP, office, mailboxes, broker.
type office struct {
	t     testing.TB
	url   string
	admin string
	store *mailbox.Store
	spool *transport.Spool
	log   *logBuffer
	// stop stops the office before the end of the test.
	stop func()
}

// startOffice starts one and stops it at the end of the test.
func startOffice(t testing.TB, settings ...setting) *office {
	t.Helper()
	dir := t.TempDir()
	log := &logBuffer{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	registry := prometheus.NewRegistry()
	o := &officeOptions{
		now: time.Now, bus: transport.BusOptions{Dir: filepath.Join(dir, "nats"), Logger: logger}, content: filepath.Join(dir, "content"),
	}
	for _, set := range settings {
		set(o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	bus, err := transport.OpenBus(ctx, o.bus)
	check(t, err)
	store, err := mailbox.New(mailbox.Options{
		JetStream: bus.JetStream(), Content: o.content,
		MaxCards: o.maxCards, Now: o.now, Rand: rand.Reader, Logger: logger, Registerer: registry,
	})
	check(t, err)
	check(t, store.Start(ctx))
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: filepath.Join(dir, "spool")})
	check(t, err)
	one := completeOptions(t, o, store, spool, logger, registry)
	post, err := intermediary.New(one)
	check(t, err)
	server := newServer(t, o, post, spool, logger, registry)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return store.Run(running) })
	group.Go(func() error { return post.Run(running) })
	group.Go(func() error { return server.Run(running) })
	osci, admin, err := server.Addresses(ctx)
	check(t, err)
	stop := sync.OnceFunc(func() {
		cancel()
		if err := group.Wait(); err != nil && ctx.Err() == nil {
			t.Errorf("stopping the office: %v", err)
		}
		check(t, bus.Close())
	})
	t.Cleanup(stop)
	return &office{t: t, url: "http://" + osci + "/", admin: "http://" + admin, store: store, spool: spool, log: log, stop: stop}
}

func completeOptions(t testing.TB, o *officeOptions, store *mailbox.Store, spool *transport.Spool, logger *slog.Logger, registry prometheus.Registerer) intermediary.Options {
	one := o.office
	for _, name := range []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096"} {
		one.Keys = append(one.Keys, cipherKey(t, name))
	}
	if one.Signer == nil {
		one.Signer = signer(t, "intermediary-signature")
	}
	one.Boxes, one.Cards, one.Dialogs, one.Secrets = store, store, store, store
	one.Scratch = scratch(spool)
	one.Now, one.Rand, one.Logger, one.Registerer = o.now, rand.Reader, logger, registry
	one.Host = "poststelle.test"
	return one
}

func newServer(t testing.TB, o *officeOptions, post *intermediary.Office, spool *transport.Spool, logger *slog.Logger, registry *prometheus.Registry) *transport.Server {
	server, err := transport.NewServer(transport.ServerOptions{
		Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Spool: spool, MaxBytes: o.maxBytes,
		Exchange: func(ctx context.Context, body *transport.File, cut error) (transport.Answer, error) {
			if cut != nil {
				return post.Refuse(cut)
			}
			return post.Exchange(ctx, envelope.Sealed{Body: body})
		},
		Ready:    func(context.Context) error { return nil },
		Gatherer: registry, Registerer: registry, Logger: logger,
	})
	check(t, err)
	return server
}

// scratch makes the spool's files fit the envelope's scratch files.
func scratch(spool *transport.Spool) envelope.Scratch {
	return func() (envelope.ScratchFile, error) { return spool.New() }
}

// javaDialog are the words that make the official client speak to the office.
func (o *office) javaDialog(as string) words {
	return words{
		"as": key(as), "url": o.url, "intermediary": key("intermediary-cipher") + ".cer",
		"intermediarysignature": key("intermediary-signature") + ".cer",
	}
}

// post sends octets as one HTTP request and gives the answer's octets.
func (o *office) post(body io.Reader) (*http.Response, []byte) {
	o.t.Helper()
	response, err := http.Post(o.url, "text/xml", body)
	check(o.t, err)
	defer response.Body.Close()
	octets, err := io.ReadAll(response.Body)
	check(o.t, err)
	return response, octets
}

// register makes the person's cipher certificate a mailbox.
func (o *office) register(name string, rules mailbox.Rules) mailbox.Address {
	o.t.Helper()
	certificate := cipherKey(o.t, name+"-cipher").Certificate
	address := mailbox.AddressOf(certificate)
	check(o.t, o.store.Register(context.Background(), mailbox.Box{
		Address: address, Name: name, Certificate: certificate, Rules: rules,
	}))
	return address
}

// logBuffer keeps the log of an office.
type logBuffer struct {
	mu     sync.Mutex
	octets bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.octets.Write(p)
}

// lines are the lines that contain a text.
func (l *logBuffer) lines(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for _, line := range strings.Split(l.octets.String(), "\n") {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
