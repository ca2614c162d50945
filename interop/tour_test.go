package interop

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/signature/xmltree"
)

// stop is one answer of a tour.
type stop struct {
	name string
	http *http.Response
	// layers are the MIME messages of the answer: as it came and, if that was
	// encrypted, what was inside.
	layers [][]byte
	// answer is nil for a fault.
	answer *answer
}

// protection makes seal options for a person.
type protection func(*wire) envelope.SealOptions

func unprotected(*wire) envelope.SealOptions { return envelope.SealOptions{} }

func signedAndEncrypted(w *wire) envelope.SealOptions {
	return envelope.SealOptions{Signer: w.signed().Signer, Encryption: w.encrypted().Encryption}
}

// awkward is content that tempts a careless writer: line ends, delimiters, a
// NUL and octets that are no text.
const awkward = "a\r\n--MIME_boundary_\r\n\x00\xff--\r\n"

// tour gets one answer of every sort: of each kind that the office offers,
// with and without content, good and bad, and faults.
func tour(t testing.TB, post *office, protect protection) []stop {
	t.Helper()
	var stops []stop
	visit := func(w *wire, name string, d *envelope.Draft) {
		t.Helper()
		a := w.send(d, protect(w))
		layers := [][]byte{a.octets}
		if a.Encryption != nil {
			layers = append(layers, a.plain)
		}
		stops = append(stops, stop{name, a.http, layers, a})
	}
	alice, bob := post.wire("alice"), post.wire("bob")
	alice.features = &envelope.Features{Supported: []envelope.Feature{{Key: envelope.FeatureGCM, Version: "1.7.0"}}}
	bob.features = alice.features
	visit(alice, "message id", alice.draft(envelope.GetMessageID{}))
	for range 2 {
		store := alice.store("bob", textFile("eins.bin", awkward), textFile("zwei.bin", ""))
		store.Custom = []envelope.Fragment{customHeader()}
		subject := "<Müller & \"Söhne\">\r\n'€'\t]]>"
		store.Order = envelope.StoreDelivery{MessageID: storeID(store), Subject: &subject}
		visit(alice, "store", store)
	}
	visit(alice, "refused store", alice.storeAs("fremd", "bob"))
	bob.dial(protect(bob))
	visit(bob, "fetch", bob.draft(envelope.FetchDelivery{}))
	visit(bob, "cards", bob.draft(envelope.FetchProcessCard{Limit: 1}))
	visit(bob, "fetch of nothing", bob.draft(envelope.FetchDelivery{Rule: byID("gibt es nicht")}))
	visit(bob, "exit", bob.draft(envelope.ExitDialog{}))
	if protect(alice).Encryption == nil { // it has no cipher certificate to answer for
		visit(alice, "fetch without dialog", alice.draft(envelope.FetchDelivery{}))
	}
	dialog := bob.dialog
	bob.dialog = nil
	visit(bob, "init", bob.draft(envelope.InitDialog{}))
	bob.dialog = dialog
	for name, octets := range map[string][]byte{
		"fault 9100": []byte("no letter"),
		"fault 9400": bob.octets(bob.draft(envelope.FetchDelivery{}), protect(bob)),
	} {
		response, body := post.post(bytes.NewReader(octets))
		faultCode(t, body)
		stops = append(stops, stop{name, response, [][]byte{body}, nil})
	}
	return stops
}

// customHeader is a header block that the standard does not know, written by
// somebody who declares what the libraries declare.
func customHeader() envelope.Fragment {
	return envelope.Fragment{
		Space: "urn:example:fach", Local: "Fach", IDs: []string{"fach"},
		Octets: []byte(`<x:Fach xmlns:x="urn:example:fach" Id="fach">wert</x:Fach>`),
		Scope: []xmltree.Namespace{
			{Prefix: "ds", URI: envelope.NSDSig}, {Prefix: "osci", URI: envelope.NSOSCI}, {Prefix: "soap", URI: envelope.NSSOAP},
			{Prefix: "xenc", URI: envelope.NSXEnc}, {Prefix: "xsi", URI: envelope.NSXSI},
		},
	}
}

func byID(id string) *envelope.SelectionRule {
	return &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{id}}
}

// onTour runs a test of every answer of a plain and of a protected tour.
func onTour(t *testing.T, test func(*testing.T, stop)) {
	t.Helper()
	post, _ := plainOffice(t)
	for name, protect := range map[string]protection{"plain": unprotected, "protected": signedAndEncrypted} {
		for _, one := range tour(t, post, protect) {
			t.Run(name+" "+one.name, func(t *testing.T) { test(t, one) })
		}
	}
}

// mimeOf takes a message apart the way the strictest client does: it knows
// CRLF only and gives header and parts as they are.
func mimeOf(t *testing.T, octets []byte) (head string, parts []mimePart) {
	t.Helper()
	head, rest, found := strings.Cut(string(octets), "\r\n\r\n")
	_, boundary, named := strings.Cut(head, "; boundary=")
	boundary, _, _ = strings.Cut(boundary, ";")
	if !found || !named || boundary == "" {
		t.Fatalf("no MIME header: %.200q", octets)
	}
	closed, after, found := strings.Cut(rest, "\r\n--"+boundary+"--")
	if !found || after != "\r\n" {
		t.Fatalf("after the closing delimiter: %q", after)
	}
	pieces := strings.Split("\r\n"+closed, "\r\n--"+boundary+"\r\n")
	if pieces[0] != "" {
		t.Errorf("before the first delimiter: %q", pieces[0])
	}
	for _, piece := range pieces[1:] {
		partHead, body, found := strings.Cut(piece, "\r\n\r\n")
		if !found {
			t.Fatalf("part without a header: %.200q", piece)
		}
		parts = append(parts, mimePart{partHead, body})
	}
	return head, parts
}

type mimePart struct{ head, body string }

// field is a header field's value; its name is compared as it is written.
func (p mimePart) field(name string) string {
	for _, line := range strings.Split(p.head, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return value
		}
	}
	return ""
}

// parse reads the control part of a layer.
func parse(t testing.TB, layer []byte) *xmltree.Document {
	t.Helper()
	doc, err := xmltree.Parse([]byte(controlPart(string(layer))), xmltree.DefaultLimits())
	check(t, err)
	return doc
}
