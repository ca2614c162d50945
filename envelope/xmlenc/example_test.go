package xmlenc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"poststelle/envelope/xmlenc"
)

// A letter is encrypted with a fresh content key, which is encrypted for its
// recipient; both travel together.
func Example() {
	recipient, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	method, transport := xmlenc.DefaultMethod(), xmlenc.DefaultKeyTransport()

	key, err := xmlenc.NewKey(method, rand.Reader)
	if err != nil {
		panic(err)
	}
	wrapped, err := xmlenc.WrapKey(&recipient.PublicKey, transport, key, rand.Reader)
	if err != nil {
		panic(err)
	}
	var travels bytes.Buffer
	w, err := xmlenc.NewEncrypter(&travels, key, method, rand.Reader)
	if err != nil {
		panic(err)
	}
	fmt.Fprint(w, "Sehr geehrte Damen und Herren")
	if err := w.Close(); err != nil {
		panic(err)
	}

	key, err = xmlenc.UnwrapKey(recipient, transport, wrapped, method, rand.Reader)
	if err != nil {
		panic(err)
	}
	var letter strings.Builder
	n, err := xmlenc.Decrypt(&letter, &travels, key, method)
	fmt.Println(n, err, letter.String())
	// Output: 29 <nil> Sehr geehrte Damen und Herren
}

// What Decrypt wrote before it failed must not be believed: with a changed
// octet the error comes at the end, with the tag.
func ExampleDecrypt() {
	method := xmlenc.DefaultMethod()
	key := make([]byte, method.Cipher.KeySize)
	var travels bytes.Buffer
	w, err := xmlenc.NewEncrypter(&travels, key, method, rand.Reader)
	if err != nil {
		panic(err)
	}
	fmt.Fprint(w, "1000 Euro")
	if err := w.Close(); err != nil {
		panic(err)
	}
	travels.Bytes()[method.IVSize] ^= '1' ^ '9'

	var letter strings.Builder
	_, err = xmlenc.Decrypt(&letter, &travels, key, method)
	fmt.Println(letter.String(), errors.Is(err, xmlenc.ErrDecrypt))
	// Output: 9000 Euro true
}

// Old algorithms are read only while a dated exception says so.
func ExamplePolicy() {
	cbc := "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
	policy := xmlenc.Policy{Exceptions: []xmlenc.Exception{{
		Algorithm: cbc, Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Reason: "specialist system of the district",
	}}}
	for _, year := range []int{2026, 2027} {
		fmt.Println(year, policy.PermitsCipher(cbc, time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)))
	}
	// Output:
	// 2026 <nil>
	// 2027 xmlenc: algorithm is not permitted: cipher "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
}
