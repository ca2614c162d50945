package signature

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poststelle/signature/xmltree"
)

// Vectors of another implementation (testdata/xmldsig/SOURCE), all that use a
// signature algorithm that is known here. The suite's references stand without
// a canonicalisation or have XPath, which OSCI has not (dossier §8.3), so
// Verify refuses them; value and digests are held against the same functions
// that Verify uses. Left out of the suite: DSA, EdDSA, HMAC, GOST, post-quantum
// and SHA-224 signatures.
func TestPublishedVectorsVerify(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "xmldsig", "aleksey-xmldsig-01", "*.xml"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	values, digests := 0, 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, sig := readVector(t, file)
			if doc == nil {
				return
			}
			checkVectorValue(t, filepath.Base(file), sig)
			values++
			digests += checkVectorDigests(t, doc, sig)
		})
	}
	t.Logf("%d values, %d digests", values, digests)
	if values < 40 || digests < 40 {
		t.Error("too few were checked")
	}
}

// expected are vectors that must fail, with the reason.
var expected = map[string]string{
	"enveloped-sha256-ecdsa-sha256-with-asn1.xml":  "the value is ASN.1, not r and s",
	"enveloping-sha512-ecdsa-sha512-with-asn1.xml": "the value is ASN.1, not r and s",
	"enveloped-ecdsa-java-bug.xml":                 "r and s are not as wide as the curve",
	"enveloping-sha256-ecdsa-sha256_padded.xml":    "r and s are padded beyond the width of the curve",
}

func readVector(t *testing.T, file string) (*xmltree.Document, *xmltree.Node) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := xmltree.Parse(text, xmltree.Limits{})
	if err != nil {
		if !bytes.Contains(text, []byte("<!DOCTYPE")) {
			t.Fatal(err)
		}
		t.Logf("excluded: has a document type declaration")
		return nil, nil
	}
	var sig *xmltree.Node
	doc.Walk(func(n *xmltree.Node) bool {
		if n.Is(nsDSig, "Signature") && sig == nil {
			sig = n
		}
		return sig == nil
	})
	return doc, sig
}

// keys are the certificates in the vector and those that the suite names.
func vectorKeys(t *testing.T, sig *xmltree.Node) []*Certificate {
	t.Helper()
	var list []*Certificate
	add := func(der []byte) {
		if c, err := ParseCertificate(der); err == nil && c.X509 != nil {
			list = append(list, c)
		}
	}
	(&xmltree.Document{Children: []*xmltree.Node{sig}}).Walk(func(n *xmltree.Node) bool {
		if n.Is(nsDSig, "X509Certificate") {
			if der, err := binaryText(n); err == nil {
				add(der)
			}
		}
		return true
	})
	files, err := filepath.Glob(filepath.Join("..", "testdata", "xmldsig", "certs", "*.der"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no certificates: %v", err)
	}
	for _, file := range files {
		der, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		add(der)
	}
	return list
}

func checkVectorValue(t *testing.T, name string, sig *xmltree.Node) {
	t.Helper()
	info := sig.Child(nsDSig, "SignedInfo")
	uri, _ := info.Child(nsDSig, "SignatureMethod").Attr("", "Algorithm")
	algorithm, ok := AlgorithmByURI(uri)
	if !ok {
		t.Fatalf("algorithm %s", uri)
	}
	c14n, _ := info.Child(nsDSig, "CanonicalizationMethod").Attr("", "Algorithm")
	value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(sig.Child(nsDSig, "SignatureValue").TextContent()), ""))
	if err != nil {
		t.Fatal(err)
	}
	h := algorithm.Hash.New()
	if err := (xmltree.Canonicalizer{Algorithm: xmltree.Algorithm(c14n)}).Write(h, info); err != nil {
		t.Fatal(err)
	}
	good := false
	for _, c := range vectorKeys(t, sig) {
		good = good || algorithm.verify(c.PublicKey(), h.Sum(nil), value) == nil
	}
	if reason := expected[name]; good != (reason == "") {
		t.Errorf("value right: %v; reason to fail: %q", good, reason)
	}
}

// checkVectorDigests holds references to the object and to the enveloping
// document against the digest; others have transforms that are not followed.
func checkVectorDigests(t *testing.T, doc *xmltree.Document, sig *xmltree.Node) (count int) {
	t.Helper()
	for _, n := range sig.Child(nsDSig, "SignedInfo").Elements() {
		if !n.Is(nsDSig, "Reference") {
			continue
		}
		name, _ := n.Child(nsDSig, "DigestMethod").Attr("", "Algorithm")
		digest, ok := DigestByURI(name)
		target, except := vectorTarget(doc, sig, n)
		if !ok || target == nil {
			t.Logf("reference excluded: digest %s, transforms %v", name, n.Child(nsDSig, "Transforms") != nil)
			continue
		}
		h := digest.New()
		if err := (xmltree.Canonicalizer{Algorithm: xmltree.C14N}).WriteExcept(h, target, except); err != nil {
			t.Fatal(err)
		}
		want, err := binaryText(n.Child(nsDSig, "DigestValue"))
		if err != nil || !bytes.Equal(h.Sum(nil), want) {
			t.Errorf("digest is %x, want %x (%v)", h.Sum(nil), want, err)
		}
		count++
	}
	return count
}

func vectorTarget(doc *xmltree.Document, sig, ref *xmltree.Node) (target, except *xmltree.Node) {
	uri, _ := ref.Attr("", "URI")
	transforms := ref.Child(nsDSig, "Transforms")
	if id, ok := strings.CutPrefix(uri, "#"); ok && transforms == nil {
		doc.Walk(func(n *xmltree.Node) bool {
			if v, _ := n.Attr("", "Id"); v == id && target == nil {
				target = n
			}
			return target == nil
		})
		return target, nil
	}
	if uri != "" || transforms == nil {
		return nil, nil
	}
	first, _ := transforms.Elements()[0].Attr("", "Algorithm")
	if first != transformEnveloped {
		return nil, nil
	}
	return doc.Root, sig
}

func TestZeroPolicyRefusesWhatIsWeak(t *testing.T) {
	at := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, uri := range []string{nsDSig + "sha1", nsDSig + "rsa-sha1", nsXEnc + "ripemd160", nsMore + "rsa-ripemd160", nsDSig + "hmac-sha1", ""} {
		if (Policy{}).Permits(uri, at) == nil {
			t.Errorf("%q is permitted", uri)
		}
	}
	for _, d := range digests[:len(digests)-1] {
		if err := (Policy{}).Permits(d.URI, at); err != nil {
			t.Error(err)
		}
	}
}
