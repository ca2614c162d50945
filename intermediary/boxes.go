package intermediary

import (
	"context"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// Boxes is what the office needs of mailboxes; see mailbox.Store for the
// promises that come with each method.
type Boxes interface {
	Box(ctx context.Context, a mailbox.Address) (mailbox.Box, error)
	Put(ctx context.Context, d *envelope.Delivery) (envelope.ProcessCard, error)
	Select(ctx context.Context, q mailbox.Query) (e mailbox.Entry, more bool, err error)
	Take(ctx context.Context, a mailbox.Address, messageID string) (*envelope.Delivery, error)
}

// Cards is what the office needs of process cards.
type Cards interface {
	Record(ctx context.Context, messageID string, f mailbox.Fact) (envelope.ProcessCard, error)
	Cards(ctx context.Context, q mailbox.CardQuery) (cards []envelope.ProcessCard, more bool, err error)
}

// Dialogs keeps the state of explicit dialogs under a revision.
type Dialogs interface {
	Dialog(ctx context.Context, id string) (state []byte, revision uint64, err error)
	SaveDialog(ctx context.Context, id string, state []byte, revision uint64) (uint64, error)
	EndDialog(ctx context.Context, id string) error
}

// Secrets gives 32 octets that are the same for ever.
type Secrets interface {
	Secret(ctx context.Context, name string) ([]byte, error)
}
