package signature_test

import (
	"bytes"
	"crypto/elliptic"
	"os"
	"path/filepath"
	"testing"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

const (
	c14n = string(xmltree.C14N)
	exc  = string(xmltree.ExcC14N)
)

var curve256 = elliptic.P256()

// FuzzVerify: no panic, and whoever gets a valid report has presented exactly
// what was signed: here only the one good letter's signature can be valid.
func FuzzVerify(f *testing.F) {
	s := signer(f, ecKey(f, curve256))
	good := letter(f, s)
	f.Add([]byte(good))
	files, err := filepath.Glob(filepath.Join("..", "testdata", "xmldsig", "aleksey-xmldsig-01", "*.xml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	goodDoc := parse(f, good)
	want := map[string][]byte{}
	for id, n := range source(goodDoc).Elements {
		want[id] = canonical(f, n)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := xmltree.Parse(text, xmltree.Limits{})
		if err != nil {
			return
		}
		var sig *xmltree.Node
		doc.Walk(func(n *xmltree.Node) bool {
			if n.Is(dsig, "Signature") {
				sig = n
			}
			return sig == nil
		})
		o := options(s)
		o.Enveloped = true
		src := source(doc)
		r, err := signature.Verify(doc, sig, src, o)
		if err != nil || !r.Valid() {
			return
		}
		for _, id := range []string{"a", "b"} {
			if n := src.Elements[id]; n == nil || id == "a" && !bytes.Equal(canonical(t, n), want[id]) {
				t.Fatalf("valid, but #%s is not what was signed: %q", id, text)
			}
		}
	})
}
