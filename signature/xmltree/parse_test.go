package xmltree_test

import (
	"errors"
	"strings"
	"testing"

	"poststelle/signature/xmltree"
)

func parse(t testing.TB, text string) *xmltree.Document {
	t.Helper()
	doc, err := xmltree.Parse([]byte(text), xmltree.Limits{})
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return doc
}

func TestParseRefusesWhatIsNotWellFormed(t *testing.T) {
	syntax, ns := xmltree.ErrSyntax, xmltree.ErrNamespace
	tests := map[string]struct {
		text string
		want error
	}{
		"nothing":                     {"", syntax},
		"only white space":            {" \n", syntax},
		"only a comment":              {"<!-- a -->", syntax},
		"text before the root":        {"x<a/>", syntax},
		"text behind the root":        {"<a/>x", syntax},
		"reference behind the root":   {"<a/>&#32;", syntax},
		"CDATA behind the root":       {"<a/><![CDATA[]]>", xmltree.ErrDoctype},
		"second root":                 {"<a/><b/>", syntax},
		"root is not closed":          {"<a>", syntax},
		"child is not closed":         {"<a><b></a>", syntax},
		"end tag too many":            {"<a/></a>", syntax},
		"end tag first":               {"</a>", syntax},
		"other prefix at the end":     {`<p:a xmlns:p="u" xmlns:q="u"></q:a>`, syntax},
		"end tag with an attribute":   {`<a></a b="">`, syntax},
		"blank before the name":       {"< a/>", syntax},
		"slash and blank":             {"<a/ >", syntax},
		"cut tag":                     {`<a b="c"`, syntax},
		"cut value":                   {`<a b="c/>`, syntax},
		"attribute without value":     {"<a b/>", syntax},
		"value without quotes":        {"<a b=c/>", syntax},
		"no blank between attributes": {`<a b="1"c="2"/>`, syntax},
		"duplicate attribute":         {`<a b="1" b="2"/>`, syntax},
		"duplicate expanded name":     {`<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`, syntax},
		"duplicate declaration":       {`<a xmlns:p="u" xmlns:p="v"/>`, syntax},
		"duplicate default":           {`<a xmlns="u" xmlns="v"/>`, syntax},
		"less-than in a value":        {`<a b="<"/>`, syntax},
		"bare ampersand":              {"<a>&</a>", syntax},
		"ampersand and blank":         {"<a>& ;</a>", syntax},
		"unknown entity":              {"<a>&nbsp;</a>", syntax},
		"unknown entity in a value":   {`<a b="&nbsp;"/>`, syntax},
		"entity without end in value": {`<a b="&amp"/>`, syntax},
		"upper-case entity":           {"<a>&AMP;</a>", syntax},
		"empty reference":             {"<a>&#;</a>", syntax},
		"empty hex reference":         {"<a>&#x;</a>", syntax},
		"upper-case X":                {"<a>&#X41;</a>", syntax},
		"signed reference":            {"<a>&#+65;</a>", syntax},
		"underscored reference":       {"<a>&#6_5;</a>", syntax},
		"reference to NUL":            {"<a>&#0;</a>", syntax},
		"reference to a control":      {"<a>&#x1;</a>", syntax},
		"reference to a surrogate":    {"<a>&#xD800;</a>", syntax},
		"reference to U+FFFE":         {"<a>&#xFFFE;</a>", syntax},
		"reference beyond Unicode":    {"<a>&#x110000;</a>", syntax},
		"reference that overflows":    {"<a>&#x100000041;</a>", syntax},
		"NUL":                         {"<a>\x00</a>", syntax},
		"NUL in a value":              {"<a b='\x00'/>", syntax},
		"NUL in a comment":            {"<a><!--\x00--></a>", syntax},
		"NUL in an instruction":       {"<a><?p \x00?></a>", syntax},
		"NUL in CDATA":                {"<a><![CDATA[\x00]]></a>", syntax},
		"NUL in a name":               {"<a\x00/>", syntax},
		"form feed":                   {"<a>\f</a>", syntax},
		"U+FFFE":                      {"<a>\uFFFE</a>", syntax},
		"U+FFFF in a value":           {"<a b='\uFFFF'/>", syntax},
		"end of CDATA in text":        {"<a>]]></a>", syntax},
		"CDATA is not closed":         {"<a><![CDATA[ ]]</a>", syntax},
		"nested CDATA":                {"<a><![CDATA[<![CDATA[]]>]]></a>", syntax},
		"lower-case cdata":            {"<a><![cdata[]]></a>", syntax},
		"hyphens in a comment":        {"<a><!-- a -- b --></a>", syntax},
		"comment ends in three":       {"<a><!-- a ---></a>", syntax},
		"comment is not closed":       {"<a><!-- </a>", syntax},
		"short comment":               {"<a><!--></a>", syntax},
		"instruction named xml":       {"<a><?xml version='1.0'?></a>", syntax},
		"instruction named XML":       {"<a><?XML ?></a>", syntax},
		"declaration behind a blank":  {" <?xml version='1.0'?><a/>", syntax},
		"instruction without target":  {"<a><? p?></a>", syntax},
		"instruction with a colon":    {"<a><?p:q ?></a>", syntax},
		"instruction, no blank":       {"<a><?p'?></a>", syntax},
		"instruction is not closed":   {"<a><?p </a>", syntax},
		"declaration in an element":   {"<a><!ELEMENT a ANY></a>", syntax},
		"DTD":                         {"<!DOCTYPE a><a/>", xmltree.ErrDoctype},
		"DTD with a subset":           {"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", xmltree.ErrDoctype},
		"DTD behind a comment":        {"<!-- --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", xmltree.ErrDoctype},
		"DTD behind the root":         {"<a/><!DOCTYPE a>", xmltree.ErrDoctype},
		"DTD in the root":             {"<a><!DOCTYPE a></a>", syntax},
		"version 1.1":                 {"<?xml version='1.1'?><a/>", syntax},
		"no version":                  {"<?xml encoding='UTF-8'?><a/>", syntax},
		"empty declaration":           {"<?xml ?><a/>", syntax},
		"version twice":               {"<?xml version='1.0' version='1.0'?><a/>", syntax},
		"wrong order":                 {"<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>", syntax},
		"standalone maybe":            {"<?xml version='1.0' standalone='maybe'?><a/>", syntax},
		"more in the declaration":     {"<?xml version='1.0' x='y'?><a/>", syntax},
		"no blank in the declaration": {"<?xml version='1.0'encoding='UTF-8'?><a/>", syntax},
		"declaration is not closed":   {"<?xml version='1.0'", syntax},
		"ISO-8859-1":                  {"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", xmltree.ErrEncoding},
		"UTF-16 by name":              {"<?xml version='1.0' encoding='UTF-16'?><a/>", xmltree.ErrEncoding},
		"US-ASCII that is not":        {"<?xml version='1.0' encoding='US-ASCII'?><a>ä</a>", xmltree.ErrEncoding},
		"Latin-1 octets":              {"<a>\xe4</a>", xmltree.ErrEncoding},
		"overlong UTF-8":              {"<a>\xc0\x80</a>", xmltree.ErrEncoding},
		"surrogate in UTF-8":          {"<a>\xed\xa0\x80</a>", xmltree.ErrEncoding},
		"UTF-16 octets":               {"\xfe\xff\x00<\x00a\x00/\x00>", xmltree.ErrEncoding},
		"second byte order mark":      {"\ufeff\ufeff<a/>", syntax},
		"unbound element prefix":      {"<p:a/>", ns},
		"unbound attribute prefix":    {"<a p:b=''/>", ns},
		"prefix of a sibling":         {`<a><b xmlns:p="u"/><p:c/></a>`, ns},
		"prefix of a closed sibling":  {`<a><b xmlns:p="u"></b><p:c/></a>`, ns},
		"prefix taken back":           {`<a xmlns:b=""/>`, ns},
		"declaration of no prefix":    {`<a xmlns:="u"/>`, ns},
		"name that starts with colon": {"<:s/>", ns},
		"name that ends with colon":   {"<s:/>", ns},
		"only a colon":                {"<:/>", ns},
		"two colons":                  {`<a:b:c xmlns:a="u"/>`, ns},
		"attribute :s":                {"<a :s=''/>", ns},
		"digit behind the colon":      {`<a xmlns:p="u"><p:1/></a>`, ns},
		"prefix with two colons":      {`<a xmlns:b:c="u"/>`, ns},
		"digit as prefix":             {`<a xmlns:1="u"/>`, ns},
		"digit as name":               {"<1/>", syntax},
		"hyphen as name":              {"<-/>", syntax},
		"xml bound elsewhere":         {`<a xmlns:xml="u"/>`, ns},
		"xml taken back":              {`<a xmlns:xml=""/>`, ns},
		"other prefix for xml":        {`<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, ns},
		"xml as default":              {`<a xmlns="http://www.w3.org/XML/1998/namespace"/>`, ns},
		"xmlns declared":              {`<a xmlns:xmlns="http://www.w3.org/2000/xmlns/"/>`, ns},
		"other prefix for xmlns":      {`<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`, ns},
		"xmlns as default":            {`<a xmlns="http://www.w3.org/2000/xmlns/"/>`, ns},
		"element with the prefix":     {"<xmlns:a/>", ns},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := xmltree.Parse([]byte(test.text), xmltree.Limits{})
			if !errors.Is(err, test.want) {
				t.Errorf("Parse(%q) = %v, want %v", test.text, err, test.want)
			}
		})
	}
}

func TestParseAcceptsWhatIsWellFormed(t *testing.T) {
	for _, text := range []string{
		"<a/>", "\ufeff<a/>", "<a ></a >", "<a\n b\t=\r'c'/>", "<_/>", "<ä/>", "<a.-1/>", "<a>&#x00000000000041;</a>",
		"<?xml version='1.0'?><a/>", "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes' ?>\n<a/>\n",
		"<?xml version='1.0' encoding='US-ASCII'?><a>&#xe4;</a>", "<?p?><!----><a/><?q r??>",
		"<a><!--->--></a>", "<a>]]</a>", "<a>]]&gt;</a>", "<a b='>'/>", "<a><![CDATA[]]]]><![CDATA[>]]></a>",
		`<xml:a xml:b="c"/>`, `<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`, `<a xmlns=""/>`,
		`<a xmlns:p="u" p:b="1" b="2"/>`, `<a xmlns="u" xmlns:p="u" p:b="1" b="2"/>`, "<a>\U00010400</a>", "<a>\x7f\u0085</a>",
		`<a xmlns="u"><xmlns xmlns=""/></a>`,
	} {
		parse(t, text)
	}
}

func TestParseHoldsItsLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	tests := map[string]struct {
		limits     xmltree.Limits
		good, evil string
	}{
		"octets":       {xmltree.Limits{MaxBytes: 4}, "<a/>", "<ab/>"},
		"depth":        {xmltree.Limits{MaxDepth: 3}, deep(3), deep(4)},
		"empty, depth": {xmltree.Limits{MaxDepth: 2}, "<a><b/></a>", "<a><b><c/></b></a>"},
		"nodes":        {xmltree.Limits{MaxNodes: 3}, "<a><b/>x</a>", "<a><b/>x<!-- --></a>"},
		"attributes":   {xmltree.Limits{MaxAttributes: 1}, "<a b='' xmlns='u'/>", "<a b='' c=''/>"},
		"declarations": {xmltree.Limits{MaxNamespaces: 1}, "<a b='' xmlns='u'/>", "<a xmlns='u' xmlns:p='v'/>"},
		"names":        {xmltree.Limits{MaxNameLength: 2}, "<ab/>", "<abc/>"},
		"attr names":   {xmltree.Limits{MaxNameLength: 2}, "<a bc=''/>", "<a bcd=''/>"},
		"by default":   {xmltree.Limits{}, deep(64), deep(65)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := xmltree.Parse([]byte(test.good), test.limits); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if _, err := xmltree.Parse([]byte(test.evil), test.limits); !errors.Is(err, xmltree.ErrLimit) {
				t.Errorf("beyond the limit: %v", err)
			}
		})
	}
}

func TestParseNormalisesLineEnds(t *testing.T) {
	root := parse(t, "<a>1\r\n2\r3\n4\r\r\n5&#13;<![CDATA[6\r\n&lt;]]><!--7\r\n8--><?p 9\r0?></a>").Root
	if got, want := root.TextContent(), "1\n2\n3\n4\n\n5\r6\n&lt;"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := root.Children[1].Text+root.Children[2].Text, "7\n89\n0"; got != want {
		t.Errorf("comment and instruction %q, want %q", got, want)
	}
}

func TestParseNormalisesAttributeValues(t *testing.T) {
	for literal, want := range map[string]string{
		"a\tb\nc\rd\r\ne": "a b c d e", "&#9;&#10;&#13;": "\t\n\r", "&#13;\n": "\r ", " a  b ": " a  b ",
		"&lt;&gt;&amp;&quot;&apos;": `<>&"'`, "&amp;lt;": "&lt;", "&#x1F600;": "\U0001F600",
	} {
		if got, _ := parse(t, `<a b="`+literal+`"/>`).Root.Attr("", "b"); got != want {
			t.Errorf("%q gives %q, want %q", literal, got, want)
		}
	}
}

func TestNodesRememberTheirOctets(t *testing.T) {
	text := "\ufeff<?xml version='1.0'?>\n<!-- c -->\n<r a='&#65;' ><b/>x&amp;<![CDATA[y]]><?p q?><d\n>e</d ></r>\n"
	doc := parse(t, text)
	root := doc.Root
	want := []string{`<b/>`, `x&amp;<![CDATA[y]]>`, `<?p q?>`, "<d\n>e</d >"}
	for i, n := range root.Children {
		if got := string(doc.Bytes(n)); got != want[i] {
			t.Errorf("child %d is %q, want %q", i, got, want[i])
		}
	}
	if got, want := text[root.ContentStart:root.ContentEnd], strings.Join(want, ""); got != want {
		t.Errorf("content %q, want %q", got, want)
	}
	if got := text[root.Children[3].ContentStart:root.Children[3].ContentEnd]; got != "e" {
		t.Errorf("content %q", got)
	}
	if got := string(doc.Bytes(doc.Children[0])); got != "<!-- c -->" {
		t.Errorf("comment %q", got)
	}
	if b := doc.Bytes(root); cap(b) != len(b) {
		t.Error("octets can be appended to")
	}
}

func TestIDsRefusesDuplicates(t *testing.T) {
	isID := func(_ *xmltree.Node, a xmltree.Attr) bool { return a.Space == "" && a.Local == "Id" }
	ids, err := parse(t, `<r Id="a"><s Id="b"/><t id="a"/></r>`).IDs(isID)
	if err != nil || len(ids) != 2 || ids["b"].Local != "s" {
		t.Errorf("IDs = %v, %v", ids, err)
	}
	if _, err := parse(t, `<r Id="a"><s Id="a"/></r>`).IDs(isID); !errors.Is(err, xmltree.ErrDuplicateID) {
		t.Errorf("duplicate: %v", err)
	}
	if _, err := parse(t, `<r Id="a"><s Id="&#97;"/></r>`).IDs(isID); !errors.Is(err, xmltree.ErrDuplicateID) {
		t.Errorf("duplicate, written as a reference: %v", err)
	}
}
