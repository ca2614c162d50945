package xmlenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"testing"
)

// TestTamperedGCMDoesNotDecrypt flips one bit in each region, around the
// borders of chunks, and in the key.
func TestTamperedGCMDoesNotDecrypt(t *testing.T) {
	for _, m := range methods() {
		if !m.Cipher.GCM {
			continue
		}
		key := octets(m.Cipher.KeySize)
		for _, size := range []int{0, 1, 100, chunkSize - 1, chunkSize, chunkSize + 17} {
			whole := encrypted(t, key, m, octets(size))
			places := []int{0, m.IVSize - 1, len(whole) - tagSize, len(whole) - 1}
			for _, at := range []int{0, size / 2, chunkSize - 1, chunkSize, size - 1} {
				if at >= 0 && at < size {
					places = append(places, m.IVSize+at)
				}
			}
			for _, at := range places {
				flipped := bytes.Clone(whole)
				flipped[at] ^= 0x10
				if _, err := Decrypt(io.Discard, bytes.NewReader(flipped), key, m); !errors.Is(err, ErrDecrypt) || err.Error() != ErrDecrypt.Error() {
					t.Errorf("%s/%d, %d octets: bit flipped at %d of %d: %v", m.Cipher.Name, m.IVSize, size, at, len(whole), err)
				}
			}
			if _, err := Decrypt(io.Discard, bytes.NewReader(append(bytes.Clone(whole), 0)), key, m); !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: one octet more: %v", m.Cipher.Name, err)
			}
			other := bytes.Clone(key)
			other[0] ^= 1
			if _, err := Decrypt(io.Discard, bytes.NewReader(whole), other, m); !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: another key: %v", m.Cipher.Name, err)
			}
			wrong := Method{m.Cipher, 28 - m.IVSize}
			if _, err := Decrypt(io.Discard, bytes.NewReader(whole), key, wrong); !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: IV of %d read as %d: %v", m.Cipher.Name, m.IVSize, wrong.IVSize, err)
			}
		}
	}
}

// TestTamperedCBCComesOutChanged: without a tag nothing more can be promised
// than that the wrong text comes out; it is the reason for the policy.
func TestTamperedCBCComesOutChanged(t *testing.T) {
	m := Method{ciphers[3], 16}
	key, plain := octets(32), octets(1000)
	whole := encrypted(t, key, m, plain)
	for at := range len(whole) {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1
		var out bytes.Buffer
		if _, err := Decrypt(&out, bytes.NewReader(flipped), key, m); err == nil && bytes.Equal(out.Bytes(), plain) && at < len(whole)-32 {
			t.Errorf("octet %d changed and nothing else", at)
		}
	}
}

// TestCounterWrapsInFourOctets: after an IV of 16 octets the first counter may
// be anything, so it may wrap in the middle of a message (SP 800-38D, 6.2).
func TestCounterWrapsInFourOctets(t *testing.T) {
	key := octets(32)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []uint32{0, 1, 2, 3, 4096, 4097} {
		var counter [16]byte
		copy(counter[:], octets(12))
		start := -left
		counter[12], counter[13], counter[14], counter[15] = byte(start>>24), byte(start>>16), byte(start>>8), byte(start)
		stream := newCTR32(block, counter)
		plain := octets(3 * chunkSize)
		got := make([]byte, len(plain))
		for done := 0; done < len(plain); done += 7000 {
			end := min(done+7000, len(plain))
			stream.XORKeyStream(got[done:end], plain[done:end])
		}
		if !bytes.Equal(got, counted(block, counter, plain)) {
			t.Errorf("%d blocks before the wrap: other stream", left)
		}
	}
}

// counted is counter mode written out block by block.
func counted(block cipher.Block, counter [16]byte, plain []byte) []byte {
	out := make([]byte, len(plain))
	var mask [16]byte
	for i := range plain {
		if i%16 == 0 {
			block.Encrypt(mask[:], counter[:])
			for place := 15; place >= 12; place-- {
				if counter[place]++; counter[place] != 0 {
					break
				}
			}
		}
		out[i] = plain[i] ^ mask[i%16]
	}
	return out
}

// TestEncrypterKnowsItsLimit: more than 2^36-32 octets give their key away.
func TestEncrypterKnowsItsLimit(t *testing.T) {
	w, err := newEncrypter(io.Discard, octets(32), DefaultMethod(), octets(12))
	if err != nil {
		t.Fatal(err)
	}
	w.(*gcmWriter).stream.length = maxGCM - 10
	if n, err := w.Write(octets(10)); n != 10 || err != nil {
		t.Errorf("the last octets: %d, %v", n, err)
	}
	if _, err := w.Write(octets(1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("one more: %v", err)
	}
}
