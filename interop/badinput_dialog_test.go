package interop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/mailbox"
)

// wantRefused demands a new log line with the code and a cause since before.
func wantRefused(t *testing.T, post *office, code envelope.Code, before int) {
	t.Helper()
	lines := post.log.lines(fmt.Sprintf(`"code":"%s"`, code))
	if len(lines) != before+1 {
		t.Fatalf("%d log lines with %s, want %d", len(lines), code, before+1)
	}
	if line := lines[len(lines)-1]; !bytes.Contains([]byte(line), []byte(`"err":"`)) {
		t.Errorf("the log line names no cause: %s", line)
	}
}

// TestALetterToAnotherKeyLeavesNoTrace: encrypted for a key that is not here.
func TestALetterToAnotherKeyLeavesNoTrace(t *testing.T) {
	post := startOffice(t, lenient)
	bob := post.register("bob", mailbox.Rules{})
	ids := newClient(t, post, "alice")
	letter := sealedStore(t, post, ids, "alice", certificate(t, "bob-cipher"), certificate(t, "dave-cipher"), 1000)
	_, answer := post.post(bytes.NewReader(letter))
	if code := faultCode(t, answer); code != envelope.CodeKeyUnknown {
		t.Errorf("code %s", code)
	}
	wantRefused(t, post, envelope.CodeKeyUnknown, 0)
	wantNoTrace(t, post, bob)
}

// TestAnUnknownDialogLeavesNoTrace: the recording answers a conversation of
// another server.
func TestAnUnknownDialogLeavesNoTrace(t *testing.T) {
	post := startOffice(t, lenient)
	bob := post.register("bob", mailbox.Rules{})
	_, answer := post.post(bytes.NewReader(recording(t, "fetch-none-encrypted-signed")))
	if code := faultCode(t, answer); code != envelope.CodeDialogWrong {
		t.Errorf("code %s", code)
	}
	wantRefused(t, post, envelope.CodeDialogWrong, 0)
	wantNoTrace(t, post, bob)
}

// TestAReplayedRequestLeavesNoTrace sends the octets of a store within a dialog
// a second time: the challenge is spent, and the letter is there once.
func TestAReplayedRequestLeavesNoTrace(t *testing.T) {
	ctx := context.Background()
	post := startOffice(t, lenient)
	bob := post.register("bob", mailbox.Rules{})
	var last []byte
	alice := newClient(t, post, "alice", func(o *client.Options) {
		road := o.Post
		o.Post = func(ctx context.Context, request envelope.Parcel) (envelope.Sealed, error) {
			var octets bytes.Buffer
			if _, err := request.WriteTo(&octets); err != nil {
				return envelope.Sealed{}, err
			}
			last = octets.Bytes()
			return road(ctx, octetParcel(last))
		}
	})
	dialog, err := alice.Dial(ctx)
	check(t, err)
	id, err := dialog.GetMessageID(ctx)
	check(t, err)
	stored, err := dialog.Store(ctx, letterOf(id, certificate(t, "bob-cipher"), 1000))
	check(t, err)
	check(t, stored.Close())
	first := onlyLetter(t, post, bob)
	_, answer := post.post(bytes.NewReader(last))
	if code := faultCode(t, answer); code != envelope.CodeDialogWrong {
		t.Errorf("code %s", code)
	}
	wantRefused(t, post, envelope.CodeDialogWrong, 0)
	if now := onlyLetter(t, post, bob); now.Size != first.Size || now.Card.MessageID != id {
		t.Errorf("the mailbox holds %+v, it held %+v", now, first)
	}
	check(t, dialog.Exit(ctx)) // and the dialog itself was not disturbed
}

// TestAUsedMessageIDLeavesNoTrace stores two letters with one id.
func TestAUsedMessageIDLeavesNoTrace(t *testing.T) {
	ctx := context.Background()
	post := startOffice(t, lenient)
	bob := post.register("bob", mailbox.Rules{})
	alice := newClient(t, post, "alice")
	id, err := alice.GetMessageID(ctx)
	check(t, err)
	stored, err := alice.Store(ctx, letterOf(id, certificate(t, "bob-cipher"), 1000))
	check(t, err)
	check(t, stored.Close())
	first := onlyLetter(t, post, bob)
	_, err = alice.Store(ctx, letterOf(id, certificate(t, "bob-cipher"), 2000))
	if !client.IsCode(err, envelope.CodeMessageIDUnknown) {
		t.Errorf("the second time: %v", err)
	}
	wantRefused(t, post, envelope.CodeMessageIDUnknown, 0)
	if now := onlyLetter(t, post, bob); now.Size != first.Size || now.Card.MessageID != id {
		t.Errorf("the mailbox holds %+v, it held %+v", now, first)
	}
}

// onlyLetter is the one letter of a mailbox.
func onlyLetter(t *testing.T, post *office, address mailbox.Address) mailbox.Entry {
	t.Helper()
	entry, more, err := post.store.Select(context.Background(), mailbox.Query{Mailbox: address})
	if err != nil || more {
		t.Fatalf("more than one letter: %v, err: %v", more, err)
	}
	return entry
}

// octetParcel is a parcel of octets in memory.
type octetParcel []byte

func (o octetParcel) Size() int64 { return int64(len(o)) }

func (o octetParcel) Close() error { return nil }

func (o octetParcel) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(o)
	return int64(n), err
}
