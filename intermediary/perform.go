package intermediary

import (
	"context"
	"errors"

	"poststelle/envelope"
)

// performed is what came of an order. Only perform makes one, and only what
// was performed is answered.
type performed struct {
	*admitted
	// order is the response without its feedback.
	order responder
	// codes are the result, the decisive one first.
	codes []envelope.Code
	// delivery is handed out with the answer; nil = none.
	delivery *envelope.Delivery
	// opened is the dialog that initDialog opened.
	opened *dialog
	// over says that the dialog ends with this answer.
	over bool
}

// responder makes the response of a kind from its feedback.
type responder func(envelope.Feedback) envelope.Order

// perform carries out an admitted order. Errors of the letter become codes;
// trouble becomes 9811, so that the sender's dialog goes on.
func (o *Office) perform(ctx context.Context, a *admitted) *performed {
	p := &performed{admitted: a, order: emptyResponse(a.m)}
	if a.refused != nil {
		o.failed(ctx, p, a.refused)
	} else if err := o.carryOut(ctx, p); err != nil {
		o.failed(ctx, p, err)
	}
	o.metrics.orders.WithLabelValues(a.m.Kind.String(), string(p.codes[0])).Inc()
	return p
}

func (o *Office) carryOut(ctx context.Context, p *performed) error {
	switch order := p.m.Order.(type) {
	case envelope.InitDialog:
		return o.initDialog(p)
	case envelope.ExitDialog:
		p.over = true
		p.codes = p.success(envelope.CodeExecuted)
		return nil
	case envelope.GetMessageID:
		return o.getMessageID(ctx, p)
	case envelope.StoreDelivery:
		return o.storeDelivery(ctx, p, order)
	case envelope.FetchDelivery:
		return o.fetchDelivery(ctx, p, order)
	case envelope.FetchProcessCard:
		return o.fetchProcessCard(ctx, p, order)
	}
	return errNotOffered
}

// failed turns an error into the answer's only code.
func (o *Office) failed(ctx context.Context, p *performed, err error) {
	r := refuse(err)
	if r == nil || errors.Is(err, errUnjudged) {
		o.metrics.troubles.Inc()
		o.Logger.WarnContext(ctx, "order not carried out", "kind", p.m.Kind.String(), "msg_id", messageIDOf(p.m), "err", err)
	} else {
		o.logRefusal(ctx, p.m, r)
	}
	if r == nil {
		r = &refusal{code: envelope.CodeNotExecuted, cause: err}
	}
	p.codes = []envelope.Code{r.code}
	p.delivery, p.opened, p.over = nil, nil, false
	p.order = emptyResponse(p.m)
}

// done is the code of success: the dialog stays open, or there is none
// (dossier §6.3.13).
func (p *performed) done() envelope.Code {
	if p.dialog != nil {
		return envelope.CodeDialogOpen
	}
	return envelope.CodeExecuted
}

// success are the codes of a success with what has to be said beside it.
func (p *performed) success(code envelope.Code, more ...envelope.Code) []envelope.Code {
	return append(append([]envelope.Code{code}, more...), p.warnings...)
}

// emptyResponse is the response to a request that was not carried out: the
// echo, and nothing else (dossier §11).
func emptyResponse(m *envelope.Message) responder {
	switch order := m.Order.(type) {
	case envelope.InitDialog:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToInitDialog{Feedback: f} }
	case envelope.ExitDialog:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToExitDialog{Feedback: f} }
	case envelope.GetMessageID:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToGetMessageID{Feedback: f} }
	case envelope.StoreDelivery:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToStoreDelivery{Feedback: f} }
	case envelope.FetchDelivery:
		return func(f envelope.Feedback) envelope.Order {
			return envelope.ResponseToFetchDelivery{Feedback: f, Rule: order.Rule}
		}
	case envelope.FetchProcessCard:
		return func(f envelope.Feedback) envelope.Order {
			return envelope.ResponseToFetchProcessCard{Feedback: f, Rule: order.Rule, Limit: order.Limit}
		}
	case envelope.ForwardDelivery:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToForwardDelivery{Feedback: f} }
	case envelope.MediateDelivery:
		return func(f envelope.Feedback) envelope.Order { return envelope.ResponseToMediateDelivery{Feedback: f} }
	case envelope.PartialStoreDelivery:
		return func(f envelope.Feedback) envelope.Order {
			return envelope.ResponseToPartialStoreDelivery{Feedback: f, Chunk: echoChunk(order.Chunk)}
		}
	case envelope.PartialFetchDelivery:
		return func(f envelope.Feedback) envelope.Order {
			return envelope.ResponseToPartialFetchDelivery{Feedback: f, Rule: order.Rule, Chunk: echoChunk(order.Chunk)}
		}
	}
	panic("intermediary: no response to " + m.Kind.String()) // admit let a response through
}

// echoChunk keeps of a chunk's description what a response may hold
// (dossier §15.2).
func echoChunk(c *envelope.ChunkInformation) *envelope.ChunkInformation {
	if c == nil {
		return &envelope.ChunkInformation{ChunkNumber: 1, TotalChunkNumbers: 1}
	}
	total := max(c.TotalChunkNumbers, c.ChunkNumber, 1)
	return &envelope.ChunkInformation{ChunkNumber: max(c.ChunkNumber, 1), TotalChunkNumbers: total, TotalMessageSize: c.TotalMessageSize}
}

// initDialog opens a dialog (dossier §12.1). It is saved with the answer.
func (o *Office) initDialog(p *performed) error {
	id, err := o.newConversationID()
	if err != nil {
		return err
	}
	p.opened = &dialog{id: id, state: dialogState{
		Version: dialogVersion, Cipher: p.cipher.Raw, Sequence: -1, OpenedAt: o.Now(),
	}}
	if p.signer != nil {
		p.opened.state.Signature = p.signer.Raw
	}
	p.codes = p.success(envelope.CodeDialogOpen)
	return nil
}

// getMessageID issues an id (dossier §12.3).
func (o *Office) getMessageID(ctx context.Context, p *performed) error {
	id, err := o.ids.issue(ctx)
	if err != nil {
		return err
	}
	p.order = func(f envelope.Feedback) envelope.Order {
		return envelope.ResponseToGetMessageID{Feedback: f, MessageID: id}
	}
	p.codes = p.success(p.done())
	return nil
}
