package signature

import (
	"crypto"
	_ "crypto/sha1" // known so that it can be refused by name, or excepted
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"hash"
	"strings"
)

// Digest is a digest algorithm.
type Digest struct {
	URI  string
	Hash crypto.Hash
}

// New starts a digest.
func (d Digest) New() hash.Hash { return d.Hash.New() }

// ShortName is the URI's last part, such as "sha256".
func (d Digest) ShortName() string { return shortName(d.URI) }

func shortName(uri string) string { return uri[strings.IndexAny(uri, "#")+1:] }

const (
	nsDSig  = "http://www.w3.org/2000/09/xmldsig#"
	nsMore  = "http://www.w3.org/2001/04/xmldsig-more#"
	nsMore7 = "http://www.w3.org/2007/05/xmldsig-more#"
	nsXEnc  = "http://www.w3.org/2001/04/xmlenc#"
)

// SHA256 is the URI of the default digest.
const SHA256 = nsXEnc + "sha256"

var digests = []Digest{
	{SHA256, crypto.SHA256},
	{nsXEnc + "sha512", crypto.SHA512},
	{nsMore + "sha384", crypto.SHA384},
	{nsMore7 + "sha3-256", crypto.SHA3_256},
	{nsMore7 + "sha3-384", crypto.SHA3_384},
	{nsMore7 + "sha3-512", crypto.SHA3_512},
	{nsDSig + "sha1", crypto.SHA1},
}

// DigestByURI finds a digest algorithm.
func DigestByURI(uri string) (Digest, bool) {
	for _, d := range digests {
		if d.URI == uri {
			return d, true
		}
	}
	return Digest{}, false
}

// scheme is how a signature value is made.
type scheme uint8

const (
	pkcs1    scheme = iota
	pss             // MGF1 with the same digest, salt as long as the digest
	ecdsaRaw        // r and s in fixed width, one behind the other
)

// Algorithm is a signature algorithm.
type Algorithm struct {
	URI    string
	Hash   crypto.Hash
	scheme scheme
}

// ShortName is the URI's last part, such as "rsa-sha256".
func (a Algorithm) ShortName() string { return shortName(a.URI) }

var algorithms = []Algorithm{
	{nsMore + "rsa-sha256", crypto.SHA256, pkcs1},
	{nsMore + "rsa-sha384", crypto.SHA384, pkcs1},
	{nsMore + "rsa-sha512", crypto.SHA512, pkcs1},
	{nsMore7 + "sha256-rsa-MGF1", crypto.SHA256, pss},
	{nsMore7 + "sha384-rsa-MGF1", crypto.SHA384, pss},
	{nsMore7 + "sha512-rsa-MGF1", crypto.SHA512, pss},
	{nsMore7 + "sha3-256-rsa-MGF1", crypto.SHA3_256, pss},
	{nsMore7 + "sha3-384-rsa-MGF1", crypto.SHA3_384, pss},
	{nsMore7 + "sha3-512-rsa-MGF1", crypto.SHA3_512, pss},
	{nsMore + "ecdsa-sha256", crypto.SHA256, ecdsaRaw},
	{nsMore + "ecdsa-sha384", crypto.SHA384, ecdsaRaw},
	{nsMore + "ecdsa-sha512", crypto.SHA512, ecdsaRaw},
	{nsDSig + "rsa-sha1", crypto.SHA1, pkcs1},
}

// AlgorithmByURI finds a signature algorithm.
func AlgorithmByURI(uri string) (Algorithm, bool) {
	for _, a := range algorithms {
		if a.URI == uri {
			return a, true
		}
	}
	return Algorithm{}, false
}
