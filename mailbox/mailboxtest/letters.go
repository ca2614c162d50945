package mailboxtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Certificate makes a self-signed certificate with a fresh key.
func Certificate(t testing.TB, name string) *signature.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: Epoch.Add(-time.Hour), NotAfter: Epoch.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := signature.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// Box is a box for the certificate.
func Box(c *signature.Certificate, name string) mailbox.Box {
	return mailbox.Box{Address: mailbox.AddressOf(c), Name: name, Certificate: c}
}

// Octets is freight in memory.
type Octets []byte

// Size is the number of octets.
func (o Octets) Size() int64 { return int64(len(o)) }

// Open reads them.
func (o Octets) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o)), nil }

// Letter is a small delivery with everything in it that has to be kept.
func Letter(id string, to, from *signature.Certificate, at time.Time) *envelope.Delivery {
	subject := "Betreff <" + id + ">\r\n"
	fragment := func(local, text string) *envelope.Fragment {
		return &envelope.Fragment{
			Space: "urn:t", Local: local, Octets: []byte(text),
			Scope: []xmltree.Namespace{{Prefix: "", URI: "urn:default"}, {Prefix: "t", URI: "urn:t"}}, IDs: []string{"a", "b"},
		}
	}
	part := []byte("part of " + id)
	return &envelope.Delivery{
		MessageID: id, Subject: &subject, CreationQuality: envelope.QualityPlain, ReceptionQuality: envelope.QualityCryptographic,
		Addressee: to, OriginatorCipher: from, OriginatorSignature: from,
		Content:      fragment("ContentPackage", "<t:ContentPackage>\r\n<!-- kept -->ä</t:ContentPackage>"),
		Certificates: fragment("NonIntermediaryCertificates", "<t:NonIntermediaryCertificates/>"),
		Custom:       []envelope.Fragment{*fragment("x", "<t:x  a='1'/>"), *fragment("y", "<t:y/>")},
		Attachments: []envelope.Attachment{{
			ContentID: "a&b\"" + id, ContentType: `text/plain; charset="x"`, Base64: true,
			Header: []envelope.HeaderField{{Name: "x-kept", Value: " as it\twas "}}, SHA256: sha256.Sum256(part), Freight: Octets(part),
		}},
		Creation: envelope.Timestamp{At: at},
		Inspections: []envelope.Inspection{{
			Timestamp: envelope.Timestamp{At: at}, Subject: "CN=a", Issuer: "CN=b", Serial: "1",
			CertType: envelope.CertAdvanced, Math: envelope.ResultOK, Offline: envelope.ResultValid,
		}},
	}
}

// WithPart adds a part of that size to the letter.
func WithPart(d *envelope.Delivery, size int) *envelope.Delivery {
	octets := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
	d.Attachments = append(d.Attachments, envelope.Attachment{
		ContentID: "large", SHA256: sha256.Sum256(octets), Freight: Octets(octets),
	})
	return d
}
