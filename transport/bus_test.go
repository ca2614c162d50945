package transport

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
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
		s := externalServer(t, always)
		url := fmt.Sprintf("nats://sys:sys@%s", s.Addr().String())
		_, err := OpenBus(context.Background(), BusOptions{URL: url})
		// The system account has no JetStream of its own; what counts is the verdict.
		if got := errors.Is(err, ErrNotDurable); got == always {
			t.Errorf("always=%v: err = %v", always, err)
		}
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
	return s
}
