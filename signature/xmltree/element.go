package xmltree

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// frame is an element whose end tag is still to come.
type frame struct {
	node *Node
	name string
	undo []binding
}

// binding is what a prefix meant before an element declared it anew.
type binding struct {
	prefix, uri string
	bound       bool
}

// root reads the root element with everything in it, without recursion: the
// depth of the input is not the depth of the stack.
func (p *parser) root() error {
	var stack []frame
	for first := true; first || len(stack) > 0; first = false {
		var err error
		switch {
		case first || p.at("<") && !p.at("</") && !p.at("<!") && !p.at("<?"):
			stack, err = p.startTag(stack)
		case p.at("</"):
			stack, err = p.endTag(stack)
		default:
			err = p.content(stack[len(stack)-1].node)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// content reads text, a comment or an instruction inside an element.
func (p *parser) content(parent *Node) error {
	switch {
	case p.pos == len(p.text):
		return p.syntax("element %q is not closed", clip(parent.Local))
	case p.at("<!--"):
		return p.comment(parent)
	case p.at("<?"):
		return p.instruction(parent)
	case p.at("<!") && !p.at("<![CDATA["):
		return p.syntax("declaration inside an element")
	}
	return p.characters(parent)
}

func (p *parser) startTag(stack []frame) ([]frame, error) {
	n := p.node(Element)
	p.pos++
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	f := frame{node: n, name: name}
	attrs, err := p.attributes(n)
	if err != nil {
		return nil, err
	}
	if err := p.declare(&f); err != nil {
		return nil, err
	}
	if err := p.resolve(n, name, attrs); err != nil {
		return nil, err
	}
	var parent *Node
	if len(stack) > 0 {
		parent = stack[len(stack)-1].node
	} else {
		p.doc.Root = n
	}
	if err := p.add(parent, n); err != nil {
		return nil, err
	}
	if len(stack) >= p.limits.MaxDepth {
		return nil, p.errorf(ErrLimit, "more than %d nested elements", p.limits.MaxDepth)
	}
	if p.at("/>") {
		n.ContentStart, n.ContentEnd = p.pos, p.pos
		p.pos += 2
		n.End = p.pos
		p.undo(f)
		return stack, nil
	}
	p.pos++ // ">", seen by attributes
	n.ContentStart = p.pos
	return append(stack, f), nil
}

func (p *parser) endTag(stack []frame) ([]frame, error) {
	f := stack[len(stack)-1]
	f.node.ContentEnd = p.pos
	p.pos += 2
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if name != f.name {
		return nil, p.syntax("end tag %q closes %q", clip(name), clip(f.name))
	}
	p.skipSpace()
	if !p.at(">") {
		return nil, p.syntax("end tag %q", clip(name))
	}
	p.pos++
	f.node.End = p.pos
	p.undo(f)
	return stack[:len(stack)-1], nil
}

// raw is an attribute before its prefix is resolved.
type raw struct{ name, value string }

// attributes reads up to ">" or "/>", which it leaves; declarations go to the
// node at once. The list is good until the next call.
func (p *parser) attributes(n *Node) ([]raw, error) {
	attrs, declared := p.attrs[:0], p.declared[:0]
	for {
		spaced := p.skipSpace()
		if p.at(">") || p.at("/>") {
			p.attrs, p.declared = attrs, declared
			n.Namespaces = p.shared(declared)
			return attrs, nil
		}
		if !spaced {
			return nil, p.syntax("start tag")
		}
		name, literal, err := p.rawAttribute()
		if err != nil {
			return nil, err
		}
		value, err := p.attributeValue(literal)
		if err != nil {
			return nil, err
		}
		switch {
		case name == "xmlns":
			declared = append(declared, Namespace{URI: value})
		case name == "xmlns:": // would pass for the default namespace
			return nil, p.errorf(ErrNamespace, "declaration of no prefix")
		case strings.HasPrefix(name, "xmlns:"):
			declared = append(declared, Namespace{Prefix: name[len("xmlns:"):], URI: value})
		default:
			attrs = append(attrs, raw{name, value})
		}
		if len(attrs) > p.limits.MaxAttributes || len(declared) > p.limits.MaxNamespaces {
			return nil, p.errorf(ErrLimit, "too many attributes")
		}
	}
}

// shared keeps declarations for a node. Blocks that repeat those of the block
// before have one list together: nobody changes it.
func (p *parser) shared(declared []Namespace) []Namespace {
	if len(declared) == 0 {
		return nil
	}
	if !slices.Equal(declared, p.latest) {
		p.latest = slices.Clone(declared)
	}
	return p.latest
}

// declare brings the node's declarations into force (Namespaces in XML 1.0,
// 3 and 5).
func (p *parser) declare(f *frame) error {
	for i, ns := range f.node.Namespaces {
		for _, earlier := range f.node.Namespaces[:i] {
			if earlier.Prefix == ns.Prefix {
				return p.syntax("prefix %q declared twice", clip(ns.Prefix))
			}
		}
		if err := p.checkDeclaration(ns); err != nil {
			return err
		}
		uri, bound := p.scope[ns.Prefix]
		if bound && uri == ns.URI {
			continue // OSCI repeats five declarations on every block
		}
		f.undo = append(f.undo, binding{ns.Prefix, uri, bound})
		p.scope[ns.Prefix] = ns.URI
	}
	return nil
}

func (p *parser) checkDeclaration(ns Namespace) error {
	if ns.Prefix != "" {
		if first, _ := utf8.DecodeRuneInString(ns.Prefix); strings.Contains(ns.Prefix, ":") || !isNameStart(first) {
			return p.errorf(ErrNamespace, "prefix %q", clip(ns.Prefix))
		}
	}
	switch {
	case ns.Prefix == "xmlns", ns.URI == XMLNSNamespace:
		return p.errorf(ErrNamespace, "xmlns cannot be declared")
	case (ns.Prefix == "xml") != (ns.URI == XMLNamespace):
		return p.errorf(ErrNamespace, "xml cannot be declared otherwise")
	case ns.Prefix != "" && ns.URI == "":
		return p.errorf(ErrNamespace, "prefix %q cannot be taken back", clip(ns.Prefix))
	}
	return nil
}

func (p *parser) undo(f frame) {
	for i := len(f.undo) - 1; i >= 0; i-- {
		b := f.undo[i]
		if b.bound {
			p.scope[b.prefix] = b.uri
		} else {
			delete(p.scope, b.prefix)
		}
	}
}

// resolve names the element and its attributes and refuses two attributes of
// one expanded name (Namespaces in XML 1.0, 6.3).
func (p *parser) resolve(n *Node, name string, attrs []raw) error {
	var err error
	if n.Prefix, n.Local, err = p.splitName(name); err != nil {
		return err
	}
	if n.Space, err = p.namespace(n.Prefix, true); err != nil {
		return err
	}
	if len(attrs) > 0 {
		n.Attrs = make([]Attr, 0, len(attrs))
	}
	for _, a := range attrs {
		attr := Attr{Value: a.value}
		if attr.Prefix, attr.Local, err = p.splitName(a.name); err != nil {
			return err
		}
		if attr.Space, err = p.namespace(attr.Prefix, false); err != nil {
			return err
		}
		if _, twice := n.Attr(attr.Space, attr.Local); twice {
			return p.syntax("attribute %q stands twice", clip(a.name))
		}
		n.Attrs = append(n.Attrs, attr)
	}
	return nil
}

func (p *parser) namespace(prefix string, element bool) (string, error) {
	if prefix == "" && !element {
		return "", nil
	}
	uri, bound := p.scope[prefix]
	if prefix == "xmlns" || !bound && prefix != "" {
		return "", p.errorf(ErrNamespace, "prefix %q is not bound", clip(prefix))
	}
	return uri, nil
}
