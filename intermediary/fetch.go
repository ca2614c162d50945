package intermediary

import (
	"context"
	"fmt"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// fetchDelivery hands out one letter of the dialog's own mailbox (OSCI 1.2;
// dossier §13.2). The mailbox is that of the certificate whose key the dialog
// has proved; no name or number of the request leads to another one.
func (o *Office) fetchDelivery(ctx context.Context, p *performed, order envelope.FetchDelivery) error {
	query := mailbox.Query{Mailbox: mailbox.AddressOf(p.cipher)}
	if r := order.Rule; r != nil && r.Mode == envelope.ByMessageID {
		query.MessageID = r.MessageIDs[0]
	} else if r != nil {
		query.Since = r.Since
	}
	entry, more, err := o.Boxes.Select(ctx, query)
	if err != nil {
		return err
	}
	id := entry.Card.MessageID
	d, err := o.Boxes.Take(ctx, query.Mailbox, id)
	if err != nil {
		return err
	}
	card, err := o.Cards.Record(ctx, id, mailbox.Fact{Forwarding: envelope.PlainTimestamp(o.Now())})
	if err != nil {
		return fmt.Errorf("recording the hand-out of %s: %w", id, err)
	}
	o.Logger.InfoContext(ctx, "letter handed out", "msg_id", id, "dialog", p.m.Control.ConversationID)
	card.Reception = nil // not in this answer (dossier §10.1)
	p.delivery = d
	p.order = func(f envelope.Feedback) envelope.Order {
		return envelope.ResponseToFetchDelivery{Feedback: f, Rule: order.Rule, Card: &card}
	}
	p.codes = p.success(p.done())
	if more {
		p.codes = p.success(p.done(), envelope.CodeMoreDeliveries)
	}
	return nil
}

// fetchProcessCard shows cards to sender and addressee (OSCI 1.2; dossier
// §13.3).
func (o *Office) fetchProcessCard(ctx context.Context, p *performed, order envelope.FetchProcessCard) error {
	query := mailbox.CardQuery{Party: o.party(p.admitted), Rule: order.Rule, Limit: order.Limit}
	cards, more, err := o.Cards.Cards(ctx, query)
	if err != nil {
		return err
	}
	p.order = func(f envelope.Feedback) envelope.Order {
		return envelope.ResponseToFetchProcessCard{Feedback: f, Rule: order.Rule, Limit: order.Limit, Cards: cards}
	}
	p.codes = p.success(p.done())
	if more {
		p.codes = p.success(p.done(), envelope.CodeMoreProcessCards)
	}
	return nil
}

// party is who asks, by what the dialog has proved: the cipher certificate by
// its challenge, the signature certificate by a signature of this request.
func (o *Office) party(a *admitted) mailbox.Party {
	party := mailbox.Party{Cipher: mailbox.AddressOf(a.cipher)}
	if a.signer != nil {
		party.Signature = a.signer.Fingerprint()
	}
	return party
}
