package client_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// options are what the examples start from. A program gives a Post that speaks
// HTTP, and a Scratch that makes files on disk.
func options() (client.Options, person, error) {
	var p [4]person
	for i, name := range []string{"intermediary-cipher-2048", "intermediary-signature", "alice-cipher", "alice-signature"} {
		one, err := load(name)
		if err != nil {
			return client.Options{}, person{}, err
		}
		p[i] = one
	}
	office := newFakeOffice(p[0], p[1])
	return client.Options{
		Post:                  office.post,
		IntermediaryCipher:    p[0].certificate,
		IntermediarySignature: p[1].certificate,
		Cipher:                p[2].cipher(),
		Signer:                p[3].signer(),
		Scratch:               scratch,
		Now:                   now,
	}, p[2], nil
}

// waiting is a client in whose mailbox a letter waits.
func waiting(ctx context.Context) (*client.Client, error) {
	o, owner, err := options()
	if err != nil {
		return nil, err
	}
	c, err := client.New(o)
	if err != nil {
		return nil, err
	}
	answer, err := c.Store(ctx, client.Letter{
		Addressee: owner.certificate,
		Content: envelope.Writing{
			Files:   []envelope.File{{Name: "plan.pdf", Freight: octets("Grundriss")}},
			Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: o.Signer}},
		},
	})
	if err != nil {
		return nil, err
	}
	return c, answer.Close()
}

// A signed letter, encrypted for its addressee, is put into the mailbox.
func ExampleClient_Store() {
	o, addressee, err := options()
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.New(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	subject := "Bauantrag Hauptstraße 1"
	answer, err := c.Store(context.Background(), client.Letter{
		Subject:   &subject,
		Addressee: addressee.certificate,
		Content: envelope.Writing{
			Texts:   []envelope.Text{{Octets: []byte("Sehr geehrte Damen und Herren")}},
			Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: o.Signer}},
			Readers: []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: addressee.certificate}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Close()
	fmt.Println(answer.Feedback.Decisive(), answer.MessageID, *answer.Card.Subject)
	// Output: 0800 fake-1 Bauantrag Hauptstraße 1
}

// All letters that wait are fetched, each put in a safe place before the next
// request confirms it.
func ExampleDialog_Fetch() {
	ctx := context.Background()
	c, err := waiting(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	dialog, err := c.Dial(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		letter, err := dialog.Fetch(ctx, nil)
		if client.IsCode(err, envelope.CodeNoDelivery) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		content, err := letter.OpenContent(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		// Write content.Files to disk and sync them here; if that is not
		// possible, dialog.Abandon() leaves the letter unconfirmed.
		fmt.Println(letter.MessageID, len(content.Files), content.Signed())
		content.Close()
		letter.Close()
	}
	fmt.Println("left:", dialog.Exit(ctx))
	// Output:
	// fake-1 1 <nil>
	// left: <nil>
}

// A signed process card is kept and can be checked without the office: see
// Verifier.
func ExampleDialog_Cards() {
	ctx := context.Background()
	c, err := waiting(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	dialog, err := c.Dial(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	cards, err := dialog.Cards(ctx, envelope.FetchProcessCard{
		Rule: &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{"fake-1"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cards.Close()
	for _, card := range cards.Cards {
		fmt.Println(card.MessageID, card.Creation.At.Format("2006-01-02 15:04"))
	}
	evidence, err := cards.Message.Plain.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer evidence.Close()
	if _, err := io.Copy(io.Discard, evidence); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output: fake-1 2026-11-25 12:00
}
