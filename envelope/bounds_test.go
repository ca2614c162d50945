package envelope

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestOrdersAreBounded: lists and texts that a sender can make long, and what
// must go together.
func TestOrdersAreBounded(t *testing.T) {
	o, p := testOpener(t), loadPeople(t)
	long := make([]Inspection, maxInspections+1)
	for i := range long {
		long[i] = Inspection{Timestamp: *PlainTimestamp(testDay), CertType: CertUnknown, Math: ResultOK, Offline: ResultValid}
	}
	received := make([]int, maxChunks+1)
	feedback := Feedback{NewEntry("0800", nil)}
	card := func(change func(*ProcessCard)) *ProcessCard {
		c := &ProcessCard{MessageID: "id", RecentModification: testDay, Creation: PlainTimestamp(testDay)}
		change(c)
		return c
	}
	for name, c := range map[string]struct {
		order Order
		more  func(*Draft)
	}{
		"inspections":            {order: ResponseToStoreDelivery{feedback, card(func(c *ProcessCard) { c.Inspections = long })}},
		"received chunks":        {order: PartialFetchDelivery{nil, &ChunkInformation{ChunkNumber: 1, Received: received}}},
		"MessageId":              {order: StoreDelivery{MessageID: strings.Repeat("a", maxMessageID+1)}},
		"control in MessageId":   {order: StoreDelivery{MessageID: "a\nb"}},
		"DEL in MessageId":       {order: StoreDelivery{MessageID: "a\x7fb"}},
		"no UTF-8 in MessageId":  {order: StoreDelivery{MessageID: "a\xffb"}},
		"token without a name":   {order: ResponseToStoreDelivery{feedback, card(func(c *ProcessCard) { c.Creation = nil; c.Reception = &Timestamp{} })}},
		"no feedback":            {order: ResponseToStoreDelivery{}},
		"code of letters":        {order: ResponseToStoreDelivery{Feedback: Feedback{{Code: "08xx", Text: "x"}}}},
		"code of five":           {order: ResponseToStoreDelivery{Feedback: Feedback{{Code: "08000", Text: "x"}}}},
		"neither chunk nor info": {order: PartialStoreDelivery{MessageID: "a_Partial"}},
		"chunk and info":         {order: PartialStoreDelivery{MessageID: "a_Partial", InfoOnly: true, Chunk: &ChunkInformation{ChunkNumber: 1}}},
		"no chunk":               {order: PartialFetchDelivery{}},
		"accept without card":    {order: AcceptDelivery{}},
		"card without id":        {order: ProcessDelivery{Card: card(func(*ProcessCard) {})}},
		"id without card":        {order: ProcessDelivery{MessageIDResponse: "id"}},
		"languages":              {StoreDelivery{MessageID: "id"}, func(d *Draft) { d.Languages = strings.Fields(strings.Repeat("de ", 65)) }},
		"certificates": {StoreDelivery{MessageID: "id"}, func(d *Draft) {
			for i := range maxCertificates {
				c := p.in(CipherOtherReader)
				c.ID = fmt.Sprint("reader", i)
				d.Certificates = append(d.Certificates, c)
			}
		}},
		"order without content": {StoreDelivery{MessageID: "id"}, func(d *Draft) { d.Content, d.Attachments = nil, nil }},
		"parts without content": {FetchDelivery{}, func(d *Draft) { d.Attachments = []Attachment{attach("x", nil)} }},
	} {
		t.Run(name, func(t *testing.T) {
			d := goldenDraft(p, c.order)
			if name == "token without a name" {
				// written by hand: the encoder takes a stamp without Algorithm for a plain one
				octets := sealDraft(t, d, SealOptions{})
				octets = changed(t, octets, between(t, octets, "<osci:Plain>", "</osci:Plain>"), `<osci:Cryptographic Algorithm="">AA==</osci:Cryptographic>`)
				if err := openError(t, o, octets); !isStructure(err) {
					t.Error(err)
				}
				return
			}
			if c.more != nil {
				c.more(d)
			}
			if err := openError(t, o, sealDraft(t, d, SealOptions{})); !isStructure(err) {
				t.Error(err)
			}
		})
	}
}

// TestSelectionsAreRead strictly: an unknown value must not select more than
// the sender meant.
func TestSelectionsAreRead(t *testing.T) {
	o := testOpener(t)
	octets := recordingOctets(t, "card-plain-unsigned")
	const date = "2026-11-24T05:00:00Z"
	for rule, good := range map[string]bool{
		`<osci:RecentModification NoReception="true" Role="Addressee">` + date + `</osci:RecentModification>`:                              true,
		`<osci:RecentModification NoReception="1">` + date + `</osci:RecentModification>`:                                                  true,
		`<osci:RecentModification NoReception="0">` + date + `</osci:RecentModification>`:                                                  true,
		`<osci:RecentModification NoReception="yes">` + date + `</osci:RecentModification>`:                                                false,
		`<osci:RecentModification Role="addressee">` + date + `</osci:RecentModification>`:                                                 false,
		`<osci:RecentModification Role="">` + date + `</osci:RecentModification>`:                                                          false,
		`<osci:RecentModification>tomorrow</osci:RecentModification>`:                                                                      false,
		`<osci:RecentModification>` + date + `</osci:RecentModification><osci:MessageId>YQ==</osci:MessageId>`:                             false,
		`<osci:MessageId>YQ==</osci:MessageId><osci:RecentModification>` + date + `</osci:RecentModification>`:                             false,
		`<osci:RecentModification>` + date + `</osci:RecentModification><osci:ReceptionOfDelivery>` + date + `</osci:ReceptionOfDelivery>`: false,
		`<osci:Other></osci:Other>`: false,
	} {
		text := changed(t, octets, "<osci:fetchProcessCard>", "<osci:fetchProcessCard><osci:SelectionRule>"+rule+"</osci:SelectionRule>")
		if good {
			openOctets(t, o, text)
		} else if err := openError(t, o, text); !isStructure(err) {
			t.Errorf("%s: %v", rule, err)
		}
	}
	for limit, good := range map[string]bool{"1": true, "0": false, "-1": false, "": false, "x": false, "99999999999": false} {
		text := changed(t, octets, "<osci:fetchProcessCard>", `<osci:fetchProcessCard><osci:Quantity Limit="`+limit+`"></osci:Quantity>`)
		if good {
			openOctets(t, o, text)
		} else if err := openError(t, o, text); !isStructure(err) {
			t.Errorf("limit %q: %v", limit, err)
		}
	}
	without := changed(t, recordingOctets(t, "forward-plain-unsigned"), ` URI="http://127.0.0.1:9/recipient/ok"`, "")
	if err := openError(t, o, without); !isStructure(err) {
		t.Errorf("ContentReceiver without URI: %v", err)
	}
}

// TestTimesAreRead in every form that callers of the libraries write (dossier
// §10.2 and §25), and written in the one that all clients read (item 128).
func TestTimesAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-24T05:00:00Z": "2026-11-24T05:00:00Z", "2026-11-24T05:00:00.123456789Z": "2026-11-24T05:00:00Z",
		" 2026-11-24T05:00:00+01:00\n": "2026-11-24T04:00:00Z", "2026-11-24T05:00:00": "2026-11-24T04:00:00Z",
		"2026-07-24T05:00:00.5": "2026-07-24T03:00:00Z", "2026-11-24T05:00:00-11:30": "2026-11-24T16:30:00Z",
	} {
		got, err := ParseTime(text)
		if err != nil || got.UTC().Truncate(time.Second).Format(time.RFC3339) != want {
			t.Errorf("%q is read as %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026-11-24", "05:00:00", "2026-11-24 05:00:00Z", "2026-13-24T05:00:00Z", "2026-11-24T05:00:00.0000000000000000000000000000000Z"} {
		if got, err := ParseTime(text); !errors.Is(err, errTime) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	at := time.Date(2026, 11, 24, 5, 0, 0, 987, time.FixedZone("", 3600))
	if got := FormatTime(at); got != "2026-11-24T05:00:00+01:00" {
		t.Errorf("written as %s", got)
	}
	if got := FormatTime(at.UTC()); got != "2026-11-24T04:00:00+00:00" {
		t.Errorf("written as %s", got)
	}
}
