package interop

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

const (
	signedInfoEnd = "</ds:SignedInfo>"
	referenceTo   = `<ds:Reference URI="%s"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>`
)

var signatureValue = regexp.MustCompile(`<ds:SignatureValue>[^<]*</ds:SignatureValue>`)

// resign changes the SignedInfo of a message and signs it again with the
// person's RSA key (rsa-sha256, or rsa-sha1 if it says so): the value is
// right, whatever it is over.
func resign(t testing.TB, w *wire, octets []byte, change func(signedInfo string) string) []byte {
	t.Helper()
	before, rest, found := strings.Cut(string(octets), "<ds:SignedInfo>")
	info, after, closed := strings.Cut(rest, signedInfoEnd)
	if !found || !closed {
		t.Fatal("the message is not signed")
	}
	changed := before + change("<ds:SignedInfo>"+info+signedInfoEnd) + after
	hash := crypto.SHA256
	if strings.Contains(changed, dsig+"rsa-sha1") {
		hash = crypto.SHA1
	}
	digest := hash.New()
	digest.Write(canonicalSignedInfo(t, []byte(changed)))
	value, err := rsa.SignPKCS1v15(rand.Reader, w.signed().Signer.Key.(*rsa.PrivateKey), hash, digest.Sum(nil))
	check(t, err)
	fresh := "<ds:SignatureValue>" + base64.StdEncoding.EncodeToString(value) + "</ds:SignatureValue>"
	return []byte(signatureValue.ReplaceAllLiteralString(changed, fresh))
}

// canonicalSignedInfo is what a signature value is over.
func canonicalSignedInfo(t testing.TB, message []byte) []byte {
	t.Helper()
	var canonical bytes.Buffer
	found := 0
	parse(t, message).Walk(func(n *xmltree.Node) bool {
		if n.Is(envelope.NSDSig, "SignedInfo") {
			found++
			check(t, xmltree.Canonicalizer{Algorithm: xmltree.C14N}.Write(&canonical, n))
		}
		return found == 0
	})
	if found == 0 {
		t.Fatal("no SignedInfo")
	}
	return canonical.Bytes()
}

// valueOf is the octets of a message's signature value.
func valueOf(t testing.TB, message []byte) []byte {
	t.Helper()
	found := signatureValue.FindString(string(message))
	found = strings.TrimSuffix(strings.TrimPrefix(found, "<ds:SignatureValue>"), "</ds:SignatureValue>")
	octets, err := base64.StdEncoding.DecodeString(found)
	check(t, err)
	return octets
}

// referencesOf are the URIs that a message's transport signature names.
func referencesOf(message []byte) []string {
	info, _, _ := strings.Cut(controlPart(string(message)), signedInfoEnd)
	var uris []string
	for _, match := range regexp.MustCompile(`<ds:Reference URI="([^"]*)"`).FindAllStringSubmatch(info, -1) {
		uris = append(uris, match[1])
	}
	return uris
}

// freshSigner has a new P-256 key and a certificate for the usage.
func freshSigner(t testing.TB, usage x509.KeyUsage) *signature.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, KeyUsage: usage,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, k.Public(), k)
	check(t, err)
	c, err := signature.ParseCertificate(der)
	check(t, err)
	return &signature.Signer{Key: k, Certificate: c}
}
