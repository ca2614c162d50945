package mailboxtest

import (
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"poststelle/mailbox"
)

// Env is a store on a broker of its own. Its fields change with Restart and
// Kill.
type Env struct {
	Store     *mailbox.Store
	JetStream jetstream.JetStream
	// Dir has the folders "nats" and "content".
	Dir      string
	Clock    *Clock
	Registry *prometheus.Registry

	t      testing.TB
	change []func(*mailbox.Options)
	server *server.Server
	conn   *nats.Conn
	stop   context.CancelFunc
	done   chan error
}

// Clock is a clock that tests set.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Add moves it.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Epoch is where the clock of every Env begins.
var Epoch = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

// Start makes an empty store that runs until the end of the test. Options may
// be changed before each start of the store.
func Start(t testing.TB, change ...func(*mailbox.Options)) *Env {
	t.Helper()
	e := &Env{t: t, Dir: t.TempDir(), Clock: &Clock{at: Epoch}, change: change}
	e.open()
	t.Cleanup(e.close)
	return e
}

// Restart stops store and broker in good order and starts both again. prepare
// is called in between and may be nil.
func (e *Env) Restart(prepare func(dir string)) {
	e.t.Helper()
	e.close()
	if prepare != nil {
		prepare(e.Dir)
	}
	e.open()
}

// Kill goes on with what is on the disk at this moment, as after kill -9: no
// broker is drained or closed before that. prepare may be nil.
func (e *Env) Kill(prepare func(dir string)) {
	e.t.Helper()
	image := e.t.TempDir()
	e.check(copyTree(e.Dir, image))
	e.close()
	e.Dir = image
	if prepare != nil {
		prepare(image)
	}
	e.open()
}

// Disconnect stops the broker under the running store. Start it again with
// Restart.
func (e *Env) Disconnect() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// Node starts a second store on the same broker and content, as another
// process would.
func (e *Env) Node() *mailbox.Store {
	e.t.Helper()
	store, stop, done := e.startStore(prometheus.NewRegistry())
	e.t.Cleanup(func() {
		stop()
		<-done
	})
	return store
}

func (e *Env) check(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *Env) open() {
	e.t.Helper()
	var err error
	e.server, err = server.NewServer(&server.Options{
		ServerName: "mailboxtest", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(e.Dir, "nats"), SyncAlways: true, MaxPayload: 8 << 20,
	})
	e.check(err)
	e.server.Start()
	if !e.server.ReadyForConnections(30 * time.Second) {
		e.t.Fatal("mailboxtest: broker is not ready")
	}
	e.conn, err = nats.Connect("", nats.InProcessServer(e.server), nats.MaxReconnects(-1))
	e.check(err)
	e.JetStream, err = jetstream.New(e.conn)
	e.check(err)
	e.Registry = prometheus.NewRegistry()
	e.Store, e.stop, e.done = e.startStore(e.Registry)
}

func (e *Env) startStore(registry prometheus.Registerer) (*mailbox.Store, context.CancelFunc, chan error) {
	e.t.Helper()
	options := mailbox.Options{
		JetStream: e.JetStream, Content: filepath.Join(e.Dir, "content"),
		Now: e.Clock.Now, Rand: rand.Reader, Registerer: registry,
	}
	for _, one := range e.change {
		one(&options)
	}
	store, err := mailbox.New(options)
	e.check(err)
	ctx, stop := context.WithCancel(context.Background())
	e.check(store.Start(ctx))
	done := make(chan error, 1)
	go func() { done <- store.Run(ctx) }()
	return store, stop, done
}

func (e *Env) close() {
	if e.stop == nil {
		return
	}
	e.stop()
	if err := <-e.done; err != nil {
		e.t.Errorf("mailboxtest: store: %v", err)
	}
	e.stop = nil
	e.conn.Close()
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// copyTree copies what is there; files that vanish meanwhile are not there.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
