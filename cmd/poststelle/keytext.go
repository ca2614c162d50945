package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"

	"poststelle/signature"
)

// keyText names the kind of key in a certificate.
func keyText(c *signature.Certificate) string {
	switch key := c.PublicKey().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC " + key.Curve.Params().Name
	}
	return fmt.Sprintf("%T", c.PublicKey())
}

// tryOut signs something, so that a key that does not belong to its
// certificate is found before a letter finds it.
func tryOut(a *app, s *signature.Signer) error {
	public, ok := s.Key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(s.Certificate.PublicKey()) {
		return errors.New("the key does not belong to its certificate")
	}
	sum := sha256.Sum256([]byte("poststelle"))
	if _, err := s.Key.Sign(a.Rand, sum[:], crypto.SHA256); err != nil {
		return fmt.Errorf("the key does not sign: %w", err)
	}
	return nil
}
