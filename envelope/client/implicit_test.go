package client_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

func TestStoreAsksForAnIDAndStoresWithIt(t *testing.T) {
	s := newSet(t)
	answer, err := s.client(t).Store(context.Background(), s.letter())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	if answer.MessageID != "fake-1" || answer.Card.Creation == nil || !answer.Authentic {
		t.Errorf("answer %+v", answer)
	}
	if len(s.office.requests) != 2 {
		t.Fatalf("%d requests, want getMessageId and storeDelivery", len(s.office.requests))
	}
	for _, m := range s.office.requests {
		if m.Control.ConversationID != "" || m.Control.SequenceNumber != 0 || m.Control.Response != "" {
			t.Errorf("%s has control %+v, want an implicit one", m.Kind, m.Control)
		}
		if !m.Signature.Complete() || m.Encryption == nil {
			t.Errorf("%s is not signed and encrypted", m.Kind)
		}
		if m.Certificates.First(envelope.CipherOriginator) == nil {
			t.Errorf("%s has no certificate to encrypt the answer for", m.Kind)
		}
	}
	if a, b := s.office.requests[0].Control.Challenge, s.office.requests[1].Control.Challenge; a == b || len(a) < 32 {
		t.Errorf("challenges %q and %q, want fresh ones", a, b)
	}
}

func TestStorePlainAndUnsigned(t *testing.T) {
	s := newSet(t)
	s.options.Plain, s.options.Unsigned = true, true
	answer, err := s.client(t).Store(context.Background(), s.letter())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	for _, m := range s.office.requests {
		if m.Signature != nil || m.Encryption != nil {
			t.Errorf("%s is signed or encrypted", m.Kind)
		}
	}
}

// TestAnswersAreHeldAgainstTheirRequest spoils one thing of an answer at a time.
func TestAnswersAreHeldAgainstTheirRequest(t *testing.T) {
	control := func(change func(*envelope.ControlBlock)) func(*set) {
		return func(s *set) { s.office.spoil = func(d *envelope.Draft) { change(&d.Control) } }
	}
	cases := []struct {
		name  string
		spoil func(*set)
		want  error
	}{
		{"another challenge", control(func(c *envelope.ControlBlock) { c.Response = "x" }), client.ErrDialog},
		{"another number", control(func(c *envelope.ControlBlock) { c.SequenceNumber++ }), client.ErrDialog},
		{"another kind", func(s *set) {
			s.office.orders[envelope.KindGetMessageID] = func(*envelope.Message) *envelope.Draft {
				return &envelope.Draft{Order: envelope.ResponseToStoreDelivery{Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeExecuted, nil)}}}
			}
		}, client.ErrAnswer},
		{"no id", func(s *set) {
			s.office.orders[envelope.KindGetMessageID] = func(*envelope.Message) *envelope.Draft {
				return &envelope.Draft{Order: envelope.ResponseToGetMessageID{Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeExecuted, nil)}}}
			}
		}, client.ErrAnswer},
		{"in the clear", func(s *set) { s.office.options = func(o *envelope.SealOptions) { o.Encryption = nil } }, client.ErrUnencrypted},
		{"unsigned", func(s *set) { s.office.options = func(o *envelope.SealOptions) { o.Signer = nil } }, client.ErrUnsigned},
		{"somebody else's signature", func(s *set) { s.office.signer = s.options.Signer }, client.ErrSigner},
		{"no answer", func(s *set) { s.office.broken = errUnreachable }, errUnreachable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSet(t)
			c.spoil(s)
			if id, err := s.client(t).GetMessageID(context.Background()); !errors.Is(err, c.want) || id != "" {
				t.Errorf("id %q, error %v, want %v", id, err, c.want)
			}
		})
	}
}

var errUnreachable = errors.New("test: unreachable")

func TestWrongSignatureIsRefusedEvenWithoutKnownOffice(t *testing.T) {
	s := newSet(t)
	s.options.IntermediarySignature = nil
	s.options.Plain = true
	s.office.tamper = func(b []byte) []byte { return bytes.Replace(b, []byte("ZmFrZS0x"), []byte("ZmFrZS0y"), 1) }
	if _, err := s.client(t).GetMessageID(context.Background()); !errors.Is(err, client.ErrSignature) {
		t.Errorf("error %v, want ErrSignature", err)
	}
}

func TestUnknownOfficeIsReportedNotBelieved(t *testing.T) {
	for _, signed := range []bool{true, false} {
		s := newSet(t)
		s.options.IntermediarySignature = nil
		s.office.options = func(o *envelope.SealOptions) {
			if !signed {
				o.Signer = nil
			}
		}
		answer, err := s.client(t).Store(context.Background(), s.letter())
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Close()
		if answer.Authentic || (answer.Signer != nil) != signed {
			t.Errorf("signed %v: authentic %v, signer %v", signed, answer.Authentic, answer.Signer)
		}
	}
}

func TestFaultsComeAsFaults(t *testing.T) {
	s := newSet(t)
	s.office.fault = envelope.CodeKeyUnknown
	s.options.Languages = []string{"en"}
	_, err := s.client(t).GetMessageID(context.Background())
	var fault *envelope.Fault
	if !errors.As(err, &fault) || fault.Text != envelope.CodeKeyUnknown.Text("en") || !client.IsCode(err, envelope.CodeKeyUnknown) {
		t.Errorf("error %v, want fault 9200", err)
	}
}

func TestRefusedOrdersComeAsFeedback(t *testing.T) {
	s := newSet(t)
	s.office.orders[envelope.KindStoreDelivery] = func(m *envelope.Message) *envelope.Draft {
		return &envelope.Draft{Order: envelope.ResponseToStoreDelivery{
			Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeMessageIDUnknown, m.Languages)},
		}}
	}
	_, err := s.client(t).Store(context.Background(), s.letter())
	var refused *client.FeedbackError
	if !errors.As(err, &refused) || refused.Code() != envelope.CodeMessageIDUnknown || refused.Order != envelope.KindStoreDelivery {
		t.Errorf("error %v, want feedback 9801", err)
	}
	if !client.IsCode(err, envelope.CodeMessageIDUnknown) || client.IsCode(err, envelope.CodeNoDelivery) {
		t.Error("IsCode does not tell")
	}
}

func TestStoreWantsTheCardOfItsLetter(t *testing.T) {
	s := newSet(t)
	s.office.orders[envelope.KindStoreDelivery] = func(m *envelope.Message) *envelope.Draft {
		return &envelope.Draft{Order: envelope.ResponseToStoreDelivery{
			Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeExecuted, nil)}, Card: card("another", nil),
		}}
	}
	if _, err := s.client(t).Store(context.Background(), s.letter()); !errors.Is(err, client.ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
}

func TestNewWantsWhatItNeeds(t *testing.T) {
	for name, take := range map[string]func(*client.Options){
		"post":          func(o *client.Options) { o.Post = nil },
		"scratch":       func(o *client.Options) { o.Scratch = nil },
		"office cipher": func(o *client.Options) { o.IntermediaryCipher = nil },
		"own cipher":    func(o *client.Options) { o.Cipher = envelope.CipherKey{} },
		"signer":        func(o *client.Options) { o.Signer = nil },
	} {
		s := newSet(t)
		take(&s.options)
		if _, err := client.New(s.options); !errors.Is(err, client.ErrOptions) {
			t.Errorf("without %s: error %v, want ErrOptions", name, err)
		}
	}
}
