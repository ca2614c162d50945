package signature_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

func ExampleVerify() {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Bob"}}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	certificate, _ := signature.ParseCertificate(der)

	const before = `<m xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><body Id="body">hello</body>`
	doc, _ := xmltree.Parse([]byte(before+"</m>"), xmltree.DefaultLimits())
	signer := &signature.Signer{Key: key, Certificate: certificate}
	octets, err := signer.Sign(signature.SignInput{
		References: []signature.Reference{{URI: "#body", Element: doc.Root.Child("", "body"), Transforms: []string{string(xmltree.C14N)}}},
		KeyURI:     "#certificate", Scope: doc.Root.Scope(), Rand: rand.Reader,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	doc, _ = xmltree.Parse([]byte(before+string(octets)+"</m>"), xmltree.DefaultLimits())
	options := signature.TransportOptions()
	options.At = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	options.Key = func(signature.KeyInfo) (*signature.Certificate, error) { return certificate, nil }
	offered := signature.Source{Elements: map[string]*xmltree.Node{"body": doc.Root.Child("", "body")}}
	report, err := signature.Verify(doc, doc.Root.Elements()[1], offered, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Valid(), report.Algorithm.ShortName(), report.Covers("#body"), report.Certificate.SubjectRFC2253())
	// Output: true ecdsa-sha256 true CN=Bob
}
