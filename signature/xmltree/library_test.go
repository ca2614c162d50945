package xmltree_test

import (
	"testing"

	"github.com/beevik/etree"
	dsiglib "github.com/russellhaering/goxmldsig"

	"poststelle/signature/xmltree"
)

// A second library, on the documents for which it is right: declarations only
// on the root, attributes without prefixes, no line ends to normalise. The
// cases in which it is wrong stand in TestCanonicalFormWhereOthersGoWrong.
func TestCanonicalFormEqualsSecondLibrary(t *testing.T) {
	const documents = 2000
	for seed := range uint64(documents) {
		text, _ := generateKind(seed, true)
		doc := etree.NewDocument()
		if err := doc.ReadFromString(text); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		want := map[xmltree.Algorithm]dsiglib.Canonicalizer{
			xmltree.C14N:             dsiglib.MakeC14N10RecCanonicalizer(),
			xmltree.C14NWithComments: dsiglib.MakeC14N10WithCommentsCanonicalizer(),
			xmltree.ExcC14N:          dsiglib.MakeC14N10ExclusiveCanonicalizerWithPrefixList(""),
		}
		for form, library := range want {
			theirs, err := library.Canonicalize(doc.Root().Copy())
			if err != nil {
				t.Fatal(err)
			}
			if ours := canonical(t, xmltree.Canonicalizer{Algorithm: form}, parse(t, text).Root); ours != string(theirs) {
				t.Fatalf("%s of %q:\nours   %q\nsecond %q", form, text, ours, theirs)
			}
		}
	}
}
