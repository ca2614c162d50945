package xmltree_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random documents full of what canonicalisation stumbles
// over: redeclared and superfluous prefixes, xml: attributes, entities, CDATA,
// line ends, comments and instructions.
type generator struct {
	r     *rand.Rand
	b     strings.Builder
	ids   int
	scope []map[string]string
	// tame leaves out what the second library is known to get wrong.
	tame bool
}

func generate(seed uint64) (text string, ids int) { return generateKind(seed, false) }

func generateKind(seed uint64, tame bool) (text string, ids int) {
	g := &generator{tame: tame, r: rand.New(rand.NewPCG(seed, 7)), scope: []map[string]string{{}}}
	if g.r.IntN(3) == 0 {
		g.b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n")
	}
	g.around()
	g.element(0)
	g.around()
	return g.b.String(), g.ids
}

func (g *generator) pick(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *generator) around() {
	for g.r.IntN(3) == 0 {
		g.b.WriteString(g.pick("<!-- outside -->", "<?out side?>", "\n", "<?out?>", "<!--\r\n-->"))
	}
}

func (g *generator) declare() (map[string]string, []string) {
	scope := map[string]string{}
	for p, u := range g.scope[len(g.scope)-1] {
		scope[p] = u
	}
	var decls []string
	for _, p := range []string{"", "p", "q", "r", "xml"} {
		if g.r.IntN(4) != 0 || g.tame && len(g.scope) > 1 {
			continue
		}
		// No ampersand and nothing that is no URI: libxml2 2.9 writes the one as
		// "&#38;" in a namespace name and refuses the other.
		uri := g.pick("urn:z", "urn:a", "urn:m'n", "http://www.w3.org/XX")
		name := "xmlns:" + p
		switch {
		case p == "xml" && (g.tame || g.r.IntN(3) != 0):
			continue
		case p == "xml":
			decls = append(decls, `xmlns:xml="http://www.w3.org/XML/1998/namespace"`)
			continue
		case p == "":
			if name = "xmlns"; !g.tame && g.r.IntN(3) == 0 {
				uri = ""
			}
		}
		scope[p] = uri
		decls = append(decls, name+`="`+uri+`"`)
	}
	return scope, decls
}

func (g *generator) attributes(scope map[string]string) []string {
	used, list := map[string]bool{}, []string{}
	for range g.r.IntN(5) {
		prefix, local := g.pick("", "", "p", "q", "r", "xml"), g.pick("a", "b", "c", "é")
		if g.tame {
			prefix = ""
		}
		space := scope[prefix]
		switch {
		case prefix == "":
			space = ""
		case prefix == "xml":
			space, local = "xml", g.pick("lang", "space", "foo")
		case space == "":
			continue
		}
		if used[space+"|"+local] {
			continue
		}
		used[space+"|"+local] = true
		if prefix != "" {
			local = prefix + ":" + local
		}
		list = append(list, local+"="+g.value(local))
	}
	g.ids++
	return append(list, fmt.Sprintf(`Id="i%d"`, g.ids))
}

func (g *generator) value(name string) string {
	if name == "xml:space" {
		return g.pick(`"preserve"`, `"default"`)
	}
	v := ""
	for range g.r.IntN(4) {
		v += g.pick("x", "&lt;", "&#9;", "&#xA;", "&#13;", "ü", "\U0001F600", "&amp;amp;", "&quot;", ">", "&gt;", "&apos;", " ")
		if !g.tame {
			v += g.pick("", "", "\t", "\n", "\r\n", "\r")
		}
	}
	return g.pick(`"`+v+`"`, "'"+v+"'")
}

func (g *generator) element(depth int) {
	scope, decls := g.declare()
	attrs := append(g.attributes(scope), decls...)
	g.r.Shuffle(len(attrs), func(i, j int) { attrs[i], attrs[j] = attrs[j], attrs[i] })
	name := g.pick("e", "f", "ö")
	if p := g.pick("", "p", "q", "r"); scope[p] != "" && p != "" {
		name = p + ":" + name
	}
	g.b.WriteString("<" + name)
	for _, a := range attrs {
		g.b.WriteString(g.pick(" ", " ", "\n", "  ") + a)
	}
	if g.r.IntN(5) == 0 {
		g.b.WriteString(g.pick("/>", " />"))
		return
	}
	g.b.WriteString(">")
	g.scope = append(g.scope, scope)
	for range g.r.IntN(6) {
		g.content(depth)
	}
	g.scope = g.scope[:len(g.scope)-1]
	g.b.WriteString("</" + name + g.pick("", "", " ") + ">")
}

func (g *generator) content(depth int) {
	switch {
	case depth < 5 && g.r.IntN(2) == 0:
		g.element(depth + 1)
	case g.tame:
		g.b.WriteString(g.pick("text", "&lt;&gt;&amp;", "<!-- c -->", "<?p i?>", "ü", "<![CDATA[<&>]]>", "&#13;", "\"'"))
	default:
		g.b.WriteString(g.pick("text", "&lt;&gt;&amp;", "<!-- c\r\n -->", "<?p i\rj?>", "<?p?>", "ü\U0001F600", "<![CDATA[<&>\r\n]]>",
			"<![CDATA[]]>", "&#13;", "\r\n", "\r", "\n\t", "\"'&quot;&apos;", ">", "&#x0000041;", "]]"))
	}
}
