package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestEmbeddedBusKeepsWhatItAcknowledged(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	bus := openBus(t, BusOptions{Dir: dir})
	config := jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Storage: jetstream.FileStorage}
	if _, err := bus.JetStream().CreateStream(ctx, config); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.JetStream().Publish(ctx, "s", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	again := openBus(t, BusOptions{Dir: dir})
	defer again.Close()
	stream, err := again.JetStream().Stream(ctx, "S")
	if err != nil {
		t.Fatal(err)
	}
	message, err := stream.GetMsg(ctx, 1)
	if err != nil || string(message.Data) != "kept" {
		t.Fatalf("message after restart: %v %v", message, err)
	}
	if err := again.Ready(ctx); err != nil {
		t.Errorf("not ready: %v", err)
	}
}

// TestBusRefusesAServerThatDoesNotSyncAlways starts real servers with the
// setting and without it, and asks them by monitoring page.
func TestBusRefusesAServerThatDoesNotSyncAlways(t *testing.T) {
	for _, always := range []bool{true, false} {
		t.Run(fmt.Sprint(always), func(t *testing.T) {
			s := externalServer(t, always)
			o := BusOptions{URL: s.ClientURL(), MonitorURLs: []string{"http://" + s.MonitorAddr().String()}, SyncConfirmed: true}
			bus, err := OpenBus(context.Background(), o)
			if always {
				if err != nil {
					t.Fatal(err)
				}
				bus.Close()
				return
			}
			if !errors.Is(err, ErrNotDurable) {
				t.Fatalf("err = %v, want ErrNotDurable", err)
			}
		})
	}
}

func TestBusRefusesAServerThatDoesNotSay(t *testing.T) {
	s := externalServer(t, true)
	if _, err := OpenBus(context.Background(), BusOptions{URL: s.ClientURL()}); !errors.Is(err, ErrNotDurable) {
		t.Fatalf("err = %v, want ErrNotDurable", err)
	}
	bus, err := OpenBus(context.Background(), BusOptions{URL: s.ClientURL(), SyncConfirmed: true})
	if err != nil {
		t.Fatalf("with the operator's word: %v", err)
	}
	bus.Close()
}

func TestBusReadsTheSettingAsSystemUser(t *testing.T) {
	for _, always := range []bool{true, false} {
		t.Run(fmt.Sprint(always), func(t *testing.T) {
			s := externalServer(t, always)
			bus, err := OpenBus(context.Background(), BusOptions{
				URL: s.ClientURL(), SystemURL: "nats://sys:sys@" + s.Addr().String(), SyncConfirmed: true,
			})
			if !always {
				if !errors.Is(err, ErrNotDurable) {
					t.Fatalf("err = %v, want ErrNotDurable", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer bus.Close()
			if err := bus.Ready(context.Background()); err != nil {
				t.Errorf("not ready: %v", err)
			}
		})
	}
}

func TestBusRefusesASystemUserWhoIsNone(t *testing.T) {
	s := externalServer(t, true)
	for _, url := range []string{"nats://sys:wrong@" + s.Addr().String(), s.ClientURL()} {
		if _, err := OpenBus(context.Background(), BusOptions{URL: s.ClientURL(), SystemURL: url}); !errors.Is(err, ErrNotDurable) {
			t.Errorf("err = %v, want ErrNotDurable", err)
		}
	}
}

func TestBusRefusesThePageOfAnotherServer(t *testing.T) {
	s, other := externalServer(t, false), externalServer(t, true)
	o := BusOptions{URL: s.ClientURL(), MonitorURLs: []string{"http://" + other.MonitorAddr().String()}}
	if _, err := OpenBus(context.Background(), o); !errors.Is(err, ErrNotDurable) {
		t.Fatalf("err = %v, want ErrNotDurable", err)
	}
}

func TestBusRefusesAPageThatDoesNotAnswer(t *testing.T) {
	s := externalServer(t, true)
	for _, page := range []string{"http://127.0.0.1:1", s.ClientURL(), "http://" + s.MonitorAddr().String() + "/varz"} {
		o := BusOptions{URL: s.ClientURL(), MonitorURLs: []string{page}, SyncConfirmed: true}
		if _, err := OpenBus(context.Background(), o); !errors.Is(err, ErrNotDurable) {
			t.Errorf("%s: err = %v, want ErrNotDurable", page, err)
		}
	}
}

func TestBusBelievesNoPageThatIsAnError(t *testing.T) {
	s := externalServer(t, true)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"server_id":%q,"config":{"sync_always":true}}`, s.ID())
	}))
	defer page.Close()
	o := BusOptions{URL: s.ClientURL(), MonitorURLs: []string{page.URL}}
	if _, err := OpenBus(context.Background(), o); !errors.Is(err, ErrNotDurable) {
		t.Errorf("err = %v, want ErrNotDurable", err)
	}
}

func TestEveryStoringServerOfAClusterMustSyncAlways(t *testing.T) {
	yes, no, none := syncSetting{}, syncSetting{}, syncSetting{Disabled: true}
	yes.Config.SyncAlways, yes.Meta.Size, no.Meta.Size = true, 3, 3
	for name, c := range map[string]struct {
		said map[string]syncSetting
		fine bool
	}{
		"all":               {map[string]syncSetting{"a": yes, "b": yes, "c": yes}, true},
		"all, one more hub": {map[string]syncSetting{"a": none, "b": yes, "c": yes, "d": yes}, true},
		"one does not":      {map[string]syncSetting{"a": yes, "b": no, "c": yes}, false},
		"one is silent":     {map[string]syncSetting{"a": yes, "b": yes}, false},
		"none stores":       {map[string]syncSetting{"a": none}, false},
		"ours is silent":    {map[string]syncSetting{"b": yes, "c": yes, "d": yes}, false},
	} {
		if err := judge(c.said, "a"); (err == nil) != c.fine || err != nil && !errors.Is(err, ErrNotDurable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmbeddedBusGivesItsFolderBack(t *testing.T) {
	dir := t.TempDir()
	bus := openBus(t, BusOptions{Dir: dir})
	for range 2 {
		if err := bus.Close(); err != nil {
			t.Fatal(err)
		}
	}
	openBus(t, BusOptions{Dir: dir}).Close()
}

func TestEmbeddedBusHasNoListenerAndItsLimits(t *testing.T) {
	bus := openBus(t, BusOptions{Dir: t.TempDir()})
	defer bus.Close()
	if bus.server.Addr() != nil || bus.server.MonitorAddr() != nil {
		t.Error("the embedded server listens")
	}
	if got := bus.conn.MaxPayload(); got != maxPayload {
		t.Errorf("largest message %d", got)
	}
	if err := bus.conn.Publish("x", make([]byte, maxPayload+1)); err == nil {
		t.Error("a larger message was taken")
	}
}

func TestCloseFinishesWhatWasReceived(t *testing.T) {
	bus := openBus(t, BusOptions{Dir: t.TempDir()})
	got, first, leave := 0, make(chan struct{}), make(chan struct{})
	_, err := bus.conn.Subscribe("x", func(*nats.Msg) {
		if got++; got == 1 {
			close(first)
			<-leave
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := bus.conn.Publish("x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := bus.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	<-first
	closed, begun := make(chan error, 1), bus.conn.StatusChanged(nats.DRAINING_SUBS, nats.CLOSED)
	go func() { closed <- bus.Close() }()
	<-begun
	close(leave)
	if err := <-closed; err != nil || got != 10 {
		t.Errorf("err %v, %d of 10 messages were handled", err, got)
	}
}

func TestCloseHasABound(t *testing.T) {
	s := externalServer(t, true)
	bus := openBus(t, BusOptions{URL: s.ClientURL(), SyncConfirmed: true, StopTimeout: 50 * time.Millisecond})
	leave := make(chan struct{})
	defer close(leave)
	entered := make(chan struct{})
	if _, err := bus.conn.Subscribe("x", func(*nats.Msg) { close(entered); <-leave }); err != nil {
		t.Fatal(err)
	}
	bus.conn.Publish("x", nil)
	<-entered
	start := time.Now()
	if err := bus.Close(); err != nil || time.Since(start) > 10*time.Second {
		t.Errorf("err %v after %v", err, time.Since(start))
	}
}

func TestOpenBusDemandsAFolderOrAnAddress(t *testing.T) {
	if _, err := OpenBus(context.Background(), BusOptions{}); err == nil {
		t.Error("neither was accepted")
	}
	if _, err := OpenBus(context.Background(), BusOptions{URL: "nats://127.0.0.1:1"}); err == nil {
		t.Error("an address where nobody is was accepted")
	}
}

func openBus(t *testing.T, o BusOptions) *Bus {
	t.Helper()
	bus, err := OpenBus(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return bus
}

func externalServer(t *testing.T, always bool) *server.Server {
	t.Helper()
	system := server.NewAccount("SYS")
	users := server.NewAccount("USERS")
	s, err := server.NewServer(&server.Options{
		ServerName: "external", Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: always,
		Accounts: []*server.Account{system, users}, SystemAccount: "SYS", NoAuthUser: "user",
		Users: []*server.User{
			{Username: "sys", Password: "sys", Account: system},
			{Username: "user", Password: "user", Account: users},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10e9) {
		t.Fatal("server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	known, err := s.LookupAccount("USERS") // the server has made its own
	if err != nil {
		t.Fatal(err)
	}
	if err := known.EnableJetStream(nil, nil); err != nil {
		t.Fatal(err)
	}
	return s
}
