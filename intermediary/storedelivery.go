package intermediary

import (
	"context"
	"errors"
	"fmt"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/signature"
)

// storeDelivery puts a letter into the addressee's box (OSCI 1.2; dossier
// §13.1). The success is written only after Put has returned.
func (o *Office) storeDelivery(ctx context.Context, p *performed, order envelope.StoreDelivery) error {
	if order.MessageID == "" {
		return errNoID
	}
	if err := o.ids.check(ctx, order.MessageID); err != nil {
		return err
	}
	d := o.newDelivery(p.admitted, order)
	if err := o.boxTakes(ctx, p.admitted, d); err != nil {
		return err
	}
	warnings := o.inspect(d, p.m.Certificates)
	if o.WarnUnchecked {
		warnings = append(warnings, envelope.CodeCertificatesUnchecked)
	}
	card, err := o.Boxes.Put(ctx, d)
	if err != nil {
		return err
	}
	o.Logger.InfoContext(ctx, "letter stored", "msg_id", order.MessageID, "authority", string(mailbox.AddressOf(d.Addressee)),
		"size", deliverySize(d))
	p.order = func(f envelope.Feedback) envelope.Order {
		return envelope.ResponseToStoreDelivery{Feedback: f, Card: &card}
	}
	p.codes = p.success(p.done(), warnings...)
	return nil
}

// newDelivery keeps of a request what addressee and card will need; nothing of
// the sender's dialog (dossier §19.4).
func (o *Office) newDelivery(a *admitted, order envelope.StoreDelivery) *envelope.Delivery {
	m := a.m
	return &envelope.Delivery{
		MessageID: order.MessageID, Subject: order.Subject,
		CreationQuality: m.CreationQuality, ReceptionQuality: m.ReceptionQuality,
		Addressee:        m.Certificates.First(envelope.CipherAddressee).Certificate,
		OriginatorCipher: a.cipher, OriginatorSignature: a.signer,
		Content: m.Content, Certificates: m.CertificateBlock, Custom: m.Custom, Attachments: m.Attachments,
		Creation: *envelope.PlainTimestamp(o.Now()),
	}
}

// boxTakes holds the letter against the rules of its mailbox.
func (o *Office) boxTakes(ctx context.Context, a *admitted, d *envelope.Delivery) error {
	box, err := o.Boxes.Box(ctx, mailbox.AddressOf(d.Addressee))
	switch {
	case errors.Is(err, mailbox.ErrNoBox) && !o.Open:
		return errNoBox
	case err != nil && !errors.Is(err, mailbox.ErrNoBox):
		return err
	}
	if box.Rules.TransportSignature && a.signer == nil {
		return errUnsigned
	}
	if box.Rules.ContentSignature {
		if signed, known := envelope.ContentSigned(a.m); known && !signed {
			return errContentUnsigned
		}
	}
	size := deliverySize(d)
	for _, limit := range []int64{box.Rules.MaxBytes, o.MaxDeliveryBytes} {
		if limit > 0 && size > limit {
			return fmt.Errorf("%w: %d octets, %d are taken", errTooLarge, size, limit)
		}
	}
	return nil
}

// deliverySize is content and attachments together.
func deliverySize(d *envelope.Delivery) int64 {
	size := int64(0)
	if d.Content != nil {
		size += int64(len(d.Content.Octets))
	}
	for _, a := range d.Attachments {
		size += a.Freight.Size()
	}
	return size
}

// outdated is the warning for a certificate of a role that is outside its
// validity period (dossier §17).
var outdated = map[envelope.Role]envelope.Code{
	envelope.SignatureOtherAuthor: envelope.CodeAuthorSignatureOutdated,
	envelope.CipherOtherAuthor:    envelope.CodeAuthorCipherOutdated,
	envelope.CipherAddressee:      envelope.CodeAddresseeCipherOutdated,
	envelope.CipherOtherReader:    envelope.CodeReaderCipherOutdated,
}

// inspect reports on every certificate of the letter (dossier §10.4). Issuers
// and revocation are not asked yet, so the mathematical result is
// indeterminate and no online result is given; the report says so itself.
func (o *Office) inspect(d *envelope.Delivery, all envelope.Certificates) []envelope.Code {
	var warnings []envelope.Code
	seen, warned := map[string]bool{}, map[envelope.Code]bool{}
	for _, c := range all {
		if code, ok := outdated[c.Role]; ok && o.isOutdated(c.Certificate) && !warned[code] {
			warned[code] = true
			warnings = append(warnings, code)
		}
		if print := c.Certificate.Fingerprint(); !seen[print] {
			seen[print] = true
			d.Inspections = append(d.Inspections, o.inspection(c.Certificate))
		}
	}
	return warnings
}

func (o *Office) isOutdated(c *signature.Certificate) bool {
	return c.X509 != nil && !c.ValidAt(o.Now())
}

func (o *Office) inspection(c *signature.Certificate) envelope.Inspection {
	offline := envelope.ResultValid
	switch {
	case c.X509 == nil:
		offline = envelope.ResultIndefinite
	case !c.ValidAt(o.Now()):
		offline = envelope.ResultInvalid
	}
	return envelope.Inspection{
		Timestamp: *envelope.PlainTimestamp(o.Now()),
		Subject:   c.SubjectRFC2253(), Issuer: c.IssuerRFC2253(), Serial: c.Serial().String(),
		CertType: envelope.CertUnknown, Math: envelope.ResultIndefinite, Offline: offline,
	}
}
