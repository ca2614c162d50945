package client

import (
	"context"
	"errors"

	"poststelle/envelope"
)

// CardAnswer holds process cards. Message.Plain, kept, is the office's signed
// word: see Verify.
type CardAnswer struct {
	Answer
	Cards []envelope.ProcessCard
	// More says that more cards match (3801).
	More bool
}

// Cards asks for process cards. If there are none the error is a
// *FeedbackError with envelope.CodeNoProcessCard (OSCI 1.2; dossier §13.3).
// The answer has to be closed.
func (d *Dialog) Cards(ctx context.Context, order envelope.FetchProcessCard) (*CardAnswer, error) {
	answer, err := d.request(ctx, &envelope.Draft{Order: order})
	if err != nil {
		return nil, err
	}
	if err := answer.refused(envelope.KindFetchProcessCard); err != nil {
		return nil, errors.Join(err, answer.Close())
	}
	return &CardAnswer{
		Answer: *answer, Cards: answer.Message.Order.(envelope.ResponseToFetchProcessCard).Cards,
		More: hasCode(answer.Feedback, envelope.CodeMoreProcessCards),
	}, nil
}
