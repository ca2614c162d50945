package client

import (
	"context"
	"errors"
	"fmt"

	"poststelle/envelope"
	"poststelle/signature"
)

// Letter is a delivery to be stored in the addressee's mailbox.
type Letter struct {
	// MessageID was issued by the office; "" asks it for one. Whoever wants to
	// ask for the fate of a letter after a lost answer asks for an id first.
	MessageID string
	// Subject is readable by the office; nil = none.
	Subject *string
	// Addressee is the cipher certificate that names the mailbox.
	Addressee *signature.Certificate
	// Content is written, signed and encrypted. Content.Readers empty = in the
	// clear: the addressee is not added.
	Content envelope.Writing
	// Composed is sent in place of Content if set, and is not closed.
	Composed *envelope.Composed
	// Custom are further header blocks.
	Custom []envelope.Fragment
	// CreationQuality and ReceptionQuality of the card's time stamps; "" = plain.
	CreationQuality, ReceptionQuality envelope.Quality
}

// StoreAnswer is the office's word that it has the letter.
type StoreAnswer struct {
	Answer
	MessageID string
	// Card is the process card with the time of creation.
	Card *envelope.ProcessCard
}

// GetMessageID asks for a message id outside any dialog (dossier §12.3). Where
// Options name no signature certificate, anybody may have made it up: storing
// with it will fail.
func (c *Client) GetMessageID(ctx context.Context) (string, error) { return askForID(ctx, c) }

// Store puts a letter into the addressee's mailbox outside any dialog
// (OSCI 1.2; dossier §13.1).
func (c *Client) Store(ctx context.Context, l Letter) (*StoreAnswer, error) {
	return c.store(ctx, c, l)
}

// requester asks the office: a Client outside any dialog, a Dialog in one.
type requester interface {
	request(context.Context, *envelope.Draft) (*Answer, error)
}

func askForID(ctx context.Context, r requester) (string, error) {
	answer, err := r.request(ctx, &envelope.Draft{Order: envelope.GetMessageID{}})
	if err != nil {
		return "", err
	}
	return messageID(answer)
}

// messageID reads and closes a responseToGetMessageId.
func messageID(a *Answer) (string, error) {
	defer a.Close()
	if err := a.refused(envelope.KindGetMessageID); err != nil {
		return "", err
	}
	id := a.Message.Order.(envelope.ResponseToGetMessageID).MessageID
	if id == "" {
		return "", fmt.Errorf("%w: no MessageId", ErrAnswer)
	}
	return id, nil
}

// store asks for an id if the letter has none, and stores.
func (c *Client) store(ctx context.Context, r requester, l Letter) (*StoreAnswer, error) {
	if l.MessageID == "" {
		id, err := askForID(ctx, r)
		if err != nil {
			return nil, err
		}
		l.MessageID = id
	}
	draft, finish, err := c.draft(&l)
	if err != nil {
		return nil, err
	}
	defer finish()
	answer, err := r.request(ctx, draft)
	if err != nil {
		return nil, fmt.Errorf("storing %s: %w", l.MessageID, err)
	}
	return stored(answer, l.MessageID)
}

// draft writes the letter; finish discards its encrypted files.
func (c *Client) draft(l *Letter) (d *envelope.Draft, finish func() error, err error) {
	if l.Addressee == nil {
		return nil, nil, fmt.Errorf("%w: letter without an addressee", ErrOptions)
	}
	composed, finish := l.Composed, func() error { return nil }
	if composed == nil {
		composed, err = l.Content.Compose(envelope.ComposeOptions{Scratch: c.o.Scratch, Rand: c.o.Rand})
		if err != nil {
			return nil, nil, err
		}
		finish = composed.Close
	}
	d = &envelope.Draft{
		Order:           envelope.StoreDelivery{MessageID: l.MessageID, Subject: l.Subject},
		CreationQuality: plainIfNone(l.CreationQuality), ReceptionQuality: plainIfNone(l.ReceptionQuality),
		Content: composed.Content, Attachments: composed.Attachments, Custom: l.Custom,
		Certificates: append(envelope.Certificates(nil), composed.Certificates...),
	}
	if reader := d.Certificates.First(envelope.CipherAddressee); reader != nil && !reader.Certificate.Equal(l.Addressee) {
		return nil, nil, errors.Join(fmt.Errorf("%w: content names another addressee", ErrOptions), finish())
	}
	addCertificate(d, envelope.CipherAddressee, l.Addressee)
	return d, finish, nil
}

func plainIfNone(q envelope.Quality) envelope.Quality {
	if q == "" {
		return envelope.QualityPlain
	}
	return q
}

// stored reads a responseToStoreDelivery and holds its card against the order.
func stored(a *Answer, id string) (*StoreAnswer, error) {
	if err := a.refused(envelope.KindStoreDelivery); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	card := a.Message.Order.(envelope.ResponseToStoreDelivery).Card
	if card == nil || card.MessageID != id || card.Creation == nil {
		return nil, errors.Join(fmt.Errorf("%w: no process card of letter %s", ErrAnswer, id), a.Close())
	}
	return &StoreAnswer{Answer: *a, MessageID: id, Card: card}, nil
}
