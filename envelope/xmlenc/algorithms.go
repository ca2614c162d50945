package xmlenc

import (
	"crypto"
	"fmt"

	// The digests of key transport.
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// Cipher is a content cipher.
type Cipher struct {
	URI string
	// Name is the URI's last part, such as "aes256-gcm".
	Name string
	// KeySize and BlockSize are in octets.
	KeySize, BlockSize int
	// GCM tells authenticated ciphers from CBC.
	GCM bool
}

const (
	ns     = "http://www.w3.org/2001/04/xmlenc#"
	ns11   = "http://www.w3.org/2009/xmlenc11#"
	nsDSig = "http://www.w3.org/2000/09/xmldsig#"
)

var ciphers = []Cipher{
	{ns11 + "aes256-gcm", "aes256-gcm", 32, 16, true},
	{ns11 + "aes192-gcm", "aes192-gcm", 24, 16, true},
	{ns11 + "aes128-gcm", "aes128-gcm", 16, 16, true},
	{ns + "aes256-cbc", "aes256-cbc", 32, 16, false},
	{ns + "aes192-cbc", "aes192-cbc", 24, 16, false},
	{ns + "aes128-cbc", "aes128-cbc", 16, 16, false},
	{ns + "tripledes-cbc", "tripledes-cbc", 24, 8, false},
}

// Ciphers lists all content ciphers, the preferred one first.
func Ciphers() []Cipher { return append([]Cipher(nil), ciphers...) }

// CipherByURI finds a content cipher.
func CipherByURI(uri string) (Cipher, bool) {
	for _, c := range ciphers {
		if c.URI == uri {
			return c, true
		}
	}
	return Cipher{}, false
}

// Method is a cipher with the length of its IV in octets.
type Method struct {
	Cipher Cipher
	IVSize int
}

// tagSize is that of AES-GCM (XML Encryption 1.1, 5.2.4).
const tagSize = 16

// DefaultMethod is AES-256-GCM with an IV of 12 octets.
func DefaultMethod() Method { return Method{Cipher: ciphers[0], IVSize: 12} }

// MethodFor reads an EncryptionMethod as the official libraries do: without
// osci128:IvLength a GCM IV has 16 octets; for CBC the element means nothing,
// but it may not say anything else than 12 or 16 there either (OSCI 1.2,
// dossier §4.2).
func MethodFor(uri string, ivLength *int) (Method, error) {
	c, ok := CipherByURI(uri)
	switch {
	case !ok:
		return Method{}, fmt.Errorf("%w: %.100q", ErrAlgorithm, uri)
	case ivLength != nil && *ivLength != 12 && *ivLength != 16:
		return Method{}, fmt.Errorf("%w: %d", ErrIVLength, *ivLength)
	case !c.GCM:
		return Method{Cipher: c, IVSize: c.BlockSize}, nil
	case ivLength == nil:
		return Method{Cipher: c, IVSize: 16}, nil
	}
	return Method{Cipher: c, IVSize: *ivLength}, nil
}

// EncryptedSize is how long n octets become: IV, ciphertext, tag or padding.
func EncryptedSize(m Method, n int64) int64 {
	if m.Cipher.GCM {
		return int64(m.IVSize) + n + tagSize
	}
	block := int64(m.Cipher.BlockSize)
	return int64(m.IVSize) + (n/block+1)*block
}

// Key transport algorithms.
const (
	// RSAOAEP is xmlenc11#rsa-oaep with explicit digest and mask function.
	RSAOAEP = ns11 + "rsa-oaep"
	// RSAOAEPMGF1P is the older form with MGF1-SHA-1; known and never permitted.
	RSAOAEPMGF1P = ns + "rsa-oaep-mgf1p"
	// RSA15 is PKCS #1 v1.5; permitted by exception only.
	RSA15 = ns + "rsa-1_5"
)

// KeyTransport says how a content key is encrypted. Digest and MGF are URIs;
// both are "" for RSA15.
type KeyTransport struct{ URI, Digest, MGF string }

// OAEP is RSA-OAEP with one digest for label and mask.
func OAEP(digest crypto.Hash) KeyTransport {
	kt := KeyTransport{URI: RSAOAEP}
	for _, row := range oaepHashes {
		if row.hash == digest {
			kt.Digest, kt.MGF = row.digest, row.mgf
		}
	}
	return kt
}

// DefaultKeyTransport is RSA-OAEP with SHA-256.
func DefaultKeyTransport() KeyTransport { return OAEP(crypto.SHA256) }

var oaepHashes = []struct {
	hash        crypto.Hash
	digest, mgf string
}{
	{crypto.SHA256, ns + "sha256", ns11 + "mgf1sha256"},
	{crypto.SHA512, ns + "sha512", ns11 + "mgf1sha512"},
	{crypto.SHA384, "http://www.w3.org/2001/04/xmldsig-more#sha384", ns11 + "mgf1sha384"},
	{crypto.SHA1, nsDSig + "sha1", ns11 + "mgf1sha1"},
}

func hashes(kt KeyTransport) (digest, mask crypto.Hash, err error) {
	for _, row := range oaepHashes {
		if row.digest == kt.Digest {
			digest = row.hash
		}
		if row.mgf == kt.MGF {
			mask = row.hash
		}
	}
	if digest == 0 || mask == 0 {
		return 0, 0, fmt.Errorf("%w: OAEP with %.100q and %.100q", ErrAlgorithm, kt.Digest, kt.MGF)
	}
	return digest, mask, nil
}
