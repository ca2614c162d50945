package interop

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/transport"
)

func newSpool(t testing.TB, dir string) *transport.Spool {
	t.Helper()
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: dir})
	check(t, err)
	return spool
}

// TestConformance095IDsNeverRepeatAcrossCrashes asks one office for ids before
// and after it is killed; what was issued before counts afterwards.
func TestConformance095IDsNeverRepeatAcrossCrashes(t *testing.T) {
	post := startProcess(t)
	alice := post.wire("alice")
	seen := map[string]bool{}
	issue := func() (last string) {
		for range 20 {
			last = alice.messageID()
			if seen[last] {
				t.Fatalf("%s was issued twice", last)
			}
			seen[last] = true
		}
		return last
	}
	unused, used := issue(), issue()
	alice.demand(alice.octets(alice.storeAs(used, "bob"), envelope.SealOptions{}), envelope.CodeExecuted)
	post.crash()
	issue()
	alice.demand(alice.octets(alice.storeAs(used, "bob"), envelope.SealOptions{}), envelope.CodeMessageIDUnknown)
	alice.demand(alice.octets(alice.storeAs(unused, "bob"), envelope.SealOptions{}), envelope.CodeExecuted)
}

// TestConformance097ForeignIDsStoreNothing is over HTTP with the real store.
func TestConformance097ForeignIDsStoreNothing(t *testing.T) {
	post, alice := plainOffice(t)
	id := alice.messageID()
	for name, foreign := range map[string]string{
		"made up": "fremd", "changed": flipped(id), "with more": id + "x", "cut": id[:len(id)-1], "partial": id + "_Partial",
	} {
		t.Run(name, func(t *testing.T) {
			a := alice.in(t).send(alice.storeAs(foreign, "bob"), envelope.SealOptions{})
			if a.code() != envelope.CodeMessageIDUnknown || a.Order.(envelope.ResponseToStoreDelivery).Card != nil {
				t.Errorf("code %s, %+v", a.code(), a.Order)
			}
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

// flipped changes the last character.
func flipped(id string) string {
	if last := len(id) - 1; id[last] == '0' {
		return id[:last] + "1"
	}
	return id[:len(id)-1] + "0"
}

// TestConformance098UsedIDsLeaveTheFirstLetter repeats an id in another box,
// where the real store must know it, too.
func TestConformance098UsedIDsLeaveTheFirstLetter(t *testing.T) {
	post, alice := plainOffice(t)
	first := alice.store("bob", textFile("plan.bin", "first"))
	alice.demand(alice.octets(first, envelope.SealOptions{}), envelope.CodeExecuted)
	for _, to := range []string{"bob", "carol"} {
		second := alice.storeAs(storeID(first), to, textFile("plan.bin", "second"))
		alice.demand(alice.octets(second, envelope.SealOptions{}), envelope.CodeMessageIDUnknown)
	}
	wantPart(t, post.delivery(t, "bob", storeID(first)), "plan.bin", "first")
	if n := post.deliveries(t, "carol"); n != 0 {
		t.Errorf("%d deliveries for carol", n)
	}
}

// TestConformance101SubjectsAreUnchangedInEveryCard follows a subject through
// the real store into all three sorts of cards.
func TestConformance101SubjectsAreUnchangedInEveryCard(t *testing.T) {
	post, alice := plainOffice(t)
	const subject = `<osci:Subject>&amp; "Söhne" ]]> 📨</osci:Subject>`
	text := subject
	store := alice.store("bob")
	store.Order = envelope.StoreDelivery{MessageID: storeID(store), Subject: &text}
	stored := alice.send(store, envelope.SealOptions{})
	bob := post.wire("bob")
	bob.dial(envelope.SealOptions{})
	fetched := bob.send(bob.draft(envelope.FetchDelivery{}), envelope.SealOptions{})
	cards := bob.send(bob.draft(envelope.FetchProcessCard{}), envelope.SealOptions{})
	for name, card := range map[string]*envelope.ProcessCard{
		"store": stored.Order.(envelope.ResponseToStoreDelivery).Card,
		"fetch": fetched.Order.(envelope.ResponseToFetchDelivery).Card,
		"cards": &cards.Order.(envelope.ResponseToFetchProcessCard).Cards[0],
	} {
		if card == nil || card.Subject == nil || *card.Subject != subject {
			t.Errorf("%s: %+v", name, card)
		}
	}
	if strings.Contains(cards.xml(), "<osci:Subject><") || strings.Contains(cards.xml(), "]]>") {
		t.Errorf("not escaped: %s", cards.xml())
	}
}

// TestConformance102LettersSurviveKillDashNine kills the office each time it
// has answered, with letters that lie in the broker and in content files.
func TestConformance102LettersSurviveKillDashNine(t *testing.T) {
	post := startProcess(t)
	alice, bob := post.wire("alice"), post.wire("bob")
	for _, size := range []int{10, 300 << 10, 2 << 20} {
		octets := contentOf(t, pattern(size))
		letter := alice.store("bob", textFile("plan.bin", string(octets)))
		request := alice.octets(letter, alice.signed())
		_, body := post.post(bytes.NewReader(request))
		post.crash()
		if code := alice.open(body).code(); code != envelope.CodeExecuted {
			t.Fatalf("size %d: code %s", size, code)
		}
		bob.dialog = nil
		bob.dial(bob.signed())
		fetched := bob.send(bob.draft(envelope.FetchDelivery{Rule: byID(storeID(letter))}), bob.signed())
		if fetched.code() != envelope.CodeDialogOpen {
			t.Fatalf("size %d: code %s", size, fetched.code())
		}
		if have := contentOf(t, fetched.Attachment("plan.bin").Freight); !bytes.Equal(have, octets) {
			t.Errorf("size %d: another file of %d octets", size, len(have))
		}
		alice.demand(request, envelope.CodeMessageIDUnknown) // the sender asks again: it was taken
	}
	t.Run("confirmation", func(t *testing.T) { confirmationSurvives(t, post) })
}

// confirmationSurvives kills the office after a request that confirmed, and
// in the middle of the dialog, which goes on.
func confirmationSurvives(t *testing.T, post *process) {
	alice, bob := post.wire("alice"), post.wire("bob")
	letter := alice.store("bob")
	alice.demand(alice.octets(letter, envelope.SealOptions{}), envelope.CodeExecuted)
	bob.dial(envelope.SealOptions{})
	rule := byID(storeID(letter))
	bob.send(bob.draft(envelope.FetchDelivery{Rule: rule}), envelope.SealOptions{})
	bob.send(bob.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	post.crash()
	cards := bob.send(bob.draft(envelope.FetchProcessCard{Rule: rule}), envelope.SealOptions{})
	if card := cards.Order.(envelope.ResponseToFetchProcessCard).Cards[0]; card.Forwarding == nil || card.Reception == nil {
		t.Errorf("card %+v", card)
	}
}

func TestConformance105PartsWithoutReferenceAreStored(t *testing.T) {
	t.Run("in the clear", func(t *testing.T) {
		post, alice := plainOffice(t)
		letter := alice.store("bob", textFile("named.bin", "named"))
		stray := letter.Attachments[0]
		stray.ContentID = "stray.bin"
		letter.Attachments = append(letter.Attachments, stray)
		alice.demand(alice.octets(letter, alice.signed()), envelope.CodeExecuted)
		wantPart(t, post.delivery(t, "bob", storeID(letter)), "stray.bin", "named")
		bob := post.wire("bob")
		bob.dial(envelope.SealOptions{})
		fetched := bob.send(bob.draft(envelope.FetchDelivery{}), envelope.SealOptions{})
		if a := fetched.Attachment("stray.bin"); a == nil || string(contentOf(t, a.Freight)) != "named" {
			t.Errorf("fetched %+v", fetched.Attachments)
		}
	})
	t.Run("encrypted", encryptedPartsAreStored)
}

// encryptedPartsAreStored: what names an encrypted file is encrypted itself,
// so nothing the office can read refers to the part.
func encryptedPartsAreStored(t *testing.T) {
	post, _ := plainOffice(t)
	ctx := context.Background()
	stored, err := newClient(t, post, "alice").Store(ctx, letterOf("", certificate(t, "bob-cipher"), 5000))
	check(t, err)
	defer stored.Close()
	d := post.delivery(t, "bob", stored.MessageID)
	if len(d.Attachments) != 1 || strings.Contains(string(d.Content.Octets), "cid:"+d.Attachments[0].ContentID) {
		t.Fatalf("%d parts", len(d.Attachments))
	}
	dialog, err := newClient(t, post, "bob").Dial(ctx)
	check(t, err)
	received, err := dialog.Fetch(ctx, nil)
	check(t, err)
	defer received.Close()
	if a := received.Message.Attachments; len(a) != 1 || a[0].SHA256 != d.Attachments[0].SHA256 {
		t.Errorf("fetched %+v", a)
	}
}

// TestConformance096CardsComeFromTheStore has the Creation of the office's
// clock in the answer and in the store.
func TestConformance096CardsComeFromTheStore(t *testing.T) {
	now := newClock()
	post, alice := plainOffice(t, now.by)
	now.set(time.Minute)
	letter := alice.store("bob")
	a := alice.send(letter, envelope.SealOptions{})
	card := a.Order.(envelope.ResponseToStoreDelivery).Card
	if a.code() != envelope.CodeExecuted || card == nil || !card.Creation.At.Equal(noon.Add(time.Minute)) || card.Forwarding != nil {
		t.Fatalf("code %s, card %+v", a.code(), card)
	}
	if !strings.Contains(a.xml(), "<osci:InspectionReport>") || len(card.Inspections) != 2 {
		t.Errorf("%d inspections", len(card.Inspections))
	}
	e, _, err := post.store.Select(context.Background(), mailbox.Query{
		Mailbox: mailbox.AddressOf(certificate(t, "bob-cipher")), MessageID: storeID(letter),
	})
	check(t, err)
	if !e.Card.Creation.At.Equal(card.Creation.At) {
		t.Errorf("stored %s, said %s", e.Card.Creation.At, card.Creation.At)
	}
}
