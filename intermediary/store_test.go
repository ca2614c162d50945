package intermediary

import (
	"errors"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
)

func TestConformance094IssuedIDsAreHarmlessText(t *testing.T) {
	id := newDesk(t).talk("alice").getID()
	if strings.ContainsAny(id, ";& _") || len(id) > 128 || !strings.HasPrefix(id, "post.test-") {
		t.Errorf("id %q", id)
	}
}

func TestConformance095IDsNeverRepeat(t *testing.T) {
	d, seen := newDesk(t), map[string]bool{}
	for range 50 {
		id := d.talk("alice").getID()
		if seen[id] {
			t.Fatalf("%q twice", id)
		}
		seen[id] = true
	}
}

func TestIDsOfAnEarlierOfficeCountAfterARestart(t *testing.T) {
	id := newDesk(t).talk("alice").getID()
	s := newDesk(t).talk("alice")
	s.send(s.letter(id, "bob")).want(t, "0800")
}

func TestConformance096StoreGivesCreationAndInspections(t *testing.T) {
	s := newDesk(t).talk("alice")
	r := s.send(s.letter(s.getID(), "bob")).want(t, "0800")
	card := r.m.Order.(envelope.ResponseToStoreDelivery).Card
	if card == nil || card.Creation == nil || !card.Creation.At.Equal(testDay) || card.Forwarding != nil || card.Reception != nil {
		t.Fatalf("card %+v", card)
	}
	if len(card.Inspections) != 2 { // alice-cipher and bob-cipher
		t.Fatalf("%d inspections", len(card.Inspections))
	}
	for _, i := range card.Inspections {
		if i.CertType != "unknown" || i.Math != "indeterminate" || i.Offline != "valid" || i.Online != nil || i.Serial == "" {
			t.Errorf("inspection %+v", i)
		}
	}
}

func TestConformance097ForeignIDsGet9801(t *testing.T) {
	s := newDesk(t).talk("alice")
	own := s.getID()
	last := "0"
	if strings.HasSuffix(own, "0") {
		last = "1"
	}
	for _, id := range []string{"x", "", "post.test-abc-def-012345", own[:len(own)-1] + last, "other" + own, own + "_Partial"} {
		if id == "" {
			continue // 9800, below
		}
		s.send(s.letter(id, "bob")).want(t, "9801")
	}
	if len(s.d.store.letters) != 0 {
		t.Error("something was stored")
	}
}

func TestExpiredIDsGet9801(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.IDLifetime = time.Hour }).talk("alice")
	id := s.getID()
	s.d.now = s.d.now.Add(time.Hour + time.Second)
	s.send(s.letter(id, "bob")).want(t, "9801")
}

func TestConformance098UsedIDsGet9801(t *testing.T) {
	s := newDesk(t).talk("alice")
	id := s.store("bob")
	r := s.send(s.letter(id, "carol")).want(t, "9801")
	if r.m.Order.(envelope.ResponseToStoreDelivery).Card != nil {
		t.Error("a refusal with a card")
	}
	if len(s.d.store.letters) != 1 || !s.d.store.letters[0].d.Addressee.Equal(certificate(t, "bob-cipher")) {
		t.Error("the first letter was touched")
	}
}

func TestConformance099MissingIDGets9800(t *testing.T) {
	s := newDesk(t).talk("alice")
	octets := string(s.octets(s.letter("gone", "bob")))
	before, rest, _ := strings.Cut(octets, "<osci:MessageId>")
	_, after, found := strings.Cut(rest, "</osci:MessageId>")
	if !found {
		t.Fatal("no MessageId to remove")
	}
	s.d.raw("alice", []byte(before+after)).want(t, "9800")
}

func TestConformance100MissingAddresseeIsInvalid(t *testing.T) {
	s := newDesk(t).talk("alice")
	letter := s.letter(s.getID(), "bob")
	letter.Certificates = s.own(envelope.CipherOriginator)
	s.send(letter).want(t, "fault 9300")
}

func TestConformance101SubjectComesBackUnchanged(t *testing.T) {
	s := newDesk(t).talk("alice")
	r := s.send(s.letter(s.getID(), "bob")).want(t, "0800")
	if subject := r.m.Order.(envelope.ResponseToStoreDelivery).Card.Subject; subject == nil || *subject != "a < b & ü" {
		t.Errorf("subject %v", subject)
	}
}

func TestConformance103MissingQualityIsInvalid(t *testing.T) {
	s := newDesk(t).talk("alice")
	letter := s.letter(s.getID(), "bob")
	letter.ReceptionQuality = ""
	s.send(letter).want(t, "fault 9300")
}

func TestConformance104CryptographicQualityGetsAPlainStamp(t *testing.T) {
	s := newDesk(t).talk("alice")
	letter := s.letter(s.getID(), "bob")
	letter.CreationQuality = envelope.QualityCryptographic
	r := s.send(letter).want(t, "0800")
	if c := r.m.Order.(envelope.ResponseToStoreDelivery).Card.Creation; c == nil || c.Token != nil {
		t.Errorf("creation %+v", c)
	}
	if s.d.store.letters[0].d.CreationQuality != envelope.QualityCryptographic {
		t.Error("what was asked for is forgotten")
	}
}

func TestRegisteredMailboxesRefuseStrangers(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.Open = false }).talk("alice")
	s.send(s.letter(s.getID(), "bob")).want(t, "9805")
	if len(s.d.store.letters) != 0 {
		t.Error("stored")
	}
	s.d.register("bob", mailbox.Rules{})
	s.store("bob")
}

func (d *desk) register(name string, rules mailbox.Rules) {
	c := certificate(d.t, name+"-cipher")
	d.store.boxes[mailbox.AddressOf(c)] = mailbox.Box{Address: mailbox.AddressOf(c), Certificate: c, Rules: rules}
}

func TestMailboxRulesAreHeld(t *testing.T) {
	for name, c := range map[string]struct {
		rules  mailbox.Rules
		signed bool
		code   envelope.Code
	}{
		"unsigned transport":    {mailbox.Rules{TransportSignature: true}, false, "9600"},
		"signed transport":      {mailbox.Rules{TransportSignature: true}, true, "0800"},
		"unsigned content":      {mailbox.Rules{ContentSignature: true}, false, "9600"},
		"larger than the box":   {mailbox.Rules{MaxBytes: 10}, false, "9805"},
		"smaller than the rule": {mailbox.Rules{MaxBytes: 100_000}, false, "0800"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDesk(t).talk("alice")
			s.d.register("bob", c.rules)
			s.signed = c.signed
			s.send(s.letter(s.getID(), "bob")).want(t, c.code)
		})
	}
}

func TestOfficeLimitsEveryLetter(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.MaxDeliveryBytes = 10 }).talk("alice")
	s.send(s.letter(s.getID(), "bob")).want(t, "9805")
}

func TestOutdatedCertificatesWarnAndAreStored(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true
	s.d.now = certificate(t, "bob-cipher").X509.NotAfter.Add(time.Hour)
	r := s.send(s.letter(s.getID(), "bob"))
	for _, code := range []string{"3705", "3500"} {
		if !strings.HasPrefix(r.codes(), "0800") || !strings.Contains(r.codes(), code) {
			t.Errorf("codes %s, want 0800 first and %s", r.codes(), code)
		}
	}
	card := r.m.Order.(envelope.ResponseToStoreDelivery).Card
	if card.Inspections[0].Offline != "invalid" {
		t.Errorf("inspection %+v", card.Inspections[0])
	}
}

func TestUncheckedCertificatesWarnOnlyIfWanted(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.WarnUnchecked = true }).talk("alice")
	if r := s.send(s.letter(s.getID(), "bob")); r.codes() != "0800 3707" {
		t.Errorf("codes %s", r.codes())
	}
	s = newDesk(t).talk("alice")
	if r := s.send(s.letter(s.getID(), "bob")); r.codes() != "0800" {
		t.Errorf("codes %s", r.codes())
	}
}

// TestTroubleIsNeverSuccess: the mailbox fails, the sender hears 9811 without
// a cause, and the dialog goes on.
func TestTroubleIsNeverSuccess(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	id := s.getID()
	s.d.store.fault = errors.New("disk of secret-host is full")
	r := s.follow(s.send(s.letter(id, "bob"))).want(t, "9811")
	if strings.Contains(string(r.octets), "secret-host") {
		t.Error("the cause went to the sender")
	}
	if !strings.Contains(s.d.log.String(), "secret-host") {
		t.Error("the cause is not in the log")
	}
	s.d.store.fault = nil
	s.follow(s.send(s.letter(id, "bob"))).want(t, "0801")
}
