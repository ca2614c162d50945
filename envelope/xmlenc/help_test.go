package xmlenc

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"
)

// testKey is the office's RSA-2048 key of the recordings.
func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile("../../testdata/recordings/keys/intermediary-cipher-2048.key.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func octets(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func encrypted(t testing.TB, key []byte, m Method, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewEncrypter(&b, key, m, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if int64(b.Len()) != EncryptedSize(m, int64(len(plain))) {
		t.Fatalf("%s: %d octets became %d, EncryptedSize says %d", m.Cipher.Name, len(plain), b.Len(), EncryptedSize(m, int64(len(plain))))
	}
	return b.Bytes()
}

// methods are all ciphers with every IV size they may have.
func methods() []Method {
	var list []Method
	for _, c := range Ciphers() {
		if c.GCM {
			list = append(list, Method{c, 12}, Method{c, 16})
		} else {
			list = append(list, Method{c, c.BlockSize})
		}
	}
	return list
}
