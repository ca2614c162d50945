package xmlenc

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"
)

// minModulus is the smallest RSA modulus that a key is encrypted for, in bits.
const minModulus = 2048

// NewKey makes a content key.
func NewKey(m Method, rand io.Reader) ([]byte, error) {
	key := make([]byte, m.Cipher.KeySize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fmt.Errorf("making a content key: %w", err)
	}
	return key, nil
}

// UnwrapKey decrypts a content key. A wrong RSA-1_5 padding gives a random
// key instead of an error, so that the failure shows only at the tag, where
// every failure shows (implicit rejection; RFC 3218, 2.3.2).
func UnwrapKey(d crypto.Decrypter, kt KeyTransport, wrapped []byte, m Method, rand io.Reader) ([]byte, error) {
	var options crypto.DecrypterOpts
	switch kt.URI {
	case RSA15:
		options = &rsa.PKCS1v15DecryptOptions{SessionKeyLen: m.Cipher.KeySize}
	case RSAOAEP:
		digest, mask, err := hashes(kt)
		if err != nil {
			return nil, err
		}
		options = &rsa.OAEPOptions{Hash: digest, MGFHash: mask}
	default:
		return nil, fmt.Errorf("%w: key transport %.100q", ErrAlgorithm, kt.URI)
	}
	key, err := d.Decrypt(rand, wrapped, options)
	if err != nil || len(key) != m.Cipher.KeySize {
		return nil, ErrDecrypt
	}
	return key, nil
}

// WrapKey encrypts a content key for a recipient.
func WrapKey(public *rsa.PublicKey, kt KeyTransport, key []byte, rand io.Reader) ([]byte, error) {
	if public.N.BitLen() < minModulus {
		return nil, fmt.Errorf("%w: RSA key of %d bits", ErrAlgorithm, public.N.BitLen())
	}
	switch kt.URI {
	case RSA15:
		return rsa.EncryptPKCS1v15(rand, public, key) //nolint:staticcheck // only where a dated exception asked for it
	case RSAOAEP:
		digest, mask, err := hashes(kt)
		if err != nil {
			return nil, err
		}
		return rsa.EncryptOAEPWithOptions(rand, public, key, &rsa.OAEPOptions{Hash: digest, MGFHash: mask})
	}
	return nil, fmt.Errorf("%w: key transport %.100q", ErrAlgorithm, kt.URI)
}
