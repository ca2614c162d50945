package envelope

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// contentSummary writes content in the words of INDEX.tsv.
func contentSummary(t *testing.T, c *Content, names map[string]string) string {
	t.Helper()
	var words []string
	for _, f := range c.Files {
		octets := readFreight(t, f.Freight)
		if sum := sha256.Sum256(octets); sum != f.SHA256 || int64(len(octets)) != f.Size {
			t.Errorf("file %s is not the octets it claims", f.Name)
		}
		words = append(words, fmt.Sprintf("%s %d %x", f.Name, f.Size, f.SHA256))
	}
	var authors, readers []string
	for _, a := range c.Authors {
		if a.Role == SignatureOriginator {
			authors = append(authors, "none, originator")
		} else {
			authors = append(authors, strings.TrimSuffix(strings.TrimSuffix(names[a.Certificate.Fingerprint()], "-ec"), "-signature"))
		}
	}
	for _, r := range c.Readers {
		if r.Role == CipherAddressee {
			readers = append(readers, "none, addressee")
		} else {
			readers = append(readers, strings.TrimSuffix(names[r.Certificate.Fingerprint()], "-cipher"))
		}
	}
	if len(readers) == 0 {
		readers = []string{"none"}
	}
	words = append(words, "authors "+strings.Join(authors, "+"), "readers "+strings.Join(readers, "+"))
	return strings.Join(words, "; ")
}

// TestOpenContentReadsEveryRecordedLetter opens what the official client wrote.
func TestOpenContentReadsEveryRecordedLetter(t *testing.T) {
	o := contentOpener(t, "bob-cipher", "dave-cipher")
	names := peopleByFingerprint(t)
	for _, f := range contentFacts(t) {
		t.Run(f.name, func(t *testing.T) {
			m := recordedLetter(t, o, f.name)
			c := openedContent(t, o, m)
			if got := contentSummary(t, c, names); got != f.content {
				t.Errorf("content\n got %s\nwant %s", got, f.content)
			}
			if err := c.Signed(); err != nil {
				t.Errorf("Signed = %v", err)
			}
			for _, a := range c.Authors {
				if !a.Valid || len(a.Uncovered) > 0 {
					t.Errorf("author %v: valid %t, uncovered %v", a.Role, a.Valid, a.Uncovered)
				}
			}
			if len(c.Texts) == 0 || !strings.Contains(string(c.Texts[0].Octets), "Guten Tag, Überweisung") {
				t.Errorf("texts %+v", c.Texts)
			}
			if len(c.Stray) > 0 || c.Encrypted != (!strings.HasSuffix(f.content, "readers none")) {
				t.Errorf("stray %v, encrypted %t", c.Stray, c.Encrypted)
			}
		})
	}
}

// TestOpenContentReadsEveryRecordedPackage: chunks are content as well.
func TestOpenContentReadsEveryRecordedPackage(t *testing.T) {
	o := contentOpener(t, "bob-cipher", "dave-cipher")
	files, err := filepath.Glob(filepath.Join(contentRecordings, "*.osci"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		m := recordedLetter(t, o, strings.TrimSuffix(filepath.Base(file), ".osci"))
		if m.Content == nil {
			continue
		}
		if c := openedContent(t, o, m); c.Whole() != nil || len(c.Stray) > 0 {
			t.Errorf("%s: %v, stray %v", file, c.Whole(), c.Stray)
		}
	}
}
