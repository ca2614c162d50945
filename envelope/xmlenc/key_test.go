package xmlenc

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestOAEPEqualsStandardLibrary with every pair of digest and mask function.
func TestOAEPEqualsStandardLibrary(t *testing.T) {
	private := testKey(t)
	for _, digest := range oaepHashes {
		for _, mask := range oaepHashes {
			kt := KeyTransport{RSAOAEP, digest.digest, mask.mgf}
			key := octets(32)
			wrapped, err := WrapKey(&private.PublicKey, kt, key, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			options := &rsa.OAEPOptions{Hash: digest.hash, MGFHash: mask.hash}
			if back, err := private.Decrypt(rand.Reader, wrapped, options); err != nil || !bytes.Equal(back, key) {
				t.Errorf("%s/%s: not what crypto/rsa reads: %v", digest.digest, mask.mgf, err)
			}
			theirs, err := rsa.EncryptOAEPWithOptions(rand.Reader, &private.PublicKey, key, options)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := UnwrapKey(private, kt, theirs, DefaultMethod(), rand.Reader); err != nil || !bytes.Equal(back, key) {
				t.Errorf("%s/%s: does not read what crypto/rsa wrote: %v", digest.digest, mask.mgf, err)
			}
			for _, other := range oaepHashes {
				if other == digest {
					continue
				}
				wrong := KeyTransport{RSAOAEP, other.digest, mask.mgf}
				if _, err := UnwrapKey(private, wrong, wrapped, DefaultMethod(), rand.Reader); !errors.Is(err, ErrDecrypt) || err.Error() != ErrDecrypt.Error() {
					t.Errorf("%s read as %s: %v", digest.digest, other.digest, err)
				}
			}
		}
	}
}

// TestOAEPIsNamed: the two that the libraries have (dossier §4.2).
func TestOAEPIsNamed(t *testing.T) {
	want := KeyTransport{RSAOAEP, "http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2009/xmlenc11#mgf1sha512"}
	if got := OAEP(crypto.SHA512); got != want {
		t.Errorf("%+v", got)
	}
	if got := OAEP(crypto.SHA256); got != DefaultKeyTransport() || got.MGF != "http://www.w3.org/2009/xmlenc11#mgf1sha256" {
		t.Errorf("%+v", got)
	}
}

// TestRSA15IsRejectedSilently: a wrong padding gives a key like any other,
// another one each time; only the tag tells.
func TestRSA15IsRejectedSilently(t *testing.T) {
	private := testKey(t)
	kt := KeyTransport{URI: RSA15}
	key := octets(32)
	wrapped, err := WrapKey(&private.PublicKey, kt, key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := UnwrapKey(private, kt, wrapped, DefaultMethod(), rand.Reader); err != nil || !bytes.Equal(back, key) {
		t.Fatalf("a right one: %v", err)
	}
	short, err := WrapKey(&private.PublicKey, kt, octets(16), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(wrapped)
	bad[100] ^= 1
	for name, one := range map[string][]byte{"wrong padding": bad, "key of another size": short} {
		first, err1 := UnwrapKey(private, kt, one, DefaultMethod(), rand.Reader)
		second, err2 := UnwrapKey(private, kt, one, DefaultMethod(), rand.Reader)
		if err1 != nil || err2 != nil || len(first) != 32 || bytes.Equal(first, second) || bytes.Equal(first, key) {
			t.Errorf("%s: %v, %v, %d octets", name, err1, err2, len(first))
		}
	}
}

// TestKeysThatCannotBe: everything wrong with secret material is one error.
func TestKeysThatCannotBe(t *testing.T) {
	private := testKey(t)
	kt := DefaultKeyTransport()
	short, err := WrapKey(&private.PublicKey, kt, octets(16), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, wrapped := range map[string][]byte{
		"key of another size": short, "nothing": nil, "too short": octets(10), "too long": octets(300),
		"larger than the modulus": bytes.Repeat([]byte{0xff}, 256),
	} {
		if _, err := UnwrapKey(private, kt, wrapped, DefaultMethod(), rand.Reader); !errors.Is(err, ErrDecrypt) || err.Error() != ErrDecrypt.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kt := range []KeyTransport{{URI: "urn:x"}, {URI: RSAOAEPMGF1P}, {URI: RSAOAEP}, {RSAOAEP, kt.Digest, ""}, {RSAOAEP, "", kt.MGF}} {
		if _, err := UnwrapKey(private, kt, octets(256), DefaultMethod(), rand.Reader); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("unwrapping with %+v: %v", kt, err)
		}
		if _, err := WrapKey(&private.PublicKey, kt, octets(32), rand.Reader); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("wrapping with %+v: %v", kt, err)
		}
	}
}

// TestWeakKeysAreNotEncryptedFor.
func TestWeakKeysAreNotEncryptedFor(t *testing.T) {
	public := testKey(t).PublicKey
	public.N = public.N.Rsh(public.N, 1)
	if _, err := WrapKey(&public, DefaultKeyTransport(), octets(32), rand.Reader); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("2047 bits: %v", err)
	}
}

// TestNewKeyIsOfItsCipher and needs a source.
func TestNewKeyIsOfItsCipher(t *testing.T) {
	for _, m := range methods() {
		if key, err := NewKey(m, rand.Reader); err != nil || len(key) != m.Cipher.KeySize {
			t.Errorf("%s: %d octets, %v", m.Cipher.Name, len(key), err)
		}
	}
	if _, err := NewKey(DefaultMethod(), iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
