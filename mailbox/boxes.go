package mailbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// boxVersion is that of the format of mailboxes.
const boxVersion = 1

// storedBox is a mailbox in its bucket.
type storedBox struct {
	Version     int       `json:"v"`
	Name        string    `json:"name"`
	Certificate []byte    `json:"certificate"`
	Rules       Rules     `json:"rules"`
	CreatedAt   time.Time `json:"createdAt"`
}

func (b Box) encode() ([]byte, error) {
	if b.Certificate == nil || b.Address != AddressOf(b.Certificate) {
		return nil, errors.New("mailbox: address is not that of the certificate")
	}
	return json.Marshal(storedBox{
		Version: boxVersion, Name: b.Name, Certificate: b.Certificate.Raw, Rules: b.Rules, CreatedAt: b.CreatedAt,
	})
}

func decodeBox(address string, value []byte) (Box, error) {
	var stored storedBox
	if err := json.Unmarshal(value, &stored); err != nil || stored.Version != boxVersion {
		return Box{}, fmt.Errorf("%w: mailbox %s, version %d", ErrDamaged, address, stored.Version)
	}
	box := Box{Name: stored.Name, Certificate: certificate(stored.Certificate), Rules: stored.Rules, CreatedAt: stored.CreatedAt}
	if box.Address = AddressOf(box.Certificate); string(box.Address) != address {
		return Box{}, fmt.Errorf("%w: mailbox %s has another certificate", ErrDamaged, address)
	}
	return box, nil
}

// Register makes a mailbox; ErrBoxExists if the certificate has one.
func (s *Store) Register(ctx context.Context, b Box) error {
	if b.CreatedAt.IsZero() {
		b.CreatedAt = s.o.Now()
	}
	value, err := b.encode()
	if err != nil {
		return err
	}
	if _, err = s.boxes.Create(ctx, string(b.Address), value); errors.Is(err, jetstream.ErrKeyExists) {
		return ErrBoxExists
	}
	if err != nil {
		return fmt.Errorf("registering a mailbox: %w", err)
	}
	return nil
}

// Change gives a mailbox a new name and rules; ErrNoBox if there is none.
func (s *Store) Change(ctx context.Context, b Box) error {
	entry, err := s.boxes.Get(ctx, string(b.Address))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return ErrNoBox
	}
	if err != nil {
		return fmt.Errorf("reading a mailbox: %w", err)
	}
	have, err := decodeBox(string(b.Address), entry.Value())
	if err != nil {
		return err
	}
	have.Name, have.Rules = b.Name, b.Rules
	value, err := have.encode()
	if err != nil {
		return err
	}
	if _, err := s.boxes.Update(ctx, string(b.Address), value, entry.Revision()); err != nil {
		return fmt.Errorf("changing a mailbox: %w", err)
	}
	return nil
}

// Unregister removes a mailbox: it takes no more letters. What was taken stays
// and can be fetched; without force a mailbox with letters that nobody
// confirmed is not removed (ErrBoxInUse).
func (s *Store) Unregister(ctx context.Context, a Address, force bool) error {
	if _, err := s.Box(ctx, a); err != nil {
		return err
	}
	if _, _, err := s.Select(ctx, Query{Mailbox: a}); err == nil && !force {
		return ErrBoxInUse
	}
	if err := s.boxes.Purge(ctx, string(a)); err != nil {
		return fmt.Errorf("removing a mailbox: %w", err)
	}
	return nil
}

// Box gives a mailbox; ErrNoBox if there is none.
func (s *Store) Box(ctx context.Context, a Address) (Box, error) {
	if !a.valid() {
		return Box{}, ErrNoBox
	}
	entry, err := s.boxes.Get(ctx, string(a))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Box{}, ErrNoBox
	}
	if err != nil {
		return Box{}, fmt.Errorf("reading a mailbox: %w", err)
	}
	return decodeBox(string(a), entry.Value())
}

// Boxes lists all mailboxes by name.
func (s *Store) Boxes(ctx context.Context) ([]Box, error) {
	lister, err := s.boxes.ListKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing mailboxes: %w", err)
	}
	var all []Box
	for name := range lister.Keys() {
		one, err := s.Box(ctx, Address(name))
		if errors.Is(err, ErrNoBox) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Box) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	})
	return all, nil
}
