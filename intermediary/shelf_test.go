package intermediary

import (
	"context"
	"io"
	"slices"
	"sync"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// shelf is mailboxes in memory, as simple as their promises allow. Tests set
// its fault to make the world fail.
type shelf struct {
	mu      sync.Mutex
	boxes   map[mailbox.Address]mailbox.Box
	letters []*kept
	dialogs map[string]saved
	fault   error
	// broken makes Take fail with it, moved SaveDialog.
	broken, moved error
	// entered and held let a test stop a Select.
	entered, held chan struct{}
}

type kept struct {
	d    *envelope.Delivery
	card envelope.ProcessCard
}

type saved struct {
	state    []byte
	revision uint64
}

func newShelf() *shelf {
	return &shelf{boxes: map[mailbox.Address]mailbox.Box{}, dialogs: map[string]saved{}}
}

func (s *shelf) Box(_ context.Context, a mailbox.Address) (mailbox.Box, error) {
	if b, ok := s.boxes[a]; ok {
		return b, s.fault
	}
	return mailbox.Box{}, mailbox.ErrNoBox
}

func (s *shelf) find(id string) *kept {
	for _, k := range s.letters {
		if k.d.MessageID == id {
			return k
		}
	}
	return nil
}

func (s *shelf) Put(_ context.Context, d *envelope.Delivery) (envelope.ProcessCard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return envelope.ProcessCard{}, s.fault
	}
	if s.find(d.MessageID) != nil {
		return envelope.ProcessCard{}, mailbox.ErrIDUsed
	}
	copied := *d
	copied.Attachments = slices.Clone(d.Attachments)
	for i := range copied.Attachments {
		r, err := copied.Attachments[i].Freight.Open()
		if err != nil {
			return envelope.ProcessCard{}, err
		}
		octets, err := io.ReadAll(r)
		if err != nil {
			return envelope.ProcessCard{}, err
		}
		copied.Attachments[i].Freight = &memoryFile{octets: octets}
	}
	creation := d.Creation
	card := envelope.ProcessCard{
		MessageID: d.MessageID, RecentModification: creation.At, Creation: &creation, Subject: d.Subject, Inspections: d.Inspections,
	}
	s.letters = append(s.letters, &kept{d: &copied, card: card})
	return card, nil
}

func (s *shelf) Select(_ context.Context, q mailbox.Query) (mailbox.Entry, bool, error) {
	if s.entered != nil {
		s.entered <- struct{}{}
		<-s.held
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*kept
	for _, k := range s.letters {
		switch {
		case mailbox.AddressOf(k.d.Addressee) != q.Mailbox:
		case q.MessageID != "":
			if q.MessageID == k.d.MessageID {
				found = append(found, k)
			}
		case k.card.Reception == nil && !k.card.Creation.At.Before(q.Since):
			found = append(found, k)
		}
	}
	if len(found) == 0 {
		return mailbox.Entry{}, false, mailbox.ErrNoDelivery
	}
	return mailbox.Entry{Mailbox: q.Mailbox, Card: found[0].card}, len(found) > 1, nil
}

func (s *shelf) Take(_ context.Context, a mailbox.Address, id string) (*envelope.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(id)
	if s.broken != nil || k == nil || mailbox.AddressOf(k.d.Addressee) != a {
		return nil, orElse(s.broken, mailbox.ErrNoDelivery)
	}
	return k.d, nil
}

func orElse(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (s *shelf) Record(_ context.Context, id string, f mailbox.Fact) (envelope.ProcessCard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(id)
	if k == nil {
		return envelope.ProcessCard{}, mailbox.ErrNoCard
	}
	if f.Forwarding != nil {
		k.card.Forwarding, k.card.RecentModification = f.Forwarding, f.Forwarding.At
	}
	if f.Reception != nil {
		k.card.Reception, k.card.RecentModification = f.Reception, f.Reception.At
	}
	return k.card, nil
}

func (s *shelf) Cards(_ context.Context, q mailbox.CardQuery) ([]envelope.ProcessCard, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cards []envelope.ProcessCard
	for _, k := range s.letters {
		sent, received := party(k.d, q.Party)
		if r := q.Rule; r != nil {
			sent = sent && r.Role != envelope.RoleAddressee
			received = received && r.Role != envelope.RoleOriginator
			switch {
			case r.Mode == envelope.ByMessageID && !slices.Contains(r.MessageIDs, k.d.MessageID),
				r.Mode == envelope.ByReception && k.card.Creation.At.Before(r.Since),
				r.Mode == envelope.ByModification && k.card.RecentModification.Before(r.Since),
				r.NoReception && k.card.Reception != nil:
				continue
			}
		}
		if sent || received {
			cards = append(cards, k.card)
		}
	}
	if len(cards) == 0 {
		return nil, false, mailbox.ErrNoCard
	}
	if q.Limit > 0 && len(cards) > q.Limit {
		return cards[:q.Limit], true, nil
	}
	return cards, false, nil
}

func (s *shelf) Dialog(_ context.Context, id string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.dialogs[id]
	if !ok {
		return nil, 0, mailbox.ErrNoDialog
	}
	return d.state, d.revision, nil
}

func (s *shelf) SaveDialog(_ context.Context, id string, state []byte, revision uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moved != nil || s.dialogs[id].revision != revision {
		return 0, orElse(s.moved, mailbox.ErrDialogMoved)
	}
	s.dialogs[id] = saved{state: state, revision: revision + 1}
	return revision + 1, nil
}

func (s *shelf) EndDialog(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.dialogs, id)
	return nil
}

func (s *shelf) Secret(context.Context, string) ([]byte, error) {
	return []byte("01234567890123456789012345678901"), nil
}
