package interop

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"io"
	"regexp"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/signature"
)

// faulty are requests that get a fault, by its code.
func faulty(t testing.TB, post *office) map[envelope.Code][]byte {
	t.Helper()
	alice := post.wire("alice")
	request := alice.request(alice.encrypted())
	plain := alice.request(envelope.SealOptions{})
	unknown := alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) { e.Certificate = certificate(t, "bob-cipher") }))
	anonymous := alice.draft(envelope.GetMessageID{})
	anonymous.Certificates = nil
	stray := alice.draft(envelope.GetMessageID{})
	stray.Control.ConversationID, stray.Control.Response = "4711", "x"
	return map[envelope.Code][]byte{
		envelope.CodeMessageInvalid:      []byte("no letter"),
		envelope.CodeKeyUnknown:          unknown,
		envelope.CodeDecryptionFailed:    flipAt(request, len(request)-100),
		envelope.CodeRequestInvalid:      edit(t, plain, "soapGetMessageId.xsd", "soapExitDialog.xsd"),
		envelope.CodeDialogWrong:         alice.octets(stray, envelope.SealOptions{}),
		envelope.CodeClientCipherMissing: alice.octets(anonymous, alice.encrypted()),
	}
}

// faultsOf are the answers to them.
func faultsOf(t testing.TB, post *office) map[envelope.Code][]byte {
	t.Helper()
	answers := map[envelope.Code][]byte{}
	for code, octets := range faulty(t, post) {
		_, answers[code] = post.post(bytes.NewReader(octets))
	}
	return answers
}

// internal are faults that no request of ours leads to.
func internal(t testing.TB) map[envelope.Code][]byte {
	t.Helper()
	answers := map[envelope.Code][]byte{}
	for _, code := range []envelope.Code{envelope.CodeInternal, envelope.CodeClientCipherInternal} {
		parcel, err := envelope.NewFault(code, nil).Parcel(rand.Reader)
		check(t, err)
		var octets bytes.Buffer
		_, err = parcel.WriteTo(&octets)
		check(t, err)
		answers[code] = octets.Bytes()
	}
	return answers
}

// plainFault is how a fault has to look for both official libraries (§16).
var plainFault = regexp.MustCompile(`^<\?xml version="1.0" encoding="UTF-8"\?>\r\n\r\n<soap:Envelope( xmlns:(soap|osci)="[^"]*"){2}><soap:Body><soap:Fault>` +
	`<faultcode>soap:(Client|Server)</faultcode><faultstring>[^<]+</faultstring><detail><osci:Code>(\d{4})</osci:Code></detail></soap:Fault></soap:Body></soap:Envelope>$`)

// TestConformance144FaultsHaveTheFormOfTheLibraries has the form; the
// official client reads the same octets in TestJavaReadsOurFaults.
func TestConformance144FaultsHaveTheFormOfTheLibraries(t *testing.T) {
	post, _ := plainOffice(t)
	for code, octets := range faultsOf(t, post) {
		if strings.Contains(string(octets), "schemaLocation") {
			t.Errorf("%s has a schemaLocation", code)
		}
		_, parts := mimeOf(t, octets)
		match := plainFault.FindStringSubmatch(parts[0].body)
		if len(parts) != 1 || match == nil || envelope.Code(match[4]) != code {
			t.Errorf("%s:\n%s", code, parts[0].body)
		}
	}
}

func TestConformance145InternalFaultsAreTheServers(t *testing.T) {
	post, _ := plainOffice(t)
	for code, octets := range faultsOf(t, post) {
		wantParty(t, code, octets, "soap:Client")
	}
	for code, octets := range internal(t) {
		wantParty(t, code, octets, "soap:Server")
	}
	for _, code := range envelope.Codes() {
		if code.Fault() && code != envelope.CodeInternal && code != envelope.CodeClientCipherInternal {
			parcel, err := envelope.NewFault(code, nil).Parcel(rand.Reader)
			check(t, err)
			var octets bytes.Buffer
			_, err = parcel.WriteTo(&octets)
			check(t, err)
			wantParty(t, code, octets.Bytes(), "soap:Client")
		}
	}
	t.Run("bug", func(t *testing.T) {
		_, alice := plainOffice(t, func(o *officeOptions) {
			o.office.Signer = &signature.Signer{Key: broken{}, Certificate: certificate(t, "intermediary-signature")}
		})
		_, body := alice.post.post(bytes.NewReader(alice.request(alice.signed())))
		wantParty(t, envelope.CodeInternal, body, "soap:Server")
		if lines := alice.post.log.lines("impossible state"); len(lines) != 1 {
			t.Errorf("%d log lines about the bug", len(lines))
		}
	})
}

// broken is a key with a bug.
type broken struct{}

func (broken) Public() crypto.PublicKey { return nil }
func (broken) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("a bug, for the test")
}

func wantParty(t *testing.T, code envelope.Code, octets []byte, party string) {
	t.Helper()
	if have := faultCode(t, octets); have != code {
		t.Errorf("code %s, want %s", have, code)
	}
	if !strings.Contains(string(octets), "<faultcode>"+party+"</faultcode>") {
		t.Errorf("%s is not of %s", code, party)
	}
}

func TestConformance146TextsAreInTheDesiredLanguage(t *testing.T) {
	_, alice := plainOffice(t)
	for list, want := range map[string]string{
		"de": "de", "en": "en", "en-US": "en", "fr": "de", "fr en": "en", "en de": "en", "de en": "de", "DE-at en": "de",
	} {
		alice.languages = strings.Fields(list)
		for _, draft := range []*envelope.Draft{alice.draft(envelope.GetMessageID{}), alice.storeAs("fremd", "bob"), alice.draft(envelope.FetchDelivery{})} {
			a := alice.send(draft, envelope.SealOptions{})
			for _, entry := range a.feedback() {
				if entry.Language != want || entry.Text != entry.Code.Text(want) || entry.Text == "" {
					t.Errorf("%q: %+v", list, entry)
				}
			}
		}
	}
	alice.languages = []string{"en"} // of a fault, too, where the request could be read
	draft := alice.draft(envelope.GetMessageID{})
	draft.Control.ConversationID, draft.Control.Response = "4711", "x"
	_, body := alice.post.post(bytes.NewReader(alice.octets(draft, envelope.SealOptions{})))
	if !strings.Contains(string(body), ">"+envelope.CodeDialogWrong.Text("en")+"<") {
		t.Errorf("fault:\n%s", body)
	}
}

func TestConformance147FirstEntryIsTheResult(t *testing.T) {
	post, alice := plainOffice(t, func(o *officeOptions) { o.office.WarnUnchecked = true })
	wantEntries := func(a *answer, want ...envelope.Code) {
		t.Helper()
		var have []envelope.Code
		for _, entry := range a.feedback() {
			have = append(have, entry.Code)
		}
		if len(have) != len(want) {
			t.Fatalf("%s: entries %v, want %v", a.Kind, have, want)
		}
		for i := range want {
			if have[i] != want[i] {
				t.Errorf("%s: entries %v, want %v", a.Kind, have, want)
			}
		}
	}
	for range 2 { // 3707 is a warning beside the success
		wantEntries(alice.send(alice.store("bob"), envelope.SealOptions{}), envelope.CodeExecuted, envelope.CodeCertificatesUnchecked)
	}
	wantEntries(alice.send(alice.storeAs("fremd", "bob"), envelope.SealOptions{}), envelope.CodeMessageIDUnknown)
	bob := post.wire("bob")
	bob.dial(envelope.SealOptions{})
	wantEntries(bob.send(bob.draft(envelope.FetchDelivery{}), envelope.SealOptions{}), envelope.CodeDialogOpen, envelope.CodeMoreDeliveries)
	wantEntries(bob.send(bob.draft(envelope.FetchProcessCard{Limit: 1}), envelope.SealOptions{}), envelope.CodeDialogOpen, envelope.CodeMoreProcessCards)
	wantEntries(bob.send(bob.draft(envelope.FetchDelivery{Rule: byID("fremd")}), envelope.SealOptions{}), envelope.CodeNoDelivery)
	wantEntries(bob.send(bob.draft(envelope.ExitDialog{}), envelope.SealOptions{}), envelope.CodeExecuted)
}

var digits = regexp.MustCompile(`^\d+$`)

// TestConformance148ErrorsKeepTheMatrix holds the ControlBlock of refusals
// against dossier §6.2.
func TestConformance148ErrorsKeepTheMatrix(t *testing.T) {
	post, alice := plainOffice(t)
	bob := post.wire("bob")
	wantControl(t, alice.exchange(spoilt(t, alice, alice.draft(envelope.GetMessageID{}))), envelope.CodeSignatureWrong, 0, false)
	wantControl(t, alice.send(alice.storeAs("fremd", "bob"), envelope.SealOptions{}), envelope.CodeMessageIDUnknown, 0, false)
	wantControl(t, alice.exchange(spoilt(t, alice, alice.draft(envelope.InitDialog{}))), envelope.CodeSignatureWrong, envelope.NoSequence, true)
	for _, order := range []envelope.Order{envelope.FetchDelivery{}, envelope.FetchProcessCard{}, envelope.MediateDelivery{Receiver: "http://127.0.0.1:9/"}} {
		draft := alice.draft(order)
		if order.Kind() == envelope.KindMediateDelivery {
			draft.Content = alice.storeAs("x", "bob").Content
		}
		wantControl(t, alice.send(draft, envelope.SealOptions{}), envelope.CodeDialogRequired, 0, true)
	}
	wantControl(t, alice.send(alice.draft(envelope.ExitDialog{}), envelope.SealOptions{}), envelope.CodeDialogRequired, 0, false)
	bob.dial(envelope.SealOptions{})
	id := bob.dialog.ConversationID
	for sequence, want := range []envelope.Code{envelope.CodeNoDelivery, envelope.CodeSignatureWrong, envelope.CodeNoDelivery} {
		draft := bob.draft(envelope.FetchDelivery{})
		octets := bob.octets(draft, envelope.SealOptions{})
		if want == envelope.CodeSignatureWrong {
			octets = spoilt(t, bob, draft)
		}
		a := bob.exchange(octets)
		wantControl(t, a, want, sequence, true)
		if a.Control.ConversationID != id {
			t.Errorf("ConversationId %s, want %s", a.Control.ConversationID, id)
		}
	}
	wantControl(t, bob.exchange(spoilt(t, bob, bob.draft(envelope.ExitDialog{}))), envelope.CodeSignatureWrong, 3, false)
}

// spoilt is a draft with a wrong signature.
func spoilt(t *testing.T, w *wire, d *envelope.Draft) []byte {
	return flipBase64(t, w.octets(d, w.signed()), "<ds:SignatureValue>")
}

// wantControl demands what every response has, its number, and a Challenge
// or none.
func wantControl(t *testing.T, a *answer, code envelope.Code, sequence int, challenge bool) {
	t.Helper()
	c := a.Control
	if a.code() != code {
		t.Errorf("%s: code %s, want %s", a.Kind, a.code(), code)
	}
	if !strings.HasPrefix(c.Response, "from ") || !digits.MatchString(c.ConversationID) {
		t.Errorf("%s: Response %q, ConversationId %q", a.Kind, c.Response, c.ConversationID)
	}
	if c.SequenceNumber != sequence || (c.Challenge != "") != challenge {
		t.Errorf("%s: SequenceNumber %d, Challenge %q", a.Kind, c.SequenceNumber, c.Challenge)
	}
}
