package signature_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

const (
	dsig  = "http://www.w3.org/2000/09/xmldsig#"
	more  = "http://www.w3.org/2001/04/xmldsig-more#"
	more7 = "http://www.w3.org/2007/05/xmldsig-more#"
	xenc  = "http://www.w3.org/2001/04/xmlenc#"
)

var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func certify(t testing.TB, key crypto.Signer, usage x509.KeyUsage) *signature.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, KeyUsage: usage,
		NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := signature.ParseCertificate(der)
	if err != nil || c.X509 == nil {
		t.Fatal(err)
	}
	return c
}

func signer(t testing.TB, key crypto.Signer) *signature.Signer {
	t.Helper()
	return &signature.Signer{Key: key, Certificate: certify(t, key, x509.KeyUsageDigitalSignature)}
}

// head and tail stand around the signature; #a, #b and #c may be referenced.
const (
	head = `<r xmlns="urn:r" xmlns:ds="` + dsig + `"><a Id="a">one</a><b Id="b"><i>two</i></b><c Id="c">Z3JlZW4=</c>`
	tail = `<hidden Id="h">not offered</hidden></r>`
)

const partText = "the octets of a part"

func scope() []xmltree.Namespace {
	return []xmltree.Namespace{{URI: "urn:r"}, {Prefix: "ds", URI: dsig}}
}

// letter signs #a, #b (inclusive), #c (base64) and a part.
func letter(t testing.TB, s *signature.Signer) string {
	t.Helper()
	doc := parse(t, head+tail)
	h := s.DigestAlgorithm().New()
	h.Write([]byte(partText))
	c14n := []string{string(xmltree.C14N)}
	return sign(t, s, []signature.Reference{
		{URI: "#a", Element: element(t, doc, "a"), Transforms: c14n},
		{URI: "#b", Element: element(t, doc, "b"), Transforms: []string{string(xmltree.ExcC14N)}},
		{URI: "#c", Element: element(t, doc, "c"), Transforms: []string{dsig + "base64"}},
		{URI: "cid:part", Digest: h.Sum(nil)},
	})
}

func sign(t testing.TB, s *signature.Signer, refs []signature.Reference) string {
	t.Helper()
	octets, err := s.Sign(signature.SignInput{References: refs, KeyURI: "#key", Scope: scope(), Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return head + string(octets) + tail
}

func parse(t testing.TB, text string) *xmltree.Document {
	t.Helper()
	doc, err := xmltree.Parse([]byte(text), xmltree.Limits{})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return doc
}

func element(t testing.TB, doc *xmltree.Document, id string) *xmltree.Node {
	t.Helper()
	for _, n := range doc.Root.Elements() {
		if v, _ := n.Attr("", "Id"); v == id {
			return n
		}
	}
	t.Fatalf("no %s", id)
	return nil
}

// options are those of content, with the key of s.
func options(s *signature.Signer) signature.Options {
	o := signature.ContentOptions()
	o.At = today
	o.Key = func(signature.KeyInfo) (*signature.Certificate, error) { return s.Certificate, nil }
	return o
}

func verify(t testing.TB, text string, o signature.Options) (*signature.Report, error) {
	t.Helper()
	doc := parse(t, text)
	return signature.Verify(doc, doc.Root.Child(dsig, "Signature"), source(doc), o)
}

// source offers the elements with an Id among the root's children, except the
// one that is called h.
func source(doc *xmltree.Document) signature.Source {
	src := signature.Source{Elements: map[string]*xmltree.Node{}, Parts: part}
	for _, n := range doc.Root.Elements() {
		if id, ok := n.Attr("", "Id"); ok && id != "h" {
			src.Elements[id] = n
		}
	}
	return src
}

// change replaces one thing that has to be there.
func change(t testing.TB, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %s", old, text)
	}
	return strings.Replace(text, old, with, 1)
}

// between gives what stands between two marks.
func between(t testing.TB, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	inside, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no %s…%s", from, to)
	}
	return inside
}

func canonical(t testing.TB, n *xmltree.Node) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (xmltree.Canonicalizer{Algorithm: xmltree.C14N}).Write(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
