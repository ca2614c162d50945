package client

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"poststelle/envelope"
	"poststelle/signature"
)

// Answer is what every answer of an office has.
type Answer struct {
	// Feedback is what the office says to the order.
	Feedback envelope.Feedback
	// Message is the opened answer. Message.Plain are the octets that the
	// office signed: kept, they prove what it said.
	Message *envelope.Message
	// Signer signed the answer; nil = nobody did.
	Signer *signature.Certificate
	// Authentic says that Signer is the office named in Options. It is false
	// only where Options name none.
	Authentic bool
}

// Close discards the scratch files of the answer.
func (a *Answer) Close() error { return a.Message.Close() }

// request sends a request without a dialog (dossier §6.4).
func (c *Client) request(ctx context.Context, d *envelope.Draft) (*Answer, error) {
	challenge, err := c.challenge()
	if err != nil {
		return nil, err
	}
	d.Control = envelope.ControlBlock{Challenge: challenge, SequenceNumber: 0}
	return c.exchange(ctx, d)
}

// exchange sends a request and believes its answer, or gives an error. An
// order that was refused is no error here: see Answer.refused.
func (c *Client) exchange(ctx context.Context, d *envelope.Draft) (*Answer, error) {
	kind := d.Order.Kind()
	d.Languages = c.o.Languages
	d.Features = envelope.OwnFeatures()
	c.addOwner(d)
	m, err := c.carry(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	answer, err := c.believe(d, m)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", kind, err), m.Close())
	}
	return answer, nil
}

// carry seals, posts and opens.
func (c *Client) carry(ctx context.Context, d *envelope.Draft) (*envelope.Message, error) {
	options := envelope.SealOptions{Rand: c.o.Rand}
	if !c.o.Unsigned {
		options.Signer = c.o.Signer
	}
	if !c.o.Plain {
		options.Encryption = &envelope.Encryption{
			Method: c.o.Method, KeyTransport: c.o.KeyTransport, Certificate: c.o.IntermediaryCipher,
		}
	}
	parcel, err := d.Seal(options)
	if err != nil {
		return nil, fmt.Errorf("sealing the request: %w", err)
	}
	defer parcel.Close()
	sealed, err := c.o.Post(ctx, parcel)
	if err != nil {
		return nil, fmt.Errorf("posting the request: %w", err)
	}
	m, err := c.opener.Open(ctx, sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the answer: %w", err)
	}
	return m, nil
}

// addOwner adds the own certificates where the kind has room for them: the
// cipher certificate is what the office encrypts its answer for (dossier §7.3).
func (c *Client) addOwner(d *envelope.Draft) {
	switch d.Order.Kind() {
	case envelope.KindInitDialog, envelope.KindGetMessageID, envelope.KindStoreDelivery:
		addCertificate(d, envelope.CipherOriginator, c.o.Cipher.Certificate)
	}
}

func addCertificate(d *envelope.Draft, role envelope.Role, certificate *signature.Certificate) {
	if certificate == nil || d.Certificates.First(role) != nil {
		return
	}
	d.Certificates = append(d.Certificates, envelope.RoleCertificate{
		Role: role, ID: envelope.CertificateID(role, 0, certificate), Certificate: certificate,
	})
}

// believe holds an opened answer against its request. That an answer has a
// feedback, and one of codes, the envelope has checked.
func (c *Client) believe(d *envelope.Draft, m *envelope.Message) (*Answer, error) {
	kind := d.Order.Kind()
	if m.Kind != kind.Response() {
		return nil, fmt.Errorf("%w: %s", ErrAnswer, m.Kind)
	}
	if !c.o.Plain && m.Encryption == nil {
		return nil, ErrUnencrypted
	}
	answer := &Answer{Message: m}
	answer.Feedback, _ = envelope.FeedbackOf(m.Order)
	if err := answer.identify(c.o.IntermediarySignature); err != nil {
		return nil, err
	}
	if err := matchControl(d.Control, m.Control, kind); err != nil {
		return nil, err
	}
	return answer, nil
}

// identify judges the answer's signature (OSCI 1.2; dossier §8); office is nil
// where its certificate is not known.
func (a *Answer) identify(office *signature.Certificate) error {
	s := a.Message.Signature
	switch {
	case s == nil && office != nil:
		return ErrUnsigned
	case s == nil:
		return nil
	case !s.Complete():
		return unsound(s)
	case office != nil && !office.Equal(s.Certificate):
		return fmt.Errorf("%w: %s", ErrSigner, s.Certificate.SubjectRFC2253())
	}
	a.Signer, a.Authentic = s.Certificate, office != nil
	return nil
}

// unsound tells what is wrong with a signature.
func unsound(s *envelope.TransportSignature) error {
	switch {
	case s.Err != nil:
		return fmt.Errorf("%w: %w", ErrSignature, s.Err)
	case !s.Valid():
		return fmt.Errorf("%w: %w", ErrSignature, s.Report.Err())
	}
	return fmt.Errorf("%w: %q is not covered", ErrSignature, s.Uncovered)
}

// matchControl checks that the answer is the one to our request: the challenge
// comes back, conversation and number are ours (OSCI 1.2; dossier §6.3). An
// implicit answer names a throw-away conversation. That what the kind demands
// is there, the envelope has checked.
func matchControl(request, answer envelope.ControlBlock, kind envelope.Kind) error {
	switch {
	case subtle.ConstantTimeCompare([]byte(answer.Response), []byte(request.Challenge)) != 1:
		return fmt.Errorf("%w: challenge", ErrDialog)
	case request.ConversationID != "" && answer.ConversationID != request.ConversationID:
		return fmt.Errorf("%w: ConversationId", ErrDialog)
	case answer.SequenceNumber != request.SequenceNumber:
		return fmt.Errorf("%w: SequenceNumber", ErrDialog)
	case answer.Challenge == "" && kind != envelope.KindExitDialog && request.ConversationID != "":
		return fmt.Errorf("%w: no challenge for the next request", ErrDialog)
	}
	return nil
}

// challenge is fresh: 24 random octets, where the libraries take ten.
func (c *Client) challenge() (string, error) {
	var raw [24]byte
	if _, err := io.ReadFull(c.o.Rand, raw[:]); err != nil {
		return "", fmt.Errorf("making a challenge: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw[:]), nil
}

// refused gives the feedback as an error if the order was not carried out.
func (a *Answer) refused(kind envelope.Kind) error {
	if !a.Feedback.Failed() {
		return nil
	}
	return &FeedbackError{Order: kind, Feedback: a.Feedback}
}
