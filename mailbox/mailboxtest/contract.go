package mailboxtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/signature"
)

// Contract holds a keeper of mailboxes against what the office relies on. open
// gives an empty one.
func Contract(t *testing.T, open func(t testing.TB) Keeper) {
	for name, rule := range map[string]func(*testing.T, Keeper){
		"WhatWasPutComesBack":          putComesBack,
		"AnIdIsUsedOnceInAllMailboxes": idUsedOnce,
		"OneOfManyPutsWins":            oneWins,
		"SelectionFollowsTheDossier":   selection,
		"TheCardTellsWhatHappened":     cardFacts,
		"CardsAreFoundByRule":          cardRules,
		"NobodySeesForeignLetters":     isolation,
		"DialogsAdvanceByRevision":     dialogs,
		"SecretsAreMadeOnce":           secrets,
		"BoxesAreRegisteredOnce":       boxes,
	} {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// Same fails if what was taken is not octet for octet what was put.
func Same(t testing.TB, want, have *envelope.Delivery) {
	t.Helper()
	ignore := cmp.Options{
		cmpopts.IgnoreFields(envelope.Attachment{}, "Freight"), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b *signature.Certificate) bool {
			return a == nil && b == nil || a != nil && b != nil && bytes.Equal(a.Raw, b.Raw)
		}),
	}
	if diff := cmp.Diff(want, have, ignore); diff != "" {
		t.Fatalf("delivery differs (-put +taken):\n%s", diff)
	}
	for i := range want.Attachments {
		a, b := content(t, want.Attachments[i].Freight), content(t, have.Attachments[i].Freight)
		if !bytes.Equal(a, b) {
			t.Fatalf("part %d has other octets", i)
		}
	}
}

func content(t testing.TB, f envelope.Freight) []byte {
	t.Helper()
	source, err := f.Open()
	must(t, err)
	defer source.Close()
	octets, err := io.ReadAll(source)
	must(t, err)
	return octets
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func putComesBack(t *testing.T, k Keeper) {
	to, from := Certificate(t, "to"), Certificate(t, "from")
	for id, d := range map[string]*envelope.Delivery{
		"small": Letter("small", to, from, Epoch),
		"large": WithPart(Letter("large", to, from, Epoch), 300<<10),
		"bare":  {MessageID: "bare", Addressee: to, Creation: envelope.Timestamp{At: Epoch}},
	} {
		_, err := k.Put(t.Context(), d)
		must(t, err)
		have, err := k.Take(t.Context(), mailbox.AddressOf(to), id)
		must(t, err)
		Same(t, d, have)
	}
}

func idUsedOnce(t *testing.T, k Keeper) {
	to, other := Certificate(t, "to"), Certificate(t, "other")
	_, err := k.Put(t.Context(), Letter("id", to, nil, Epoch))
	must(t, err)
	for _, addressee := range []*signature.Certificate{to, other} {
		_, err = k.Put(t.Context(), Letter("id", addressee, nil, Epoch))
		wants(t, err, mailbox.ErrIDUsed)
	}
}

func oneWins(t *testing.T, k Keeper) {
	to := []*signature.Certificate{Certificate(t, "a"), Certificate(t, "b"), Certificate(t, "c")}
	var won, refused atomic.Int32
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, err := k.Put(t.Context(), Letter("id", to[i%len(to)], nil, Epoch))
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, mailbox.ErrIDUsed):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || refused.Load() != 99 {
		t.Fatalf("%d won, %d were refused", won.Load(), refused.Load())
	}
}

func selection(t *testing.T, k Keeper) {
	ctx, to := t.Context(), Certificate(t, "to")
	box := mailbox.AddressOf(to)
	for i, id := range []string{"second", "third", "first"} {
		_, err := k.Put(ctx, Letter(id, to, nil, Epoch.Add(time.Duration((i+1)%3)*time.Minute)))
		must(t, err)
	}
	pick := func(q mailbox.Query, id string, more bool) {
		t.Helper()
		q.Mailbox = box
		e, further, err := k.Select(ctx, q)
		must(t, err)
		if e.Card.MessageID != id || further != more || e.Mailbox != box {
			t.Fatalf("got %s, more %v; want %s, %v", e.Card.MessageID, further, id, more)
		}
	}
	pick(mailbox.Query{}, "first", true)
	pick(mailbox.Query{Since: Epoch.Add(time.Minute)}, "second", true)
	pick(mailbox.Query{Since: Epoch.Add(2 * time.Minute)}, "third", false)
	_, _, err := k.Select(ctx, mailbox.Query{Mailbox: box, Since: Epoch.Add(time.Hour)})
	wants(t, err, mailbox.ErrNoDelivery)
	_, err = k.Record(ctx, "first", mailbox.Fact{Reception: envelope.PlainTimestamp(Epoch)})
	must(t, err)
	pick(mailbox.Query{}, "second", true)
	pick(mailbox.Query{MessageID: "first"}, "first", false)
}

func cardFacts(t *testing.T, k Keeper) {
	ctx, to := t.Context(), Certificate(t, "to")
	card, err := k.Put(ctx, Letter("id", to, nil, Epoch))
	must(t, err)
	if card.Creation == nil || !card.Creation.At.Equal(Epoch) || card.Forwarding != nil || card.Reception != nil {
		t.Fatalf("card begins as %+v", card)
	}
	at := func(n int) *envelope.Timestamp {
		return envelope.PlainTimestamp(Epoch.Add(time.Duration(n) * time.Second))
	}
	last := card.RecentModification
	record := func(f mailbox.Fact, forwarding, reception *envelope.Timestamp) {
		t.Helper()
		card, err := k.Record(ctx, "id", f)
		must(t, err)
		if !cmp.Equal(card.Forwarding, forwarding) || !cmp.Equal(card.Reception, reception) {
			t.Fatalf("card is %+v", card)
		}
		if card.RecentModification.Before(last) {
			t.Fatal("RecentModification went back")
		}
		last = card.RecentModification
	}
	record(mailbox.Fact{Forwarding: at(1)}, at(1), nil)
	record(mailbox.Fact{Forwarding: at(2)}, at(2), nil)
	record(mailbox.Fact{Reception: at(3)}, at(2), at(3))
	record(mailbox.Fact{Reception: at(4)}, at(2), at(3))
	record(mailbox.Fact{Forwarding: at(5)}, at(2), at(3))
	_, err = k.Record(ctx, "unknown", mailbox.Fact{Reception: at(1)})
	wants(t, err, mailbox.ErrNoCard)
}

func cardRules(t *testing.T, k Keeper) {
	ctx, me, other := t.Context(), Certificate(t, "me"), Certificate(t, "other")
	put := func(id string, to, from *signature.Certificate, minute int) {
		_, err := k.Put(ctx, Letter(id, to, from, Epoch.Add(time.Duration(minute)*time.Minute)))
		must(t, err)
	}
	put("in1", me, other, 1)
	put("out2", other, me, 2)
	put("in3", me, nil, 3)
	put("foreign", other, nil, 4)
	_, err := k.Record(ctx, "in1", mailbox.Fact{Reception: envelope.PlainTimestamp(Epoch)})
	must(t, err)
	since := func(minute int) time.Time { return Epoch.Add(time.Duration(minute) * time.Minute) }
	for _, one := range []struct {
		rule  *envelope.SelectionRule
		limit int
		want  []string
		more  bool
	}{
		{nil, 0, []string{"in1", "out2", "in3"}, false},
		{nil, 2, []string{"in1", "out2"}, true},
		{&envelope.SelectionRule{Mode: envelope.ByReception, Since: since(2)}, 0, []string{"out2", "in3"}, false},
		{&envelope.SelectionRule{Mode: envelope.ByReception, Role: envelope.RoleOriginator}, 0, []string{"out2"}, false},
		{&envelope.SelectionRule{Mode: envelope.ByReception, Role: envelope.RoleAddressee, NoReception: true}, 0, []string{"in3"}, false},
		{&envelope.SelectionRule{Mode: envelope.ByModification, Since: since(3)}, 0, []string{"in3"}, false},
		{&envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{"in3", "no", "foreign", "in1"}}, 0, []string{"in3", "in1"}, false},
	} {
		q := mailbox.CardQuery{Party: mailbox.Party{Cipher: mailbox.AddressOf(me)}, Rule: one.rule, Limit: one.limit}
		cards, more, err := k.Cards(ctx, q)
		must(t, err)
		var ids []string
		for _, c := range cards {
			ids = append(ids, c.MessageID)
		}
		if !cmp.Equal(ids, one.want) || more != one.more {
			t.Errorf("rule %+v gave %v, more %v; want %v, %v", one.rule, ids, more, one.want, one.more)
		}
	}
}

func isolation(t *testing.T, k Keeper) {
	ctx, owner, thief := t.Context(), Certificate(t, "owner"), Certificate(t, "thief")
	_, err := k.Put(ctx, Letter("id", owner, nil, Epoch))
	must(t, err)
	for _, box := range []mailbox.Address{mailbox.AddressOf(thief), "", "*", ">"} {
		_, err = k.Take(ctx, box, "id")
		wants(t, err, mailbox.ErrNoDelivery)
		_, _, err = k.Select(ctx, mailbox.Query{Mailbox: box, MessageID: "id"})
		wants(t, err, mailbox.ErrNoDelivery)
		_, _, err = k.Select(ctx, mailbox.Query{Mailbox: box})
		wants(t, err, mailbox.ErrNoDelivery)
		rule := &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{"id"}}
		_, _, err = k.Cards(ctx, mailbox.CardQuery{Party: mailbox.Party{Cipher: box}, Rule: rule})
		wants(t, err, mailbox.ErrNoCard)
	}
}

func dialogs(t *testing.T, k Keeper) {
	ctx := t.Context()
	const id = "any text * > . \r\n at all"
	_, _, err := k.Dialog(ctx, id)
	wants(t, err, mailbox.ErrNoDialog)
	first, err := k.SaveDialog(ctx, id, []byte("one"), 0)
	must(t, err)
	_, err = k.SaveDialog(ctx, id, []byte("again"), 0)
	wants(t, err, mailbox.ErrDialogMoved)
	_, err = k.SaveDialog(ctx, id, []byte("two"), first)
	must(t, err)
	_, err = k.SaveDialog(ctx, id, []byte("late"), first)
	wants(t, err, mailbox.ErrDialogMoved)
	state, _, err := k.Dialog(ctx, id)
	must(t, err)
	if string(state) != "two" {
		t.Fatalf("state is %q", state)
	}
	must(t, k.EndDialog(ctx, id))
	must(t, k.EndDialog(ctx, "unknown"))
	_, _, err = k.Dialog(ctx, id)
	wants(t, err, mailbox.ErrNoDialog)
}

func secrets(t *testing.T, k Keeper) {
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			secret, err := k.Secret(context.WithoutCancel(t.Context()), "message-id")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[string(secret)] = true
		})
	}
	all.Wait()
	other, err := k.Secret(t.Context(), "other")
	must(t, err)
	if len(seen) != 1 || len(other) != 32 || seen[string(other)] {
		t.Fatalf("%d different secrets", len(seen))
	}
}

func boxes(t *testing.T, k Keeper) {
	ctx, c := t.Context(), Certificate(t, "owner")
	_, err := k.Box(ctx, mailbox.AddressOf(c))
	wants(t, err, mailbox.ErrNoBox)
	must(t, k.Register(ctx, Box(c, "Rathaus")))
	wants(t, k.Register(ctx, Box(c, "again")), mailbox.ErrBoxExists)
	have, err := k.Box(ctx, mailbox.AddressOf(c))
	must(t, err)
	if have.Name != "Rathaus" || !have.Certificate.Equal(c) {
		t.Fatalf("box is %+v", have)
	}
}
