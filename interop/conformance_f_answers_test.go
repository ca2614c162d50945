package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"testing"

	"poststelle/envelope"
)

// onSigned runs a test of every signed answer.
func onSigned(t *testing.T, test func(*testing.T, *answer)) {
	t.Helper()
	post, _ := plainOffice(t)
	for _, one := range tour(t, post, func(w *wire) envelope.SealOptions { return w.signed() }) {
		if one.answer == nil {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			if one.answer.Signature == nil {
				t.Fatal("the answer is not signed")
			}
			test(t, one.answer)
		})
	}
}

func TestConformance088AnswersAreSignedWhole(t *testing.T) {
	covered := map[string]bool{}
	onSigned(t, func(t *testing.T, a *answer) {
		var want []string
		for _, n := range parse(t, a.plain).Root.Child(envelope.NSSOAP, "Header").Elements() {
			if !n.Is(envelope.NSOSCI, "SupplierSignature") {
				id, _ := n.Attr("", "Id")
				want = append(want, "#"+id)
				covered[n.Local] = true
			}
		}
		id, _ := parse(t, a.plain).Root.Child(envelope.NSSOAP, "Body").Attr("", "Id")
		want = append(want, "#"+id)
		_, parts := mimeOf(t, a.octets)
		for _, part := range parts[1:] {
			want = append(want, "cid:"+strings.Trim(part.field("Content-ID"), "<>"))
			covered["attachment"] = true
		}
		have := referencesOf(a.plain)
		sort.Strings(want)
		sort.Strings(have)
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("signed are %v, want %v", have, want)
		}
	})
	for _, name := range []string{
		"ControlBlock", "responseToFetchDelivery", "IntermediaryCertificates", "NonIntermediaryCertificates", "FeatureDescription", "Fach", "attachment",
	} {
		if !covered[name] {
			t.Errorf("no answer had a %s", name)
		}
	}
}

// TestConformance089AnswersVerify checks the value with the standard library
// alone; the official client does so in TestJavaVerifiesOurSignatures.
func TestConformance089AnswersVerify(t *testing.T) {
	office := certificate(t, "intermediary-signature")
	onSigned(t, func(t *testing.T, a *answer) {
		if !a.Signature.Complete() || !a.Signature.Certificate.Equal(office) {
			t.Errorf("not valid and complete: %v, unsigned %v", a.Signature.Err, a.Signature.Uncovered)
		}
		digest := sha256.Sum256(ownSignedInfo(a))
		if err := rsa.VerifyPKCS1v15(office.PublicKey().(*rsa.PublicKey), crypto.SHA256, digest[:], valueOf(t, a.plain)); err != nil {
			t.Errorf("signature value: %v", err)
		}
	})
}

// ownSignedInfo is the canonical SignedInfo made without our canonicaliser:
// it is canonical as it stands but for the declarations that it inherits.
func ownSignedInfo(a *answer) []byte {
	_, rest, _ := strings.Cut(a.xml(), "<ds:SignedInfo>")
	info, _, _ := strings.Cut(rest, signedInfoEnd)
	return []byte("<ds:SignedInfo " + ns5 + ">" + info + signedInfoEnd)
}

func TestConformance090KeyInfoIsOneRetrievalMethod(t *testing.T) {
	onSigned(t, func(t *testing.T, a *answer) {
		signing := a.Certificates.First(envelope.SignatureIntermediary)
		if signing == nil {
			t.Fatal("no certificate of ours")
		}
		want := `<ds:KeyInfo><ds:RetrievalMethod URI="#` + signing.ID + `"></ds:RetrievalMethod></ds:KeyInfo></ds:Signature></osci:SupplierSignature>`
		if _, rest, _ := strings.Cut(a.xml(), "</ds:SignatureValue>"); !strings.HasPrefix(rest, want) {
			t.Errorf("%.300s\nwant\n%s", rest, want)
		}
	})
}

func TestConformance091AnswersHaveNoCipherCertificateOfOurs(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.answer == nil {
			return
		}
		if strings.Contains(s.answer.xml(), "CipherCertificateIntermediary") {
			t.Error("there is a CipherCertificateIntermediary")
		}
		n := strings.Count(s.answer.xml(), "<osci:SignatureCertificateIntermediary")
		if want := map[bool]int{true: 1}[s.answer.Signature != nil]; n != want {
			t.Errorf("%d signature certificates, want %d", n, want)
		}
	})
}

func TestConformance092ECDSAValuesAreRaw(t *testing.T) {
	key := "alice-signature-ec"
	_, alice := plainOffice(t, func(o *officeOptions) { o.office.Signer = signer(t, key) })
	for range 20 { // a DER value, or one without leading zeros, has another length sooner or later
		a := alice.send(alice.draft(envelope.GetMessageID{}), alice.signed())
		value := valueOf(t, a.plain)
		if len(value) != 64 {
			t.Fatalf("value has %d octets", len(value))
		}
		digest := sha256.Sum256(ownSignedInfo(a))
		r, s := new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:])
		if !ecdsa.Verify(certificate(t, key).PublicKey().(*ecdsa.PublicKey), digest[:], r, s) {
			t.Error("r and s are wrong")
		}
	}
}

// TestConformance093AttachmentDigestsAreOfDecodedOctets sends a signed raw
// part as base64, which changes nothing, and signs encoded octets, which is
// wrong. Our own answers do the same.
func TestConformance093AttachmentDigestsAreOfDecodedOctets(t *testing.T) {
	const part = "Inhalt"
	text := base64.StdEncoding.EncodeToString([]byte(part))
	_, alice := plainOffice(t)
	asBase64 := encoded("base64", "Content-Transfer-Encoding: base64\r\n", "\r\n\r\n"+part, "\r\n\r\n"+text)
	wrong := asBase64.change(t, alice.octets(alice.store("bob", textFile("teil.bin", part)), alice.signed()))
	digest := sha256.Sum256([]byte(text))
	wrong = withReference(t, withoutReference(t, wrong, "cid:teil.bin"), "cid:teil.bin", digest[:])
	wrong = resign(t, alice, wrong, func(info string) string { // attachments have no transforms
		before, rest, _ := strings.Cut(info, `<ds:Reference URI="cid:teil.bin"><ds:Transforms>`)
		_, after, _ := strings.Cut(rest, "</ds:Transforms>")
		return before + `<ds:Reference URI="cid:teil.bin">` + after
	})
	alice.demand(wrong, envelope.CodeSignatureWrong)
	store := alice.store("bob", textFile("teil.bin", part))
	alice.demand(asBase64.change(t, alice.octets(store, alice.signed())), envelope.CodeExecuted)
	bob := alice.post.wire("bob")
	bob.dial(bob.signed())
	fetched := bob.send(bob.draft(envelope.FetchDelivery{}), bob.signed())
	sum := sha256.Sum256([]byte(part))
	if !strings.Contains(fetched.xml(), `<ds:Reference URI="cid:teil.bin"><ds:DigestMethod Algorithm="`+"http://www.w3.org/2001/04/xmlenc#sha256"+`"></ds:DigestMethod><ds:DigestValue>`+base64.StdEncoding.EncodeToString(sum[:])) {
		t.Error("our digest is not over the decoded octets")
	}
	if !strings.Contains(string(fetched.octets), "\r\n\r\n"+text) {
		t.Error("the part did not travel as base64 again")
	}
}
