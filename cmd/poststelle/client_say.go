package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
	"poststelle/transport"
)

// remark tells a person something beside the result.
func remark(a *app, text string) { fmt.Fprintf(a.Stderr, "poststelle: %s\n", text) }

func printJSON(a *app, v any) error {
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// entryView is a feedback entry.
type entryView struct {
	Code     string `json:"code"`
	Language string `json:"language,omitempty"`
	Text     string `json:"text"`
}

func viewFeedback(f envelope.Feedback) []entryView {
	list := []entryView{}
	for _, e := range f {
		list = append(list, entryView{Code: string(e.Code), Language: e.Language, Text: e.Text})
	}
	return list
}

// certificateView is a certificate as far as a reader wants to know it.
type certificateView struct {
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial"`
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"notAfter,omitzero"`
}

func viewCertificate(c *signature.Certificate) *certificateView {
	if c == nil {
		return nil
	}
	v := &certificateView{
		Subject: c.SubjectRFC2253(), Issuer: c.IssuerRFC2253(), Serial: c.Serial().String(), Fingerprint: c.Fingerprint(),
	}
	if c.X509 != nil {
		v.NotAfter = c.X509.NotAfter
	}
	return v
}

// name is the common name, or all of the subject.
func (v *certificateView) name() string {
	for _, part := range strings.Split(v.Subject, ",") {
		if name, ok := strings.CutPrefix(part, "CN="); ok {
			return name
		}
	}
	return v.Subject
}

// nameOf is what a certificate's owner is called.
func nameOf(c *signature.Certificate) string {
	switch {
	case c == nil:
		return "?"
	case c.X509 != nil && c.X509.Subject.CommonName != "":
		return c.X509.Subject.CommonName
	}
	return c.SubjectRFC2253()
}

// answerView is what all answers of an office have.
type answerView struct {
	Feedback  []entryView      `json:"feedback"`
	Signer    *certificateView `json:"signer"`
	Authentic bool             `json:"authentic"`
	Encrypted bool             `json:"encrypted"`
}

func viewAnswer(a *client.Answer) answerView {
	return answerView{
		Feedback: viewFeedback(a.Feedback), Signer: viewCertificate(a.Signer),
		Authentic: a.Authentic, Encrypted: a.Message.Encryption != nil,
	}
}

// warnings tells what the office remarks on an order that it carried out.
func warnings(a *app, f envelope.Feedback) {
	for _, e := range f {
		more := e.Code == envelope.CodeMoreDeliveries || e.Code == envelope.CodeMoreProcessCards
		if e.Code.Severity() == envelope.SeverityWarning && !more {
			remark(a, fmt.Sprintf("%s: %s %q", a.text("warning", "Warnung"), e.Code, e.Text))
		}
	}
}

// isRefusal tells whether the office answered and said no.
func isRefusal(err error) bool {
	refused, fault := (*client.FeedbackError)(nil), (*envelope.Fault)(nil)
	return errors.As(err, &refused) || errors.As(err, &fault)
}

// explain adds what to do about an error of the office or the way to it.
func explain(a *app, err error) error {
	for _, h := range hints() {
		if h.fits(err) {
			return hinted(err, a.text(h.english, h.german))
		}
	}
	return err
}

// hint is advice for an error.
type hint struct {
	fits            func(error) bool
	english, german string
}

// hints are in order: the first that fits is given.
func hints() []hint {
	code := func(c envelope.Code) func(error) bool {
		return func(err error) bool { return client.IsCode(err, c) }
	}
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	return []hint{
		{code(envelope.CodeKeyUnknown), "--intermediary is not this office's cipher certificate; ask for the current one",
			"--intermediary ist nicht das Verschlüsselungszertifikat dieser Poststelle; das aktuelle erfragen"},
		{code(envelope.CodeMessageIDUnknown), "the id was not issued by this office or was used: leave out --id; or ask for its card",
			"die ID stammt nicht von dieser Poststelle oder ist verbraucht: --id weglassen; oder den Laufzettel abrufen"},
		{code(envelope.CodeRecipientRefused), "the addressee has no mailbox at this office: poststelle mailbox add DIR CER",
			"der Empfänger hat bei dieser Poststelle kein Postfach: poststelle mailbox add DIR CER"},
		{code(envelope.CodeSignatureMissing), "leave out --unsigned", "--unsigned weglassen"},
		{code(envelope.CodeMessageInvalid), "does the office want encrypted requests? leave out --plain",
			"verlangt die Poststelle Verschlüsselung? --plain weglassen"},
		{code(envelope.CodeNoDelivery), "poststelle card --received lists what came", "poststelle card --received zeigt, was eingegangen ist"},
		{code(envelope.CodeNoProcessCard), "check the id; cards are shown to sender and addressee only",
			"ID prüfen; Laufzettel sehen nur Absender und Empfänger"},
		{is(client.ErrSigner), "--intermediary-signature is not the certificate that signed: ask the office for the current one, and do not trust this answer",
			"--intermediary-signature ist nicht das Zertifikat, mit dem signiert wurde: das aktuelle erfragen und dieser Antwort nicht trauen"},
		{is(client.ErrUnsigned), "the office signs no answers, or somebody stands in between", "die Poststelle signiert nicht, oder jemand steht dazwischen"},
		{is(client.ErrSignature), "the octets were changed after signing: do not trust them", "der Inhalt wurde nach dem Signieren verändert: ihm nicht trauen"},
		{is(transport.ErrNotReached), "is the office running, and is --url right?", "läuft die Poststelle, und stimmt --url?"},
		{is(transport.ErrReached), "is there an OSCI office at --url? its log may say more", "ist unter --url eine Poststelle? ihr Protokoll weiß mehr"},
	}
}
