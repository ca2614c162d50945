package signature_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// assemble writes a ds:Signature by hand, for what Signer does not make. It
// signs with RSA PKCS#1 and references the parent.
func assemble(t testing.TB, key *rsa.PrivateKey, h crypto.Hash, method, digest string) string {
	t.Helper()
	const open = `<r xmlns="urn:r" xmlns:ds="` + dsig + `" Id="r"><a>one</a>`
	sum := h.New()
	sum.Write(canonical(t, parse(t, open+"</r>").Root))
	info := `<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + string(xmltree.C14N) + `"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="` + method +
		`"></ds:SignatureMethod><ds:Reference URI="#r"><ds:Transforms><ds:Transform Algorithm="` + dsig + `enveloped-signature"></ds:Transform><ds:Transform Algorithm="` +
		string(xmltree.C14N) + `"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="` + digest + `"></ds:DigestMethod><ds:DigestValue>` +
		base64.StdEncoding.EncodeToString(sum.Sum(nil)) + `</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	sum.Reset()
	sum.Write(canonical(t, parse(t, open+info+"</r>").Root.Child(dsig, "SignedInfo")))
	value, err := key.Sign(nil, sum.Sum(nil), h)
	if err != nil {
		t.Fatal(err)
	}
	return open + "<ds:Signature>" + info + "<ds:SignatureValue>" + base64.StdEncoding.EncodeToString(value) + "</ds:SignatureValue></ds:Signature></r>"
}

// verifyRoot verifies with the root as the element #r.
func verifyRoot(t testing.TB, text string, o signature.Options) (*signature.Report, error) {
	t.Helper()
	doc := parse(t, text)
	o.Enveloped = true
	src := signature.Source{Elements: map[string]*xmltree.Node{"r": doc.Root}}
	return signature.Verify(doc, doc.Root.Child(dsig, "Signature"), src, o)
}

func TestEnvelopedSignatureVerifies(t *testing.T) {
	key := rsaKey(t, 2048)
	s := signer(t, key)
	text := assemble(t, key, crypto.SHA256, more+"rsa-sha256", xenc+"sha256")
	if r, err := verifyRoot(t, text, options(s)); err != nil || !r.Valid() {
		t.Errorf("%v, %v", r.Err(), err)
	}
	if r, err := verifyRoot(t, change(t, text, "one", "two"), options(s)); err != nil || !errors.Is(r.Err(), signature.ErrDigest) {
		t.Errorf("changed: %v, %v", r.Err(), err)
	}
	if r, err := verify(t, text, options(s)); err != nil || r.Valid() {
		t.Errorf("not permitted: %v, %v", r.Err(), err)
	}
}

func TestEnvelopedTransformWantsTheSignatureInside(t *testing.T) {
	key := rsaKey(t, 2048)
	s := signer(t, key)
	doc := parse(t, assemble(t, key, crypto.SHA256, more+"rsa-sha256", xenc+"sha256"))
	sig := doc.Root.Child(dsig, "Signature")
	o := options(s)
	o.Enveloped = true
	for name, n := range map[string]*xmltree.Node{"beside": doc.Root.Child("urn:r", "a"), "the signature": sig, "inside": sig.Child(dsig, "SignedInfo")} {
		r, err := signature.Verify(doc, sig, signature.Source{Elements: map[string]*xmltree.Node{"r": n}}, o)
		if err != nil || !errors.Is(r.Err(), signature.ErrTransform) {
			t.Errorf("%s: %v, %v", name, r.Err(), err)
		}
	}
}

func TestExceptionPermitsOneAlgorithmUntilItsDate(t *testing.T) {
	key := rsaKey(t, 2048)
	text := assemble(t, key, crypto.SHA1, dsig+"rsa-sha1", dsig+"sha1")
	both := []signature.Exception{
		{Algorithm: dsig + "rsa-sha1", Until: today.AddDate(0, 0, 1), Reason: "test"},
		{Algorithm: dsig + "sha1", Until: today.AddDate(0, 0, 1), Reason: "test"},
	}
	tests := map[string]struct {
		exceptions []signature.Exception
		at         time.Time
		want       error
	}{
		"none":            {nil, today, signature.ErrAlgorithm},
		"both":            {both, today, nil},
		"only signatures": {both[:1], today, signature.ErrAlgorithm},
		"only digests":    {both[1:], today, signature.ErrAlgorithm},
		"last moment":     {both, both[0].Until.Add(-1), nil},
		"over":            {both, both[0].Until, signature.ErrAlgorithm},
		"no date":         {both, time.Time{}, signature.ErrAlgorithm},
	}
	for name, test := range tests {
		o := options(signer(t, key))
		o.Policy.Exceptions, o.At = test.exceptions, test.at
		r, err := verifyRoot(t, text, o)
		if !errors.Is(err, test.want) || err == nil && !r.Valid() {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestPolicyHoldsKeySizes(t *testing.T) {
	weak := signer(t, rsaKey(t, 1024))
	p256 := signer(t, ecKey(t, elliptic.P256()))
	good := signer(t, rsaKey(t, 2048))
	tests := map[string]struct {
		s      *signature.Signer
		policy signature.Policy
		want   error
	}{
		"RSA 1024":           {weak, signature.Policy{}, signature.ErrKey},
		"RSA 1024 permitted": {weak, signature.Policy{MinRSA: 1024}, nil},
		"RSA 2048":           {good, signature.DefaultPolicy(), nil},
		"RSA 3072 wanted":    {good, signature.Policy{MinRSA: 3072}, signature.ErrKey},
		"P-256":              {p256, signature.Policy{}, nil},
		"P-384 wanted":       {p256, signature.Policy{MinEC: 384}, signature.ErrKey},
	}
	for name, test := range tests {
		o := options(test.s)
		o.Policy = test.policy
		if r, err := verify(t, letter(t, test.s), o); err != nil || !errors.Is(r.ValueErr, test.want) {
			t.Errorf("%s: %v, %v", name, r.ValueErr, err)
		}
	}
}

// A stranger's certificate may hold a modulus of half a million bits, which
// would take seconds for each signature.
func TestPolicyRefusesKeysThatCostTooMuch(t *testing.T) {
	s := signer(t, rsaKey(t, 2048))
	text := letter(t, s)
	huge := *s.Certificate.X509
	huge.PublicKey = &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 16384), E: 65537}
	s.Certificate = &signature.Certificate{Raw: huge.Raw, X509: &huge}
	if r, err := verify(t, text, options(s)); err != nil || !errors.Is(r.ValueErr, signature.ErrKey) {
		t.Errorf("%v, %v", r.ValueErr, err)
	}
}

func TestSignerRefusesWhatVerifiersRefuse(t *testing.T) {
	rsaSigner, ecSigner := signer(t, rsaKey(t, 2048)), signer(t, ecKey(t, elliptic.P256()))
	refs := []signature.Reference{{URI: "cid:x", Digest: make([]byte, 32)}}
	for name, test := range map[string]struct {
		s                 *signature.Signer
		algorithm, digest string
	}{
		"sha1 signature":    {rsaSigner, dsig + "rsa-sha1", ""},
		"sha1 digest":       {rsaSigner, "", dsig + "sha1"},
		"unknown digest":    {rsaSigner, "", "urn:x"},
		"unknown algorithm": {rsaSigner, "urn:x", ""},
		"ECDSA with RSA":    {rsaSigner, more + "ecdsa-sha256", ""},
		"RSA with ECDSA":    {ecSigner, more + "rsa-sha256", ""},
	} {
		s := *test.s
		s.Algorithm, s.Digest = test.algorithm, test.digest
		if _, err := s.Sign(signature.SignInput{References: refs, Scope: scope()}); !errors.Is(err, signature.ErrAlgorithm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := rsaSigner.Sign(signature.SignInput{References: []signature.Reference{{URI: "#x"}}, Scope: scope()}); !errors.Is(err, signature.ErrDangling) {
		t.Errorf("reference to nothing: %v", err)
	}
	if _, err := rsaSigner.Sign(signature.SignInput{References: refs}); !errors.Is(err, xmltree.ErrNamespace) {
		t.Errorf("scope without ds: %v", err)
	}
}

func TestSigningTimeCountsOnlyWhenCovered(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	const xades = "http://uri.etsi.org/01903/v1.3.2#"
	properties := `<x:SignedProperties xmlns:x="` + xades + `" Id="p"><x:SignedSignatureProperties><x:SigningTime>2026-11-25T10:00:00Z</x:SigningTime></x:SignedSignatureProperties></x:SignedProperties>`
	open := strings.Replace(head, "<a ", properties+"<a ", 1)
	doc := parse(t, open+tail)
	make := func(id string) string {
		octets, err := s.Sign(signature.SignInput{References: []signature.Reference{{URI: "#" + id, Element: element(t, doc, id), Transforms: []string{string(xmltree.C14N)}}}, Scope: scope()})
		if err != nil {
			t.Fatal(err)
		}
		return open + string(octets) + tail
	}
	if r, err := verify(t, make("p"), options(s)); err != nil || r.SigningTime == nil || !r.SigningTime.Equal(today.Add(-2*time.Hour)) {
		t.Errorf("covered: %+v, %v", r, err)
	}
	if r, err := verify(t, make("a"), options(s)); err != nil || !r.Valid() || r.SigningTime != nil {
		t.Errorf("not covered: %+v, %v", r, err)
	}
	if r, err := verify(t, change(t, make("p"), "T10:", "T11:"), options(s)); err != nil || r.SigningTime != nil {
		t.Errorf("changed: %+v, %v", r, err)
	}
}

func TestCertificateIsItsOctets(t *testing.T) {
	c := signer(t, ecKey(t, elliptic.P256())).Certificate
	same, err := signature.ParseCertificate(bytes.Clone(c.Raw))
	if err != nil || !same.Equal(c) || same.Fingerprint() != c.Fingerprint() || len(c.Fingerprint()) != 64 {
		t.Errorf("%v", err)
	}
	if c.SubjectRFC2253() != "CN=test" || c.IssuerRFC2253() != "CN=test" || c.Serial().String() != "1" {
		t.Errorf("%s, %s, %s", c.SubjectRFC2253(), c.IssuerRFC2253(), c.Serial())
	}
	if !c.ValidAt(today) || c.ValidAt(today.AddDate(2, 0, 0)) || c.ValidAt(today.AddDate(-2, 0, 0)) {
		t.Error("validity")
	}
	for name, der := range map[string][]byte{
		"nothing": {}, "no sequence": {4, 0}, "cut": c.Raw[:len(c.Raw)-1], "behind": append(bytes.Clone(c.Raw), 0), "huge": make([]byte, 64<<10+1),
	} {
		if _, err := signature.ParseCertificate(der); !errors.Is(err, signature.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none *signature.Certificate
	if none.Equal(c) || c.Equal(nil) || !none.Equal(nil) || none.Fingerprint() != "" || none.PublicKey() != nil || none.ValidAt(today) {
		t.Error("nil certificate")
	}
}
