package mailbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStoreFulfilsTheContract(t *testing.T) {
	mailboxtest.Contract(t, func(t testing.TB) mailboxtest.Keeper { return mailboxtest.Start(t).Store })
}

// fill puts n letters, hands some out, confirms some.
func fill(t testing.TB, e *mailboxtest.Env, n int) (put []*envelope.Delivery) {
	t.Helper()
	to, from := mailboxtest.Certificate(t, "to"), mailboxtest.Certificate(t, "from")
	for i := range n {
		d := mailboxtest.Letter(fmt.Sprint("id", i), to, from, mailboxtest.Epoch.Add(time.Duration(i)*time.Second))
		if i%5 == 0 {
			mailboxtest.WithPart(d, 300<<10)
		}
		_, err := e.Store.Put(t.Context(), d)
		must(t, err)
		e.Clock.Add(time.Second)
		for j, fact := range []mailbox.Fact{
			{Forwarding: envelope.PlainTimestamp(e.Clock.Now())}, {Reception: envelope.PlainTimestamp(e.Clock.Now())},
		} {
			if i%3 > j {
				_, err = e.Store.Record(t.Context(), d.MessageID, fact)
				must(t, err)
			}
		}
		put = append(put, d)
	}
	return put
}

func cardsOf(t testing.TB, s *mailbox.Store, d *envelope.Delivery) string {
	t.Helper()
	cards, _, err := s.Cards(t.Context(), mailbox.CardQuery{Party: mailbox.Party{Cipher: mailbox.AddressOf(d.Addressee)}})
	must(t, err)
	var text strings.Builder
	for _, c := range cards {
		fmt.Fprintf(&text, "%s %v", c.MessageID, c.RecentModification.UTC())
		for _, stamp := range []*envelope.Timestamp{c.Creation, c.Forwarding, c.Reception} {
			if stamp != nil {
				fmt.Fprintf(&text, " %v", stamp.At.UTC())
			} else {
				text.WriteString(" -")
			}
		}
		fmt.Fprintf(&text, " %d\n", len(c.Inspections))
	}
	return text.String()
}

func TestNothingIsLostByRestartOrKill(t *testing.T) {
	e := mailboxtest.Start(t)
	put := fill(t, e, 12)
	want := cardsOf(t, e.Store, put[0])
	dropIndex := func(dir string) {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == "index.db" {
				return os.Remove(path)
			}
			return err
		}))
	}
	for _, again := range []func(){
		func() { e.Restart(nil) }, func() { e.Restart(dropIndex) },
		func() { e.Kill(nil) }, func() { e.Kill(dropIndex) }, func() { e.Kill(nil) },
	} {
		again()
		if have := cardsOf(t, e.Store, put[0]); have != want {
			t.Fatalf("cards were\n%sand are\n%s", want, have)
		}
		for _, d := range put {
			have, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), d.MessageID)
			must(t, err)
			mailboxtest.Same(t, d, have)
			if _, err := e.Store.Put(t.Context(), d); !errors.Is(err, mailbox.ErrIDUsed) {
				t.Fatalf("id %s can be used again: %v", d.MessageID, err)
			}
		}
	}
}

func TestAnotherNodeFollows(t *testing.T) {
	e := mailboxtest.Start(t)
	other := e.Node()
	put := fill(t, e, 6)
	want := cardsOf(t, e.Store, put[0])
	for {
		changed := other.Changed()
		cards, _, _ := other.Cards(t.Context(), mailbox.CardQuery{Party: mailbox.Party{Cipher: mailbox.AddressOf(put[0].Addressee)}})
		if len(cards) == len(put) && cardsOf(t, other, put[0]) == want {
			return
		}
		select {
		case <-changed:
		case <-time.After(20 * time.Second):
			t.Fatal("the other node does not see the cards")
		}
	}
}

func TestRetentionRemovesContentAndKeepsTheCard(t *testing.T) {
	e := mailboxtest.Start(t)
	to := mailboxtest.Certificate(t, "to")
	box := mailboxtest.Box(to, "to")
	box.Rules.Retention = 48 * time.Hour
	must(t, e.Store.Register(t.Context(), box))
	for _, id := range []string{"confirmed", "waiting"} {
		d := mailboxtest.WithPart(mailboxtest.Letter(id, to, nil, mailboxtest.Epoch), 300<<10+len(id))
		_, err := e.Store.Put(t.Context(), d)
		must(t, err)
	}
	_, err := e.Store.Record(t.Context(), "confirmed", mailbox.Fact{Reception: envelope.PlainTimestamp(e.Clock.Now())})
	must(t, err)
	e.Clock.Add(47 * time.Hour)
	swept, err := e.Store.Sweep(t.Context())
	must(t, err)
	if swept != (mailbox.Swept{}) {
		t.Fatalf("swept too early: %+v", swept)
	}
	e.Clock.Add(2 * time.Hour)
	swept, err = e.Store.Sweep(t.Context())
	must(t, err)
	if swept != (mailbox.Swept{Letters: 1, Files: 1}) {
		t.Fatalf("swept %+v", swept)
	}
	for range 2 {
		if _, err := e.Store.Take(t.Context(), box.Address, "confirmed"); !errors.Is(err, mailbox.ErrNoDelivery) {
			t.Fatalf("content is still there: %v", err)
		}
		if _, err := e.Store.Take(t.Context(), box.Address, "waiting"); err != nil {
			t.Fatal(err)
		}
		d := mailboxtest.Letter("confirmed", mailboxtest.Certificate(t, "x"), nil, mailboxtest.Epoch)
		if _, err := e.Store.Put(t.Context(), d); !errors.Is(err, mailbox.ErrIDUsed) {
			t.Fatalf("id can be used again: %v", err)
		}
		cards := cardsOf(t, e.Store, &envelope.Delivery{Addressee: to})
		if strings.Count(cards, "\n") != 2 {
			t.Fatalf("cards are %q", cards)
		}
		e.Restart(nil)
	}
}

// contentFile is the only content file.
func contentFile(t *testing.T, e *mailboxtest.Env) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(e.Dir, "content", "??", "*"))
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%d content files", len(found))
	}
	return found[0]
}

func TestADamagedFileIsNeverServedAsGood(t *testing.T) {
	e := mailboxtest.Start(t)
	d := mailboxtest.WithPart(mailboxtest.Letter("id", mailboxtest.Certificate(t, "to"), nil, mailboxtest.Epoch), 300<<10)
	_, err := e.Store.Put(t.Context(), d)
	must(t, err)
	path := contentFile(t, e)
	good, err := os.ReadFile(path)
	must(t, err)
	flipped := bytes.Clone(good)
	flipped[1000] ^= 1
	must(t, os.WriteFile(path, flipped, 0o600))
	have, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), "id")
	must(t, err)
	source, err := have.Attachments[1].Freight.Open()
	must(t, err)
	// Counting, not waiting for the end.
	if _, err := io.ReadFull(source, make([]byte, len(good))); !errors.Is(err, mailbox.ErrDamaged) {
		t.Fatalf("damaged file was served: %v", err)
	}
	must(t, source.Close())
	must(t, os.WriteFile(path, good[:len(good)-1], 0o600))
	if _, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), "id"); !errors.Is(err, mailbox.ErrDamaged) {
		t.Fatalf("short file was served: %v", err)
	}
	must(t, os.Remove(path))
	if _, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), "id"); !errors.Is(err, mailbox.ErrDamaged) {
		t.Fatalf("missing file was not noticed: %v", err)
	}
}

func TestPutRepairsADamagedFileOfTheSameContent(t *testing.T) {
	e := mailboxtest.Start(t)
	to := mailboxtest.Certificate(t, "to")
	letter := func(id string) *envelope.Delivery {
		return mailboxtest.WithPart(mailboxtest.Letter(id, to, nil, mailboxtest.Epoch), 300<<10)
	}
	_, err := e.Store.Put(t.Context(), letter("one"))
	must(t, err)
	must(t, os.WriteFile(contentFile(t, e), make([]byte, 300<<10), 0o600))
	_, err = e.Store.Put(t.Context(), letter("two"))
	must(t, err)
	have, err := e.Store.Take(t.Context(), mailbox.AddressOf(to), "one")
	must(t, err)
	mailboxtest.Same(t, letter("one"), have)
}

// stored is the letter's message, and a way to put other octets in its place
// that the broker keeps correctly.
func stored(t *testing.T, e *mailboxtest.Env) (record []byte, replace func([]byte)) {
	t.Helper()
	for n := range 8 {
		stream, err := e.JetStream.Stream(t.Context(), fmt.Sprintf("MB_%02d", n))
		must(t, err)
		message, err := stream.GetLastMsgForSubject(t.Context(), "mb.>")
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		must(t, err)
		return message.Data, func(octets []byte) {
			_, err := e.JetStream.Publish(t.Context(), message.Subject, octets)
			must(t, err)
		}
	}
	t.Fatal("no letter is stored")
	return nil, nil
}

func TestAFlippedRecordIsNeverServedAsGood(t *testing.T) {
	e := mailboxtest.Start(t)
	d := mailboxtest.Letter("id", mailboxtest.Certificate(t, "to"), nil, mailboxtest.Epoch)
	_, err := e.Store.Put(t.Context(), d)
	must(t, err)
	record, replace := stored(t, e)
	for place := 0; place < len(record); place += 1 + len(record)/150 {
		octets := bytes.Clone(record)
		octets[place] ^= 1
		replace(octets)
		if _, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), "id"); !errors.Is(err, mailbox.ErrDamaged) {
			t.Fatalf("record flipped at %d of %d was served: %v", place, len(record), err)
		}
	}
	for _, length := range []int{0, 3, 40, len(record) / 2, len(record) - 1} {
		replace(record[:length])
		if _, err := e.Store.Take(t.Context(), mailbox.AddressOf(d.Addressee), "id"); !errors.Is(err, mailbox.ErrDamaged) {
			t.Fatalf("record cut to %d of %d was served: %v", length, len(record), err)
		}
	}
}

func TestLongCardsAreKept(t *testing.T) {
	e := mailboxtest.Start(t)
	d := mailboxtest.Letter("id", mailboxtest.Certificate(t, "to"), nil, mailboxtest.Epoch)
	long := strings.Repeat("x", 70<<10)
	d.Subject = &long
	_, err := e.Store.Put(t.Context(), d)
	must(t, err)
	inspection := envelope.Inspection{Subject: long}
	_, err = e.Store.Record(t.Context(), "id", mailbox.Fact{Inspections: []envelope.Inspection{inspection}})
	must(t, err)
	e.Restart(nil)
	cards, _, err := e.Store.Cards(t.Context(), mailbox.CardQuery{Party: mailbox.Party{Cipher: mailbox.AddressOf(d.Addressee)}})
	must(t, err)
	if *cards[0].Subject != long || len(cards[0].Inspections) != 2 || cards[0].Inspections[1].Subject != long {
		t.Fatal("card lost something")
	}
}

func TestStartRefusesOtherSettings(t *testing.T) {
	e := mailboxtest.Start(t)
	stream, err := e.JetStream.Stream(t.Context(), "MB_03")
	must(t, err)
	config := stream.CachedInfo().Config
	config.MaxAge = time.Hour
	_, err = e.JetStream.UpdateStream(t.Context(), config)
	must(t, err)
	store, err := mailbox.New(mailbox.Options{
		JetStream: e.JetStream, Content: t.TempDir(), Now: time.Now, Rand: bytes.NewReader(nil),
	})
	must(t, err)
	if err := store.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "max_age") {
		t.Fatalf("Start says %v", err)
	}
}

func TestPutWithoutBrokerIsTroubleInBoundedTime(t *testing.T) {
	e := mailboxtest.Start(t)
	e.Disconnect()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	d := mailboxtest.Letter("id", mailboxtest.Certificate(t, "to"), nil, mailboxtest.Epoch)
	start := time.Now()
	_, err := e.Store.Put(ctx, d)
	if err == nil || errors.Is(err, mailbox.ErrIDUsed) || time.Since(start) > 5*time.Second {
		t.Fatalf("Put says %v after %v", err, time.Since(start))
	}
	if _, _, err := e.Store.Select(t.Context(), mailbox.Query{Mailbox: mailbox.AddressOf(d.Addressee)}); !errors.Is(err, mailbox.ErrNoDelivery) {
		t.Fatalf("what was not acknowledged is visible: %v", err)
	}
}

func TestFaultsFailBeforeAndAfter(t *testing.T) {
	e := mailboxtest.Start(t)
	trouble := errors.New("trouble")
	fail := func(string) error { return trouble }
	to := mailboxtest.Certificate(t, "to")
	before := &mailboxtest.Faults{Keeper: e.Store, Before: fail}
	after := &mailboxtest.Faults{Keeper: e.Store, After: fail}
	for id, k := range map[string]mailboxtest.Keeper{"before": before, "after": after} {
		if _, err := k.Put(t.Context(), mailboxtest.Letter(id, to, nil, mailboxtest.Epoch)); !errors.Is(err, trouble) {
			t.Fatal(err)
		}
	}
	if _, err := e.Store.Take(t.Context(), mailbox.AddressOf(to), "before"); !errors.Is(err, mailbox.ErrNoDelivery) {
		t.Fatalf("before: %v", err)
	}
	_, err := e.Store.Take(t.Context(), mailbox.AddressOf(to), "after")
	must(t, err)
}
