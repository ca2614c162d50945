package envelope

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzOpen opens anything. Nothing may panic, and what an office takes in it
// must be able to write again: a letter that can be stored and not fetched
// would block its box.
func FuzzOpen(f *testing.F) {
	for _, fact := range recordingFacts(f) {
		if fact["encrypted"] == "no" {
			f.Add(recordingOctets(f, fact["name"]))
		}
	}
	for _, d := range goldenDrafts(f) {
		f.Add(sealDraft(f, d, SealOptions{}))
	}
	f.Add(foreignLetter(f, `xmlns="urn:a"`, `xmlns:b="urn:b"`, "", `<Akte Id="d"/>`, `<o:ContentPackage/>`))
	f.Add(wrapped(f, recordingOctets(f, unsigned), defaultEncryption(f)))
	o := testOpener(f)
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := o.Open(context.Background(), sealedBytes(octets))
		if err != nil {
			return
		}
		defer m.Close()
		once := openOctets(t, o, sealDraft(t, again(m), SealOptions{}))
		twice := openOctets(t, o, sealDraft(t, again(once), SealOptions{}))
		if once.Kind != m.Kind || len(once.Certificates) != len(m.Certificates) || len(once.Attachments) != len(m.Attachments) {
			t.Errorf("%s became %s", m.Kind, once.Kind)
		}
		a, b := looksOf(t, once), looksOf(t, twice)
		a.Certificates, b.Certificates = nil, nil
		if diff := cmp.Diff(a, b, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read, written and read again differs:\n%s", diff)
		}
		if m.Content != nil && !bytes.Equal(m.Content.Octets, twice.Content.Octets) {
			t.Error("content has other octets")
		}
	})
}

// again is a draft of a message that was read.
func again(m *Message) *Draft {
	d := &Draft{
		Control: m.Control, Order: m.Order, Languages: m.Languages, CreationQuality: m.CreationQuality, ReceptionQuality: m.ReceptionQuality,
		CertificateBlock: m.CertificateBlock, Features: m.Features, Custom: m.Custom, Content: m.Content, Attachments: m.Attachments,
	}
	for _, c := range m.Certificates {
		if c.Role >= CipherIntermediary {
			d.Certificates = append(d.Certificates, c)
		}
	}
	return d
}

// TestFuzzSeedsOpen: seeds that are refused would show nothing.
func TestFuzzSeedsOpen(t *testing.T) {
	o := testOpener(t)
	for _, fact := range recordingFacts(t) {
		m := openRecording(t, o, fact["name"])
		once := openOctets(t, o, sealDraft(t, again(m), SealOptions{}))
		if diff := compareLooks(looksOf(t, m), looksOf(t, once)); diff != "" && !strings.HasPrefix(fact["name"], "passive-") {
			t.Errorf("%s: -read +written and read again\n%s", fact["name"], diff)
		}
		m.Close()
	}
}
