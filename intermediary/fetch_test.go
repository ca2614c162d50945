package intermediary

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"poststelle/envelope"
)

func cardOf(t testing.TB, r reply) *envelope.ProcessCard {
	t.Helper()
	card := r.m.Order.(envelope.ResponseToFetchDelivery).Card
	if card == nil {
		t.Fatal("no card")
	}
	return card
}

func byID(ids ...string) *envelope.SelectionRule {
	return &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: ids}
}

func TestConformance106FetchGivesTheOldestUnconfirmed(t *testing.T) {
	d := newDesk(t)
	first := d.talk("alice").store("bob")
	d.talk("alice").store("bob")
	if card := cardOf(t, d.talk("bob").dial().ask(envelope.FetchDelivery{})); card.MessageID != first {
		t.Errorf("letter %s, want %s", card.MessageID, first)
	}
}

func TestConformance107LettersOfOthersAreNeverGiven(t *testing.T) {
	d := newDesk(t)
	id := d.talk("alice").store("bob")
	carol := d.talk("carol").dial()
	carol.ask(envelope.FetchDelivery{}).want(t, "9803")
	carol.ask(envelope.FetchDelivery{Rule: byID(id)}).want(t, "9803")
}

func TestConformance108FetchByMessageID(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	second := d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	r := bob.ask(envelope.FetchDelivery{Rule: byID(second)}).want(t, "0801")
	if cardOf(t, r).MessageID != second {
		t.Error("another letter")
	}
	bob.ask(envelope.FetchDelivery{Rule: byID("unknown")}).want(t, "9803")
}

func TestConformance109FetchByDateKnowsZones(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob") // at 12:00 UTC
	for text, code := range map[string]envelope.Code{
		"2026-11-24T13:00:00+01:00": "0801", "2026-11-24T13:00:01+01:00": "9803", "2026-11-24T12:00:00Z": "0801",
	} {
		since, err := envelope.ParseTime(text)
		check(t, err)
		rule := &envelope.SelectionRule{Mode: envelope.ByReception, Since: since, SinceText: text}
		d.talk("bob").dial().ask(envelope.FetchDelivery{Rule: rule}).want(t, code)
	}
}

func TestConformance110NoMatchEchoesAndHasNoCard(t *testing.T) {
	r := newDesk(t).talk("bob").dial().ask(envelope.FetchDelivery{Rule: byID("unknown")}).want(t, "9803")
	o := r.m.Order.(envelope.ResponseToFetchDelivery)
	if o.Card != nil || o.Rule == nil || o.Rule.MessageIDs[0] != "unknown" || r.m.Content != nil {
		t.Errorf("answer %+v", o)
	}
}

func TestConformance111MoreIsSaidAfterSuccess(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	if r := bob.ask(envelope.FetchDelivery{}); r.codes() != "0801 3800" {
		t.Errorf("codes %s", r.codes())
	}
	if r := bob.ask(envelope.FetchDelivery{}); r.codes() != "0801" {
		t.Errorf("codes %s", r.codes())
	}
}

func TestConformance112EchoEqualsTheRule(t *testing.T) {
	d := newDesk(t)
	id := d.talk("alice").store("bob")
	r := d.talk("bob").dial().ask(envelope.FetchDelivery{Rule: byID(id)})
	if !bytes.Contains(r.octets, []byte("<osci:SelectionRule><osci:MessageId>")) {
		t.Error("echo without prefix osci")
	}
	if rule := r.m.Order.(envelope.ResponseToFetchDelivery).Rule; rule == nil || rule.MessageIDs[0] != id {
		t.Errorf("echo %+v", rule)
	}
}

// TestLettersAreHandedOnAsTheyCame is about items 105, 115 and 116.
func TestLettersAreHandedOnAsTheyCame(t *testing.T) {
	d := newDesk(t)
	alice := d.talk("alice")
	letter := alice.letter(alice.getID(), "bob")
	letter.Attachments = append(letter.Attachments, envelope.Attachment{
		ContentID: "unreferenced", ContentType: "application/octet-stream", Freight: &memoryFile{octets: []byte{0, 1, 2, 13, 10}},
	})
	letter.Custom = []envelope.Fragment{{
		Space: "urn:x", Local: "Meta", Octets: []byte(`<x:Meta xmlns:x="urn:x" Id="meta"><x:a/></x:Meta>`), IDs: []string{"meta"},
	}}
	alice.send(letter).want(t, "0800")
	stored := d.store.letters[0].d
	bob := d.talk("bob")
	bob.encrypted, bob.signed = true, true
	r := bob.dial().ask(envelope.FetchDelivery{}).want(t, "0801")
	if !bytes.Equal(r.m.Content.Octets, stored.Content.Octets) || !bytes.Equal(r.m.CertificateBlock.Octets, stored.Certificates.Octets) {
		t.Error("content or certificates changed")
	}
	if len(r.m.Custom) != 1 || !bytes.Equal(r.m.Custom[0].Octets, stored.Custom[0].Octets) {
		t.Errorf("custom headers %+v", r.m.Custom)
	}
	if len(r.m.Attachments) != 2 || r.m.Attachment("unreferenced") == nil ||
		r.m.Attachment("unreferenced").SHA256 != stored.Attachments[1].SHA256 {
		t.Errorf("attachments %+v", r.m.Attachments)
	}
	if !r.m.Signature.Complete() {
		t.Errorf("the answer's signature leaves out %v", r.m.Signature.Uncovered)
	}
}

func TestConformance118ForwardingIsInTheAnswer(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	d.now = d.now.Add(time.Minute)
	card := cardOf(t, d.talk("bob").dial().ask(envelope.FetchDelivery{}))
	if card.Forwarding == nil || card.Forwarding.At.Before(card.Creation.At) || card.Reception != nil {
		t.Errorf("card %+v", card)
	}
}

// received tells whether the only letter is confirmed.
func (d *desk) received() bool { return d.store.letters[0].card.Reception != nil }

func TestConformance119TheNextValidRequestConfirms(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	bob.ask(envelope.FetchDelivery{}).want(t, "0801")
	if d.received() {
		t.Fatal("confirmed by the hand-out")
	}
	d.talk("bob").dial()
	if d.received() {
		t.Fatal("confirmed by another dialog")
	}
	bob.ask(envelope.GetMessageID{}).want(t, "0801")
	if !d.received() {
		t.Fatal("not confirmed")
	}
}

func TestConformance120AbandonedDialogsConfirmNothing(t *testing.T) {
	d := newDesk(t)
	id := d.talk("alice").store("bob")
	d.talk("bob").dial().ask(envelope.FetchDelivery{}).want(t, "0801")
	if card := cardOf(t, d.talk("bob").dial().ask(envelope.FetchDelivery{})); card.MessageID != id || d.received() {
		t.Errorf("card %+v", card)
	}
}

func TestConformance121FaultsConfirmNothing(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	bob.ask(envelope.FetchDelivery{}).want(t, "0801")
	wrong := *bob
	wrong.next.SequenceNumber++
	wrong.ask(envelope.GetMessageID{}).want(t, "fault 9400")
	if d.received() {
		t.Error("confirmed by a refused request")
	}
}

func TestWrongSignatureConfirmsNothing(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.RequireSignature = true })
	alice := d.talk("alice")
	alice.signed = true
	alice.store("bob")
	bob := d.talk("bob")
	bob.signed = true
	bob.dial().ask(envelope.FetchDelivery{}).want(t, "0801")
	bob.signed = false
	bob.ask(envelope.GetMessageID{}).want(t, "9600")
	if d.received() {
		t.Error("confirmed by an unsigned request")
	}
	bob.signed = true
	bob.ask(envelope.GetMessageID{}).want(t, "0801")
	if !d.received() {
		t.Error("not confirmed")
	}
}

func TestConformance122ExitConfirms(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	bob.ask(envelope.FetchDelivery{}).want(t, "0801")
	bob.ask(envelope.ExitDialog{}).want(t, "0800")
	if !d.received() {
		t.Error("not confirmed")
	}
}

func TestDamagedLettersAreNotHandedOut(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	d.store.broken = errors.New("damaged")
	r := d.talk("bob").dial().ask(envelope.FetchDelivery{}).want(t, "9811")
	if r.m.Content != nil || d.store.letters[0].card.Forwarding != nil {
		t.Error("handed out")
	}
}

func TestConformance123CardsAreForTheParties(t *testing.T) {
	d := newDesk(t)
	id := d.talk("alice").store("bob")
	for person, code := range map[string]envelope.Code{"alice": "0801", "bob": "0801", "carol": "9804"} {
		d.talk(person).dial().ask(envelope.FetchProcessCard{Rule: byID(id)}).want(t, code)
	}
}

func TestConformance126LimitIsKeptAndMoreIsSaid(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	d.talk("alice").store("bob")
	r := d.talk("bob").dial().ask(envelope.FetchProcessCard{Limit: 1})
	o := r.m.Order.(envelope.ResponseToFetchProcessCard)
	if r.codes() != "0801 3801" || len(o.Cards) != 1 || o.Limit != 1 {
		t.Errorf("codes %s, %+v", r.codes(), o)
	}
}

func TestConformance130WithoutARuleAllVisibleCardsCome(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").store("bob")
	d.talk("bob").store("alice")
	r := d.talk("bob").dial().ask(envelope.FetchProcessCard{}).want(t, "0801")
	if o := r.m.Order.(envelope.ResponseToFetchProcessCard); len(o.Cards) != 2 || o.Rule != nil {
		t.Errorf("answer %+v", o)
	}
}

func TestRepeatedHandOutShowsNoReception(t *testing.T) {
	d := newDesk(t)
	id := d.talk("alice").store("bob")
	bob := d.talk("bob").dial()
	bob.ask(envelope.FetchDelivery{}).want(t, "0801")
	r := bob.ask(envelope.FetchDelivery{Rule: byID(id)}).want(t, "0801")
	if !d.received() || cardOf(t, r).Reception != nil {
		t.Error("Reception in the answer to a fetch, or no Reception at all")
	}
}
