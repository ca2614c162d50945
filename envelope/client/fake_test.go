package client_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

// clock is the tests' moment: the keys of the recordings are valid then.
var clock = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func now() time.Time { return clock }

// memory is a scratch file in memory.
type memory struct{ bytes.Buffer }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, off)
}
func (m *memory) Size() int64  { return int64(m.Len()) }
func (m *memory) Close() error { return nil }

func scratch() (envelope.ScratchFile, error) { return &memory{}, nil }

// person is a certificate of the recordings with its key.
type person struct {
	certificate *signature.Certificate
	key         crypto.Signer
}

func (p person) cipher() envelope.CipherKey {
	return envelope.CipherKey{Certificate: p.certificate, Key: p.key.(crypto.Decrypter)}
}

func (p person) signer() *signature.Signer {
	return &signature.Signer{Key: p.key, Certificate: p.certificate}
}

func load(name string) (person, error) {
	folder := filepath.Join("..", "..", "testdata", "recordings", "keys")
	der, err := os.ReadFile(filepath.Join(folder, name+".cer"))
	if err != nil {
		return person{}, err
	}
	certificate, err := signature.ParseCertificate(der)
	if err != nil {
		return person{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, name+".key.pem"))
	if err != nil {
		return person{}, err
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return person{}, err
	}
	return person{certificate, key.(crypto.Signer)}, nil
}

func who(t testing.TB, name string) person {
	t.Helper()
	p, err := load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fakeOffice answers as a script says. It keeps no rules of its own: what a
// request was is for the test to look at.
type fakeOffice struct {
	opener *envelope.Opener
	signer *signature.Signer
	// requests are all that came, in order.
	requests []*envelope.Message
	// orders answer the requests by kind, in turn.
	orders map[envelope.Kind]func(*envelope.Message) *envelope.Draft
	// spoil changes a draft before it is sealed, options how it is sealed.
	spoil   func(*envelope.Draft)
	options func(*envelope.SealOptions)
	// fault is sent in place of an answer if not "".
	fault envelope.Code
	// tamper changes the sealed octets.
	tamper func([]byte) []byte
	// broken is what posting gives.
	broken error
}

func newFakeOffice(cipher, signs person) *fakeOffice {
	return &fakeOffice{
		opener: &envelope.Opener{
			Keys: []envelope.CipherKey{cipher.cipher()}, Scratch: scratch, Now: now, Rand: rand.Reader,
		},
		signer: signs.signer(), orders: map[envelope.Kind]func(*envelope.Message) *envelope.Draft{},
	}
}

// post is the client's way to the office.
func (f *fakeOffice) post(ctx context.Context, request envelope.Parcel) (envelope.Sealed, error) {
	if f.broken != nil {
		return envelope.Sealed{}, f.broken
	}
	file := &memory{}
	if _, err := request.WriteTo(file); err != nil {
		return envelope.Sealed{}, err
	}
	m, err := f.opener.Open(ctx, envelope.Sealed{Body: file})
	if err != nil {
		return envelope.Sealed{}, err
	}
	f.requests = append(f.requests, m)
	parcel, err := f.answer(m)
	if err != nil {
		return envelope.Sealed{}, err
	}
	answer := &memory{}
	_, err = parcel.WriteTo(answer)
	if f.tamper != nil {
		octets := f.tamper(answer.Bytes())
		answer = &memory{}
		answer.Write(octets)
	}
	return envelope.Sealed{Body: answer}, err
}

func (f *fakeOffice) answer(m *envelope.Message) (envelope.Parcel, error) {
	if f.fault != "" {
		return envelope.NewFault(f.fault, m.Languages).Parcel(rand.Reader)
	}
	draft := f.respond(m)
	draft.Control = f.control(m)
	if f.spoil != nil {
		f.spoil(draft)
	}
	options := envelope.SealOptions{Signer: f.signer, Rand: rand.Reader}
	if m.Encryption != nil {
		own := m.Certificates.First(envelope.CipherOriginator)
		if own == nil {
			own = f.requests[0].Certificates.First(envelope.CipherOriginator)
		}
		options.Encryption = &envelope.Encryption{
			Method: m.Encryption.Method, KeyTransport: m.Encryption.KeyTransport, Certificate: own.Certificate,
		}
	}
	if f.options != nil {
		f.options(&options)
	}
	return draft.Seal(options)
}

// control answers the request's ControlBlock as the standard says.
func (f *fakeOffice) control(m *envelope.Message) envelope.ControlBlock {
	c := envelope.ControlBlock{
		Response: m.Control.Challenge, ConversationID: m.Control.ConversationID, SequenceNumber: m.Control.SequenceNumber,
	}
	if c.ConversationID == "" {
		c.ConversationID = "4711"
	}
	explicit := m.Control.ConversationID != "" || m.Kind == envelope.KindInitDialog
	if explicit && m.Kind != envelope.KindExitDialog {
		c.Challenge = "challenge-" + string(rune('a'+len(f.requests)))
	}
	return c
}

func (f *fakeOffice) respond(m *envelope.Message) *envelope.Draft {
	if script := f.orders[m.Kind]; script != nil {
		return script(m)
	}
	done := envelope.Feedback{envelope.NewEntry(envelope.CodeDialogOpen, m.Languages)}
	if m.Control.ConversationID == "" || m.Kind == envelope.KindExitDialog {
		done = envelope.Feedback{envelope.NewEntry(envelope.CodeExecuted, m.Languages)}
	}
	switch o := m.Order.(type) {
	case envelope.InitDialog:
		return &envelope.Draft{Order: envelope.ResponseToInitDialog{Feedback: done}}
	case envelope.ExitDialog:
		return &envelope.Draft{Order: envelope.ResponseToExitDialog{Feedback: done}}
	case envelope.GetMessageID:
		return &envelope.Draft{Order: envelope.ResponseToGetMessageID{Feedback: done, MessageID: "fake-1"}}
	case envelope.StoreDelivery:
		return &envelope.Draft{Order: envelope.ResponseToStoreDelivery{Feedback: done, Card: card(o.MessageID, o.Subject)}}
	case envelope.FetchProcessCard:
		return &envelope.Draft{Order: envelope.ResponseToFetchProcessCard{
			Feedback: done, Rule: o.Rule, Limit: o.Limit, Cards: []envelope.ProcessCard{*card("fake-1", nil)},
		}}
	case envelope.FetchDelivery:
		return f.handOut(o, done)
	}
	panic("the fake office has no answer to " + m.Kind.String())
}

// handOut gives the letters that were stored, one for each fetchDelivery.
func (f *fakeOffice) handOut(o envelope.FetchDelivery, done envelope.Feedback) *envelope.Draft {
	var letters []*envelope.Message
	fetched := 0
	for _, m := range f.requests {
		switch m.Kind {
		case envelope.KindStoreDelivery:
			letters = append(letters, m)
		case envelope.KindFetchDelivery:
			fetched++
		}
	}
	if fetched > len(letters) {
		return &envelope.Draft{Order: envelope.ResponseToFetchDelivery{
			Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeNoDelivery, nil)}, Rule: o.Rule,
		}}
	}
	m := letters[fetched-1]
	stored := m.Order.(envelope.StoreDelivery)
	return &envelope.Draft{
		Order:            envelope.ResponseToFetchDelivery{Feedback: done, Rule: o.Rule, Card: card(stored.MessageID, stored.Subject)},
		CertificateBlock: m.CertificateBlock, Content: m.Content, Attachments: m.Attachments,
	}
}

func card(id string, subject *string) *envelope.ProcessCard {
	return &envelope.ProcessCard{
		MessageID: id, Subject: subject, RecentModification: clock, Creation: envelope.PlainTimestamp(clock),
	}
}

// octets is freight in memory.
type octets []byte

func (o octets) Size() int64                  { return int64(len(o)) }
func (o octets) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o)), nil }

// set is a client with its fake office.
type set struct {
	office  *fakeOffice
	options client.Options
	alice   person
}

func newSet(t testing.TB) *set {
	t.Helper()
	office := newFakeOffice(who(t, "intermediary-cipher-2048"), who(t, "intermediary-signature"))
	return &set{office: office, alice: who(t, "alice-cipher"), options: client.Options{
		Post:                  office.post,
		IntermediaryCipher:    who(t, "intermediary-cipher-2048").certificate,
		IntermediarySignature: who(t, "intermediary-signature").certificate,
		Cipher:                who(t, "alice-cipher").cipher(), Signer: who(t, "alice-signature").signer(),
		Scratch: scratch, Now: now, Method: xmlenc.DefaultMethod(),
	}}
}

func (s *set) client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.New(s.options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *set) dial(t testing.TB) *client.Dialog {
	t.Helper()
	d, err := s.client(t).Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// letter is from alice to herself.
func (s *set) letter() client.Letter {
	subject := "Bauantrag"
	return client.Letter{
		Subject: &subject, Addressee: s.alice.certificate,
		Content: envelope.Writing{
			Texts:   []envelope.Text{{Octets: []byte("Sehr geehrte Damen und Herren")}},
			Files:   []envelope.File{{Name: "plan.bin", Freight: octets("Grundriss")}},
			Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: s.options.Signer}},
			Readers: []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: s.alice.certificate}},
		},
	}
}
