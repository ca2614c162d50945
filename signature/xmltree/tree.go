package xmltree

import (
	"fmt"
	"sort"
	"strings"
)

// NodeType tells the kinds of nodes apart.
type NodeType uint8

// The node types of the XPath data model that Canonical XML writes.
const (
	Element NodeType = iota + 1
	Text
	Comment
	ProcInst
)

// Namespaces that are bound without a declaration (Namespaces in XML 1.0, 3).
const (
	XMLNamespace   = "http://www.w3.org/XML/1998/namespace"
	XMLNSNamespace = "http://www.w3.org/2000/xmlns/"
)

// Document is a parsed document.
type Document struct {
	// Data are the octets that were parsed; nodes refer to them by offset.
	Data []byte
	Root *Node
	// Children are Root and the comments and processing instructions around it.
	Children []*Node
}

// Node is an element, a run of text, a comment or a processing instruction.
type Node struct {
	Type   NodeType
	Parent *Node // nil for the root and what stands beside it
	// Prefix, Local and Space name an element; Space is the namespace URI. For
	// a processing instruction Local is the target.
	Prefix, Local, Space string
	// Attrs are the attributes in document order, without declarations.
	Attrs []Attr
	// Namespaces are the declarations on this very element.
	Namespaces []Namespace
	Children   []*Node
	// Text is the value of text (references replaced), a comment, or the data
	// of a processing instruction.
	Text string
	// Start and End are the node's range in Document.Data, tags included.
	Start, End int
	// ContentStart and ContentEnd are the range between an element's tags.
	ContentStart, ContentEnd int
}

// Attr is an attribute with its normalised value (XML 1.0, 3.3.3).
type Attr struct{ Prefix, Local, Space, Value string }

// Namespace is a declaration. Prefix "" is the default namespace, URI "" on
// it takes the default back.
type Namespace struct {
	Prefix string `json:"prefix"`
	URI    string `json:"uri"`
}

// Is tells whether n is the element of that expanded name.
func (n *Node) Is(space, local string) bool {
	return n.Type == Element && n.Local == local && n.Space == space
}

// Attr gives the value of the attribute with that expanded name.
func (n *Node) Attr(space, local string) (string, bool) {
	for i := range n.Attrs {
		if n.Attrs[i].Local == local && n.Attrs[i].Space == space {
			return n.Attrs[i].Value, true
		}
	}
	return "", false
}

// Elements are the element children in order.
func (n *Node) Elements() []*Node {
	var list []*Node
	for _, c := range n.Children {
		if c.Type == Element {
			list = append(list, c)
		}
	}
	return list
}

// Child is the first child element of that name, or nil.
func (n *Node) Child(space, local string) *Node {
	for _, c := range n.Children {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// TextContent joins the text among the direct children.
func (n *Node) TextContent() string {
	var only string
	var b *strings.Builder
	for _, c := range n.Children {
		switch {
		case c.Type != Text:
		case b != nil:
			b.WriteString(c.Text)
		case only == "":
			only = c.Text
		default:
			b = &strings.Builder{}
			b.WriteString(only)
			b.WriteString(c.Text)
		}
	}
	if b != nil {
		return b.String()
	}
	return only
}

// OnlyText is TextContent if no child is an element; otherwise false.
func (n *Node) OnlyText() (string, bool) {
	for _, c := range n.Children {
		if c.Type == Element {
			return "", false
		}
	}
	return n.TextContent(), true
}

// Scope lists the declarations in force at this element, sorted by prefix,
// without the prefix xml and without a default that was taken back.
func (n *Node) Scope() []Namespace {
	seen := map[string]bool{}
	var list []Namespace
	for e := n; e != nil; e = e.Parent {
		for _, ns := range e.Namespaces {
			if seen[ns.Prefix] || ns.Prefix == "xml" {
				continue
			}
			seen[ns.Prefix] = true
			if ns.URI != "" {
				list = append(list, ns)
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Prefix < list[j].Prefix })
	return list
}

// Bytes are the octets of the node as they arrived.
func (d *Document) Bytes(n *Node) []byte { return d.Data[n.Start:n.End:n.End] }

// Walk visits all nodes in document order until visit returns false.
func (d *Document) Walk(visit func(*Node) bool) {
	var walk func([]*Node) bool
	walk = func(list []*Node) bool {
		for _, n := range list {
			if !visit(n) || !walk(n.Children) {
				return false
			}
		}
		return true
	}
	walk(d.Children)
}

// IDs maps the values of the attributes that isID accepts to their elements.
// Two equal values give ErrDuplicateID.
func (d *Document) IDs(isID func(*Node, Attr) bool) (map[string]*Node, error) {
	ids := map[string]*Node{}
	var err error
	d.Walk(func(n *Node) bool {
		for _, a := range n.Attrs {
			if !isID(n, a) {
				continue
			}
			if ids[a.Value] != nil {
				err = fmt.Errorf("%w: %q", ErrDuplicateID, clip(a.Value))
				return false
			}
			ids[a.Value] = n
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64]
	}
	return s
}
