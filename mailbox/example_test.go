package mailbox_test

import (
	"context"
	"fmt"
	"testing"

	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
)

// A letter is put, found, taken and confirmed.
func TestExampleRunsAgainstARealBroker(t *testing.T) {
	e := mailboxtest.Start(t)
	to := mailboxtest.Certificate(t, "Rathaus")
	_, err := e.Store.Put(t.Context(), mailboxtest.Letter("1", to, nil, mailboxtest.Epoch))
	must(t, err)
	id, err := collect(t.Context(), e.Store, mailbox.AddressOf(to))
	must(t, err)
	if id != "1" {
		t.Fatalf("collected %q", id)
	}
}

// collect takes the oldest letter that is due.
func collect(ctx context.Context, s *mailbox.Store, box mailbox.Address) (string, error) {
	e, _, err := s.Select(ctx, mailbox.Query{Mailbox: box})
	if err != nil {
		return "", err
	}
	d, err := s.Take(ctx, box, e.Card.MessageID)
	if err != nil {
		return "", err
	}
	return d.MessageID, nil
}

func ExampleAddressOf() {
	fmt.Println(mailbox.AddressOf(nil) == "")
	// Output: true
}
