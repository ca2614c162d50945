package xmltree_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"poststelle/signature/xmltree"
)

// FuzzParse: no panic, and what was accepted has a canonical form that is
// accepted and is its own canonical form.
func FuzzParse(f *testing.F) {
	for seed := range uint64(8) {
		text, _ := generate(seed)
		f.Add([]byte(text))
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "c14n", "*", "*.xml"))
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
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := xmltree.Parse(text, xmltree.Limits{})
		if err != nil {
			return
		}
		for i, form := range forms[:4] {
			var first, second bytes.Buffer
			if err := form.WriteDocument(&first, doc); err != nil {
				t.Fatal(err)
			}
			again, err := xmltree.Parse(first.Bytes(), xmltree.Limits{MaxBytes: 1 << 30})
			if err != nil {
				t.Fatalf("canonical form %d of %q is refused: %v", i, text, err)
			}
			if err := form.WriteDocument(&second, again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Fatalf("form %d of %q is not stable: %v", i, text, err)
			}
		}
	})
}

func heavy() []byte {
	var b bytes.Buffer
	b.WriteString(`<r xmlns="urn:a" xmlns:p="urn:p">`)
	for i := range 10000 {
		fmt.Fprintf(&b, `<p:item n="%d" p:k='v&amp;'><name>text %d</name>&lt;</p:item>`, i, i)
	}
	b.WriteString("</r>")
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	text := heavy()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := xmltree.Parse(text, xmltree.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	text := heavy()
	doc, err := xmltree.Parse(text, xmltree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	for i, name := range []string{"inclusive", "with comments", "exclusive", "exclusive with comments"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				if err := forms[i].WriteDocument(&out, doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
