package interop

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"poststelle/envelope"
)

// altered is a request of the running dialog whose ControlBlock was changed.
func (w *wire) altered(d *envelope.Draft, change func(*envelope.ControlBlock)) []byte {
	w.t.Helper()
	change(&d.Control)
	return w.octets(d, envelope.SealOptions{})
}

// demandWrongAlways has stores with a wrong ControlBlock refused, nothing
// stored, and then a right one done.
func demandWrongAlways(t *testing.T, changes map[string]func(*envelope.ControlBlock)) {
	t.Helper()
	post, alice := plainOffice(t)
	alice.dial(envelope.SealOptions{})
	for range 2 { // as the first request of the dialog and as a later one
		for name, change := range changes {
			t.Run(name, func(t *testing.T) {
				again := alice.in(t)
				again.demand(again.altered(again.store("bob"), change), envelope.CodeDialogWrong)
			})
		}
		if a := alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}); a.code() != envelope.CodeDialogOpen {
			t.Errorf("the right request: code %s", a.code())
		}
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

// TestConformance061ReplayOverHTTPIsNotExecuted sends a store twice, octet for
// octet: the answer may have been lost, the dialog has moved on.
func TestConformance061ReplayOverHTTPIsNotExecuted(t *testing.T) {
	post, alice := plainOffice(t)
	alice.dial(alice.signed())
	octets := alice.octets(alice.store("bob"), alice.signed())
	if a := alice.exchange(octets); a.code() != envelope.CodeDialogOpen {
		t.Fatalf("code %s", a.code())
	}
	for range 2 {
		alice.demand(octets, envelope.CodeDialogWrong)
	}
	// The number alone is enough: here the Response is that of the next request.
	alice.demand(alice.altered(alice.store("bob"), func(c *envelope.ControlBlock) { c.SequenceNumber-- }), envelope.CodeDialogWrong)
	if n := post.deliveries(t, "bob"); n != 1 {
		t.Errorf("%d deliveries", n)
	}
}

func TestConformance062SkippedSequenceNumbersAreRefused(t *testing.T) {
	skip := func(n int) func(*envelope.ControlBlock) {
		return func(c *envelope.ControlBlock) { c.SequenceNumber += n }
	}
	demandWrongAlways(t, map[string]func(*envelope.ControlBlock){
		"one": skip(1), "two": skip(2), "a million": skip(1_000_000),
		"the largest": func(c *envelope.ControlBlock) { c.SequenceNumber = 1<<31 - 1 },
	})
}

func TestConformance063WrongResponsesAreRefused(t *testing.T) {
	response := func(change func(string) string) func(*envelope.ControlBlock) {
		return func(c *envelope.ControlBlock) { c.Response = change(c.Response) }
	}
	demandWrongAlways(t, map[string]func(*envelope.ControlBlock){
		"none":        response(func(string) string { return "" }),
		"own":         func(c *envelope.ControlBlock) { c.Response = c.Challenge },
		"cut":         response(func(r string) string { return r[:len(r)-1] }),
		"with more":   response(func(r string) string { return r + "A" }),
		"other case":  response(swapCase),
		"with blanks": response(func(r string) string { return " " + r + " " }),
	})
	t.Run("of the answer before", staleResponse)
}

func staleResponse(t *testing.T) {
	_, alice := plainOffice(t)
	first := alice.dial(envelope.SealOptions{}).Control.Challenge
	alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	alice.demand(alice.altered(alice.draft(envelope.GetMessageID{}), func(c *envelope.ControlBlock) { c.Response = first }),
		envelope.CodeDialogWrong)
}

func swapCase(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}

func TestConformance064UnknownConversationsAreRefused(t *testing.T) {
	post, alice := plainOffice(t)
	carol := post.wire("carol")
	carol.dial(envelope.SealOptions{})
	for name, id := range map[string]string{
		"never given": "4711", "zero": "0", "of another client": carol.dialog.ConversationID,
		"long": strings.Repeat("9", 40),
	} {
		t.Run(name, func(t *testing.T) {
			again := alice.in(t)
			again.dial(envelope.SealOptions{})
			for _, change := range []func(*envelope.ControlBlock){
				func(c *envelope.ControlBlock) { c.ConversationID = id },
				func(c *envelope.ControlBlock) { c.ConversationID, c.Response = id, "" },
			} {
				again.demand(again.altered(again.store("bob"), change), envelope.CodeDialogWrong)
			}
			again.demand(again.altered(again.store("bob"), func(c *envelope.ControlBlock) { c.ConversationID = "0" + c.ConversationID }),
				envelope.CodeDialogWrong)
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
	if a := carol.send(carol.draft(envelope.GetMessageID{}), envelope.SealOptions{}); a.code() != envelope.CodeDialogOpen {
		t.Errorf("the other client's dialog: code %s", a.code())
	}
}

// TestConformance065DialogsExpireInTheStore is about dialogs that the real
// store keeps: used in time they live on, later they are unknown.
func TestConformance065DialogsExpireInTheStore(t *testing.T) {
	now := newClock()
	_, alice := plainOffice(t, now.by, func(o *officeOptions) { o.office.DialogIdle = time.Minute })
	alice.dial(envelope.SealOptions{})
	for after := time.Minute; after <= 3*time.Minute; after += time.Minute {
		now.set(after)
		if a := alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}); a.code() != envelope.CodeDialogOpen {
			t.Fatalf("after %s: code %s", after, a.code())
		}
	}
	now.set(4*time.Minute + time.Second)
	alice.demand(alice.octets(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}), envelope.CodeDialogWrong)
}

// TestConformance066OfRequestsAtOnceOneIsExecuted sends different stores as
// the same request of a dialog, all at once.
func TestConformance066OfRequestsAtOnceOneIsExecuted(t *testing.T) {
	post, alice := plainOffice(t)
	alice.dial(envelope.SealOptions{})
	const many = 8
	var requests [many][]byte
	for i := range requests {
		requests[i] = alice.octets(alice.store("bob"), envelope.SealOptions{})
	}
	var answers [many][]byte
	var group errgroup.Group
	for i := range requests {
		group.Go(func() (err error) {
			answers[i], err = exchangeOnce(post.url, requests[i])
			return err
		})
	}
	check(t, group.Wait())
	done := 0
	for _, body := range answers {
		if !bytes.Contains(body, []byte("<soap:Fault>")) {
			done++
		} else if code := faultCode(t, body); code != envelope.CodeDialogWrong {
			t.Errorf("code %s", code)
		}
	}
	if n := post.deliveries(t, "bob"); done != 1 || n != 1 {
		t.Errorf("%d executed, %d deliveries", done, n)
	}
}

// exchangeOnce posts octets from any goroutine.
func exchangeOnce(url string, octets []byte) ([]byte, error) {
	response, err := http.Post(url, "text/xml", bytes.NewReader(octets))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// TestConformance068EndedDialogsAreUnknownToTheStore goes on as if the exit
// had not been heard, and as if it had been any other request.
func TestConformance068EndedDialogsAreUnknownToTheStore(t *testing.T) {
	_, alice := plainOffice(t)
	alice.dial(envelope.SealOptions{})
	alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	before := *alice.dialog
	exit := alice.octets(alice.draft(envelope.ExitDialog{}), envelope.SealOptions{})
	if a := alice.exchange(exit); a.code() != envelope.CodeExecuted {
		t.Fatalf("code %s", a.code())
	}
	alice.demand(exit, envelope.CodeDialogWrong)
	for _, sequence := range []int{before.SequenceNumber, before.SequenceNumber + 1} {
		for _, response := range []string{"", before.Response} {
			alice.demand(alice.altered(alice.draft(envelope.GetMessageID{}), func(c *envelope.ControlBlock) {
				c.SequenceNumber, c.Response = sequence, response
			}), envelope.CodeDialogWrong)
		}
	}
}

// TestConformance072InitDialogHasNoNumbers writes what Seal would not.
func TestConformance072InitDialogHasNoNumbers(t *testing.T) {
	_, alice := plainOffice(t)
	for _, attribute := range []string{` ConversationId="1"`, ` SequenceNumber="0"`, ` ConversationId="1" SequenceNumber="0"`} {
		octets := edit(t, alice.octets(alice.draft(envelope.InitDialog{}), envelope.SealOptions{}), ` Id="controlblock"`, attribute+` Id="controlblock"`)
		alice.demand(octets, envelope.CodeRequestInvalid, envelope.CodeDialogWrong)
	}
}

// faultyRequests are requests of a running dialog that get a fault, each for
// another reason.
func faultyRequests(t *testing.T, w *wire) map[envelope.Code][]byte {
	t.Helper()
	const block = `<x:Fach xmlns:x="urn:example:fach" Id="fach"></x:Fach>`
	right := w.octets(w.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	foreign := w.encrypted()
	foreign.Encryption.Certificate = certificate(t, "carol-cipher")
	sealed := w.octets(w.draft(envelope.GetMessageID{}), w.encrypted())
	return map[envelope.Code][]byte{
		envelope.CodeMessageInvalid:   insert(t, insert(t, right, block), block),
		envelope.CodeKeyUnknown:       w.octets(w.draft(envelope.GetMessageID{}), foreign),
		envelope.CodeDecryptionFailed: flipAt(sealed, bytes.LastIndex(sealed, []byte("\r\n--"))-1),
		envelope.CodeRequestInvalid:   insert(t, right, strings.Replace(block, ` Id="fach"`, "", 1)),
		envelope.CodeDialogWrong:      w.altered(w.draft(envelope.GetMessageID{}), func(c *envelope.ControlBlock) { c.SequenceNumber++ }),
	}
}

func TestConformance073FaultsLeaveTheDialogAsItIs(t *testing.T) {
	_, alice := plainOffice(t)
	alice.dial(envelope.SealOptions{})
	for round := range 2 {
		for code, octets := range faultyRequests(t, alice) {
			alice.demand(octets, code)
			alice.demand(octets, code) // nor did the first one open a way
			a := alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
			if a.code() != envelope.CodeDialogOpen || a.Control.Response != "from alice" {
				t.Fatalf("round %d, after %s: code %s", round, code, a.code())
			}
		}
	}
}
