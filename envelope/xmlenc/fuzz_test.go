package xmlenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzDecrypt decrypts anything with anything. Nothing may panic; what GCM
// takes, the standard library takes too and gives the same; what it refuses,
// the standard library refuses.
func FuzzDecrypt(f *testing.F) {
	for i, m := range methods() {
		key := make([]byte, m.Cipher.KeySize)
		var b bytes.Buffer
		w, err := newEncrypter(&b, key, m, make([]byte, m.IVSize))
		if err != nil {
			f.Fatal(err)
		}
		w.Write([]byte("a plaintext of more than one block"))
		w.Close()
		f.Add(byte(i), key, append(make([]byte, m.IVSize), b.Bytes()...))
	}
	f.Fuzz(func(t *testing.T, which byte, key, text []byte) {
		m := methods()[int(which)%len(methods())]
		var out bytes.Buffer
		n, err := Decrypt(&out, iotest.HalfReader(bytes.NewReader(text)), key, m)
		if err != nil && !errors.Is(err, ErrDecrypt) {
			t.Fatalf("the letter is at fault, but the error is %v", err)
		}
		if n != int64(out.Len()) {
			t.Errorf("%d octets written, %d told", out.Len(), n)
		}
		if !m.Cipher.GCM || len(key) != m.Cipher.KeySize || len(text) < m.IVSize {
			return
		}
		block, _ := aes.NewCipher(key)
		aead, _ := cipher.NewGCMWithNonceSize(block, m.IVSize)
		want, wantErr := aead.Open(nil, text[:m.IVSize], text[m.IVSize:], nil)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%v, the standard library says %v", err, wantErr)
		}
	})
}

// FuzzBase64 reads any text in any portions: always the same comes out.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"", "QUJD", "QUI=", "QQ==", "Q U J\r\nD", "QQ==QUJD", "!!!!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, errA := io.ReadAll(NewBase64Reader(bytes.NewReader([]byte(s))))
		b, errB := io.ReadAll(NewBase64Reader(iotest.OneByteReader(bytes.NewReader([]byte(s)))))
		if (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a, b) {
			t.Errorf("%q: %d octets, %v; byte by byte %d octets, %v", s, len(a), errA, len(b), errB)
		}
	})
}
