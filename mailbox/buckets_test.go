package mailbox_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
)

// second tries to start a further store on the broker.
func second(t *testing.T, e *mailboxtest.Env, o mailbox.Options) error {
	t.Helper()
	o.JetStream, o.Content, o.Now, o.Rand = e.JetStream, t.TempDir(), time.Now, bytes.NewReader(nil)
	store, err := mailbox.New(o)
	must(t, err)
	return store.Start(t.Context())
}

// change sets something of a stream behind the store's back.
func change(t *testing.T, e *mailboxtest.Env, name string, to func(*jetstream.StreamConfig)) {
	t.Helper()
	stream, err := e.JetStream.Stream(t.Context(), name)
	must(t, err)
	config := stream.CachedInfo().Config
	to(&config)
	_, err = e.JetStream.UpdateStream(t.Context(), config)
	must(t, err)
}

// remade makes a bucket anew with other settings.
func remade(t *testing.T, e *mailboxtest.Env, config jetstream.KeyValueConfig) {
	t.Helper()
	must(t, e.JetStream.DeleteKeyValue(t.Context(), config.Bucket))
	_, err := e.JetStream.CreateKeyValue(t.Context(), config)
	must(t, err)
}

func TestStartRefusesBucketsThatForget(t *testing.T) {
	for _, name := range []string{"BOXES", "SECRETS"} {
		e := mailboxtest.Start(t)
		change(t, e, "KV_"+name, func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour })
		if err := second(t, e, mailbox.Options{}); err == nil || !strings.Contains(err.Error(), "bucket "+name) {
			t.Errorf("%s that expires: Start says %v", name, err)
		}
	}
	for _, name := range []string{"BOXES", "DIALOGS", "SECRETS"} {
		e := mailboxtest.Start(t)
		remade(t, e, jetstream.KeyValueConfig{Bucket: name, Storage: jetstream.MemoryStorage})
		if err := second(t, e, mailbox.Options{}); err == nil || !strings.Contains(err.Error(), "bucket "+name) {
			t.Errorf("%s in memory: Start says %v", name, err)
		}
	}
}

func TestStartRefusesFewerReplicasThanSet(t *testing.T) {
	e := mailboxtest.Start(t)
	if err := second(t, e, mailbox.Options{Replicas: 3}); err == nil || !strings.Contains(err.Error(), "bucket") {
		t.Errorf("Start says %v", err)
	}
}

// The office measures idleness itself, by its clock and on every request; the
// bucket's own time to live only clears away, so it must not be shorter.
func TestDialogsLiveAsLongAsTheSetting(t *testing.T) {
	e := mailboxtest.Start(t, func(o *mailbox.Options) { o.DialogIdle = 20 * time.Minute })
	age := func() time.Duration {
		stream, err := e.JetStream.Stream(t.Context(), "KV_DIALOGS")
		must(t, err)
		return stream.CachedInfo().Config.MaxAge
	}
	if age() < 20*time.Minute {
		t.Errorf("dialogs live %v", age())
	}
	must(t, second(t, e, mailbox.Options{DialogIdle: 40 * time.Minute}))
	if age() < 40*time.Minute {
		t.Errorf("after a change of the setting dialogs live %v", age())
	}
}

func TestDialogsExpire(t *testing.T) {
	e := mailboxtest.Start(t, func(o *mailbox.Options) { o.DialogIdle = 150 * time.Millisecond })
	begun := time.Now()
	revision, err := e.Store.SaveDialog(t.Context(), "d", []byte("state"), 0)
	must(t, err)
	if _, _, err := e.Store.Dialog(t.Context(), "d"); err != nil && time.Since(begun) < 150*time.Millisecond {
		t.Fatalf("gone before its time: %v", err)
	}
	stream, err := e.JetStream.Stream(t.Context(), "KV_DIALOGS")
	must(t, err)
	for { // each turn is a question to the broker, whose own timer tells nobody
		info, err := stream.Info(t.Context())
		must(t, err)
		if info.State.Msgs == 0 {
			break
		}
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the dialog does not expire")
		}
	}
	if time.Since(begun) < 150*time.Millisecond {
		t.Fatalf("expired after %v", time.Since(begun))
	}
	if _, _, err := e.Store.Dialog(t.Context(), "d"); !errors.Is(err, mailbox.ErrNoDialog) {
		t.Fatalf("expired dialog: %v", err)
	}
	if _, err := e.Store.SaveDialog(t.Context(), "d", []byte("late"), revision); !errors.Is(err, mailbox.ErrDialogMoved) {
		t.Fatalf("an expired dialog was advanced: %v", err)
	}
}
