package interop

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"poststelle/envelope"
	"poststelle/transport"
)

// externalBroker is a broker that somebody else runs: it listens on loopback
// and tells its settings on its monitoring page.
func externalBroker(t testing.TB, always bool) transport.BusOptions {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "external", Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: always,
	})
	check(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the broker does not start")
	}
	return transport.BusOptions{URL: s.ClientURL(), MonitorURLs: []string{"http://" + s.MonitorAddr().String()}}
}

// sharing makes an office use a broker, and the content folder that goes with it.
func sharing(bus transport.BusOptions, content string) setting {
	return func(o *officeOptions) { o.bus, o.content = bus, content }
}

// The broker has its default limits, so this is also the proof that a message
// of ours fits them: the letter has parts inside the message and beside it.
func TestAnExternalBrokerKeepsLettersForTheNextOffice(t *testing.T) {
	shared := sharing(externalBroker(t, true), t.TempDir())
	octets := strings.Repeat(awkward, 12<<10)
	post := startOffice(t, lenient, shared)
	small, large := storeWritten(t, post, awkward, true), storeWritten(t, post, octets, true)
	fetchWritten(t, post, large, octets, true)
	post.stop()

	post = startOffice(t, lenient, shared)
	fetchWritten(t, post, small, awkward, true)
	fetchWritten(t, post, large, octets, true)
	dialog, err := newClient(t, post, "bob").Dial(t.Context())
	check(t, err)
	cards, err := dialog.Cards(t.Context(), envelope.FetchProcessCard{})
	check(t, err)
	defer cards.Close()
	if len(cards.Cards) != 2 {
		t.Fatalf("the second office has %d cards", len(cards.Cards))
	}
	for _, one := range cards.Cards {
		if one.Forwarding == nil {
			t.Errorf("the card of %s lost its hand-out", one.MessageID)
		}
	}
	check(t, dialog.Exit(t.Context()))
}

func TestAnExternalBrokerThatMayLoseLettersIsRefused(t *testing.T) {
	bus, err := transport.OpenBus(context.Background(), externalBroker(t, false))
	if !errors.Is(err, transport.ErrNotDurable) {
		t.Errorf("%v, %v; want ErrNotDurable", bus, err)
	}
}
