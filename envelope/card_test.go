package envelope

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// inspectedOnline is a card whose certificate was looked up in all three ways.
func inspectedOnline(at time.Time) ProcessCard {
	return ProcessCard{
		MessageID: "m-1", RecentModification: at, Creation: PlainTimestamp(at),
		Inspections: []Inspection{{
			Timestamp: *PlainTimestamp(at), Subject: "CN=bob", Issuer: "CN=bob", Serial: "1",
			CertType: CertAdvanced, Math: ResultOK, Offline: ResultValid,
			Online: &OnlineResult{Result: ResultRevoked, OCSP: []byte("answer"), CRL: &at, LDAP: []byte("entry")},
		}},
	}
}

// TestConformance129OnlineResultSaysOCSP: the schema misspells the element as
// OSCP, and the libraries demand OCSP (OSCI 1.2; dossier §10.1).
func TestConformance129OnlineResultSaysOCSP(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	draft := &Draft{
		Control: ControlBlock{Response: "r", Challenge: "c", ConversationID: "1"},
		Order: ResponseToFetchProcessCard{
			Feedback: Feedback{NewEntry(CodeDialogOpen, nil)}, Cards: []ProcessCard{inspectedOnline(at)},
		},
	}
	octets := sealed(t, draft, SealOptions{})
	const want = `<osci:OnlineResult Result="revoked"><osci:OCSP>YW5zd2Vy</osci:OCSP>` +
		`<osci:CRL>2026-11-25T12:00:00+00:00</osci:CRL><osci:LDAP>ZW50cnk=</osci:LDAP></osci:OnlineResult>`
	if !strings.Contains(string(octets), want) {
		t.Errorf("no %s in\n%s", want, octets)
	}
	o := contentOpener(t)
	cards := openMessage(t, o, octets).Order.(ResponseToFetchProcessCard).Cards
	if online := cards[0].Inspections[0].Online; online == nil || string(online.OCSP) != "answer" || !online.CRL.Equal(at) || string(online.LDAP) != "entry" {
		t.Errorf("read again: %+v", online)
	}
	body := &contentScratch{}
	body.Write(bytes.ReplaceAll(octets, []byte("osci:OCSP>"), []byte("osci:OSCP>")))
	if _, err := o.Open(context.Background(), Sealed{Body: body}); !errors.Is(err, ErrStructure) {
		t.Errorf("OSCP is taken: %v", err)
	}
}
