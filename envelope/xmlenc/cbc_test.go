package xmlenc

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestCBCEqualsStandardLibrary holds the streaming cipher against crypto/cipher
// around the block and chunk boundaries, in both directions.
func TestCBCEqualsStandardLibrary(t *testing.T) {
	for _, m := range methods() {
		if m.Cipher.GCM {
			continue
		}
		key := octets(m.Cipher.KeySize)
		size := m.Cipher.BlockSize
		for _, n := range []int{0, 1, size - 1, size, size + 1, chunkSize - size, chunkSize - 1, chunkSize, chunkSize + 1, chunkSize + size, 2*chunkSize + 5} {
			plain := octets(n)
			got := encrypted(t, key, m, plain)
			block, err := cbcBlock(m, key)
			if err != nil {
				t.Fatal(err)
			}
			padding := size - n%size
			padded := append(bytes.Clone(plain), octets(padding)...) // any octets but the last
			padded[len(padded)-1] = byte(padding)
			back := make([]byte, len(padded))
			cipher.NewCBCDecrypter(block, got[:size]).CryptBlocks(back, got[size:])
			if !bytes.Equal(back[:n], plain) || int(back[len(back)-1]) != padding {
				t.Errorf("%s: %d octets encrypt otherwise", m.Cipher.Name, n)
			}
			iv := octets(size)
			cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
			var out bytes.Buffer
			source := iotest.HalfReader(bytes.NewReader(append(iv, padded...)))
			if written, err := Decrypt(&out, source, key, m); err != nil || written != int64(n) || !bytes.Equal(out.Bytes(), plain) {
				t.Errorf("%s: %d octets decrypt otherwise: %d, %v", m.Cipher.Name, n, written, err)
			}
		}
	}
}

// TestCBCPaddingIsChecked: its last octet counts the padding, from 1 to the
// size of a block; the others may be anything (XML Encryption 1.1, 5.2).
func TestCBCPaddingIsChecked(t *testing.T) {
	for _, m := range methods() {
		if m.Cipher.GCM {
			continue
		}
		key, size := octets(m.Cipher.KeySize), m.Cipher.BlockSize
		block, err := cbcBlock(m, key)
		if err != nil {
			t.Fatal(err)
		}
		for last := range 256 {
			text := octets(2 * size)
			text[len(text)-1] = byte(last)
			iv := octets(size)
			cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
			n, err := Decrypt(io.Discard, bytes.NewReader(append(iv, text...)), key, m)
			if last >= 1 && last <= size {
				if err != nil || n != int64(2*size-last) {
					t.Errorf("%s: padding of %d: %d octets, %v", m.Cipher.Name, last, n, err)
				}
			} else if !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: padding of %d: %v", m.Cipher.Name, last, err)
			}
		}
	}
}

// TestCutOffCiphertextsDoNotDecrypt, with any cipher, at any place.
func TestCutOffCiphertextsDoNotDecrypt(t *testing.T) {
	for _, m := range methods() {
		key := octets(m.Cipher.KeySize)
		whole := encrypted(t, key, m, octets(100))
		for cut := range whole {
			_, err := Decrypt(io.Discard, bytes.NewReader(whole[:cut]), key, m)
			rest := cut - m.IVSize
			if !m.Cipher.GCM && rest > 0 && rest%m.Cipher.BlockSize == 0 {
				continue // without a tag, a cut between blocks may look whole
			}
			if !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s cut at %d of %d: %v", m.Cipher.Name, cut, len(whole), err)
			}
		}
	}
}

// TestSourcesAndSinksFail with their own error, which is trouble and no
// refusal.
func TestSourcesAndSinksFail(t *testing.T) {
	broken := errors.New("disk is full")
	for _, m := range methods() {
		key := octets(m.Cipher.KeySize)
		whole := encrypted(t, key, m, octets(3*chunkSize))
		for _, good := range []int{0, 5, m.IVSize, m.IVSize + 20, chunkSize + 100, len(whole)} {
			source := io.MultiReader(bytes.NewReader(whole[:good]), iotest.ErrReader(broken))
			if _, err := Decrypt(io.Discard, source, key, m); !errors.Is(err, broken) || errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: source broken at %d: %v", m.Cipher.Name, good, err)
			}
		}
		if _, err := Decrypt(brokenWriter{broken, 0}, bytes.NewReader(whole), key, m); !errors.Is(err, broken) || errors.Is(err, ErrDecrypt) {
			t.Errorf("%s: broken sink: %v", m.Cipher.Name, err)
		}
		if _, err := NewEncrypter(brokenWriter{broken, 0}, key, m, rand.Reader); !errors.Is(err, broken) {
			t.Errorf("%s: broken sink at the IV: %v", m.Cipher.Name, err)
		}
		if _, err := NewEncrypter(io.Discard, key, m, iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("%s: broken random source: %v", m.Cipher.Name, err)
		}
		w, err := newEncrypter(brokenWriter{broken, 0}, key, m, octets(m.IVSize))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(octets(2 * chunkSize)); !errors.Is(err, broken) {
			t.Errorf("%s: broken sink: %v", m.Cipher.Name, err)
		}
	}
}

// brokenWriter fails after so many octets.
type brokenWriter struct {
	err  error
	good int
}

func (b brokenWriter) Write(p []byte) (int, error) { return 0, b.err }

// TestKeysOfOtherSizesAreRefused before anything is computed.
func TestKeysOfOtherSizesAreRefused(t *testing.T) {
	for _, m := range methods() {
		for _, size := range []int{0, m.Cipher.KeySize - 1, m.Cipher.KeySize + 1} {
			if _, err := NewEncrypter(io.Discard, octets(size), m, rand.Reader); !errors.Is(err, ErrAlgorithm) {
				t.Errorf("%s with a key of %d: %v", m.Cipher.Name, size, err)
			}
			if _, err := Decrypt(io.Discard, bytes.NewReader(octets(100)), octets(size), m); !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s with a key of %d: %v", m.Cipher.Name, size, err)
			}
		}
	}
}
