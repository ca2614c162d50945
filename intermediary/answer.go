package intermediary

import (
	"context"
	"fmt"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
)

// answer writes, signs and encrypts the response, then advances the dialog,
// and only then lets the answer go: whoever sees a Challenge can rely on it
// (dossier §19.1 step 16). It is the only place that writes feedback.
func (o *Office) answer(ctx context.Context, p *performed) (envelope.Parcel, error) {
	control, err := o.control(p)
	if err != nil {
		return nil, err
	}
	draft := &envelope.Draft{Control: control, Order: p.order(o.feedback(p))}
	if p.m.Features != nil {
		draft.Features = envelope.OwnFeatures()
	}
	if d := p.delivery; d != nil {
		draft.CertificateBlock, draft.Custom, draft.Content, draft.Attachments = d.Certificates, d.Custom, d.Content, d.Attachments
	}
	options := envelope.SealOptions{Encryption: o.encryption(p), Rand: o.Rand}
	if p.m.Signature != nil || o.SignAlways {
		options.Signer = o.Signer
	}
	parcel, err := draft.Seal(options)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", draft.Order.Kind(), err)
	}
	if err := o.advance(ctx, p, control); err != nil {
		parcel.Close()
		return nil, err
	}
	return parcel, nil
}

func (o *Office) feedback(p *performed) envelope.Feedback {
	var f envelope.Feedback
	for _, code := range p.codes {
		f = append(f, envelope.NewEntry(code, p.m.Languages))
	}
	return f
}

// control is the ControlBlock of the response (the matrix of dossier §6.2). A
// response outside of a dialog carries a number that names nothing: the
// official client insists on one.
func (o *Office) control(p *performed) (envelope.ControlBlock, error) {
	request := p.m.Control
	c := envelope.ControlBlock{
		Response: request.Challenge, ConversationID: request.ConversationID, SequenceNumber: request.SequenceNumber,
	}
	kind := p.m.Kind
	var err error
	switch {
	case p.opened != nil:
		c.ConversationID = p.opened.id
	case p.dialog == nil:
		if c.ConversationID, err = o.newConversationID(); err != nil {
			return c, err
		}
	}
	if kind == envelope.KindInitDialog {
		c.SequenceNumber = envelope.NoSequence
	} else if c.SequenceNumber == envelope.NoSequence {
		c.SequenceNumber = 0
	}
	implicit := p.dialog == nil && kind.AllowsImplicit()
	if kind != envelope.KindExitDialog && !implicit {
		c.Challenge, err = o.newChallenge()
	}
	return c, err
}

// advance saves the dialog as this answer leaves it.
func (o *Office) advance(ctx context.Context, p *performed, c envelope.ControlBlock) error {
	d := p.dialog
	switch {
	case p.opened != nil:
		d = p.opened
	case d == nil:
		return nil
	case p.over || c.Challenge == "":
		// A refused exitDialog ends the dialog, too: its response has no
		// Challenge, so nobody could prove to be the client any more.
		return o.Dialogs.EndDialog(ctx, d.id)
	default:
		d.state.Sequence = p.m.Control.SequenceNumber
	}
	d.state.Challenge = c.Challenge
	if p.delivery != nil {
		d.state.Pending = p.delivery.MessageID
	}
	return o.save(ctx, d)
}

// encryption mirrors the request's: encrypted answers to encrypted requests,
// with the same cipher and IV, but GCM for everybody who knows it (dossier
// §4.2).
func (o *Office) encryption(p *performed) *envelope.Encryption {
	request := p.m.Encryption
	if request == nil {
		return nil
	}
	e := &envelope.Encryption{
		Method: request.Method, KeyTransport: request.KeyTransport, Base64: request.Base64, Certificate: p.cipher,
	}
	if !e.Method.Cipher.GCM && p.m.Features.Has(envelope.FeatureGCM) {
		e.Method = xmlenc.DefaultMethod()
		if !p.m.Features.Has(envelope.FeatureIV12) {
			e.Method.IVSize = 16
		}
	}
	if e.KeyTransport.URI == xmlenc.RSA15 && p.m.Features.Has("OAEPEncryption") {
		e.KeyTransport = xmlenc.DefaultKeyTransport()
	}
	return e
}
