package xmlenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"testing"
	"testing/iotest"
)

// TestGCMEqualsStandardLibrary holds the streaming cipher against crypto/cipher
// around the block and chunk boundaries.
func TestGCMEqualsStandardLibrary(t *testing.T) {
	sizes := []int{0, 1, 15, 16, 17, 31, 255, 4096, chunkSize - 17, chunkSize - 16, chunkSize - 1, chunkSize, chunkSize + 1, chunkSize + 16, 3*chunkSize + 777}
	for _, c := range Ciphers() {
		if !c.GCM {
			continue
		}
		for _, ivSize := range []int{12, 16} {
			key, iv := make([]byte, c.KeySize), make([]byte, ivSize)
			rand.Read(key)
			rand.Read(iv)
			block, _ := aes.NewCipher(key)
			aead, err := cipher.NewGCMWithNonceSize(block, ivSize)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range sizes {
				plain := make([]byte, size)
				rand.Read(plain)
				want := append(append([]byte(nil), iv...), aead.Seal(nil, iv, plain, nil)...)
				var got bytes.Buffer
				got.Write(iv)
				w, err := newEncrypter(&got, key, Method{c, ivSize}, iv)
				if err != nil {
					t.Fatal(err)
				}
				w.Write(plain[:size/3])
				w.Write(plain[size/3:])
				w.Close()
				if !bytes.Equal(got.Bytes(), want) {
					t.Fatalf("%s, IV %d, %d octets: ciphertext differs", c.Name, ivSize, size)
				}
				if int64(len(want)) != EncryptedSize(Method{c, ivSize}, int64(size)) {
					t.Fatalf("EncryptedSize of %d octets is wrong", size)
				}
				var back bytes.Buffer
				if _, err := Decrypt(&back, iotest.OneByteReader(bytes.NewReader(want)), key, Method{c, ivSize}); err != nil && size < 5000 {
					t.Fatalf("%s, IV %d, %d octets: %v", c.Name, ivSize, size, err)
				}
				back.Reset()
				if _, err := Decrypt(&back, bytes.NewReader(want), key, Method{c, ivSize}); err != nil || !bytes.Equal(back.Bytes(), plain) {
					t.Fatalf("%s, IV %d, %d octets: decrypting: %v", c.Name, ivSize, size, err)
				}
			}
		}
	}
}
