package interop

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"poststelle/envelope"
	"poststelle/signature"
)

// certificate reads NAME.cer.
func certificate(t testing.TB, name string) *signature.Certificate {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(keyFolder, name+".cer"))
	check(t, err)
	c, err := signature.ParseCertificate(der)
	check(t, err)
	return c
}

// privateKey reads NAME.key.pem.
func privateKey(t testing.TB, name string) any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(keyFolder, name+".key.pem"))
	check(t, err)
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s.key.pem is no PEM", name)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(t, err)
	return k
}

func cipherKey(t testing.TB, name string) envelope.CipherKey {
	t.Helper()
	k, ok := privateKey(t, name).(crypto.Decrypter)
	if !ok {
		t.Fatalf("%s cannot decrypt", name)
	}
	return envelope.CipherKey{Certificate: certificate(t, name), Key: k}
}

func signer(t testing.TB, name string) *signature.Signer {
	t.Helper()
	k, ok := privateKey(t, name).(crypto.Signer)
	if !ok {
		t.Fatalf("%s cannot sign", name)
	}
	return &signature.Signer{Key: k, Certificate: certificate(t, name)}
}
