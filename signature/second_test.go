package signature_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsiglib "github.com/russellhaering/goxmldsig"

	"poststelle/signature"
)

// secondOpinion verifies one enveloped signature of the root with another
// library, for the class in which it is right (dependencies, B2).
func secondOpinion(t *testing.T, text string, c *x509.Certificate) bool {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return false
	}
	v := dsiglib.NewDefaultValidationContext(&dsiglib.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
	v.IdAttribute = "Id"
	v.Clock = dsiglib.NewFakeClockAt(today)
	_, err := v.Validate(doc.Root())
	return err == nil
}

func TestSecondVerifierAgrees(t *testing.T) {
	key := rsaKey(t, 2048)
	s := signer(t, key)
	text := assemble(t, key, crypto.SHA256, more+"rsa-sha256", xenc+"sha256")
	text = change(t, text, "</ds:Signature>", "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"+
		base64.StdEncoding.EncodeToString(s.Certificate.Raw)+"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>")
	copies := map[string]string{"good": text}
	// One copy for each octet of the digest, the value and the signed text. The
	// last character before padding holds bits that mean nothing: there the
	// second library is lax and ours is not (TestVerifyRefusesIdleBits).
	for _, marks := range [][2]string{{"<ds:DigestValue>", "</ds:DigestValue>"}, {"<ds:SignatureValue>", "</ds:SignatureValue>"}, {"<a>", "</a>"}} {
		inside := between(t, text, marks[0], marks[1])
		whole := strings.TrimRight(inside, "=")
		if whole != inside {
			whole = whole[:len(whole)-1]
		}
		for i := range whole {
			changed := inside[:i] + flip(inside[i:])
			copies[marks[0]+changed] = change(t, text, marks[0]+inside, marks[0]+changed)
		}
	}
	accepted := 0
	for name, text := range copies {
		r, err := verifyRoot(t, text, options(s))
		ours := err == nil && r.Valid()
		if ours {
			accepted++
		}
		if theirs := secondOpinion(t, text, s.Certificate.X509); ours != theirs {
			t.Errorf("%.60s: ours %v (%v), second %v", name, ours, err, theirs)
		}
	}
	if accepted != 1 {
		t.Errorf("%d of %d copies were accepted", accepted, len(copies))
	}
}

// TestVerifyRefusesIdleBits: two texts of one value would be two letters with
// one signature.
func TestVerifyRefusesIdleBits(t *testing.T) {
	key := rsaKey(t, 2048)
	s := signer(t, key)
	text := assemble(t, key, crypto.SHA256, more+"rsa-sha256", xenc+"sha256")
	value := between(t, text, "<ds:SignatureValue>", "</ds:SignatureValue>")
	last := strings.TrimRight(value, "=")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	next := alphabet[strings.IndexByte(alphabet, last[len(last)-1])+1]
	idle := last[:len(last)-1] + string(next) + value[len(last):]
	if r, err := verifyRoot(t, change(t, text, value, idle), options(s)); err == nil && r.Valid() {
		t.Error("bits that mean nothing may be set")
	}
}

func TestXMLSecVerifiesWhatWeSign(t *testing.T) {
	binary, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skipf("third verifier: xmlsec1 is not installed: %v", err)
	}
	rsaK, p256 := rsaKey(t, 2048), ecKey(t, curve256)
	for _, name := range []string{"rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"} {
		var key crypto.Signer = rsaK
		if strings.HasPrefix(name, "ecdsa") {
			key = p256
		}
		s := signer(t, key)
		s.Algorithm = more + name
		doc := parse(t, head+tail)
		text := sign(t, s, []signature.Reference{
			{URI: "#a", Element: element(t, doc, "a"), Transforms: []string{c14n}},
			{URI: "#b", Element: element(t, doc, "b"), Transforms: []string{exc}},
			{URI: "#c", Element: element(t, doc, "c"), Transforms: []string{dsig + "base64"}},
		})
		text = change(t, text, `<ds:KeyInfo><ds:RetrievalMethod URI="#key"></ds:RetrievalMethod></ds:KeyInfo>`, "")
		if out, err := xmlsec(t, binary, s, text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if _, err := xmlsec(t, binary, s, change(t, text, "one", "0ne")); err == nil {
			t.Errorf("%s: xmlsec1 accepts what was changed", name)
		}
	}
}

func xmlsec(t *testing.T, binary string, s *signature.Signer, text string) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	letter, key := filepath.Join(dir, "letter.xml"), filepath.Join(dir, "key.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate.Raw})
	for name, octets := range map[string][]byte{letter: []byte(text), key: certificate} {
		if err := os.WriteFile(name, octets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--verify", "--pubkey-cert-pem", key}
	for _, name := range []string{"a", "b", "c"} {
		args = append(args, "--id-attr:Id", "urn:r:"+name)
	}
	return exec.Command(binary, append(args, letter)...).CombinedOutput()
}
