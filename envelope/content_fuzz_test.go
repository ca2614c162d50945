package envelope

import (
	"context"
	"crypto/sha256"
	"testing"
)

// FuzzOpenContent changes a signed ContentPackage in any way. Nothing may
// panic, and nothing counts as signed that the author did not sign.
func FuzzOpenContent(f *testing.F) {
	composed := compose(f, plainWriting(f))
	recorded := recordedLetter(f, contentOpener(f), "store-nested")
	f.Add(composed.Content.Octets)
	f.Add(recorded.Content.Octets)
	f.Add([]byte(`<osci:ContentPackage><osci:ContentContainer><osci:Content>Text</osci:Content></osci:ContentContainer></osci:ContentPackage>`))
	certificates := append(append(Certificates(nil), composed.Certificates...), recorded.Certificates...)
	attachments := append(append([]Attachment(nil), composed.Attachments...), recorded.Attachments...)
	o := contentOpener(f, "dave-cipher")
	signed := map[[32]byte]bool{}
	for _, octets := range []*Fragment{composed.Content, recorded.Content} {
		c := openFragment(f, o, octets.Octets, certificates, attachments)
		if c == nil || c.Signed() != nil {
			f.Fatal("the seeds are not signed")
		}
		noteSigned(c, func(sum [32]byte) { signed[sum] = true })
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		c := openFragment(t, o, octets, certificates, attachments)
		if c == nil {
			return
		}
		noteSigned(c, func(sum [32]byte) {
			if !signed[sum] {
				t.Error("something counts as signed that nobody signed")
			}
		})
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// openFragment opens a package that came with those certificates and parts;
// nil if it is refused.
func openFragment(t testing.TB, o *Opener, octets []byte, c Certificates, a []Attachment) *Content {
	t.Helper()
	doc, err := parseFragment(&Fragment{Octets: octets, Scope: ns5}, o.limits())
	if err != nil || len(doc.Root.Elements()) != 1 || !doc.Root.Elements()[0].Is(NSOSCI, "ContentPackage") {
		return nil
	}
	content, err := o.openContent(context.Background(), doc, doc.Root.Elements()[0], c, a)
	if err != nil {
		return nil
	}
	return content
}

// noteSigned tells the digests of all texts and files that count as signed.
func noteSigned(c *Content, note func([32]byte)) {
	for _, text := range c.Texts {
		if len(text.SignedBy) > 0 {
			note(sha256.Sum256(text.Octets))
		}
	}
	for _, file := range c.Files {
		if len(file.SignedBy) > 0 {
			note(sha256.Sum256([]byte(file.Name + string(file.SHA256[:]))))
		}
	}
}
