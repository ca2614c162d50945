package mailbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
	"poststelle/signature"
)

// modelLetter is a letter as a simple list knows it.
type modelLetter struct {
	id                    string
	box                   mailbox.Address
	creation              time.Time
	forwarding, reception *envelope.Timestamp
}

// model is what the store should be: a list.
type model struct{ letters []*modelLetter }

func (m *model) find(id string) *modelLetter {
	for _, l := range m.letters {
		if l.id == id {
			return l
		}
	}
	return nil
}

// due are the waiting letters of a box since a moment, oldest first. Creation
// times are distinct in this test.
func (m *model) due(box mailbox.Address, since time.Time) (due []*modelLetter) {
	for _, l := range m.letters {
		if l.box == box && l.reception == nil && !l.creation.Before(since) {
			due = append(due, l)
		}
	}
	slices.SortFunc(due, func(a, b *modelLetter) int { return a.creation.Compare(b.creation) })
	return due
}

func TestStoreDoesWhatAListWouldDo(t *testing.T) {
	e := mailboxtest.Start(t)
	owners := []*signature.Certificate{mailboxtest.Certificate(t, "a"), mailboxtest.Certificate(t, "b")}
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		m := &model{}
		// Boxes are shared by all rounds, so each round's letters lie later.
		base := mailboxtest.Epoch.AddDate(0, 0, round)
		anID := rapid.Custom(func(r *rapid.T) string {
			return fmt.Sprintf("%d/%d", round, rapid.IntRange(0, 5).Draw(r, "id"))
		})
		owner := rapid.SampledFrom(owners)
		stamp := func() *envelope.Timestamp { e.Clock.Add(time.Second); return envelope.PlainTimestamp(e.Clock.Now()) }
		r.Repeat(map[string]func(*rapid.T){
			"put":     func(r *rapid.T) { putBoth(r, e, m, anID.Draw(r, "id"), owner.Draw(r, "to"), base) },
			"forward": func(r *rapid.T) { recordBoth(r, e, m, anID.Draw(r, "id"), mailbox.Fact{Forwarding: stamp()}) },
			"receive": func(r *rapid.T) { recordBoth(r, e, m, anID.Draw(r, "id"), mailbox.Fact{Reception: stamp()}) },
			"select": func(r *rapid.T) {
				box := mailbox.AddressOf(owner.Draw(r, "box"))
				since := base.Add(time.Duration(rapid.IntRange(0, 6).Draw(r, "since")) * time.Minute)
				selectBoth(r, e, m, mailbox.Query{Mailbox: box, Since: since})
			},
		})
	})
}

func putBoth(r *rapid.T, e *mailboxtest.Env, m *model, id string, to *signature.Certificate, base time.Time) {
	creation := base.Add(time.Duration(id[len(id)-1]-'0') * time.Minute)
	_, err := e.Store.Put(r.Context(), mailboxtest.Letter(id, to, nil, creation))
	if m.find(id) != nil {
		if !errors.Is(err, mailbox.ErrIDUsed) {
			r.Fatalf("second put of %s: %v", id, err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	m.letters = append(m.letters, &modelLetter{id: id, box: mailbox.AddressOf(to), creation: creation})
}

func recordBoth(r *rapid.T, e *mailboxtest.Env, m *model, id string, f mailbox.Fact) {
	card, err := e.Store.Record(r.Context(), id, f)
	l := m.find(id)
	if l == nil {
		if !errors.Is(err, mailbox.ErrNoCard) {
			r.Fatalf("fact of unknown %s: %v", id, err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	if l.reception == nil {
		if f.Forwarding != nil {
			l.forwarding = f.Forwarding
		} else {
			l.reception = f.Reception
		}
	}
	if !sameStamp(card.Forwarding, l.forwarding) || !sameStamp(card.Reception, l.reception) {
		r.Fatalf("card of %s is %+v, list has %+v", id, card, l)
	}
}

func sameStamp(a, b *envelope.Timestamp) bool {
	return a == nil && b == nil || a != nil && b != nil && a.At.Equal(b.At)
}

func selectBoth(r *rapid.T, e *mailboxtest.Env, m *model, q mailbox.Query) {
	have, more, err := e.Store.Select(r.Context(), q)
	want := m.due(q.Mailbox, q.Since)
	if len(want) == 0 {
		if !errors.Is(err, mailbox.ErrNoDelivery) {
			r.Fatalf("selected %s, %v where the list has none", have.Card.MessageID, err)
		}
		return
	}
	if err != nil || have.Card.MessageID != want[0].id || more != (len(want) > 1) {
		r.Fatalf("selected %s, %v, %v; list has %s of %d", have.Card.MessageID, more, err, want[0].id, len(want))
	}
}
