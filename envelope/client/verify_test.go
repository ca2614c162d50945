package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// savedCards are the octets of a signed answer with cards.
func savedCards(t *testing.T, s *set) []byte {
	t.Helper()
	cards, err := s.dial(t).Cards(context.Background(), envelope.FetchProcessCard{})
	if err != nil {
		t.Fatal(err)
	}
	defer cards.Close()
	source, err := cards.Message.Plain.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	saved, err := io.ReadAll(source)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func verify(v *client.Verifier, saved []byte) (*client.Evidence, error) {
	file := &memory{}
	file.Write(saved)
	return v.Verify(context.Background(), envelope.Sealed{Body: file})
}

func TestSavedCardVerifiesOffline(t *testing.T) {
	s := newSet(t)
	saved := savedCards(t, s)
	v := &client.Verifier{IntermediarySignature: s.options.IntermediarySignature, Scratch: scratch, Now: now, Rand: rand.Reader}
	evidence, err := verify(v, saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(evidence.Cards) != 1 || evidence.Cards[0].MessageID != "fake-1" || evidence.Kind != envelope.KindResponseToFetchProcessCard {
		t.Errorf("evidence %+v", evidence)
	}
}

func TestVerifyRefusesChangedOctets(t *testing.T) {
	s := newSet(t)
	saved := savedCards(t, s)
	v := &client.Verifier{IntermediarySignature: s.options.IntermediarySignature, Scratch: scratch, Now: now, Rand: rand.Reader}
	changed := bytes.Replace(saved, []byte("2026-11-25T"), []byte("2026-11-24T"), 1)
	if bytes.Equal(changed, saved) {
		t.Fatal("nothing was changed")
	}
	if _, err := verify(v, changed); !errors.Is(err, client.ErrSignature) {
		t.Errorf("error %v, want ErrSignature", err)
	}
	v.IntermediarySignature = s.alice.certificate
	if _, err := verify(v, saved); !errors.Is(err, client.ErrSigner) {
		t.Errorf("error %v, want ErrSigner", err)
	}
}

func TestVerifyRefusesUnsignedAndOtherMessages(t *testing.T) {
	s := newSet(t)
	s.options.IntermediarySignature = nil
	s.office.options = func(o *envelope.SealOptions) { o.Signer = nil }
	saved := savedCards(t, s)
	v := &client.Verifier{IntermediarySignature: who(t, "intermediary-signature").certificate, Scratch: scratch, Now: now, Rand: rand.Reader}
	if _, err := verify(v, saved); !errors.Is(err, client.ErrUnsigned) {
		t.Errorf("error %v, want ErrUnsigned", err)
	}
}

func TestVerifyRefusesAnswersWithoutCards(t *testing.T) {
	s := newSet(t)
	var saved []byte
	s.options.Plain = true
	s.office.tamper = func(b []byte) []byte { saved = bytes.Clone(b); return b }
	if _, err := s.client(t).GetMessageID(context.Background()); err != nil {
		t.Fatal(err)
	}
	v := &client.Verifier{IntermediarySignature: s.options.IntermediarySignature, Scratch: scratch, Now: now, Rand: rand.Reader}
	if _, err := verify(v, saved); !errors.Is(err, client.ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
}
