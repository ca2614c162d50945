package xmltree_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poststelle/signature/xmltree"
)

// byID finds the element with Id="x", or whatever the id is.
func byID(t testing.TB, doc *xmltree.Document, id string) *xmltree.Node {
	t.Helper()
	var found *xmltree.Node
	doc.Walk(func(n *xmltree.Node) bool {
		if v, ok := n.Attr("", "Id"); ok && v == id {
			found = n
		}
		return found == nil
	})
	if found == nil {
		t.Fatalf("no element %q", id)
	}
	return found
}

func canonical(t testing.TB, c xmltree.Canonicalizer, n *xmltree.Node) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The ten cases in which a widespread library goes wrong, numbered as in the
// measurements of the project (dependencies, B1), and what is right.
func TestCanonicalFormWhereOthersGoWrong(t *testing.T) {
	inc, exc := xmltree.C14N, xmltree.ExcC14N
	tests := map[string]struct {
		text string
		form xmltree.Algorithm
		want string
	}{
		"1 redeclared prefix":          {`<r xmlns:a="urn:1"><a:s Id="x" xmlns:a="urn:2"/></r>`, inc, `<a:s xmlns:a="urn:2" Id="x"></a:s>`},
		"1 redeclared default":         {`<r xmlns="urn:1"><s Id="x" xmlns="urn:2"/></r>`, inc, `<s xmlns="urn:2" Id="x"></s>`},
		"1 default taken back":         {`<r xmlns="urn:1"><s Id="x" xmlns=""/></r>`, inc, `<s Id="x"></s>`},
		"2 nearest xml:lang":           {`<r xml:lang="en"><s Id="x" xml:lang="de"/></r>`, inc, `<s Id="x" xml:lang="de"></s>`},
		"2 nearest ancestor's":         {`<r xml:lang="en"><m xml:lang="de"><s Id="x"/></m></r>`, inc, `<s Id="x" xml:lang="de"></s>`},
		"3 inherited xml:lang":         {`<r xml:lang="en"><s Id="x"/></r>`, inc, `<s Id="x" xml:lang="en"></s>`},
		"3 not in the exclusive form":  {`<r xml:lang="en"><s Id="x"/></r>`, exc, `<s Id="x"></s>`},
		"4 order by namespace":         {`<r xmlns:a="urn:z" xmlns:b="urn:a"><s Id="x" a:c="1" b:d="2"/></r>`, inc, `<s xmlns:a="urn:z" xmlns:b="urn:a" Id="x" b:d="2" a:c="1"></s>`},
		"4 order, exclusive":           {`<r xmlns:a="urn:z" xmlns:b="urn:a"><s Id="x" a:c="1" b:d="2"/></r>`, exc, `<s xmlns:a="urn:z" xmlns:b="urn:a" Id="x" b:d="2" a:c="1"></s>`},
		"5 white space in a value":     {"<s Id=\"x\" a=\"\t|\n|\r\n|\r\"/>", inc, `<s Id="x" a=" | | | "></s>`},
		"5 the same by reference":      {`<s Id="x" a="&#9;|&#10;|&#13;"/>`, inc, `<s Id="x" a="&#x9;|&#xA;|&#xD;"></s>`},
		"6 line ends elsewhere":        {"<s Id=\"x\"><?p a\r\nb?><!--a\r\nb--></s>", xmltree.C14NWithComments, "<s Id=\"x\"><?p a\nb?><!--a\nb--></s>"},
		"7 xml declared":               {`<s Id="x" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`, inc, `<s Id="x"></s>`},
		"7 xml declared, used":         {`<r xmlns:xml="http://www.w3.org/XML/1998/namespace"><s Id="x" xml:lang="d"/></r>`, exc, `<s Id="x" xml:lang="d"></s>`},
		"8 inherited, used":            {`<r xmlns:a="urn:a"><a:s Id="x"/></r>`, exc, `<a:s xmlns:a="urn:a" Id="x"></a:s>`},
		"8 inherited default":          {`<r xmlns="urn:a"><s Id="x"/></r>`, exc, `<s xmlns="urn:a" Id="x"></s>`},
		"9 empty default at the apex":  {`<s Id="x" xmlns=""/>`, exc, `<s Id="x"></s>`},
		"9 empty default below":        {`<s Id="x" xmlns="u"><t xmlns=""/></s>`, exc, `<s xmlns="u" Id="x"><t xmlns=""></t></s>`},
		"10 everything in scope":       {`<r xmlns:a="urn:a" xmlns="urn:d"><s Id="x"/></r>`, inc, `<s xmlns="urn:d" xmlns:a="urn:a" Id="x"></s>`},
		"ampersand in a namespace":     {`<s Id="x" xmlns="u?a&amp;b"/>`, inc, `<s xmlns="u?a&amp;b" Id="x"></s>`},
		"superfluous declaration":      {`<s Id="x" xmlns:a="u"><t xmlns:a="u"/></s>`, inc, `<s xmlns:a="u" Id="x"><t></t></s>`},
		"declared again and again":     {`<s Id="x" xmlns:a="u"><t xmlns:a="v"/><t xmlns:a="v"/><t xmlns:a="u"/></s>`, inc, `<s xmlns:a="u" Id="x"><t xmlns:a="v"></t><t xmlns:a="v"></t><t></t></s>`},
		"exclusive, prefix at a level": {`<s Id="x" xmlns:a="u"><a:t/><a:t/></s>`, exc, `<s Id="x"><a:t xmlns:a="u"></a:t><a:t xmlns:a="u"></a:t></s>`},
		"no comments":                  {`<s Id="x">a<!-- b -->c</s>`, inc, `<s Id="x">ac</s>`},
		"escapes":                      {`<s Id="x" a="&lt;&gt;&amp;&quot;&apos;">&lt;&gt;&amp;&quot;&apos;&#13;<![CDATA[<]]></s>`, inc, `<s Id="x" a="&lt;>&amp;&quot;'">&lt;&gt;&amp;"'&#xD;&lt;</s>`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := canonical(t, xmltree.Canonicalizer{Algorithm: test.form}, byID(t, parse(t, test.text), "x"))
			if got != test.want {
				t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
			}
		})
	}
}

// vector is a subtree of one of the suites' documents in one form. Left out
// on purpose: Y2 needs a DTD's default attributes (no DTD is ever read); of Y3
// the results 0, 1, 4, 5 and 6 leave out elements in the middle by XPath, and
// merlin-c14n-three is XPath throughout (node sets that are no subtrees);
// transforms that are programs are never followed.
type vector struct {
	file, apex, want string
	form             xmltree.Canonicalizer
}

func TestCanonicalFormEqualsPublishedVectors(t *testing.T) {
	list := []string{"bar", "#default"}
	exc, excC := xmltree.ExcC14N, xmltree.ExcC14NWithComments
	vectors := []vector{
		{"Y3/signature.xml", "SignedInfo", "Y3/c14n-8.txt", xmltree.Canonicalizer{Algorithm: xmltree.C14N}},
		{"Y1/exc-signature.xml", "Object", "Y1/c14n-0.txt", xmltree.Canonicalizer{Algorithm: exc}},
		{"Y1/exc-signature.xml", "Object", "Y1/c14n-1.txt", xmltree.Canonicalizer{Algorithm: exc, InclusivePrefixes: list}},
		{"Y1/exc-signature.xml", "Object", "Y1/c14n-2.txt", xmltree.Canonicalizer{Algorithm: excC}},
		{"Y1/exc-signature.xml", "Object", "Y1/c14n-3.txt", xmltree.Canonicalizer{Algorithm: excC, InclusivePrefixes: list}},
		{"Y1/exc-signature.xml", "SignedInfo", "Y1/c14n-4.txt", xmltree.Canonicalizer{Algorithm: exc}},
		{"merlin-exc-c14n-one/exc-signature.xml", "Object", "Y1/c14n-0.txt", xmltree.Canonicalizer{Algorithm: exc}},
		{"merlin-exc-c14n-one/exc-signature.xml", "Object", "Y1/c14n-1.txt", xmltree.Canonicalizer{Algorithm: exc, InclusivePrefixes: list}},
		{"merlin-exc-c14n-one/exc-signature.xml", "Object", "Y1/c14n-2.txt", xmltree.Canonicalizer{Algorithm: excC}},
		{"merlin-exc-c14n-one/exc-signature.xml", "Object", "Y1/c14n-3.txt", xmltree.Canonicalizer{Algorithm: excC, InclusivePrefixes: list}},
		{"merlin-exc-c14n-one/exc-signature.xml", "SignedInfo", "Y1/c14n-4.txt", xmltree.Canonicalizer{Algorithm: exc}},
	}
	for _, v := range vectors {
		t.Run(v.file+" "+v.want, func(t *testing.T) {
			doc := parse(t, suite(t, v.file))
			var apex *xmltree.Node
			doc.Walk(func(n *xmltree.Node) bool {
				if n.Type == xmltree.Element && n.Local == v.apex {
					apex = n
				}
				return apex == nil
			})
			if got, want := canonical(t, v.form, apex), suite(t, v.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func suite(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "c14n", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWriteDocumentSetsLineEndsAroundTheRoot(t *testing.T) {
	doc := parse(t, "<?xml version='1.0'?> <?a?><!--b-->\r\n\r\n<r/><!--c--> <?d e?>")
	for form, want := range map[xmltree.Algorithm]string{
		xmltree.C14N:             "<?a?>\n<r></r>\n<?d e?>",
		xmltree.C14NWithComments: "<?a?>\n<!--b-->\n<r></r>\n<!--c-->\n<?d e?>",
	} {
		var b bytes.Buffer
		if err := (xmltree.Canonicalizer{Algorithm: form}).WriteDocument(&b, doc); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v, want %q", form, b.String(), err, want)
		}
	}
}

func TestWriteExceptLeavesOutOneElement(t *testing.T) {
	doc := parse(t, `<r Id="r">a<s Id="s"><t/></s>b<s/></r>`)
	var b bytes.Buffer
	c := xmltree.Canonicalizer{Algorithm: xmltree.C14N}
	if err := c.WriteExcept(&b, doc.Root, byID(t, doc, "s")); err != nil || b.String() != `<r Id="r">ab<s></s></r>` {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestCanonicalizerRefusesUnknownAlgorithm(t *testing.T) {
	doc := parse(t, "<r/>")
	for _, a := range []xmltree.Algorithm{"", "http://www.w3.org/2006/12/xml-c14n11"} {
		c := xmltree.Canonicalizer{Algorithm: a}
		if c.Write(&bytes.Buffer{}, doc.Root) == nil || c.WriteDocument(&bytes.Buffer{}, doc) == nil {
			t.Errorf("%q is accepted", a)
		}
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestCanonicalizerReportsWriteErrors(t *testing.T) {
	doc := parse(t, "<r>"+strings.Repeat("x", 20000)+"</r>")
	if err := (xmltree.Canonicalizer{Algorithm: xmltree.C14N}).Write(broken{}, doc.Root); !errors.Is(err, errBroken) {
		t.Errorf("Write = %v", err)
	}
}

// Sixty-three levels with sixty-four prefixes each, then leaves that declare
// as many again: the cost per leaf must not depend on the declarations above.
func TestCanonicalFormCostsNoMoreInDeepDocuments(t *testing.T) {
	var b strings.Builder
	level := func(name string) {
		for i := range 64 {
			b.WriteString(` xmlns:` + name + string(rune('A'+i/8)) + string(rune('a'+i%8)) + `="u"`)
		}
	}
	for i := range 63 {
		b.WriteString("<a")
		level("p" + string(rune('A'+i/8)) + string(rune('a'+i%8)))
		b.WriteString(">")
	}
	for range 500 {
		b.WriteString("<b")
		level("q")
		b.WriteString("/>")
	}
	b.WriteString(strings.Repeat("</a>", 63))
	doc := parse(t, b.String())
	for _, form := range forms {
		var out bytes.Buffer
		if err := form.WriteDocument(&out, doc); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScopeIsWhatIsInForce(t *testing.T) {
	doc := parse(t, `<r xmlns="u" xmlns:b="v" xmlns:a="w"><s Id="x" xmlns="" xmlns:b="z"/></r>`)
	got := byID(t, doc, "x").Scope()
	if len(got) != 2 || got[0] != (xmltree.Namespace{Prefix: "a", URI: "w"}) || got[1] != (xmltree.Namespace{Prefix: "b", URI: "z"}) {
		t.Errorf("Scope = %v", got)
	}
}
