package envelope

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const letterFolder = "../testdata/letters"

// goldenDrafts is one full example of each kind.
func goldenDrafts(t testing.TB) []*Draft {
	t.Helper()
	p := loadPeople(t)
	subject := "Änderung <1> & \"Größe\" €"
	at := time.Date(2026, 11, 21, 22, 5, 0, 0, time.FixedZone("", 3600))
	stamp := PlainTimestamp(at)
	card := &ProcessCard{
		MessageID: "poststelle-1", RecentModification: at, Creation: stamp, Forwarding: stamp, Subject: &subject,
		Inspections: []Inspection{{
			Timestamp: *stamp, Subject: "CN=alice,O=A & B", Issuer: "CN=alice,O=A & B", Serial: "4711",
			CertType: CertUnknown, Math: ResultIndefinite, Offline: ResultValid,
			Online: &OnlineResult{Result: ResultOK, OCSP: []byte("ocsp"), CRL: &at},
		}},
	}
	done := func(codes ...Code) Feedback {
		var f Feedback
		for _, code := range codes {
			f = append(f, NewEntry(code, nil))
		}
		return f
	}
	rule := &SelectionRule{Mode: ByMessageID, MessageIDs: []string{"poststelle-1"}}
	cards := &SelectionRule{Mode: ByModification, Since: time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC), SinceText: "2026-11-24T05:00:00+01:00", NoReception: true, Role: RoleOriginator}
	chunk := &ChunkInformation{ChunkNumber: 2, Received: []int{1, 2}, TotalChunkNumbers: 3}
	orders := []Order{
		InitDialog{}, ResponseToInitDialog{done("0801", "3500")}, ExitDialog{}, ResponseToExitDialog{done("0800")},
		GetMessageID{}, ResponseToGetMessageID{done("0800"), "poststelle-1"},
		StoreDelivery{"poststelle-1", &subject}, ResponseToStoreDelivery{done("0800"), card},
		FetchDelivery{rule}, ResponseToFetchDelivery{done("0801", "3800"), rule, card},
		FetchProcessCard{cards, 5}, ResponseToFetchProcessCard{done("0801"), cards, 5, []ProcessCard{*card, *card}},
		ForwardDelivery{"https://example.org/empfang?a=1&b=2", "poststelle-1", nil}, ResponseToForwardDelivery{done("9805"), card},
		AcceptDelivery{card}, ResponseToAcceptDelivery{done("0800")},
		MediateDelivery{"https://example.org/", "poststelle-1", &subject}, ResponseToMediateDelivery{done("0801"), card, card},
		ProcessDelivery{"reply-1", card}, ResponseToProcessDelivery{done("0800"), "reply-1", &subject},
		PartialStoreDelivery{MessageID: "poststelle-1_Partial", Chunk: &ChunkInformation{ChunkNumber: 2, ChunkSize: 20, TotalChunkNumbers: 3, TotalMessageSize: 55}},
		ResponseToPartialStoreDelivery{done("3707", "0800"), done("0801"), card, chunk},
		PartialFetchDelivery{rule, &ChunkInformation{ChunkNumber: 1, ChunkSize: 1000, Received: []int{-1}}},
		ResponseToPartialFetchDelivery{done("0801"), rule, &ChunkInformation{ChunkNumber: 1, TotalChunkNumbers: 3, TotalMessageSize: 55}, "poststelle-1"},
	}
	var list []*Draft
	for _, order := range orders {
		list = append(list, goldenDraft(p, order))
	}
	return list
}

func goldenDraft(p people, order Order) *Draft {
	row := order.Kind().row()
	d := &Draft{Order: order, Control: ControlBlock{SequenceNumber: NoSequence}}
	if row.control[0] == required {
		d.Control.Response = "hEr/2Q=="
	}
	if row.control[1] == required {
		d.Control.Challenge = "Ch4l+A=="
	}
	if row.control[2] == required {
		d.Control.ConversationID = "734590123456789012"
	}
	if row.control[3] == required {
		d.Control.SequenceNumber = 3
	}
	if order.Kind().IsRequest() {
		d.Languages = []string{"de", "en"}
	}
	switch row.qualities {
	case bothQualities, bothIfMessageIDOnly:
		d.CreationQuality, d.ReceptionQuality = QualityPlain, QualityCryptographic
	case creationOnly:
		d.CreationQuality = QualityPlain
	}
	for role, most := range row.certificates.most {
		if most > 0 {
			d.Certificates = append(d.Certificates, p.in(Role(role)))
		}
	}
	if !order.Kind().IsRequest() {
		d.Features = &Features{MaxChunkSize: 5000, MinChunkSize: 1, MaxMessageSize: 100000, ChunkMessageTimeout: 30, Supported: []Feature{{FeatureGCM, "1.7.0"}}}
	}
	if row.content != forbidden {
		d.Content = packageOf(`<osci:ContentContainer Id="contentcontainer0"><osci:Content Id="content0" href="cid:Größe.txt"></osci:Content></osci:ContentContainer>`)
		d.Attachments = []Attachment{attach("Größe.txt", []byte("Anlage\r\n"))}
	}
	return d
}

// TestLettersStayAsTheyAre holds what is written against files that were
// looked at; -update rewrites them.
func TestLettersStayAsTheyAre(t *testing.T) {
	o := testOpener(t)
	seen := map[Kind]bool{}
	for _, d := range goldenDrafts(t) {
		kind := d.Order.Kind()
		seen[kind] = true
		t.Run(kind.String(), func(t *testing.T) {
			got := sealDraft(t, d, SealOptions{Rand: &countingRand{}})
			path := filepath.Join(letterFolder, kind.String()+".golden")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("differs from %s (-update rewrites it)\n%s", path, cmp.Diff(string(want), string(got)))
			}
			if diff := compareLooks(looksOfDraft(t, d), looksOf(t, openOctets(t, o, want))); diff != "" {
				t.Errorf("-written +read\n%s", diff)
			}
		})
	}
	for _, kind := range Kinds() {
		if !seen[kind] {
			t.Errorf("no letter of kind %s", kind)
		}
	}
}
