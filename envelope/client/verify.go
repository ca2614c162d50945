package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"poststelle/envelope"
	"poststelle/signature"
)

// Verifier checks saved answers of an office without asking it: the octets of
// Answer.Message.Plain and the office's certificate are all it takes.
type Verifier struct {
	// IntermediarySignature is the office's signature certificate. Required.
	IntermediarySignature *signature.Certificate
	// Scratch takes decrypted octets, if the answer is saved encrypted.
	Scratch envelope.Scratch
	// Keys open answers that were saved encrypted.
	Keys []envelope.CipherKey
	// Signatures is the policy at the moment that Now gives.
	Signatures signature.Policy
	Now        func() time.Time
	Rand       io.Reader
}

// Evidence is a saved answer that holds.
type Evidence struct {
	// Kind is which answer it is.
	Kind envelope.Kind
	// Feedback is what the office said to the order.
	Feedback envelope.Feedback
	// Cards are the process cards in it.
	Cards []envelope.ProcessCard
	// Signature is the office's, valid and complete.
	Signature *envelope.TransportSignature
}

// Verify reads a saved answer, which it closes. Errors wrap ErrUnsigned,
// ErrSignature or ErrSigner where the office's word is missing or was changed,
// ErrAnswer where it is no answer with cards, else sentinels of envelope.
func (v *Verifier) Verify(ctx context.Context, saved envelope.Sealed) (*Evidence, error) {
	if v.IntermediarySignature == nil || v.Scratch == nil || v.Now == nil || v.Rand == nil {
		return nil, errors.Join(fmt.Errorf("%w: Verifier", ErrOptions), saved.Body.Close())
	}
	opener := &envelope.Opener{Keys: v.Keys, Scratch: v.Scratch, Signatures: v.Signatures, Now: v.Now, Rand: v.Rand}
	m, err := opener.Open(ctx, saved)
	if err != nil {
		return nil, err
	}
	evidence, err := v.weigh(m)
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return evidence, m.Close()
}

func (v *Verifier) weigh(m *envelope.Message) (*Evidence, error) {
	answer := &Answer{Message: m}
	if err := answer.identify(v.IntermediarySignature); err != nil {
		return nil, err
	}
	e := &Evidence{Kind: m.Kind, Signature: m.Signature}
	e.Feedback, _ = envelope.FeedbackOf(m.Order)
	switch o := m.Order.(type) {
	case envelope.ResponseToFetchProcessCard:
		e.Cards = o.Cards
	case envelope.ResponseToStoreDelivery:
		e.Cards = cardOrNone(o.Card)
	case envelope.ResponseToFetchDelivery:
		e.Cards = cardOrNone(o.Card)
	default:
		return nil, fmt.Errorf("%w: %s holds no process card", ErrAnswer, m.Kind)
	}
	return e, nil
}

func cardOrNone(card *envelope.ProcessCard) []envelope.ProcessCard {
	if card == nil {
		return nil
	}
	return []envelope.ProcessCard{*card}
}
