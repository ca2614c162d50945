package xmlenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"io"
	"testing"
	"time"
)

const benchSize = 32 << 20

// BenchmarkGCM encrypts and decrypts 32 MiB as a stream and, in the same run,
// in one piece with crypto/cipher: "ratio" is our speed as a part of that.
func BenchmarkGCM(b *testing.B) {
	plain, key := octets(benchSize), octets(32)
	block, err := aes.NewCipher(key)
	if err != nil {
		b.Fatal(err)
	}
	for _, ivSize := range []int{12, 16} {
		m := Method{ciphers[0], ivSize}
		aead, err := cipher.NewGCMWithNonceSize(block, ivSize)
		if err != nil {
			b.Fatal(err)
		}
		iv := octets(ivSize)
		sealed := append(bytes.Clone(iv), aead.Seal(nil, iv, plain, nil)...)
		dst := make([]byte, 0, benchSize+tagSize)
		name := map[int]string{12: "IV12", 16: "IV16"}[ivSize]
		b.Run("Encrypt/"+name, func(b *testing.B) {
			compare(b, func() {
				w, err := NewEncrypter(io.Discard, key, m, rand.Reader)
				if err != nil {
					b.Fatal(err)
				}
				w.Write(plain)
				w.Close()
			}, func() { aead.Seal(dst, iv, plain, nil) })
		})
		b.Run("Decrypt/"+name, func(b *testing.B) {
			compare(b, func() {
				if _, err := Decrypt(io.Discard, bytes.NewReader(sealed), key, m); err != nil {
					b.Fatal(err)
				}
			}, func() {
				if _, err := aead.Open(dst, iv, sealed[ivSize:], nil); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// compare runs both by turns and reports the ratio of their speeds.
func compare(b *testing.B, ours, theirs func()) {
	b.SetBytes(benchSize)
	b.ReportAllocs()
	var spent time.Duration
	var other time.Duration
	for b.Loop() {
		start := time.Now()
		ours()
		spent += time.Since(start)
		b.StopTimer()
		start = time.Now()
		theirs()
		other += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(other)/float64(spent), "ratio")
}
