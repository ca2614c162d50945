package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"poststelle/signature"
)

// attacked is a recorded letter of the official client, plain and signed, in
// which one thing is changed.
const attacked = "store-plain-signed-1"

// verdict opens a letter and gives the verdict on its signature.
func verdict(t *testing.T, octets []byte) *TransportSignature {
	t.Helper()
	m := openOctets(t, testOpener(t), octets)
	if m.Signature == nil {
		t.Fatal("the letter counts as unsigned")
	}
	return m.Signature
}

// TestChangedPartsDoNotVerify (item 78): one octet in any block, in the Body
// or in a part.
func TestChangedPartsDoNotVerify(t *testing.T) {
	octets := recordingOctets(t, attacked)
	for uri, c := range map[string][2]string{
		"#controlblock":                {"<osci:Challenge>1f34", "<osci:Challenge>2f34"},
		"#desiredlanguages":            {`LanguagesList="de"`, `LanguagesList="en"`},
		"#qualityoftimestamp_creation": {`Quality="plain" Service="creation"`, `Quality="cryptographic" Service="creation"`},
		"#storedelivery":               {"<osci:Subject>Antrag<", "<osci:Subject>Auftrag<"},
		"#nonintermediarycertificates": {`Id="author1_`, `Id="author2_`},
		"#featuredescription":          {`Version="1.9.0"`, `Version="1.9.1"`},
		"#body":                        {`href="cid:anlage-1.bin"`, `href="cid:anlage-2.bin"`},
	} {
		s := verdict(t, changed(t, octets, c[0], c[1]))
		checkBroken(t, s, uri, signature.ErrDigest)
	}
	part := bytes.LastIndex(octets, []byte("\r\n--MIME_boundary")) - 1
	flipped := bytes.Clone(octets)
	flipped[part] ^= 1
	checkBroken(t, verdict(t, flipped), "cid:anlage-1.bin", signature.ErrDigest)
}

// checkBroken demands that exactly one reference is wrong, and how.
func checkBroken(t *testing.T, s *TransportSignature, uri string, want error) {
	t.Helper()
	if s.Valid() || s.Complete() || s.Report == nil {
		t.Errorf("%s: valid %v, error %v", uri, s.Valid(), s.Err)
		return
	}
	for _, r := range s.Report.References {
		if (r.URI == uri) != (r.Err != nil) || r.URI == uri && !errors.Is(r.Err, want) {
			t.Errorf("change of %s: reference %s says %v", uri, r.URI, r.Err)
		}
	}
	if !slices.Contains(s.Uncovered, uri) {
		t.Errorf("change of %s: uncovered are %v", uri, s.Uncovered)
	}
}

// TestUnsignedThingsAreUncovered (items 79 and 80): the signature is right,
// but there is more than it says.
func TestUnsignedThingsAreUncovered(t *testing.T) {
	octets := recordingOctets(t, attacked)
	for uri, c := range map[string][2]string{
		"#extra":        {"</soap:Header>", `<x:a xmlns:x="urn:x" Id="extra"></x:a></soap:Header>`},
		"cid:extra.bin": {"--\r\n", "\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <extra.bin>\r\n\r\nx\r\nBOUNDARY--\r\n"},
	} {
		text := string(octets)
		if uri[0] == '#' {
			text = strings.Replace(text, c[0], c[1], 1)
		} else {
			boundary := text[strings.Index(text, "\r\n--")+2 : strings.Index(text, "\r\nContent-Type: text/xml")]
			text = strings.TrimSuffix(text, c[0]) + strings.Replace(c[1], "BOUNDARY", boundary, 1)
		}
		s := verdict(t, []byte(text))
		if !s.Valid() || s.Complete() || fmt.Sprint(s.Uncovered) != "["+uri+"]" {
			t.Errorf("%s: valid %v, complete %v, uncovered %v", uri, s.Valid(), s.Complete(), s.Uncovered)
		}
	}
}

// TestSignatureStructure: what is no signature as OSCI wants it (items 81 to
// 83 and 85, dossier §8.5).
func TestSignatureStructure(t *testing.T) {
	octets := recordingOctets(t, attacked)
	reference := between(t, octets, `<ds:Reference URI="#storedelivery">`, "</ds:Reference>\n")
	own := between(t, octets, `<ds:RetrievalMethod URI="#originator`, "</ds:RetrievalMethod>")
	author := between(t, octets, `author1_signature_`, `"`)
	x509 := between(t, octets, `<ds:X509Data>`, "</ds:X509Data>")
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"two references to one thing": {reference, reference + reference, signature.ErrStructure},
		"no reference at all":         {between(t, octets, "<ds:Reference URI=\"#qualityoftimestamp_creation\">", "</ds:SignedInfo>"), "</ds:SignedInfo>", signature.ErrStructure},
		"SHA-1":                       {"xmldsig-more#rsa-sha256", "xmldsig#rsa-sha1", signature.ErrAlgorithm},
		"unknown algorithm":           {"xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha257", signature.ErrAlgorithm},
		"SHA-1 digest":                {"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1", signature.ErrAlgorithm},
		"XPath":                       {`<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">`, signature.ErrTransform},
		"exclusive C14N":              {`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">`, `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">`, signature.ErrAlgorithm},
		"reference to the document":   {`URI="#storedelivery"`, `URI=""`, signature.ErrStructure},
		"reference to the web":        {`URI="#storedelivery"`, `URI="http://127.0.0.1:9/"`, signature.ErrStructure},
		"dangling reference":          {`<ds:Reference URI="#storedelivery"`, `<ds:Reference URI="#storedelivere"`, signature.ErrDangling},
		"reference into a block":      {`<ds:Reference URI="#storedelivery"`, `<ds:Reference URI="#content0"`, signature.ErrDangling},
		"missing part":                {`<ds:Reference URI="cid:anlage-1.bin"`, `<ds:Reference URI="cid:anlage-2.bin"`, signature.ErrDangling},
		"changed SignedInfo":          {"<ds:SignedInfo>\n", "<ds:SignedInfo>", signature.ErrValue},
		"changed value":               {"<ds:SignatureValue>", "<ds:SignatureValue>AAAA", signature.ErrValue},
		"value is no base64":          {"<ds:SignatureValue>", "<ds:SignatureValue>!", signature.ErrStructure},
		"no KeyInfo":                  {"<ds:KeyInfo>" + own + "</ds:KeyInfo>", "", signature.ErrKey},
		"X509Data in KeyInfo":         {own, x509, signature.ErrKey},
		"X509Data beside the method":  {own, own + x509, signature.ErrKey},
		"KeyValue":                    {own, "<ds:KeyValue></ds:KeyValue>", signature.ErrStructure},
		"unknown certificate":         {own, `<ds:RetrievalMethod URI="#nobody"></ds:RetrievalMethod>`, signature.ErrKey},
		"certificate of an author":    {own, `<ds:RetrievalMethod URI="#` + strings.TrimSuffix(author, `"`) + `"></ds:RetrievalMethod>`, signature.ErrKey},
		"certificate from elsewhere":  {own, `<ds:RetrievalMethod URI="http://127.0.0.1:9/"></ds:RetrievalMethod>`, signature.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			s := verdict(t, changed(t, octets, c.old, c.new))
			err := s.Err
			if err == nil {
				err = worst(s.Report)
			}
			if s.Valid() || s.Complete() || !errors.Is(err, c.want) {
				t.Errorf("valid %v, error %v, want %v", s.Valid(), err, c.want)
			}
		})
	}
}

// worst joins all that a report complains of.
func worst(r *signature.Report) error {
	all := []error{r.ValueErr}
	for _, one := range r.References {
		all = append(all, one.Err)
	}
	return errors.Join(all...)
}

// between cuts from one text up to and including another.
func between(t *testing.T, octets []byte, from, to string) string {
	t.Helper()
	start := bytes.Index(octets, []byte(from))
	if start < 0 {
		t.Fatalf("no %q", from)
	}
	end := bytes.Index(octets[start:], []byte(to))
	if end < 0 {
		t.Fatalf("no %q after it", to)
	}
	return string(octets[start : start+end+len(to)])
}

// TestWrappedBodiesDoNotVerify (item 83): the signed Body is moved to where
// the signature still could find it, another one takes its place.
func TestWrappedBodiesDoNotVerify(t *testing.T) {
	octets := recordingOctets(t, attacked)
	body := between(t, octets, "<soap:Body", "</soap:Body>")
	forged := strings.ReplaceAll(body, ` Id="`, ` Id="f-`)
	for name, place := range map[string][2]string{
		"in a custom header": {"</soap:Header>", `<x:a xmlns:x="urn:x" Id="x">` + body + `</x:a></soap:Header>`},
		"in the signature":   {"</ds:Signature></osci:ClientSignature>", "<ds:Object>" + body + "</ds:Object></ds:Signature></osci:ClientSignature>"},
		"in KeyInfo":         {"</ds:KeyInfo></ds:Signature></osci:ClientSignature>", body + "</ds:KeyInfo></ds:Signature></osci:ClientSignature>"},
		"in the new Body":    {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := string(octets)
			if place[0] == "" {
				text = strings.Replace(text, body, strings.Replace(forged, "</osci:ContentPackage>", body+"</osci:ContentPackage>", 1), 1)
			} else {
				text = strings.Replace(text, body, forged, 1)
				text = strings.Replace(text, place[0], place[1], 1)
			}
			s := verdict(t, []byte(text))
			if s.Valid() || s.Complete() {
				t.Errorf("a moved Body verifies: %+v", s.Report)
			}
		})
	}
	for name, place := range map[string][2]string{
		"as a header block": {"</soap:Header>", body + "</soap:Header>"},
		"behind the Body":   {"</soap:Envelope>", body + "</soap:Envelope>"},
		"before the Header": {"<soap:Header>", body + "<soap:Header>"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(string(octets), body, forged, 1)
			text = strings.Replace(text, place[0], place[1], 1)
			if err := openError(t, testOpener(t), []byte(text)); !isStructure(err) {
				t.Error(err)
			}
		})
	}
}

// TestSignatureOfTheOtherSideIsRefused: an office does not sign requests.
func TestSignatureOfTheOtherSideIsRefused(t *testing.T) {
	text := strings.ReplaceAll(string(recordingOctets(t, attacked)), "osci:ClientSignature", "osci:SupplierSignature")
	if err := openError(t, testOpener(t), []byte(text)); !isStructure(err) {
		t.Error(err)
	}
	text = strings.ReplaceAll(string(recordingOctets(t, attacked)), "osci:ClientSignature", "osci:OtherSignature")
	if err := openError(t, testOpener(t), []byte(text)); !isStructure(err) {
		t.Error(err)
	}
}

// TestCertificateForOtherUseDoesNotSign (item 86).
func TestCertificateForOtherUseDoesNotSign(t *testing.T) {
	d := storeDraft(t)
	d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
	m := openOctets(t, testOpener(t), sealDraft(t, d, SealOptions{Signer: signerNamed(t, "alice-cipher", "", "")}))
	if m.Signature.Valid() || !errors.Is(worst(m.Signature.Report), signature.ErrKeyUsage) {
		t.Errorf("valid %v, %v", m.Signature.Valid(), worst(m.Signature.Report))
	}
}
