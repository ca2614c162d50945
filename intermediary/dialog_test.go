package intermediary

import (
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
)

func TestConformance057InitDialogAnswersWithItsControlBlock(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	c := s.last.m.Control
	if c.Response != "c0" || len(c.Challenge) < 22 || c.ConversationID == "" || c.SequenceNumber != envelope.NoSequence {
		t.Errorf("control block %+v", c)
	}
}

func TestConformance058ConversationIDsAreDigitsAndUnique(t *testing.T) {
	d, seen := newDesk(t), map[string]bool{}
	for range 20 {
		id := d.talk("alice").dial().next.ConversationID
		if strings.Trim(id, "0123456789") != "" || seen[id] {
			t.Errorf("ConversationId %q", id)
		}
		seen[id] = true
	}
}

// TestWrongDialogDataGetAFaultAndChangeNothing is about items 59, 61 to 64 and
// 73: after each burglar the honest client goes on as if nothing had been.
func TestWrongDialogDataGetAFaultAndChangeNothing(t *testing.T) {
	for name, spoil := range map[string]func(*envelope.ControlBlock){
		"skipped number":  func(c *envelope.ControlBlock) { c.SequenceNumber++ },
		"repeated number": func(c *envelope.ControlBlock) { c.SequenceNumber-- },
		"wrong Response":  func(c *envelope.ControlBlock) { c.Response += "x" },
		"no Response":     func(c *envelope.ControlBlock) { c.Response = "" },
		"unknown dialog":  func(c *envelope.ControlBlock) { c.ConversationID = "1" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newDesk(t).talk("alice").dial()
			s.ask(envelope.GetMessageID{}).want(t, "0801")
			wrong := s.next
			spoil(&wrong)
			s.send(&envelope.Draft{Control: wrong, Order: envelope.GetMessageID{}}).want(t, "fault 9400")
			if s.d.refusals("9400") != 1 {
				t.Errorf("log without the refusal: %s", s.d.log)
			}
			s.ask(envelope.GetMessageID{}).want(t, "0801")
		})
	}
}

func TestConformance059FirstRequestHasNumberZero(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	s.next.SequenceNumber = 1
	s.ask(envelope.GetMessageID{}).want(t, "fault 9400")
}

func TestConformance060ResponseRepeatsTheNumber(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	for n := range 3 {
		if r := s.ask(envelope.GetMessageID{}).want(t, "0801"); r.m.Control.SequenceNumber != n || r.m.Control.Response != "c1" {
			t.Errorf("control block %+v", r.m.Control)
		}
	}
}

func TestConformance061ReplayIsNotExecuted(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	id := s.getID()
	octets := s.octets(s.letter(id, "bob"))
	s.follow(s.d.raw("alice", octets)).want(t, "0801")
	s.d.raw("alice", octets).want(t, "fault 9400")
	if len(s.d.store.letters) != 1 {
		t.Errorf("%d letters", len(s.d.store.letters))
	}
}

func TestConformance065ExpiredDialogIsUnknown(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.DialogIdle = time.Minute }).talk("alice").dial()
	s.d.now = s.d.now.Add(time.Minute)
	s.ask(envelope.GetMessageID{}).want(t, "0801")
	s.d.now = s.d.now.Add(time.Minute + time.Second)
	s.ask(envelope.GetMessageID{}).want(t, "fault 9400")
}

func TestConformance066OfConcurrentRequestsOneSucceeds(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	s.d.store.entered, s.d.store.held = make(chan struct{}), make(chan struct{})
	octets := s.octets(&envelope.Draft{Control: s.next, Order: envelope.FetchDelivery{}})
	first := make(chan reply)
	go func() { first <- s.d.raw("alice", octets) }()
	<-s.d.store.entered
	s.d.raw("alice", octets).want(t, "fault 9400")
	close(s.d.store.held)
	(<-first).want(t, "9803")
}

func TestADialogThatMovedElsewhereGets9400(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	s.d.store.moved = mailbox.ErrDialogMoved
	s.ask(envelope.GetMessageID{}).want(t, "fault 9400")
}

func TestConformance067ExitDialogHasNoChallenge(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	r := s.ask(envelope.ExitDialog{}).want(t, "0800")
	if r.m.Control.Challenge != "" || r.m.Control.ConversationID != s.next.ConversationID {
		t.Errorf("control block %+v", r.m.Control)
	}
}

func TestConformance068EndedDialogIsUnknown(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	old := s.next
	s.ask(envelope.ExitDialog{}).want(t, "0800")
	s.next = old
	s.next.SequenceNumber++
	s.ask(envelope.GetMessageID{}).want(t, "fault 9400")
}

// TestRefusedExitLeavesNoDialogWithoutChallenge: after a refused exitDialog
// nobody goes on in the dialog with an empty Response.
func TestRefusedExitLeavesNoDialogWithoutChallenge(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.RequireSignature = true }).talk("alice")
	s.signed = true
	s.dial()
	s.signed = false
	s.ask(envelope.ExitDialog{}).want(t, "9600")
	if len(s.d.store.dialogs) != 0 {
		t.Error("the dialog lives on")
	}
	s.signed = true
	if s.next.Response != "" {
		t.Fatal("an exit with a Challenge")
	}
	s.ask(envelope.GetMessageID{}).want(t, "fault 9400")
}

func TestConformance069ImplicitResponsesCarryAThrowawayConversation(t *testing.T) {
	s := newDesk(t).talk("alice")
	r := s.ask(envelope.GetMessageID{}).want(t, "0800")
	stored := s.send(s.letter(r.m.Order.(envelope.ResponseToGetMessageID).MessageID, "bob")).want(t, "0800")
	for _, c := range []envelope.ControlBlock{r.m.Control, stored.m.Control} {
		if c.ConversationID == "" || c.SequenceNumber != 0 || c.Challenge != "" || c.Response != "c0" {
			t.Errorf("control block %+v", c)
		}
	}
	if len(s.d.store.dialogs) != 0 {
		t.Error("an implicit dialog was kept")
	}
}

func TestConformance070StrayResponseIsIgnored(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.next.Response = "of another answer"
	s.ask(envelope.GetMessageID{}).want(t, "0800")
}

func TestConformance072InitDialogInsideADialogIsInvalid(t *testing.T) {
	s := newDesk(t).talk("alice")
	for _, c := range []envelope.ControlBlock{
		{Challenge: "c0", ConversationID: "1", SequenceNumber: envelope.NoSequence},
		{Challenge: "c0", SequenceNumber: 0},
	} {
		r := s.d.raw("alice", withControl(s, c))
		if r.fault != "9300" && r.fault != "9400" {
			t.Errorf("answered with %s", r.code())
		}
	}
}

// withControl writes an initDialog and puts another ControlBlock's attributes
// into it, which Seal would not write.
func withControl(s *talk, c envelope.ControlBlock) []byte {
	octets := string(s.octets(&envelope.Draft{
		Control:      envelope.ControlBlock{Challenge: c.Challenge, SequenceNumber: envelope.NoSequence},
		Order:        envelope.InitDialog{},
		Certificates: s.own(envelope.CipherOriginator),
	}))
	attribute := ` SequenceNumber="0"`
	if c.ConversationID != "" {
		attribute = ` ConversationId="` + c.ConversationID + `"`
	}
	return []byte(strings.Replace(octets, ` Id="controlblock"`, attribute+` Id="controlblock"`, 1))
}

func TestConformance074SuccessIs0801InADialogAnd0800Outside(t *testing.T) {
	d := newDesk(t)
	d.talk("alice").ask(envelope.GetMessageID{}).want(t, "0800")
	s := d.talk("alice").dial()
	s.ask(envelope.GetMessageID{}).want(t, "0801")
	s.ask(envelope.ExitDialog{}).want(t, "0800")
}

func TestAnotherCertificateInADialogGets9400(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true
	s.dial()
	thief := *s
	thief.person = "carol"
	thief.ask(envelope.GetMessageID{}).want(t, "fault 9400")
	thief.signed = false
	thief.send(&envelope.Draft{
		Control: s.next, Order: envelope.GetMessageID{}, Certificates: thief.own(envelope.CipherOriginator),
	}).want(t, "fault 9400")
	s.ask(envelope.GetMessageID{}).want(t, "0801")
}

func TestEmptyChallengeAcceptsNoResponse(t *testing.T) {
	d := &dialog{state: dialogState{Version: dialogVersion, Sequence: -1}}
	if err := d.accepts(&envelope.Message{}); err == nil {
		t.Error("an absent Response answers an absent Challenge")
	}
}
