package envelope

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poststelle/signature/xmltree"
)

// handedOn is the answer in which an office hands a letter on.
func handedOn(m *Message) *Draft {
	return &Draft{
		Control:          ControlBlock{Response: "r", Challenge: "c", ConversationID: "1", SequenceNumber: 0},
		Order:            ResponseToFetchDelivery{Feedback: Feedback{NewEntry("0801", nil)}},
		CertificateBlock: m.CertificateBlock, Custom: m.Custom, Content: m.Content, Attachments: m.Attachments,
	}
}

// TestEveryLetterIsHandedOnUnchanged stores and fetches every recorded letter
// that has content: the recipient gets the same octets in the same scope, and
// what the office signed is complete.
func TestEveryLetterIsHandedOnUnchanged(t *testing.T) {
	o := testOpener(t)
	signer := signerNamed(t, "intermediary-signature", "", "")
	for _, f := range recordingFacts(t) {
		if f["type"] != "storeDelivery" && f["type"] != "forwardDelivery" {
			continue
		}
		t.Run(f["name"], func(t *testing.T) {
			m := openRecording(t, o, f["name"])
			defer m.Close()
			got := openOctets(t, o, sealDraft(t, handedOn(m), SealOptions{Signer: signer}))
			checkHandedOn(t, m, got, nil)
		})
	}
}

// checkHandedOn compares what was handed on; extra are declarations that the
// answer cannot do without.
func checkHandedOn(t *testing.T, want, got *Message, extra []xmltree.Namespace) {
	t.Helper()
	if !got.Signature.Complete() {
		t.Errorf("not complete: %v %+v %v", got.Signature.Err, got.Signature.Report, got.Signature.Uncovered)
	}
	a := append([]Fragment{*want.Content, *want.CertificateBlock}, want.Custom...)
	b := append([]Fragment{*got.Content, *got.CertificateBlock}, got.Custom...)
	if len(a) != len(b) {
		t.Fatalf("%d fragments became %d", len(a), len(b))
	}
	for i := range a {
		if !bytes.Equal(a[i].Octets, b[i].Octets) {
			t.Errorf("%s has other octets", a[i].Local)
		}
		scope := a[i].Scope
		for _, ns := range extra {
			if !slices.Contains(scope, ns) {
				scope = union(scope, []xmltree.Namespace{ns})
			}
		}
		if diff := cmp.Diff(scope, b[i].Scope); diff != "" {
			t.Errorf("%s stands in another scope: -want +got\n%s", a[i].Local, diff)
		}
	}
	if diff := cmp.Diff(looksOf(t, want).Attachments, looksOf(t, got).Attachments); diff != "" {
		t.Errorf("attachments -want +got\n%s", diff)
	}
}

// foreignLetter is written by hand as another implementation might: own
// prefixes, declarations in all places, a default namespace.
func foreignLetter(t testing.TB, envelope, header, body, custom, content string) []byte {
	t.Helper()
	certificate := func(role Role, id string) string {
		w := &writer{}
		encodeCertificates(w, Certificates{{Role: role, ID: id, Certificate: loadPeople(t)[roleOwners[role]]}}, role, role)
		return strings.NewReplacer("<osci:", "<o:", "</osci:", "</o:", "<ds:", "<d:", "</ds:", "</d:").Replace(string(w.buf))
	}
	root := `<S:Envelope xmlns:S="` + NSSOAP + `" xmlns:o="` + NSOSCI + `" ` + envelope + `><S:Header ` + header + `>` +
		`<o:ControlBlock SequenceNumber="0" Id="a"><o:Challenge>x</o:Challenge></o:ControlBlock>` +
		`<o:DesiredLanguages Id="b" LanguagesList="de"/>` +
		`<o:QualityOfTimestamp Id="c1" Quality="plain" Service="creation"/><o:QualityOfTimestamp Id="c2" Quality="plain" Service="reception"/>` +
		custom + `<o:storeDelivery Id="e"><o:MessageId>YQ==</o:MessageId></o:storeDelivery>` +
		`<o:NonIntermediaryCertificates Id="f" xmlns:d="` + NSDSig + `">` + certificate(CipherAddressee, "g") + `</o:NonIntermediaryCertificates>` +
		`</S:Header><S:Body Id="h" ` + body + `>` + content + `</S:Body></S:Envelope>`
	return []byte("Content-Type: multipart/related; boundary=\"x=y\"; type=\"text/xml\"\r\n\r\n--x=y\r\nContent-Type: text/xml\r\nContent-ID: <r>\r\n\r\n" + root + "\r\n--x=y--\r\n")
}

// TestForeignScopesStay: declarations in force around what is handed on are
// part of what was signed. No more, no fewer, but for the two that every
// answer needs on its Envelope.
func TestForeignScopesStay(t *testing.T) {
	o := testOpener(t)
	signer := signerNamed(t, "intermediary-signature", "", "")
	needed := []xmltree.Namespace{{Prefix: "soap", URI: NSSOAP}, {Prefix: "xsi", URI: NSXSI}}
	const content = `<o:ContentPackage><o:ContentContainer Id="k"/></o:ContentPackage>`
	for name, c := range map[string][4]string{
		"own prefixes":                    {},
		"declared on the Header only":     {"", `xmlns:xenc="` + NSXEnc + `" xmlns:a="urn:a"`, "", `<a:Akte Id="d" xenc:x="1"/>`},
		"declared on the Body only":       {"", "", `xmlns:xenc="` + NSXEnc + `" xmlns:b="urn:b"`, `<a:Akte xmlns:a="urn:a" Id="d"/>`},
		"default namespace":               {`xmlns="urn:default"`, "", "", `<Akte Id="d"/>`},
		"default namespace in the Header": {"", `xmlns="urn:default"`, "", `<Akte Id="d"/>`},
		"all of the libraries' prefixes": {
			`xmlns:ds="` + NSDSig + `" xmlns:osci="` + NSOSCI + `" xmlns:soap="` + NSSOAP + `" xmlns:xenc="` + NSXEnc + `" xmlns:xsi="` + NSXSI + `"`, "", "", "",
		},
		"2017 prefix": {`xmlns:osci2017="` + NSOSCI2017 + `"`, "", "", `<a:Akte xmlns:a="urn:a" Id="d"/>`},
	} {
		t.Run(name, func(t *testing.T) {
			m := openOctets(t, o, foreignLetter(t, c[0], c[1], c[2], c[3], content))
			octets := sealDraft(t, handedOn(m), SealOptions{Signer: signer})
			got := openOctets(t, o, octets)
			checkHandedOn(t, m, got, needed)
		})
	}
}

// TestForeignPrefixesInConflictAreRefused: our own blocks could not stand
// beside such content.
func TestForeignPrefixesInConflictAreRefused(t *testing.T) {
	o := testOpener(t)
	const content = `<o:ContentPackage/>`
	var many strings.Builder
	for i := range maxScope {
		fmt.Fprintf(&many, ` xmlns:p%d="urn:p"`, i)
	}
	for name, envelope := range map[string]string{
		"ds is something else":       `xmlns:ds="urn:other"`,
		"osci2017 is something else": `xmlns:osci2017="urn:other"`,
		"too many":                   many.String(),
	} {
		t.Run(name, func(t *testing.T) {
			if err := openError(t, o, foreignLetter(t, envelope, "", "", "", content)); !isStructure(err) {
				t.Error(err)
			}
		})
	}
}

// TestOwnIdsStepAside: a sender who knows our Ids must not be able to write a
// letter that nobody can fetch any more (items 29 and 115).
func TestOwnIdsStepAside(t *testing.T) {
	o := testOpener(t)
	signer := signerNamed(t, "intermediary-signature", "", "")
	ids := []string{
		"controlblock", "suppliersignature", "responsetofetchdelivery", "intermediarycertificates", "featuredescription", "body", "body-2",
		CertificateID(SignatureIntermediary, 0, signer.Certificate),
	}
	inside := ""
	for _, id := range ids {
		inside += `<o:ContentContainer Id="` + id + `"/>`
	}
	m := openOctets(t, o, foreignLetter(t, "", "", "", `<a:Akte xmlns:a="urn:a" Id="nonintermediarycertificates"/>`, `<o:ContentPackage>`+inside+`</o:ContentPackage>`))
	d := handedOn(m)
	d.Features = &Features{Supported: []Feature{{FeatureGCM, "1"}}}
	got := openOctets(t, o, sealDraft(t, d, SealOptions{Signer: signer}))
	checkHandedOn(t, m, got, []xmltree.Namespace{{Prefix: "soap", URI: NSSOAP}, {Prefix: "xsi", URI: NSXSI}})
}
