package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/mailbox"
	"poststelle/signature"
)

// wire speaks to an office as one person, message by message and octet by
// octet: what client does well, wire can do wrong.
type wire struct {
	t    testing.TB
	post *office
	// name is the person's; its keys are NAME-cipher and NAME-signature.
	name   string
	cipher envelope.CipherKey
	// languages and features go into every draft.
	languages []string
	features  *envelope.Features
	// dialog is the ControlBlock of the next request in an explicit dialog;
	// nil outside of one.
	dialog *envelope.ControlBlock
}

// wire is a person in front of the office.
func (o *office) wire(name string) *wire {
	return &wire{t: o.t, post: o, name: name, cipher: cipherKey(o.t, name+"-cipher"), languages: []string{"de"}}
}

// in is the same person in a subtest: failures are the subtest's.
func (w *wire) in(t testing.TB) *wire {
	again := *w
	again.t = t
	return &again
}

// draft is a request as it should be, in the running dialog or by itself.
func (w *wire) draft(order envelope.Order) *envelope.Draft {
	d := &envelope.Draft{
		Control: envelope.ControlBlock{Challenge: "from " + w.name}, Order: order,
		Languages: w.languages, Features: w.features,
	}
	if w.dialog != nil {
		d.Control = *w.dialog
	}
	switch order.Kind() {
	case envelope.KindInitDialog:
		d.Control = envelope.ControlBlock{Challenge: "from " + w.name, SequenceNumber: envelope.NoSequence}
		d.Certificates = w.certificates(envelope.CipherOriginator, w.cipher.Certificate)
	case envelope.KindGetMessageID, envelope.KindStoreDelivery:
		if w.dialog == nil {
			d.Certificates = w.certificates(envelope.CipherOriginator, w.cipher.Certificate)
		}
	}
	return d
}

func (w *wire) certificates(role envelope.Role, c *signature.Certificate) envelope.Certificates {
	return envelope.Certificates{{Role: role, ID: envelope.CertificateID(role, 0, c), Certificate: c}}
}

// store is a storeDelivery to the addressee with a fresh id and the files in
// the clear.
func (w *wire) store(to string, files ...envelope.File) *envelope.Draft {
	w.t.Helper()
	return w.storeAs(w.messageID(), to, files...)
}

// storeAs is store with an id of the caller's choice.
func (w *wire) storeAs(id, to string, files ...envelope.File) *envelope.Draft {
	w.t.Helper()
	subject := "Bauantrag"
	d := w.draft(envelope.StoreDelivery{MessageID: id, Subject: &subject})
	d.Certificates = append(d.Certificates, w.certificates(envelope.CipherAddressee, certificate(w.t, to+"-cipher"))...)
	d.CreationQuality, d.ReceptionQuality = envelope.QualityPlain, envelope.QualityPlain
	writing := envelope.Writing{Texts: []envelope.Text{{Name: "brief", Octets: []byte("Guten Tag")}}, Files: files}
	composed, err := writing.Compose(envelope.ComposeOptions{Scratch: scratch(w.post.spool), Rand: rand.Reader})
	check(w.t, err)
	w.t.Cleanup(func() { composed.Close() })
	d.Content, d.Attachments = composed.Content, composed.Attachments
	d.Certificates = append(d.Certificates, composed.Certificates...)
	return d
}

// messageID gets an id in a request by itself.
func (w *wire) messageID() string {
	w.t.Helper()
	alone := *w
	alone.dialog = nil
	answer := alone.send(alone.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	id := answer.Order.(envelope.ResponseToGetMessageID).MessageID
	if id == "" {
		w.t.Fatalf("no message id: %s", answer.code())
	}
	return id
}

// signed makes a request signed by the person.
func (w *wire) signed() envelope.SealOptions {
	return envelope.SealOptions{Signer: signer(w.t, w.name+"-signature")}
}

// encrypted encrypts a request for the office as current clients do.
func (w *wire) encrypted() envelope.SealOptions {
	return envelope.SealOptions{Encryption: &envelope.Encryption{
		Method: xmlenc.DefaultMethod(), KeyTransport: xmlenc.DefaultKeyTransport(),
		Certificate: certificate(w.t, "intermediary-cipher"),
	}}
}

// sealing completes options.
func sealing(o envelope.SealOptions) envelope.SealOptions {
	o.Rand = rand.Reader
	return o
}

// octets seals a draft.
func (w *wire) octets(d *envelope.Draft, o envelope.SealOptions) []byte {
	w.t.Helper()
	parcel, err := d.Seal(sealing(o))
	check(w.t, err)
	defer parcel.Close()
	var octets bytes.Buffer
	_, err = parcel.WriteTo(&octets)
	check(w.t, err)
	return octets.Bytes()
}

// answer is what came back: opened, and as octets.
type answer struct {
	*envelope.Message
	http *http.Response
	// octets are the HTTP body; plain is the same where it is not encrypted.
	octets, plain []byte
}

// send seals, posts and opens; in a dialog it moves on. The answer must not
// be a fault.
func (w *wire) send(d *envelope.Draft, o envelope.SealOptions) *answer {
	w.t.Helper()
	return w.exchange(w.octets(d, o))
}

// exchange is send for octets.
func (w *wire) exchange(octets []byte) *answer {
	w.t.Helper()
	response, body := w.post.post(bytes.NewReader(octets))
	a := w.open(body)
	a.http = response
	if w.dialog != nil {
		w.dialog.Response = a.Control.Challenge
		w.dialog.SequenceNumber++
	}
	return a
}

// code sends octets that may get a fault and gives the code, of the fault or
// of the order's feedback.
func (w *wire) code(octets []byte) envelope.Code {
	w.t.Helper()
	_, body := w.post.post(bytes.NewReader(octets))
	if bytes.Contains(body, []byte("<soap:Fault>")) {
		return faultCode(w.t, body)
	}
	return w.open(body).code()
}

// demand sends octets and demands the code.
func (w *wire) demand(octets []byte, want ...envelope.Code) {
	w.t.Helper()
	have := w.code(octets)
	for _, one := range want {
		if have == one {
			return
		}
	}
	w.t.Errorf("code %s, want %v", have, want)
}

// dial opens an explicit dialog.
func (w *wire) dial(o envelope.SealOptions) *answer {
	w.t.Helper()
	a := w.send(w.draft(envelope.InitDialog{}), o)
	if a.code() != envelope.CodeDialogOpen {
		w.t.Fatalf("no dialog: %s", a.code())
	}
	w.dialog = &envelope.ControlBlock{
		ConversationID: a.Control.ConversationID, Response: a.Control.Challenge, Challenge: "from " + w.name,
	}
	return a
}

// open opens an answer with the person's key; whatever we can read is let in.
func (w *wire) open(octets []byte) *answer {
	w.t.Helper()
	var all officeOptions
	lenient(&all)
	opener := envelope.Opener{
		Keys: []envelope.CipherKey{w.cipher}, Scratch: scratch(w.post.spool),
		Encryption: all.office.Encryption, Now: time.Now, Rand: rand.Reader,
	}
	file, err := w.post.spool.New()
	check(w.t, err)
	_, err = file.Write(octets)
	check(w.t, err)
	m, err := opener.Open(context.Background(), envelope.Sealed{Body: file})
	if err != nil {
		var fault *envelope.Fault
		if errors.As(err, &fault) {
			w.t.Fatalf("fault %s: %s", fault.Code, fault.Text)
		}
		w.t.Fatalf("opening the answer: %v\n%.3000s", err, octets)
	}
	w.t.Cleanup(func() { m.Close() })
	if _, answered := envelope.FeedbackOf(m.Order); !answered {
		w.t.Fatalf("answered with %s", m.Kind)
	}
	return &answer{Message: m, octets: octets, plain: contentOf(w.t, m.Plain)}
}

// feedback is the Feedback of any order that answers.
func (a *answer) feedback() envelope.Feedback {
	feedback, _ := envelope.FeedbackOf(a.Order)
	return feedback
}

func (a *answer) code() envelope.Code { return a.feedback().Decisive() }

// xml is the control part of the answer, decrypted.
func (a *answer) xml() string { return controlPart(string(a.plain)) }

// controlPart is the XML of a message's root part.
func controlPart(message string) string {
	_, rest, _ := strings.Cut(message, "<?xml")
	xml, _, _ := strings.Cut(rest, "</soap:Envelope>")
	return "<?xml" + xml + "</soap:Envelope>"
}

// boundaryOf is the boundary that a message of ours declares.
func boundaryOf(octets []byte) string {
	_, rest, _ := strings.Cut(string(octets), "boundary=")
	boundary, _, _ := strings.Cut(rest, ";")
	return boundary
}

// edit replaces one text by another, which has to be there.
func edit(t testing.TB, octets []byte, old, by string) []byte {
	t.Helper()
	if !bytes.Contains(octets, []byte(old)) {
		t.Fatalf("%q is not in\n%.6000s", old, octets)
	}
	return bytes.Replace(octets, []byte(old), []byte(by), 1)
}

// textFile is a file with the octets.
func textFile(name, octets string) envelope.File {
	return envelope.File{Name: name, ContentType: "application/octet-stream", Freight: memory(octets)}
}

// memory is freight in memory.
type memory string

func (m memory) Size() int64                  { return int64(len(m)) }
func (m memory) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(m))), nil }

func contentOf(t testing.TB, f envelope.Freight) []byte {
	t.Helper()
	r, err := f.Open()
	check(t, err)
	defer r.Close()
	octets, err := io.ReadAll(r)
	check(t, err)
	return octets
}

// delivery takes the delivery with the id out of the person's box.
func (o *office) delivery(t testing.TB, name, id string) *envelope.Delivery {
	t.Helper()
	d, err := o.store.Take(context.Background(), mailbox.AddressOf(certificate(t, name+"-cipher")), id)
	check(t, err)
	return d
}

// wantPart demands that a delivery has the part with the octets.
func wantPart(t testing.TB, d *envelope.Delivery, name, octets string) {
	t.Helper()
	for _, a := range d.Attachments {
		if a.ContentID != name {
			continue
		}
		if have := string(contentOf(t, a.Freight)); have != octets {
			t.Errorf("part %s has %d octets %.200q, want %d %.200q", name, len(have), have, len(octets), octets)
		}
		if a.SHA256 != sha256.Sum256([]byte(octets)) {
			t.Errorf("part %s has the wrong digest", name)
		}
		return
	}
	t.Errorf("no part %s among %d", name, len(d.Attachments))
}

// deliveries counts what lies in the person's box.
func (o *office) deliveries(t testing.TB, name string) int {
	t.Helper()
	address := mailbox.AddressOf(certificate(t, name+"-cipher"))
	cards, _, err := o.store.Cards(context.Background(), mailbox.CardQuery{Party: mailbox.Party{Cipher: address}, Limit: 1000})
	if err != nil && !errors.Is(err, mailbox.ErrNoCard) {
		t.Fatal(err)
	}
	return len(cards)
}

// storeID is the message id of a draft.
func storeID(d *envelope.Draft) string { return d.Order.(envelope.StoreDelivery).MessageID }

// rawHTTP posts octets in chunks of seven octets over a connection of its own
// and gives the body of the answer.
func rawHTTP(t testing.TB, post *office, octets []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(post.url, "http://"), "/"))
	check(t, err)
	defer conn.Close()
	w := bufio.NewWriter(conn)
	fmt.Fprint(w, "POST / HTTP/1.1\r\nHost: poststelle\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
	for len(octets) > 0 {
		n := min(7, len(octets))
		fmt.Fprintf(w, "%x\r\n%s\r\n", n, octets[:n])
		octets = octets[n:]
	}
	fmt.Fprint(w, "0\r\n\r\n")
	check(t, w.Flush())
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return body
}
