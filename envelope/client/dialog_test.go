package client_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

func TestDialogCountsAndAnswersChallenges(t *testing.T) {
	s := newSet(t)
	ctx := context.Background()
	d := s.dial(t)
	if _, err := d.GetMessageID(ctx); err != nil {
		t.Fatal(err)
	}
	cards, err := d.Cards(ctx, envelope.FetchProcessCard{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer cards.Close()
	if err := d.Exit(ctx); err != nil {
		t.Fatal(err)
	}
	want := []envelope.ControlBlock{
		{SequenceNumber: envelope.NoSequence},
		{ConversationID: "4711", SequenceNumber: 0, Response: "challenge-b"},
		{ConversationID: "4711", SequenceNumber: 1, Response: "challenge-c"},
		{ConversationID: "4711", SequenceNumber: 2, Response: "challenge-d"},
	}
	seen := map[string]bool{}
	for i, m := range s.office.requests {
		got := m.Control
		if got.Challenge == "" || seen[got.Challenge] {
			t.Errorf("request %d repeats a challenge", i)
		}
		seen[got.Challenge] = true
		got.Challenge = ""
		if got != want[i] {
			t.Errorf("request %d has control %+v, want %+v", i, got, want[i])
		}
	}
	if _, err := d.GetMessageID(ctx); !errors.Is(err, client.ErrEnded) {
		t.Errorf("after exit: error %v, want ErrEnded", err)
	}
}

// TestNothingMoreIsSentAfterAnAnswerNotUnderstood: the next request would
// confirm a letter that was not received (dossier §6.3.9).
func TestNothingMoreIsSentAfterAnAnswerNotUnderstood(t *testing.T) {
	spoilers := map[string]func(*set){
		"fault":           func(s *set) { s.office.fault = envelope.CodeDialogWrong },
		"unreachable":     func(s *set) { s.office.broken = errUnreachable },
		"wrong challenge": func(s *set) { s.office.spoil = func(d *envelope.Draft) { d.Control.Response = "x" } },
		"conversation":    func(s *set) { s.office.spoil = func(d *envelope.Draft) { d.Control.ConversationID = "1" } },
		"unsigned":        func(s *set) { s.office.options = func(o *envelope.SealOptions) { o.Signer = nil } },
		"no card":         func(s *set) { s.office.orders[envelope.KindFetchDelivery] = emptySuccess },
		"cut off":         func(s *set) { s.office.tamper = func(b []byte) []byte { return b[:len(b)/2] } },
	}
	for name, spoil := range spoilers {
		t.Run(name, func(t *testing.T) {
			s := newSet(t)
			ctx := context.Background()
			d := s.dial(t)
			store(t, s, d)
			spoil(s)
			if _, err := d.Fetch(ctx, nil); err == nil {
				t.Fatal("the answer was believed")
			}
			before := len(s.office.requests)
			*s.office = fakeOffice{opener: s.office.opener, signer: s.office.signer, requests: s.office.requests}
			if err := d.Exit(ctx); !errors.Is(err, client.ErrEnded) {
				t.Errorf("error %v, want ErrEnded", err)
			}
			if len(s.office.requests) != before {
				t.Error("a request was sent")
			}
		})
	}
}

func emptySuccess(m *envelope.Message) *envelope.Draft {
	return &envelope.Draft{Order: envelope.ResponseToFetchDelivery{
		Feedback: envelope.Feedback{envelope.NewEntry(envelope.CodeDialogOpen, nil)},
	}}
}

func store(t *testing.T, s *set, d *client.Dialog) {
	t.Helper()
	stored, err := d.Store(context.Background(), s.letter())
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
}

func TestSignerMayNotChangeInADialog(t *testing.T) {
	s := newSet(t)
	s.options.IntermediarySignature = nil
	d := s.dial(t)
	s.office.signer = s.options.Signer
	if _, err := d.GetMessageID(context.Background()); !errors.Is(err, client.ErrSigner) {
		t.Errorf("error %v, want ErrSigner", err)
	}
}

func TestRefusalLeavesTheDialogOpen(t *testing.T) {
	s := newSet(t)
	ctx := context.Background()
	d := s.dial(t)
	if _, err := d.Fetch(ctx, nil); !client.IsCode(err, envelope.CodeNoDelivery) {
		t.Fatalf("error %v, want 9803", err)
	}
	if err := d.Exit(ctx); err != nil {
		t.Errorf("exit after 9803: %v", err)
	}
}

func TestAbandonedDialogSendsNothing(t *testing.T) {
	s := newSet(t)
	d := s.dial(t)
	d.Abandon()
	if err := d.Exit(context.Background()); !errors.Is(err, client.ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
	if len(s.office.requests) != 1 {
		t.Errorf("%d requests, want initDialog only", len(s.office.requests))
	}
}

func TestFetchedLetterOpens(t *testing.T) {
	s := newSet(t)
	ctx := context.Background()
	d := s.dial(t)
	store(t, s, d)
	letter, err := d.Fetch(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer letter.Close()
	content, err := letter.OpenContent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if letter.MessageID != "fake-1" || *letter.Subject != "Bauantrag" || letter.More {
		t.Errorf("letter %+v", letter)
	}
	if content.Whole() != nil || content.Signed() != nil || len(content.Files) != 1 {
		t.Fatalf("content %+v: %v, %v", content, content.Whole(), content.Signed())
	}
	source, err := content.Files[0].Freight.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if text, err := io.ReadAll(source); err != nil || string(text) != "Grundriss" {
		t.Errorf("file %q, error %v", text, err)
	}
}

func TestFetchByIDWantsThatLetter(t *testing.T) {
	s := newSet(t)
	d := s.dial(t)
	store(t, s, d)
	rule := &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{"another"}}
	if _, err := d.Fetch(context.Background(), rule); !errors.Is(err, client.ErrAnswer) {
		t.Errorf("error %v, want ErrAnswer", err)
	}
}
