package client

import (
	"context"
	"errors"
	"fmt"

	"poststelle/envelope"
	"poststelle/signature"
)

// Dialog is an explicit dialog: an open conversation with the office. Each
// request in it confirms the letter that the one before brought (dossier
// §10.3), and after an error other than *FeedbackError nothing more is sent:
// such a letter stays unconfirmed and can be fetched again in a new dialog.
//
// A Dialog is used by one goroutine at a time.
type Dialog struct {
	client *Client
	// next is the ControlBlock of the next request, its Challenge not yet made.
	next envelope.ControlBlock
	// signer is who signed the first answer.
	signer *signature.Certificate
	// ended is why nothing more may be sent; nil = it may.
	ended error
}

// Dial opens a dialog (OSCI 1.2; dossier §12.1).
func (c *Client) Dial(ctx context.Context) (*Dialog, error) {
	if c.o.Cipher.Certificate == nil {
		return nil, fmt.Errorf("%w: a dialog wants a cipher certificate", ErrOptions)
	}
	challenge, err := c.challenge()
	if err != nil {
		return nil, err
	}
	draft := &envelope.Draft{
		Control: envelope.ControlBlock{Challenge: challenge, SequenceNumber: envelope.NoSequence},
		Order:   envelope.InitDialog{},
	}
	answer, err := c.exchange(ctx, draft)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	if err := answer.refused(envelope.KindInitDialog); err != nil {
		return nil, err
	}
	control := answer.Message.Control
	return &Dialog{client: c, signer: answer.Signer, next: envelope.ControlBlock{
		Response: control.Challenge, ConversationID: control.ConversationID, SequenceNumber: 0,
	}}, nil
}

// request sends one request of the dialog and moves it on.
func (d *Dialog) request(ctx context.Context, draft *envelope.Draft) (*Answer, error) {
	if d.ended != nil {
		return nil, d.ended
	}
	challenge, err := d.client.challenge()
	if err != nil {
		return nil, err
	}
	draft.Control = d.next
	draft.Control.Challenge = challenge
	answer, err := d.client.exchange(ctx, draft)
	if err == nil && !sameSigner(answer.Signer, d.signer) {
		err = errors.Join(fmt.Errorf("%w: the signer changed", ErrSigner), answer.Close())
	}
	if err != nil {
		d.end(err)
		return nil, err
	}
	d.next.Response = answer.Message.Control.Challenge
	d.next.SequenceNumber++
	return answer, nil
}

func sameSigner(a, b *signature.Certificate) bool {
	return a == nil && b == nil || a != nil && a.Equal(b)
}

func (d *Dialog) end(cause error) {
	if d.ended == nil {
		d.ended = fmt.Errorf("%w: %w", ErrEnded, cause)
	}
}

// errAbandoned is the cause after Abandon.
var errAbandoned = errors.New("it was abandoned")

// errLeft is the cause after Exit.
var errLeft = errors.New("it was left")

// Abandon ends the dialog without a word to the office: the letter fetched
// last stays unconfirmed. Whoever could not put a letter in a safe place calls
// it.
func (d *Dialog) Abandon() { d.end(errAbandoned) }

// GetMessageID asks for a message id in the dialog.
func (d *Dialog) GetMessageID(ctx context.Context) (string, error) {
	id, err := askForID(ctx, d)
	return id, d.settle(err)
}

// Store puts a letter into the addressee's mailbox.
func (d *Dialog) Store(ctx context.Context, l Letter) (*StoreAnswer, error) {
	answer, err := d.client.store(ctx, d, l)
	return answer, d.settle(err)
}

// settle ends the dialog if an answer was not what it has to be. An order that
// was refused does not end it, nor a letter that was never sent.
func (d *Dialog) settle(err error) error {
	if errors.Is(err, ErrAnswer) {
		d.end(err)
	}
	return err
}

// Exit ends the dialog and confirms the letter fetched last (dossier §12.2).
func (d *Dialog) Exit(ctx context.Context) error {
	answer, err := d.request(ctx, &envelope.Draft{Order: envelope.ExitDialog{}})
	if err != nil {
		return err
	}
	d.end(errLeft)
	return errors.Join(answer.refused(envelope.KindExitDialog), answer.Close())
}
