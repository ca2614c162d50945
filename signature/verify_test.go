package signature_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

func part(id string) (io.ReadCloser, error) {
	if id != "part" {
		return nil, errors.New("no such part")
	}
	return io.NopCloser(strings.NewReader(partText)), nil
}

func TestEveryAlgorithmAndDigestMakesTheRoundTrip(t *testing.T) {
	rsa2048 := rsaKey(t, 2048)
	keys := map[string][]crypto.Signer{
		"rsa-sha256": {rsa2048}, "rsa-sha384": {rsa2048}, "rsa-sha512": {rsa2048},
		"sha256-rsa-MGF1": {rsa2048}, "sha384-rsa-MGF1": {rsa2048}, "sha512-rsa-MGF1": {rsa2048},
		"sha3-256-rsa-MGF1": {rsa2048}, "sha3-384-rsa-MGF1": {rsa2048}, "sha3-512-rsa-MGF1": {rsa2048},
	}
	curves := []crypto.Signer{ecKey(t, elliptic.P224()), ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), ecKey(t, elliptic.P521())}
	for _, name := range []string{"ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"} {
		keys[name] = curves
	}
	for name, list := range keys {
		uri := more + name
		if strings.HasSuffix(name, "MGF1") {
			uri = more7 + name
		}
		for i, key := range list {
			for _, digest := range []string{xenc + "sha256", more + "sha384", xenc + "sha512", more7 + "sha3-256", more7 + "sha3-384", more7 + "sha3-512"} {
				s := signer(t, key)
				s.Algorithm, s.Digest = uri, digest
				text := letter(t, s)
				r, err := verify(t, text, options(s))
				if err != nil || !r.Valid() || r.Err() != nil || len(r.References) != 4 || r.Algorithm.URI != uri || r.References[0].Digest.URI != digest {
					t.Errorf("%s, key %d, %s: %+v, %v", name, i, digest, r, err)
				}
				broken := change(t, text, `<ds:DigestMethod`, "<ds:DigestMethod\n Id=\"x\"")
				if r, err := verify(t, broken, options(s)); err != nil || !errors.Is(r.ValueErr, signature.ErrValue) {
					t.Errorf("%s, key %d, %s: changed SignedInfo gives %+v, %v", name, i, digest, r, err)
				}
			}
		}
	}
}

func TestVerifyReportsEveryReference(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	text := letter(t, s)
	text = change(t, text, "one", "0ne")
	text = change(t, text, "Z3JlZW4=", "Z3JlZW5=") // the same length, wrong at the end
	r, err := verify(t, text, options(s))
	if err != nil || r.Valid() || r.ValueErr != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	for uri, want := range map[string]error{"#a": signature.ErrDigest, "#b": nil, "#c": signature.ErrDigest, "cid:part": nil} {
		for _, ref := range r.References {
			if ref.URI == uri && !errors.Is(ref.Err, want) {
				t.Errorf("%s: %v, want %v", uri, ref.Err, want)
			}
		}
		if r.Covers(uri) != (want == nil) {
			t.Errorf("Covers(%s) = %v", uri, r.Covers(uri))
		}
	}
	if r.Covers("#h") || !errors.Is(r.Err(), signature.ErrDigest) {
		t.Errorf("Covers, Err: %v", r.Err())
	}
	if (*signature.Report)(nil).Valid() || (&signature.Report{}).Valid() {
		t.Error("a report of nothing is valid")
	}
}

// Every burglar changes a good letter; none may come out valid.
func TestVerifyRefusesBurglars(t *testing.T) {
	s := signer(t, rsaKey(t, 2048))
	good := letter(t, s)
	info := "<ds:SignedInfo>" + between(t, good, "<ds:SignedInfo>", "</ds:SignedInfo>") + "</ds:SignedInfo>"
	digest := between(t, good, "<ds:DigestValue>", "</ds:DigestValue>")
	reference := `<ds:Reference URI="#a">` + between(t, good, `<ds:Reference URI="#a">`, "</ds:Reference>") + "</ds:Reference>"
	value := between(t, good, "<ds:SignatureValue>", "</ds:SignatureValue>")
	method := `<ds:SignatureMethod Algorithm="` + more + `rsa-sha256">`
	structure, algorithm, transform := signature.ErrStructure, signature.ErrAlgorithm, signature.ErrTransform
	tests := map[string]struct {
		old, with string
		want      error
	}{
		"flipped digest":             {digest, flip(digest), signature.ErrDigest},
		"flipped value":              {value, flip(value), signature.ErrValue},
		"short value":                {value, value[:len(value)-8], signature.ErrValue},
		"empty value":                {value, "", structure},
		"value no base64":            {value, "*" + value[1:], structure},
		"comment in the value":       {value, value[:8] + "<!-- -->" + value[8:], structure},
		"element in the value":       {value, value + "<ds:Object/>", structure},
		"two values":                 {"<ds:KeyInfo>", "<ds:SignatureValue>" + value + "</ds:SignatureValue><ds:KeyInfo>", structure},
		"two SignedInfo":             {info, info + info, structure},
		"SignedInfo in an Object":    {info, "", structure},
		"SignedInfo behind":          {info + "<ds:SignatureValue>" + value + "</ds:SignatureValue>", "<ds:SignatureValue>" + value + "</ds:SignatureValue>" + info, structure},
		"foreign SignedInfo":         {info, strings.Replace(strings.Replace(info, "<ds:SignedInfo>", "<SignedInfo>", 1), "</ds:SignedInfo>", "</SignedInfo>", 1), structure},
		"foreign child":              {"<ds:SignedInfo>", "<ds:SignedInfo><x/>", structure},
		"foreign child of signature": {"<ds:KeyInfo>", "<x/><ds:KeyInfo>", structure},
		"foreign Reference":          {reference, strings.ReplaceAll(reference, "ds:Reference", "Reference"), structure},
		"foreign DigestValue":        {"<ds:DigestValue>" + digest + "</ds:DigestValue>", "<DigestValue>" + digest + "</DigestValue>", structure},
		"text in SignedInfo":         {"<ds:SignedInfo>", "<ds:SignedInfo>x", structure},
		"instruction in SignedInfo":  {"<ds:SignedInfo>", "<ds:SignedInfo><?x?>", structure},
		"two DigestValue":            {"</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue>" + digest + "</ds:DigestValue>", structure},
		"comment in DigestValue":     {digest, digest[:4] + "<!-- -->" + digest[4:], structure},
		"empty DigestValue":          {digest, "", structure},
		"short DigestValue":          {digest, "AAAA", signature.ErrDigest},
		"no DigestValue":             {"<ds:DigestValue>" + digest + "</ds:DigestValue>", "", structure},
		"duplicate reference":        {reference, reference + reference, structure},
		"reference without URI":      {`<ds:Reference URI="#a">`, "<ds:Reference>", structure},
		"reference to everything":    {`<ds:Reference URI="#a">`, `<ds:Reference URI="">`, structure},
		"reference to the network":   {`<ds:Reference URI="#a">`, `<ds:Reference URI="http://example.org/">`, structure},
		"reference to a file":        {`<ds:Reference URI="#a">`, `<ds:Reference URI="file:///etc/passwd">`, structure},
		"reference without #":        {`<ds:Reference URI="#a">`, `<ds:Reference URI="a">`, structure},
		"dangling reference":         {`<ds:Reference URI="#a">`, `<ds:Reference URI="#z">`, signature.ErrDangling},
		"reference to an xpointer":   {`<ds:Reference URI="#a">`, `<ds:Reference URI="#xpointer(id('a'))">`, signature.ErrDangling},
		"bare #":                     {`<ds:Reference URI="#a">`, `<ds:Reference URI="#">`, signature.ErrDangling},
		"not offered":                {`<ds:Reference URI="#a">`, `<ds:Reference URI="#h">`, signature.ErrDangling},
		"dangling part":              {`URI="cid:part"`, `URI="cid:other"`, signature.ErrDangling},
		"transform of a part":        {`<ds:Reference URI="cid:part">`, `<ds:Reference URI="cid:part"><ds:Transforms><ds:Transform Algorithm="` + dsig + `base64"/></ds:Transforms>`, transform},
		"empty Transforms":           {`<ds:Reference URI="cid:part">`, `<ds:Reference URI="cid:part"><ds:Transforms/>`, structure},
		"no Transforms":              {between(t, good, `<ds:Reference URI="#a">`, "<ds:DigestMethod"), "", transform},
		"unknown transform":          {`<ds:Transform Algorithm="` + string(xmltree.C14N), `<ds:Transform Algorithm="urn:x`, transform},
		"XSLT":                       {`<ds:Transform Algorithm="` + string(xmltree.C14N), `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116`, transform},
		"XPath":                      {`<ds:Transform Algorithm="` + string(xmltree.C14N) + `">`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>1</ds:XPath>`, transform},
		"C14N with a parameter":      {`<ds:Transform Algorithm="` + string(xmltree.C14N) + `">`, `<ds:Transform Algorithm="` + string(xmltree.C14N) + `"><ds:XPath>1</ds:XPath>`, transform},
		"with comments":              {`<ds:Transform Algorithm="` + string(xmltree.C14N), `<ds:Transform Algorithm="` + string(xmltree.C14NWithComments), transform},
		"enveloped":                  {`<ds:Transform Algorithm="` + string(xmltree.C14N) + `">`, `<ds:Transform Algorithm="` + dsig + `enveloped-signature"></ds:Transform><ds:Transform Algorithm="` + string(xmltree.C14N) + `">`, transform},
		"base64 twice":               {`<ds:Transform Algorithm="` + dsig + `base64">`, `<ds:Transform Algorithm="` + dsig + `base64"></ds:Transform><ds:Transform Algorithm="` + dsig + `base64">`, transform},
		"three transforms":           {"<ds:Transforms>", "<ds:Transforms>" + strings.Repeat(`<ds:Transform Algorithm="`+string(xmltree.C14N)+`"/>`, 2), structure},
		"prefixes without end":       {`<ds:Transform Algorithm="` + string(xmltree.ExcC14N) + `">`, `<ds:Transform Algorithm="` + string(xmltree.ExcC14N) + `"><e:InclusiveNamespaces xmlns:e="` + string(xmltree.ExcC14N) + `" PrefixList="` + strings.Repeat("x ", 65) + `"/>`, transform},
		"two prefix lists":           {`<ds:Transform Algorithm="` + string(xmltree.ExcC14N) + `">`, `<ds:Transform Algorithm="` + string(xmltree.ExcC14N) + `">` + strings.Repeat(`<e:InclusiveNamespaces xmlns:e="`+string(xmltree.ExcC14N)+`"/>`, 2), transform},
		"other canonicalisation":     {`Method Algorithm="` + string(xmltree.C14N), `Method Algorithm="http://www.w3.org/2006/12/xml-c14n11`, algorithm},
		"C14N method with comments":  {`Method Algorithm="` + string(xmltree.C14N), `Method Algorithm="` + string(xmltree.C14NWithComments), algorithm},
		"rsa-sha1":                   {more + "rsa-sha256", dsig + "rsa-sha1", algorithm},
		"hmac":                       {more + "rsa-sha256", more + "hmac-sha256", algorithm},
		"digest as signature":        {more + "rsa-sha256", xenc + "sha256", algorithm},
		"signature as digest":        {xenc + "sha256", more + "rsa-sha256", algorithm},
		"sha1":                       {xenc + "sha256", dsig + "sha1", algorithm},
		"no algorithm":               {method, "<ds:SignatureMethod>", algorithm},
		"output length":              {method, method + "<ds:HMACOutputLength>8</ds:HMACOutputLength>", structure},
		"other scheme":               {more + "rsa-sha256", more7 + "sha256-rsa-MGF1", signature.ErrValue},
		"scheme of another key":      {more + "rsa-sha256", more + "ecdsa-sha256", signature.ErrValue},
		"KeyValue":                   {"<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue/>", structure},
		"two RetrievalMethods":       {"<ds:KeyInfo>", `<ds:KeyInfo><ds:RetrievalMethod URI="#x"/>`, structure},
		"RetrievalMethod transforms": {`<ds:RetrievalMethod URI="#key">`, `<ds:RetrievalMethod URI="#key"><ds:Transforms/>`, structure},
		"two KeyInfo":                {"<ds:KeyInfo>", `<ds:KeyInfo/><ds:KeyInfo>`, structure},
		"comment in signed text":     {"one", "o<?x?>ne", signature.ErrDigest},
		"blank in signed text":       {"one", "one ", signature.ErrDigest},
		"declaration above":          {"<r ", `<r xmlns:z="urn:z" `, signature.ErrDigest},
		"element in base64":          {"Z3JlZW4=", "Z3JlZW4=<x/>", transform},
		"no base64":                  {"Z3JlZW4=", "Z3JlZW4", signature.ErrDigest},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := verify(t, change(t, good, test.old, test.with), options(s))
			if err != nil && !errors.Is(err, test.want) {
				t.Errorf("Verify = %v, want %v", err, test.want)
			}
			if err == nil && (r.Valid() || !errors.Is(errors.Join(r.Err(), r.ValueErr), test.want)) {
				t.Errorf("report %v, %v, want %v", r.Err(), r.ValueErr, test.want)
			}
		})
	}
}

// flip changes the first octet of a base64 text.
func flip(text string) string {
	if text[0] == 'A' {
		return "B" + text[1:]
	}
	return "A" + text[1:]
}

func TestVerifyRefusesSignedInfoWithoutReferences(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	text := letter(t, s)
	from, to := strings.Index(text, "<ds:Reference "), strings.Index(text, "</ds:SignedInfo>")
	if _, err := verify(t, text[:from]+text[to:], options(s)); !errors.Is(err, signature.ErrStructure) {
		t.Errorf("Verify = %v", err)
	}
	if _, err := s.Sign(signature.SignInput{Scope: scope()}); !errors.Is(err, signature.ErrStructure) {
		t.Errorf("Sign = %v", err)
	}
}

func TestVerifyHoldsTheNumberOfReferences(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	var refs []signature.Reference
	for i := range 300 {
		refs = append(refs, signature.Reference{URI: fmt.Sprintf("cid:%d", i), Digest: make([]byte, 32)})
	}
	text := sign(t, s, refs)
	o := options(s)
	if r, err := verify(t, text, o); err != nil || len(r.References) != 300 {
		t.Errorf("300 of 2048: %v", err)
	}
	o.MaxReferences = 0
	if _, err := verify(t, text, o); !errors.Is(err, signature.ErrStructure) {
		t.Errorf("300 of 256: %v", err)
	}
	o.MaxReferences = 299
	if _, err := verify(t, text, o); !errors.Is(err, signature.ErrStructure) {
		t.Errorf("300 of 299: %v", err)
	}
}

func TestVerifyRefusesWhatIsNoSignature(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	doc := parse(t, strings.ReplaceAll(letter(t, s), "ds:Signature>", "ds:Other>"))
	for _, n := range []*xmltree.Node{nil, doc.Root, doc.Root.Child(dsig, "Other"), doc.Root.Child("urn:r", "a")} {
		if _, err := signature.Verify(doc, n, source(doc), options(s)); !errors.Is(err, signature.ErrStructure) {
			t.Errorf("Verify = %v", err)
		}
	}
}

func TestVerifyAcceptsWhiteSpaceInBase64(t *testing.T) {
	s := signer(t, rsaKey(t, 2048))
	text := letter(t, s)
	value := between(t, text, "<ds:SignatureValue>", "</ds:SignatureValue>")
	text = change(t, text, value, "\r\n \t"+value[:10]+"\n"+value[10:]+" \n")
	text = change(t, text, "Z3JlZW4=", " Z3Jl\nZW4=\t")
	text = change(t, text, "<ds:KeyInfo>", "\n <!-- --> <ds:KeyInfo>")
	if r, err := verify(t, text, options(s)); err != nil || !r.Valid() {
		t.Errorf("%v, %v", r, err)
	}
}

func TestVerifyTakesECDSAOnlyInFixedWidth(t *testing.T) {
	key := ecKey(t, elliptic.P384())
	s := signer(t, key)
	text := letter(t, s)
	value := between(t, text, "<ds:SignatureValue>", "</ds:SignatureValue>")
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(raw) != 96 {
		t.Fatalf("%d octets, %v", len(raw), err)
	}
	doc := parse(t, text)
	info := doc.Root.Child(dsig, "Signature").Child(dsig, "SignedInfo")
	h := crypto.SHA256.New()
	h.Write(canonical(t, info))
	der, err := key.Sign(nil, h.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	wide := append(append(raw[:48:48], 0, 0), raw[48:]...) // the same numbers
	padded := append(append(make([]byte, 1), raw[:48]...), append(make([]byte, 1), raw[48:]...)...)
	for name, other := range map[string][]byte{
		"ASN.1": der, "cut": raw[:94], "padded": padded, "wide": wide, "behind": append(raw[:96:96], 0, 0), "zeros": make([]byte, 96), "swapped": append(raw[48:96:96], raw[:48]...),
	} {
		r, err := verify(t, change(t, text, value, base64.StdEncoding.EncodeToString(other)), options(s))
		if err != nil || !errors.Is(r.ValueErr, signature.ErrValue) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestVerifyHoldsKeyUsage(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	for usage, want := range map[x509.KeyUsage]error{
		0: nil, x509.KeyUsageDigitalSignature: nil, x509.KeyUsageContentCommitment: nil,
		x509.KeyUsageKeyEncipherment:                                 signature.ErrKeyUsage,
		x509.KeyUsageCertSign:                                        signature.ErrKeyUsage,
		x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment: nil,
	} {
		s := &signature.Signer{Key: key, Certificate: certify(t, key, usage)}
		if r, err := verify(t, letter(t, s), options(s)); err != nil || !errors.Is(r.ValueErr, want) {
			t.Errorf("usage %b: %v, %v", usage, r.ValueErr, err)
		}
	}
}

func TestVerifyTellsAKeyFromNoKey(t *testing.T) {
	s := signer(t, rsaKey(t, 2048))
	text := letter(t, s)
	other := signer(t, rsaKey(t, 2048))
	mine := errors.New("unknown certificate")
	unreadable, err := signature.ParseCertificate([]byte{0x30, 0})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		key  func(signature.KeyInfo) (*signature.Certificate, error)
		want error
	}{
		"none":       {func(signature.KeyInfo) (*signature.Certificate, error) { return nil, nil }, signature.ErrKey},
		"error":      {func(signature.KeyInfo) (*signature.Certificate, error) { return nil, mine }, mine},
		"an ErrKey":  {func(signature.KeyInfo) (*signature.Certificate, error) { return nil, mine }, signature.ErrKey},
		"unreadable": {func(signature.KeyInfo) (*signature.Certificate, error) { return unreadable, nil }, signature.ErrKey},
		"another":    {func(signature.KeyInfo) (*signature.Certificate, error) { return other.Certificate, nil }, signature.ErrValue},
	} {
		o := options(s)
		o.Key = test.key
		r, err := verify(t, text, o)
		if err != nil || !errors.Is(r.ValueErr, test.want) || len(r.References) != 4 || r.References[0].Err != nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestVerifyHandsOverKeyInfo(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	text := letter(t, s)
	x509Data := "<ds:X509Data><ds:X509SubjectName>CN=x</ds:X509SubjectName><ds:X509Certificate>\n" +
		base64.StdEncoding.EncodeToString(s.Certificate.Raw) + "\n</ds:X509Certificate></ds:X509Data>"
	text = change(t, text, "</ds:KeyInfo>", "<ds:KeyName>x</ds:KeyName>"+x509Data+"</ds:KeyInfo>")
	o := options(s)
	var info signature.KeyInfo
	o.Key = func(k signature.KeyInfo) (*signature.Certificate, error) {
		info = k
		return signature.ParseCertificate(k.X509[0])
	}
	r, err := verify(t, text, o)
	if err != nil || !r.Valid() || info.RetrievalURI != "#key" || len(info.X509) != 1 || !r.Certificate.Equal(s.Certificate) {
		t.Errorf("%+v, %v, %+v", r, err, info)
	}
	if _, err := verify(t, change(t, text, "<ds:X509Certificate>\n", "<ds:X509Certificate>*"), o); !errors.Is(err, signature.ErrStructure) {
		t.Errorf("certificate that is no base64: %v", err)
	}
}

func TestKnownDigestsSpareReadingParts(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	doc := parse(t, letter(t, s))
	src := source(doc)
	src.Parts = nil
	known := s.DigestAlgorithm().New()
	known.Write([]byte(partText))
	sum := known.Sum(nil)
	src.KnownDigests = func(id string, d signature.Digest) ([]byte, bool) {
		return sum, id == "part" && d.URI == signature.SHA256
	}
	sig := doc.Root.Child(dsig, "Signature")
	if r, err := signature.Verify(doc, sig, src, options(s)); err != nil || !r.Valid() {
		t.Errorf("known: %v", err)
	}
	sum[0] ^= 1
	if r, err := signature.Verify(doc, sig, src, options(s)); err != nil || !errors.Is(r.Err(), signature.ErrDigest) {
		t.Errorf("known, but wrong: %v", err)
	}
	src.KnownDigests = nil
	if r, err := signature.Verify(doc, sig, src, options(s)); err != nil || !errors.Is(r.Err(), signature.ErrDangling) {
		t.Errorf("no parts: %v", err)
	}
}

// TestUnreadPartsLeaveTheVerdictOpen, unless something else proves that the
// signature is wrong.
func TestUnreadPartsLeaveTheVerdictOpen(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	broken := errors.New("disk is broken")
	unread := func(text string) *signature.Report {
		doc := parse(t, text)
		src := source(doc)
		src.Parts = func(string) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(partText), iotest.ErrReader(broken))), nil
		}
		r, err := signature.Verify(doc, doc.Root.Child(dsig, "Signature"), src, options(s))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	text := letter(t, s)
	r := unread(text)
	if r.Valid() || r.Covers("cid:part") || !errors.Is(r.Unread(), signature.ErrUnread) || !errors.Is(r.Unread(), broken) {
		t.Errorf("valid %v, unread %v", r.Valid(), r.Unread())
	}
	value := between(t, text, "<ds:SignatureValue>", "<")
	for name, wrong := range map[string]string{
		"element": change(t, text, ">one<", ">two<"),
		"value":   change(t, text, value, value[4:8]+value[4:]),
	} {
		if r := unread(wrong); r.Valid() || r.Unread() != nil {
			t.Errorf("wrong %s: valid %v, unread %v", name, r.Valid(), r.Unread())
		}
	}
	if whole, err := verify(t, text, options(s)); err != nil || whole.Unread() != nil {
		t.Errorf("a right signature: %v, unread %v", err, whole.Unread())
	}
	var none *signature.Report
	if none.Unread() != nil {
		t.Error("no report, and unread")
	}
}

func TestTransportOptionsPermitOnlyInclusiveC14N(t *testing.T) {
	s := signer(t, ecKey(t, elliptic.P256()))
	o := signature.TransportOptions()
	o.At, o.Key = today, options(s).Key
	r, err := verify(t, letter(t, s), o)
	if err != nil || !r.Covers("#a") || r.Covers("#b") || r.Covers("#c") || !errors.Is(r.Err(), signature.ErrTransform) {
		t.Errorf("%+v, %v", r, err)
	}
}
