package intermediary

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/mailbox"
	"poststelle/signature"
)

const recordingFolder = "../testdata/recordings"

// testDay is when the recordings were made.
var testDay = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// memoryFile is a scratch file and freight in memory.
type memoryFile struct{ octets []byte }

func (m *memoryFile) Write(p []byte) (int, error) {
	m.octets = append(m.octets, p...)
	return len(p), nil
}
func (m *memoryFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.octets).ReadAt(p, off)
}
func (m *memoryFile) Size() int64  { return int64(len(m.octets)) }
func (m *memoryFile) Close() error { return nil }
func (m *memoryFile) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m.octets)), nil
}

func newMemoryFile() (envelope.ScratchFile, error) { return &memoryFile{}, nil }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func certificate(t testing.TB, name string) *signature.Certificate {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(recordingFolder, "keys", name+".cer"))
	check(t, err)
	c, err := signature.ParseCertificate(der)
	check(t, err)
	return c
}

func privateKey(t testing.TB, name string) any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordingFolder, "keys", name+".key.pem"))
	check(t, err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(t, err)
	return key
}

func cipherKey(t testing.TB, name string) envelope.CipherKey {
	return envelope.CipherKey{Certificate: certificate(t, name), Key: privateKey(t, name).(crypto.Decrypter)}
}

func signer(t testing.TB, name string) *signature.Signer {
	return &signature.Signer{Certificate: certificate(t, name), Key: privateKey(t, name).(crypto.Signer)}
}

// legacy permits what the recordings of old clients need.
func legacy() xmlenc.Policy {
	var p xmlenc.Policy
	until := testDay.AddDate(1, 0, 0)
	for _, c := range xmlenc.Ciphers() {
		p.Exceptions = append(p.Exceptions, xmlenc.Exception{Algorithm: c.URI, Until: until, Reason: "recordings"})
	}
	p.Exceptions = append(p.Exceptions, xmlenc.Exception{Algorithm: xmlenc.RSA15, Until: until, Reason: "recordings"})
	return p
}

// desk is an office with mailboxes in memory and a clock that tests set.
type desk struct {
	t      testing.TB
	office *Office
	store  *shelf
	now    time.Time
	log    *bytes.Buffer
}

func newDesk(t testing.TB, set ...func(*Options)) *desk {
	t.Helper()
	d := &desk{t: t, store: newShelf(), now: testDay, log: &bytes.Buffer{}}
	o := Options{
		Signer: signer(t, "intermediary-signature"),
		Boxes:  d.store, Cards: d.store, Dialogs: d.store, Secrets: d.store,
		Scratch: newMemoryFile, Encryption: legacy(), Open: true, Host: "post.test",
		Now: func() time.Time { return d.now }, Rand: rand.Reader,
		Logger: slog.New(slog.NewTextHandler(d.log, nil)), Registerer: prometheus.NewRegistry(),
	}
	for _, name := range []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096"} {
		o.Keys = append(o.Keys, cipherKey(t, name))
	}
	for _, f := range set {
		f(&o)
	}
	office, err := New(o)
	check(t, err)
	d.office = office
	return d
}

// reply is an answer: a fault's code or a response with its feedback.
type reply struct {
	m        *envelope.Message
	fault    envelope.Code
	feedback envelope.Feedback
	octets   []byte
}

// code is the decisive one.
func (r reply) code() envelope.Code {
	if r.fault != "" {
		return "fault " + r.fault
	}
	return r.feedback[0].Code
}

// codes are all of them, with blanks between.
func (r reply) codes() string {
	var all []string
	for _, e := range r.feedback {
		all = append(all, string(e.Code))
	}
	return strings.Join(all, " ")
}

func (r reply) want(t testing.TB, code envelope.Code) reply {
	t.Helper()
	if r.code() != code {
		t.Fatalf("answered with %s, want %s", r.code(), code)
	}
	return r
}

// raw exchanges octets and opens the answer with a person's key.
func (d *desk) raw(person string, octets []byte) reply {
	d.t.Helper()
	r, err := d.try(person, octets)
	check(d.t, err)
	return r
}

func (d *desk) try(person string, octets []byte) (reply, error) {
	d.t.Helper()
	return d.exchange(person, &memoryFile{octets: octets})
}

// exchange is try for octets in a file that may be worse than one in memory.
func (d *desk) exchange(person string, body envelope.ScratchFile) (reply, error) {
	d.t.Helper()
	parcel, err := d.office.Exchange(context.Background(), envelope.Sealed{Body: body})
	if err != nil {
		return reply{}, err
	}
	defer parcel.Close()
	var out bytes.Buffer
	_, err = parcel.WriteTo(&out)
	check(d.t, err)
	if int64(out.Len()) != parcel.Size() {
		d.t.Errorf("the answer has %d octets and said %d", out.Len(), parcel.Size())
	}
	opener := envelope.Opener{
		Keys: []envelope.CipherKey{cipherKey(d.t, person+"-cipher")}, Scratch: newMemoryFile, Encryption: legacy(),
		Now: func() time.Time { return testDay }, Rand: rand.Reader,
	}
	r := reply{octets: out.Bytes()}
	r.m, err = opener.Open(context.Background(), envelope.Sealed{Body: &memoryFile{octets: out.Bytes()}})
	var fault *envelope.Fault
	if errors.As(err, &fault) {
		r.fault = fault.Code
		return r, nil
	}
	check(d.t, err)
	var answered bool
	if r.feedback, answered = envelope.FeedbackOf(r.m.Order); !answered {
		d.t.Fatalf("no response: %s", r.m.Kind)
	}
	return r, nil
}

// talk is one person speaking to a desk; next is the dialog's next block.
type talk struct {
	d                 *desk
	person            string
	encrypted, signed bool
	next              envelope.ControlBlock
	last              reply
}

func (d *desk) talk(person string) *talk { return &talk{d: d, person: person, next: single()} }

// single is the ControlBlock of a request outside of dialogs.
func single() envelope.ControlBlock { return envelope.ControlBlock{Challenge: "c0"} }

// octets seals a draft with what the person is.
func (s *talk) octets(draft *envelope.Draft) []byte {
	s.d.t.Helper()
	options := envelope.SealOptions{}
	if s.signed {
		options.Signer = signer(s.d.t, s.person+"-signature")
	}
	if s.encrypted {
		options.Encryption = &envelope.Encryption{
			Method: xmlenc.DefaultMethod(), KeyTransport: xmlenc.DefaultKeyTransport(),
			Certificate: certificate(s.d.t, "intermediary-cipher"),
		}
	}
	return sealed(s.d.t, draft, options)
}

// sealed are the octets of a draft; who names no languages desires English.
func sealed(t testing.TB, draft *envelope.Draft, o envelope.SealOptions) []byte {
	t.Helper()
	if draft.Languages == nil {
		draft.Languages = []string{"en"}
	}
	o.Rand = rand.Reader
	parcel, err := draft.Seal(o)
	check(t, err)
	var out bytes.Buffer
	_, err = parcel.WriteTo(&out)
	check(t, err)
	return out.Bytes()
}

func (s *talk) send(draft *envelope.Draft) reply {
	s.d.t.Helper()
	return s.d.raw(s.person, s.octets(draft))
}

// ask sends an order with the next ControlBlock, and follows the dialog.
func (s *talk) ask(order envelope.Order) reply {
	s.d.t.Helper()
	return s.follow(s.send(&envelope.Draft{Control: s.next, Order: order}))
}

func (s *talk) follow(r reply) reply {
	if r.fault == "" && s.next.ConversationID != "" {
		s.next.Response = r.m.Control.Challenge
		s.next.SequenceNumber++
	}
	return r
}

func (s *talk) own(role envelope.Role) envelope.Certificates {
	c := certificate(s.d.t, s.person+"-cipher")
	return envelope.Certificates{{Role: role, ID: envelope.CertificateID(role, 0, c), Certificate: c}}
}

// dial opens a dialog.
func (s *talk) dial() *talk {
	s.d.t.Helper()
	r := s.send(&envelope.Draft{
		Control:      envelope.ControlBlock{Challenge: "c0", SequenceNumber: envelope.NoSequence},
		Order:        envelope.InitDialog{},
		Certificates: s.own(envelope.CipherOriginator),
	}).want(s.d.t, "0801")
	s.last = r
	s.next = envelope.ControlBlock{
		Response: r.m.Control.Challenge, Challenge: "c1", ConversationID: r.m.Control.ConversationID,
	}
	return s
}

// getID asks for a message id.
func (s *talk) getID() string {
	s.d.t.Helper()
	draft := &envelope.Draft{Control: s.next, Order: envelope.GetMessageID{}}
	if s.encrypted && s.next.ConversationID == "" {
		draft.Certificates = s.own(envelope.CipherOriginator)
	}
	r := s.follow(s.send(draft))
	id := r.m.Order.(envelope.ResponseToGetMessageID).MessageID
	if id == "" {
		s.d.t.Fatalf("no id with %s", r.code())
	}
	return id
}

// letter is a store with a text as content.
func (s *talk) letter(id, addressee string) *envelope.Draft {
	s.d.t.Helper()
	writing := envelope.Writing{
		Texts: []envelope.Text{{Name: "text", Octets: []byte("Guten Tag")}},
		Files: []envelope.File{{Name: "annex.txt", ContentType: "text/plain", Freight: &memoryFile{octets: []byte("annex")}}},
	}
	composed, err := writing.Compose(envelope.ComposeOptions{Scratch: newMemoryFile, Rand: rand.Reader})
	check(s.d.t, err)
	to := certificate(s.d.t, addressee+"-cipher")
	subject := "a < b & ü"
	draft := &envelope.Draft{
		Control: s.next, Order: envelope.StoreDelivery{MessageID: id, Subject: &subject},
		CreationQuality: envelope.QualityPlain, ReceptionQuality: envelope.QualityPlain,
		Content: composed.Content, Attachments: composed.Attachments,
		Certificates: append(envelope.Certificates{
			{Role: envelope.CipherAddressee, ID: envelope.CertificateID(envelope.CipherAddressee, 0, to), Certificate: to},
		}, composed.Certificates...),
	}
	draft.Certificates = append(s.own(envelope.CipherOriginator), draft.Certificates...)
	return draft
}

// store sends a letter and demands that it was taken; it gives the id.
func (s *talk) store(addressee string) string {
	s.d.t.Helper()
	id := s.getID()
	want := envelope.Code("0800")
	if s.next.ConversationID != "" {
		want = "0801"
	}
	s.follow(s.send(s.letter(id, addressee))).want(s.d.t, want)
	return id
}

// refusals counts the log's lines about refusals with the code.
func (d *desk) refusals(code string) int {
	return strings.Count(d.log.String(), "code="+code)
}

var _ interface {
	Boxes
	Cards
	Dialogs
	Secrets
} = (*shelf)(nil)

// party tells whether a card is for somebody.
func party(d *envelope.Delivery, p mailbox.Party) (sent, received bool) {
	sent = p.Cipher != "" && mailbox.AddressOf(d.OriginatorCipher) == p.Cipher ||
		d.OriginatorCipher == nil && p.Signature != "" && d.OriginatorSignature.Fingerprint() == p.Signature
	return sent, p.Cipher != "" && mailbox.AddressOf(d.Addressee) == p.Cipher
}
