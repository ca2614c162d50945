package mailboxtest

import (
	"context"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// Keeper is what an office needs of mailboxes, cards, dialogs and secrets;
// *mailbox.Store is one.
type Keeper interface {
	Register(ctx context.Context, b mailbox.Box) error
	Box(ctx context.Context, a mailbox.Address) (mailbox.Box, error)
	Put(ctx context.Context, d *envelope.Delivery) (envelope.ProcessCard, error)
	Select(ctx context.Context, q mailbox.Query) (e mailbox.Entry, more bool, err error)
	Take(ctx context.Context, a mailbox.Address, messageID string) (*envelope.Delivery, error)
	Record(ctx context.Context, messageID string, f mailbox.Fact) (envelope.ProcessCard, error)
	Cards(ctx context.Context, q mailbox.CardQuery) (cards []envelope.ProcessCard, more bool, err error)
	Dialog(ctx context.Context, id string) (state []byte, revision uint64, err error)
	SaveDialog(ctx context.Context, id string, state []byte, revision uint64) (uint64, error)
	EndDialog(ctx context.Context, id string) error
	Secret(ctx context.Context, name string) ([]byte, error)
}

// Faults is a keeper that fails on demand. Before is asked before an operation
// and keeps it from happening, After when it has happened: the caller then
// sees an error although the fact is durable. Operations have the names of the
// methods. Both may be nil.
type Faults struct {
	Keeper
	Before, After func(operation string) error
}

func ask(f func(string) error, operation string) error {
	if f == nil {
		return nil
	}
	return f(operation)
}

// with does one operation between the two questions.
func with[T any](f *Faults, operation string, do func() (T, error)) (T, error) {
	var none T
	if err := ask(f.Before, operation); err != nil {
		return none, err
	}
	result, err := do()
	if err != nil {
		return none, err
	}
	if err := ask(f.After, operation); err != nil {
		return none, err
	}
	return result, nil
}

// Box asks about "Box".
func (f *Faults) Box(ctx context.Context, a mailbox.Address) (mailbox.Box, error) {
	return with(f, "Box", func() (mailbox.Box, error) { return f.Keeper.Box(ctx, a) })
}

// Put asks about "Put".
func (f *Faults) Put(ctx context.Context, d *envelope.Delivery) (envelope.ProcessCard, error) {
	return with(f, "Put", func() (envelope.ProcessCard, error) { return f.Keeper.Put(ctx, d) })
}

// Select asks about "Select".
func (f *Faults) Select(ctx context.Context, q mailbox.Query) (e mailbox.Entry, more bool, err error) {
	e, err = with(f, "Select", func() (one mailbox.Entry, err error) {
		one, more, err = f.Keeper.Select(ctx, q)
		return one, err
	})
	return e, more && err == nil, err
}

// Take asks about "Take".
func (f *Faults) Take(ctx context.Context, a mailbox.Address, messageID string) (*envelope.Delivery, error) {
	return with(f, "Take", func() (*envelope.Delivery, error) { return f.Keeper.Take(ctx, a, messageID) })
}

// Record asks about "Record".
func (f *Faults) Record(ctx context.Context, messageID string, fact mailbox.Fact) (envelope.ProcessCard, error) {
	return with(f, "Record", func() (envelope.ProcessCard, error) { return f.Keeper.Record(ctx, messageID, fact) })
}

// Cards asks about "Cards".
func (f *Faults) Cards(ctx context.Context, q mailbox.CardQuery) (cards []envelope.ProcessCard, more bool, err error) {
	cards, err = with(f, "Cards", func() (all []envelope.ProcessCard, err error) {
		all, more, err = f.Keeper.Cards(ctx, q)
		return all, err
	})
	return cards, more && err == nil, err
}

// Dialog asks about "Dialog".
func (f *Faults) Dialog(ctx context.Context, id string) (state []byte, revision uint64, err error) {
	state, err = with(f, "Dialog", func() (have []byte, err error) {
		have, revision, err = f.Keeper.Dialog(ctx, id)
		return have, err
	})
	return state, revision, err
}

// SaveDialog asks about "SaveDialog".
func (f *Faults) SaveDialog(ctx context.Context, id string, state []byte, revision uint64) (uint64, error) {
	return with(f, "SaveDialog", func() (uint64, error) { return f.Keeper.SaveDialog(ctx, id, state, revision) })
}

// EndDialog asks about "EndDialog".
func (f *Faults) EndDialog(ctx context.Context, id string) error {
	_, err := with(f, "EndDialog", func() (struct{}, error) { return struct{}{}, f.Keeper.EndDialog(ctx, id) })
	return err
}

// Secret asks about "Secret".
func (f *Faults) Secret(ctx context.Context, name string) ([]byte, error) {
	return with(f, "Secret", func() ([]byte, error) { return f.Keeper.Secret(ctx, name) })
}
