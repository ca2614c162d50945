package signature

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// maxCertificate bounds the octets of one certificate.
const maxCertificate = 64 << 10

// Certificate is a certificate as it stood in a message. Its identity is its
// octets; X509 is nil where the standard library refuses to read it, which
// makes the certificate a name without a key (dossier §25.6).
type Certificate struct {
	Raw  []byte
	X509 *x509.Certificate
	// fingerprint is the SHA-256 of Raw, in lower-case hex.
	fingerprint string
	// names gives subject and issuer as texts, made once.
	names func() [2]string
}

// ParseCertificate reads DER. Octets that are not one ASN.1 sequence give
// ErrCertificate; a sequence that the standard library does not like does not.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) == 0 || len(der) > maxCertificate {
		return nil, fmt.Errorf("%w: %d octets", ErrCertificate, len(der))
	}
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil || len(rest) > 0 || outer.Tag != asn1.TagSequence {
		return nil, fmt.Errorf("%w: no DER sequence", ErrCertificate)
	}
	sum := sha256.Sum256(der)
	c := &Certificate{Raw: bytes.Clone(der), fingerprint: hex.EncodeToString(sum[:])}
	if parsed, err := x509.ParseCertificate(c.Raw); err == nil {
		c.X509 = parsed
		c.names = namesOf(parsed)
	}
	return c, nil
}

// NewCertificate wraps a certificate that was read already.
func NewCertificate(x *x509.Certificate) *Certificate {
	sum := sha256.Sum256(x.Raw)
	return &Certificate{Raw: x.Raw, X509: x, fingerprint: hex.EncodeToString(sum[:]), names: namesOf(x)}
}

func namesOf(x *x509.Certificate) func() [2]string {
	return sync.OnceValue(func() [2]string { return [2]string{rfc2253(x.RawSubject), rfc2253(x.RawIssuer)} })
}

// Equal compares octets; nil equals only nil.
func (c *Certificate) Equal(other *Certificate) bool {
	if c == nil || other == nil {
		return c == other
	}
	return bytes.Equal(c.Raw, other.Raw)
}

// Fingerprint is the SHA-256 of the octets in lower-case hex; "" for nil.
func (c *Certificate) Fingerprint() string {
	if c == nil {
		return ""
	}
	return c.fingerprint
}

// PublicKey is nil where the certificate could not be read.
func (c *Certificate) PublicKey() crypto.PublicKey {
	if c == nil || c.X509 == nil {
		return nil
	}
	return c.X509.PublicKey
}

// ValidAt tells whether the moment lies in the validity period.
func (c *Certificate) ValidAt(t time.Time) bool {
	return c != nil && c.X509 != nil && !t.Before(c.X509.NotBefore) && !t.After(c.X509.NotAfter)
}

// SubjectRFC2253 and IssuerRFC2253 are the names as texts, most specific part
// first.
func (c *Certificate) SubjectRFC2253() string {
	if c.names == nil {
		return ""
	}
	return c.names()[0]
}

// IssuerRFC2253 is the issuer's name; see SubjectRFC2253.
func (c *Certificate) IssuerRFC2253() string {
	if c.names == nil {
		return ""
	}
	return c.names()[1]
}

// Serial is the serial number in decimal; "0" where it could not be read.
func (c *Certificate) Serial() *big.Int {
	if c.X509 == nil {
		return new(big.Int)
	}
	return c.X509.SerialNumber
}

// maySign tells whether the key usage, if there is any, allows signatures
// (dossier §8.5).
func (c *Certificate) maySign() bool {
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	usage := c.X509.KeyUsage
	return usage == 0 || usage&signing != 0
}
