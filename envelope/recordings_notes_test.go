package envelope

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEveryRecordingDecodesToItsNotes holds the last column of INDEX.tsv
// against what was decoded. Every phrase is either checked or listed as being
// about the content, which is another test's.
func TestEveryRecordingDecodesToItsNotes(t *testing.T) {
	o := testOpener(t)
	people := peopleByFingerprint(t)
	for _, f := range recordingFacts(t) {
		t.Run(f["name"], func(t *testing.T) {
			m := openRecording(t, o, f["name"])
			defer m.Close()
			for _, phrase := range regexp.MustCompile(`[;,] `).Split(f["notes"], -1) {
				if phrase != "" && !checkPhrase(t, m, people, phrase) && !aboutContent[phrase] {
					t.Errorf("INDEX.tsv says %q, which nobody checks", phrase)
				}
			}
			if got, want := m.Features == nil, featureless(f); got != want {
				t.Errorf("without FeatureDescription: %v, want %v", got, want)
			}
		})
	}
}

// featureless are the recordings without a FeatureDescription: one that was
// told so, one of an old client, and passive recipients, which send none.
func featureless(f fact) bool {
	return f["notes"] == "no FeatureDescription" || f["notes"] == "as an old client would" || strings.HasPrefix(f["name"], "passive-")
}

// aboutContent are phrases on the ContentPackage or on how it came about.
var aboutContent = map[string]bool{
	"library defaults": true, "encrypted content": true, "content signed": true, "in the clear": true,
	"content signed twice": true, "container in container": true, "subject beyond ASCII": true,
	"content signed by the originator alice": true, "encrypted for the addressee": true,
	"attachments of 0 and 1 octets": true, "same algorithm for content": true,
	"deprecated algorithm": true, "also for content": true, "deprecated key transport": true,
	"content and transport": true, "SHA-3 signature not verified independently": true,
	"P-256 with SHA-512": true, "as an old client would": true, "RSA-3072": true,
	"CBC algorithm set while the IV length stayed at its default of 12": true,
	"inner subject Grosse Sendung":                                      true, "all chunks of this letter are spread over both folders": true,
}

// checkPhrase checks what it understands and tells whether it did.
func checkPhrase(t *testing.T, m *Message, people map[string]string, phrase string) bool {
	t.Helper()
	check := func(what string, got, want any) bool {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (%q): -want +got\n%s", what, phrase, diff)
		}
		return true
	}
	if rest, ok := strings.CutPrefix(phrase, "selection "); ok || phrase == "no rule" {
		return check("selection", selectionOf(m), wantedSelection(rest))
	}
	if name, ok := strings.CutPrefix(phrase, "addressee "); ok {
		return check("addressee", people[m.Certificates.First(CipherAddressee).Certificate.Fingerprint()], name+"-cipher")
	}
	if name, ok := strings.CutPrefix(phrase, "client "); ok {
		return check("client", people[m.Certificates.First(CipherOriginator).Certificate.Fingerprint()], name+"-cipher")
	}
	if number, ok := strings.CutPrefix(phrase, "SequenceNumber "); ok {
		return check("SequenceNumber", fmt.Sprint(m.Control.SequenceNumber), number)
	}
	if uri, ok := strings.CutPrefix(phrase, "ContentReceiver "); ok {
		return check("ContentReceiver", receiverOf(m), uri)
	}
	if name, ok := strings.CutPrefix(phrase, "answer of the passive recipient "); ok {
		return check("signer", people[m.Signature.Certificate.Fingerprint()], name+"-signature")
	}
	if space, ok := strings.CutPrefix(phrase, "custom header "); ok {
		return check("custom header", m.Custom[0].Space, space)
	}
	if name, ok := strings.CutPrefix(phrase, "to "); ok {
		return check("office", people[m.Encryption.Certificate.Fingerprint()], name)
	}
	return checkWord(t, m, phrase, check) || checkChunk(m, phrase, check)
}

func checkWord(t *testing.T, m *Message, phrase string, check func(string, any, any) bool) bool {
	t.Helper()
	switch phrase {
	case "implicit":
		return check("control", []any{m.Control.ConversationID, m.Control.SequenceNumber}, []any{"", 0})
	case "explicit":
		return check("in a dialog", m.Control.ConversationID != "", true)
	case "no Subject element":
		return check("subject", m.Order.(StoreDelivery).Subject == nil, true)
	case "no FeatureDescription":
		return check("features", m.Features == nil, true)
	case "CipherCertificateOtherAuthor present":
		return check("author", m.Certificates.First(CipherOtherAuthor) != nil, true)
	case "with MessageId":
		return check("MessageId", m.Order.(MediateDelivery).MessageID != "", true)
	case "ok":
		return check("code", codeOf(m), Code("0800"))
	case "refuse":
		return check("code", codeOf(m), Code("9811"))
	}
	return false
}

func checkChunk(m *Message, phrase string, check func(string, any, any) bool) bool {
	const base = "poststelle-20261124-fedcba9876543210"
	store, _ := m.Order.(PartialStoreDelivery)
	fetch, _ := m.Order.(PartialFetchDelivery)
	switch phrase {
	case "chunk 1 of 4 of a plain storeDelivery of 79851 octets":
		return check("chunk", store.Chunk, &ChunkInformation{ChunkNumber: 1, ChunkSize: 20, TotalChunkNumbers: 4, TotalMessageSize: 79851 / 1024})
	case "chunk 3 of 4 of a plain storeDelivery of 79851 octets":
		return check("chunk", store.Chunk, &ChunkInformation{ChunkNumber: 3, ChunkSize: 20, TotalChunkNumbers: 4, TotalMessageSize: 79851 / 1024})
	case "chunk 1 of 1":
		return check("chunk", store.Chunk, &ChunkInformation{ChunkNumber: 1, ChunkSize: 100, TotalChunkNumbers: 1, TotalMessageSize: 79851 / 1024})
	case "base MessageId " + base:
		return check("MessageId", store.MessageID, base+"_Partial")
	case "InfoOnly":
		return check("info only", []any{store.InfoOnly, store.Chunk == nil, store.MessageID}, []any{true, true, base + "_Partial"})
	case "chunk 1":
		return check("chunk", []int{fetch.Chunk.ChunkNumber, fetch.Chunk.ChunkSize}, []int{1, 1000})
	case "nothing received yet":
		return check("received", fetch.Chunk.Received, []int{-1})
	case "chunk 3":
		return check("chunk", []int{fetch.Chunk.ChunkNumber, fetch.Chunk.ChunkSize}, []int{3, 1000})
	case "received 1 and 2":
		// The octets have no ReceivedChunks but TotalChunkNumbers="2" and
		// TotalMessageSize="1": the library was given the numbers so. It shows
		// that both attributes have to be tolerated in this kind.
		return check("totals", []int{fetch.Chunk.TotalChunkNumbers, fetch.Chunk.TotalMessageSize, len(fetch.Chunk.Received)}, []int{2, 1, 0})
	}
	return false
}

func codeOf(m *Message) Code {
	feedback, _ := FeedbackOf(m.Order)
	return feedback.Decisive()
}

func receiverOf(m *Message) string {
	switch o := m.Order.(type) {
	case ForwardDelivery:
		return o.Receiver
	case MediateDelivery:
		return o.Receiver
	}
	return ""
}

// selectionFact is a selection with the limit of cards.
type selectionFact struct {
	Rule  *SelectionRule
	Limit int
}

func selectionOf(m *Message) selectionFact {
	switch o := m.Order.(type) {
	case FetchDelivery:
		return selectionFact{Rule: o.Rule}
	case FetchProcessCard:
		return selectionFact(o)
	case PartialFetchDelivery:
		return selectionFact{Rule: o.Rule}
	}
	return selectionFact{Limit: -1}
}

func wantedSelection(word string) selectionFact {
	const first = "poststelle-20261124-0123456789abcdef"
	five := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	switch word {
	case "id":
		return selectionFact{Rule: &SelectionRule{Mode: ByMessageID, MessageIDs: []string{first}}}
	case "date":
		return selectionFact{Rule: &SelectionRule{Mode: ByReception, Since: five.Add(-time.Hour), SinceText: "2026-11-24T05:00:00.000+01:00"}}
	case "three-ids":
		return selectionFact{Rule: &SelectionRule{Mode: ByMessageID, MessageIDs: []string{first, "second-id", "third-id"}}}
	case "modification":
		return selectionFact{Rule: &SelectionRule{Mode: ByModification, Since: five, SinceText: "2026-11-24T05:00:00Z"}}
	case "modification-originator-open":
		return selectionFact{Rule: &SelectionRule{
			Mode: ByModification, Since: five.Add(-time.Hour), SinceText: "2026-11-24T05:00:00+01:00",
			NoReception: true, Role: RoleOriginator,
		}}
	case "limit":
		return selectionFact{Limit: 5}
	}
	return selectionFact{} // none
}
