package envelope_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

// scratch is a scratch file in memory; an office uses a spool on disk.
type scratch struct{ bytes.Buffer }

func (s *scratch) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.Bytes()).ReadAt(p, off)
}
func (s *scratch) Size() int64  { return int64(s.Len()) }
func (s *scratch) Close() error { return nil }

func newScratch() (envelope.ScratchFile, error) { return &scratch{}, nil }

// keyOf reads a certificate and its key from the recordings.
func keyOf(name string) (*signature.Certificate, crypto.PrivateKey) {
	der, err := os.ReadFile("../testdata/recordings/keys/" + name + ".cer")
	if err != nil {
		panic(err)
	}
	certificate, err := signature.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile("../testdata/recordings/keys/" + name + ".key.pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return certificate, key
}

func opener(names ...string) *envelope.Opener {
	o := &envelope.Opener{
		Scratch: newScratch, Rand: rand.Reader,
		Now: func() time.Time { return time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC) },
	}
	for _, name := range names {
		certificate, key := keyOf(name)
		o.Keys = append(o.Keys, envelope.CipherKey{Certificate: certificate, Key: key.(crypto.Decrypter)})
	}
	return o
}

func sealed(octets []byte) envelope.Sealed {
	body := &scratch{}
	body.Write(octets)
	return envelope.Sealed{Body: body}
}

// A letter of the official Java client is decrypted, its signature judged,
// its parts found.
func ExampleOpener_Open() {
	octets, err := os.ReadFile("../testdata/recordings/store-umlauts.osci")
	if err != nil {
		panic(err)
	}
	letter, err := opener("intermediary-cipher").Open(context.Background(), sealed(octets))
	if err != nil {
		panic(err)
	}
	defer letter.Close()
	fmt.Println(letter.Kind, letter.Encryption.Method.Cipher.Name, letter.Signature.Complete())
	if order, ok := letter.Order.(envelope.StoreDelivery); ok {
		fmt.Println(*order.Subject)
	}
	for _, a := range letter.Attachments {
		fmt.Println(a.ContentID, a.Freight.Size())
	}
	// Output:
	// storeDelivery aes256-gcm true
	// Änderung: Größe € 5 – été 📨
	// anlage-1.bin 828
}

// An answer is signed and encrypted; its plain octets, kept by the client,
// prove later what the office said, without any key.
func ExampleDraft_Seal() {
	office, key := keyOf("intermediary-signature")
	client, _ := keyOf("alice-cipher")
	draft := &envelope.Draft{
		Control: envelope.ControlBlock{Response: "the challenge of the request", ConversationID: "4711", SequenceNumber: 0},
		Order: envelope.ResponseToStoreDelivery{
			Feedback: envelope.Feedback{envelope.NewEntry("0800", []string{"en"})},
			Card: &envelope.ProcessCard{
				MessageID: "poststelle-1",
				Creation:  envelope.PlainTimestamp(time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)),
			},
		},
	}
	parcel, err := draft.Seal(envelope.SealOptions{
		Signer:     &signature.Signer{Key: key.(crypto.Signer), Certificate: office},
		Encryption: &envelope.Encryption{Method: xmlenc.DefaultMethod(), KeyTransport: xmlenc.DefaultKeyTransport(), Certificate: client},
		Rand:       rand.Reader,
	})
	if err != nil {
		panic(err)
	}
	var travels bytes.Buffer
	if _, err := parcel.WriteTo(&travels); err != nil {
		panic(err)
	}

	answer, err := opener("alice-cipher").Open(context.Background(), sealed(travels.Bytes()))
	if err != nil {
		panic(err)
	}
	defer answer.Close()
	kept, err := answer.Plain.Open()
	if err != nil {
		panic(err)
	}
	defer kept.Close()
	var evidence bytes.Buffer
	if _, err := evidence.ReadFrom(kept); err != nil {
		panic(err)
	}

	proof, err := opener().Open(context.Background(), sealed(evidence.Bytes()))
	if err != nil {
		panic(err)
	}
	defer proof.Close()
	card := proof.Order.(envelope.ResponseToStoreDelivery).Card
	fmt.Println(proof.Signature.Complete(), proof.Signature.Certificate.Equal(office))
	fmt.Println(card.MessageID, card.Creation.At.UTC().Format(time.RFC3339))
	// Output:
	// true true
	// poststelle-1 2026-11-25T07:00:00Z
}
