package client_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

func TestSignatureHasToCoverAllOfAnAnswer(t *testing.T) {
	s := newSet(t)
	s.options.Plain = true
	s.office.tamper = func(b []byte) []byte {
		b = bytes.Replace(b, []byte("</soap:Header>"), []byte(`<x:y xmlns:x="urn:x" Id="added"></x:y></soap:Header>`), 1)
		return b
	}
	_, err := s.client(t).GetMessageID(context.Background())
	if !errors.Is(err, client.ErrSignature) {
		t.Errorf("error %v, want ErrSignature", err)
	}
}

func TestDialogWantsTheNextChallenge(t *testing.T) {
	s := newSet(t)
	d := s.dial(t)
	s.office.spoil = func(d *envelope.Draft) { d.Control.Challenge = "" }
	if _, err := d.GetMessageID(context.Background()); !errors.Is(err, client.ErrDialog) {
		t.Errorf("error %v, want ErrDialog", err)
	}
}

func TestAnswersWantFeedback(t *testing.T) {
	s := newSet(t)
	s.office.orders[envelope.KindGetMessageID] = func(*envelope.Message) *envelope.Draft {
		return &envelope.Draft{Order: envelope.ResponseToGetMessageID{MessageID: "x"}}
	}
	if id, err := s.client(t).GetMessageID(context.Background()); err == nil {
		t.Errorf("id %q without feedback is believed", id)
	}
}

// TestDialogEndsAfterAnIncompleteAnswer: what an answer misses shows that it
// was not understood.
func TestDialogEndsAfterAnIncompleteAnswer(t *testing.T) {
	done := envelope.Feedback{envelope.NewEntry(envelope.CodeDialogOpen, nil)}
	ctx := context.Background()
	for name, c := range map[string]struct {
		kind  envelope.Kind
		order envelope.Order
		ask   func(*set, *client.Dialog) error
	}{
		"no id": {envelope.KindGetMessageID, envelope.ResponseToGetMessageID{Feedback: done}, func(_ *set, d *client.Dialog) error {
			_, err := d.GetMessageID(ctx)
			return err
		}},
		"no card": {envelope.KindStoreDelivery, envelope.ResponseToStoreDelivery{Feedback: done}, func(s *set, d *client.Dialog) error {
			_, err := d.Store(ctx, s.letter())
			return err
		}},
	} {
		s := newSet(t)
		s.office.orders[c.kind] = func(*envelope.Message) *envelope.Draft { return &envelope.Draft{Order: c.order} }
		d := s.dial(t)
		if err := c.ask(s, d); !errors.Is(err, client.ErrAnswer) {
			t.Errorf("%s: error %v, want ErrAnswer", name, err)
		}
		if err := d.Exit(ctx); !errors.Is(err, client.ErrEnded) {
			t.Errorf("%s: then error %v, want ErrEnded", name, err)
		}
	}
}

// TestDialogEndsAfterContentNotUnderstood: the next request would confirm it.
func TestDialogEndsAfterContentNotUnderstood(t *testing.T) {
	s := newSet(t)
	s.options.Plain = true
	ctx := context.Background()
	d := s.dial(t)
	letter := s.letter()
	letter.Content.Readers = nil
	composed, err := letter.Content.Compose(envelope.ComposeOptions{Scratch: scratch, Rand: zero{}})
	if err != nil {
		t.Fatal(err)
	}
	composed.Content.Octets = bytes.Replace(composed.Content.Octets, []byte("ContentContainer"), []byte("ContentContainex"), -1)
	letter.Composed = composed
	stored, err := d.Store(ctx, letter)
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	received, err := d.Fetch(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer received.Close()
	if content, err := received.OpenContent(ctx); err == nil {
		t.Fatalf("content %+v was understood", content)
	}
	if err := d.Exit(ctx); !errors.Is(err, client.ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
}

// zero is no randomness at all: good enough for content in the clear.
type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestLettersWantTheirAddressee(t *testing.T) {
	s := newSet(t)
	letter := s.letter()
	letter.Addressee = nil
	if _, err := s.client(t).Store(context.Background(), letter); !errors.Is(err, client.ErrOptions) {
		t.Errorf("error %v, want ErrOptions", err)
	}
	letter.Addressee = who(t, "bob-cipher").certificate
	if _, err := s.client(t).Store(context.Background(), letter); !errors.Is(err, client.ErrOptions) {
		t.Errorf("content for somebody else: error %v, want ErrOptions", err)
	}
}

func TestFeedbackErrorIsFitToBeShown(t *testing.T) {
	err := &client.FeedbackError{Order: envelope.KindStoreDelivery, Feedback: envelope.Feedback{
		{Code: envelope.CodeMoreDeliveries, Text: "warning"}, {Code: envelope.CodeMessageIDUnknown, Text: "no\x1b[2J\nid"},
	}}
	if got, want := err.Error(), "client: storeDelivery was refused: 9801 (no [2J id)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
