package xmltree

import (
	"bufio"
	"fmt"
	"io"
	"sort"
)

// Algorithm names a canonicalisation method by its URI.
type Algorithm string

// The methods this package writes.
const (
	C14N                Algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	C14NWithComments    Algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"
	ExcC14N             Algorithm = "http://www.w3.org/2001/10/xml-exc-c14n#"
	ExcC14NWithComments Algorithm = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
)

// Exclusive tells exclusive from inclusive canonicalisation.
func (a Algorithm) Exclusive() bool { return a == ExcC14N || a == ExcC14NWithComments }

func (a Algorithm) comments() bool { return a == C14NWithComments || a == ExcC14NWithComments }

func (a Algorithm) known() bool {
	return a == C14N || a.Exclusive() || a == C14NWithComments
}

// Canonicalizer writes canonical forms. The zero value writes nothing.
type Canonicalizer struct {
	Algorithm Algorithm
	// InclusivePrefixes is the PrefixList of exclusive canonicalisation;
	// "#default" stands for the default namespace.
	InclusivePrefixes []string
}

// Write writes the subtree below n with the declarations and xml: attributes
// that it inherits (Canonical XML 1.0, 2.4; Exclusive XML C14N 1.0, 3).
func (c Canonicalizer) Write(w io.Writer, n *Node) error { return c.WriteExcept(w, n, nil) }

// WriteExcept is Write without one element of the subtree, as the enveloped
// signature transform asks for (XML-DSig, 6.6.4).
func (c Canonicalizer) WriteExcept(w io.Writer, n, except *Node) error {
	out, err := c.start(w)
	if err != nil {
		return err
	}
	out.except = except
	out.subtree(n, true)
	return out.flush()
}

// WriteDocument writes the whole document.
func (c Canonicalizer) WriteDocument(w io.Writer, d *Document) error {
	out, err := c.start(w)
	if err != nil {
		return err
	}
	out.document(d, func(n *Node) { out.subtree(n, n.Type == Element) })
	return out.flush()
}

func (c Canonicalizer) start(w io.Writer) (*canon, error) {
	if !c.Algorithm.known() {
		return nil, fmt.Errorf("xmltree: unknown canonicalisation %q", string(c.Algorithm))
	}
	out := &canon{
		w: bufio.NewWriterSize(w, 2048), exclusive: c.Algorithm.Exclusive(), comments: c.Algorithm.comments(),
		inclusive: make(map[string]bool, len(c.InclusivePrefixes)), inForce: map[string]string{},
	}
	for _, prefix := range c.InclusivePrefixes {
		if prefix == "#default" {
			prefix = ""
		}
		out.inclusive[prefix] = true
	}
	return out, nil
}

// canon writes one canonical form.
type canon struct {
	w                   *bufio.Writer
	exclusive, comments bool
	inclusive           map[string]bool
	except              *Node
	// inForce is what a prefix means in the output so far; hidden are the
	// meanings to restore, innermost last. A search through all declarations
	// would make deep documents quadratic.
	inForce map[string]string
	hidden  []Namespace
	scratch []Namespace
	attrs   []Attr
	buf     []byte
}

func (c *canon) flush() error { return c.w.Flush() }

// document writes the children of the root node, a line end between the root
// element and what stands beside it.
func (c *canon) document(d *Document, write func(*Node)) {
	after := false
	for _, n := range d.Children {
		if n.Type == Comment && !c.comments {
			continue
		}
		if after {
			c.w.WriteByte('\n')
		}
		write(n)
		if n == d.Root {
			after = true
		} else if !after {
			c.w.WriteByte('\n')
		}
	}
}

// subtree writes n and what is below. Depth is bounded by the parser.
func (c *canon) subtree(n *Node, apex bool) {
	if n == c.except {
		return
	}
	switch n.Type {
	case Text:
		c.text(n.Text)
		return
	case Comment:
		c.comment(n)
		return
	case ProcInst:
		c.instruction(n)
		return
	}
	mark := len(c.hidden)
	c.w.WriteByte('<')
	c.name(n.Prefix, n.Local)
	c.declarations(n, apex)
	c.attributes(n, apex)
	c.w.WriteByte('>')
	for _, child := range n.Children {
		c.subtree(child, false)
	}
	c.w.WriteString("</")
	c.name(n.Prefix, n.Local)
	c.w.WriteByte('>')
	c.restore(mark)
}

// restore takes back what an element declared.
func (c *canon) restore(mark int) {
	for i := len(c.hidden) - 1; i >= mark; i-- {
		c.inForce[c.hidden[i].Prefix] = c.hidden[i].URI
	}
	c.hidden = c.hidden[:mark]
}

func (c *canon) name(prefix, local string) {
	if prefix != "" {
		c.w.WriteString(prefix)
		c.w.WriteByte(':')
	}
	c.w.WriteString(local)
}

func (c *canon) text(s string) {
	c.buf = AppendText(c.buf[:0], s)
	c.w.Write(c.buf)
}

func (c *canon) comment(n *Node) {
	if c.comments {
		c.w.WriteString("<!--")
		c.w.WriteString(n.Text)
		c.w.WriteString("-->")
	}
}

func (c *canon) instruction(n *Node) {
	c.w.WriteString("<?")
	c.w.WriteString(n.Local)
	if n.Text != "" {
		c.w.WriteByte(' ')
		c.w.WriteString(n.Text)
	}
	c.w.WriteString("?>")
}

// declarations writes the namespace declarations of a start tag.
func (c *canon) declarations(n *Node, apex bool) {
	list := c.scratch[:0]
	switch {
	case !c.exclusive && apex:
		list = append(list, n.Scope()...)
	case !c.exclusive:
		list = append(list, n.Namespaces...)
	default:
		list = c.utilised(list, n, apex)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Prefix < list[j].Prefix })
	for _, ns := range list {
		if ns.Prefix == "xml" || c.inForce[ns.Prefix] == ns.URI {
			continue
		}
		c.hidden = append(c.hidden, Namespace{ns.Prefix, c.inForce[ns.Prefix]})
		c.inForce[ns.Prefix] = ns.URI
		c.declaration(ns)
	}
	c.scratch = list
}

func (c *canon) declaration(ns Namespace) {
	c.w.WriteString(" xmlns")
	if ns.Prefix != "" {
		c.w.WriteByte(':')
		c.w.WriteString(ns.Prefix)
	}
	c.value(ns.URI)
}

// value writes ="…" of an attribute.
func (c *canon) value(s string) {
	c.w.WriteString(`="`)
	c.buf = AppendAttr(c.buf[:0], s)
	c.w.Write(c.buf)
	c.w.WriteByte('"')
}

// utilised lists what exclusive canonicalisation declares: prefixes that the
// element or its attributes show, and the prefixes of the list as inclusive
// canonicalisation would treat them.
func (c *canon) utilised(list []Namespace, n *Node, apex bool) []Namespace {
	list = append(list, Namespace{Prefix: n.Prefix, URI: n.Space})
	for _, a := range n.Attrs {
		if a.Prefix != "" {
			list = addOnce(list, Namespace{Prefix: a.Prefix, URI: a.Space})
		}
	}
	if len(c.inclusive) == 0 {
		return list
	}
	from := n.Namespaces
	if apex {
		from = n.Scope()
	}
	for _, ns := range from {
		if c.inclusive[ns.Prefix] {
			list = addOnce(list, ns)
		}
	}
	return list
}

func addOnce(list []Namespace, ns Namespace) []Namespace {
	for _, have := range list {
		if have.Prefix == ns.Prefix {
			return list
		}
	}
	return append(list, ns)
}

// attributes writes the attributes sorted by namespace and local name; at the
// apex of an inclusive form with the xml: attributes that are inherited.
func (c *canon) attributes(n *Node, apex bool) {
	list := append(c.attrs[:0], n.Attrs...)
	if apex && !c.exclusive {
		list = inheritXML(list, n)
	}
	sortAttrs(list)
	for _, a := range list {
		c.w.WriteByte(' ')
		c.name(a.Prefix, a.Local)
		c.value(a.Value)
	}
	c.attrs = list
}

func sortAttrs(list []Attr) {
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].Space != list[j].Space {
			return list[i].Space < list[j].Space
		}
		return list[i].Local < list[j].Local
	})
}

// inheritXML adds the nearest xml: attributes of the ancestors.
func inheritXML(list []Attr, n *Node) []Attr {
	for e := n.Parent; e != nil; e = e.Parent {
		for _, a := range e.Attrs {
			if a.Space == XMLNamespace && !hasAttr(list, a) {
				list = append(list, a)
			}
		}
	}
	return list
}

func hasAttr(list []Attr, a Attr) bool {
	for _, have := range list {
		if have.Space == a.Space && have.Local == a.Local {
			return true
		}
	}
	return false
}
