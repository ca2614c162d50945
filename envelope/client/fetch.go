package client

import (
	"context"
	"errors"
	"fmt"

	"poststelle/envelope"
)

// Received is a letter that was handed out. The next request of the dialog
// confirms it: put it in a safe place first.
type Received struct {
	Answer
	// MessageID and Subject are of the card; the subject nil if there is none.
	MessageID string
	Subject   *string
	Card      *envelope.ProcessCard
	// More says that more letters are waiting (3800).
	More   bool
	dialog *Dialog
}

// Fetch asks for one letter: the oldest that is due for a nil rule. If there
// is none the error is a *FeedbackError with envelope.CodeNoDelivery (OSCI
// 1.2; dossier §13.2). The letter has to be closed.
func (d *Dialog) Fetch(ctx context.Context, rule *envelope.SelectionRule) (*Received, error) {
	answer, err := d.request(ctx, &envelope.Draft{Order: envelope.FetchDelivery{Rule: rule}})
	if err != nil {
		return nil, err
	}
	if err := answer.refused(envelope.KindFetchDelivery); err != nil {
		return nil, errors.Join(err, answer.Close())
	}
	card := answer.Message.Order.(envelope.ResponseToFetchDelivery).Card
	if card == nil || answer.Message.Content == nil || !fits(rule, card) {
		err := fmt.Errorf("%w: no letter, or another one, in a fetchDelivery that was carried out", ErrAnswer)
		d.end(err)
		return nil, errors.Join(err, answer.Close())
	}
	return &Received{
		Answer: *answer, MessageID: card.MessageID, Subject: card.Subject, Card: card,
		More: hasCode(answer.Feedback, envelope.CodeMoreDeliveries), dialog: d,
	}, nil
}

// fits tells whether a letter asked for by its id is that letter.
func fits(rule *envelope.SelectionRule, card *envelope.ProcessCard) bool {
	if rule == nil || rule.Mode != envelope.ByMessageID {
		return card.MessageID != ""
	}
	return len(rule.MessageIDs) == 1 && rule.MessageIDs[0] == card.MessageID
}

func hasCode(f envelope.Feedback, code envelope.Code) bool {
	for _, entry := range f {
		if entry.Code == code {
			return true
		}
	}
	return false
}

// OpenContent decrypts the letter and checks its authors' signatures. An error
// ends the dialog: what could not be understood must not be confirmed. Content
// that is encrypted for others is no error; see envelope.Content.Whole, after
// which Abandon may be due. The content is closed before the letter.
func (r *Received) OpenContent(ctx context.Context) (*envelope.Content, error) {
	content, err := r.dialog.client.opener.OpenContent(ctx, r.Message)
	if err != nil {
		r.dialog.end(err)
	}
	return content, err
}
