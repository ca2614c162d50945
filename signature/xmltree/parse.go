package xmltree

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a whole document. It keeps data, which must not change.
func Parse(data []byte, limits Limits) (*Document, error) {
	p := &parser{data: data, limits: limits.withDefaults(), doc: &Document{Data: data}}
	p.scope = map[string]string{"xml": XMLNamespace, "xmlns": XMLNSNamespace}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// parser is a hand over the input; pos is the next octet to read.
type parser struct {
	data   []byte
	text   string // the same octets; values are cut out of it without copying
	pos    int
	limits Limits
	doc    *Document
	nodes  int
	ascii  bool // the declaration says US-ASCII
	// attrs and declared are lists that one start tag after the other uses.
	attrs    []raw
	declared []Namespace
	latest   []Namespace // the last list that a node keeps
	slab     []Node      // nodes are made many at a time
	// scope maps prefixes to namespaces at pos; undo restores it.
	scope map[string]string
}

func (p *parser) errorf(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s at octet %d", sentinel, fmt.Sprintf(format, args...), p.pos)
}

func (p *parser) syntax(format string, args ...any) error {
	return p.errorf(ErrSyntax, format, args...)
}

var bom = []byte("\xef\xbb\xbf")

func (p *parser) document() error {
	if len(p.data) > p.limits.MaxBytes {
		return p.errorf(ErrLimit, "more than %d octets", p.limits.MaxBytes)
	}
	if !utf8.Valid(p.data) {
		return p.errorf(ErrEncoding, "invalid octets")
	}
	p.text = string(p.data)
	if bytes.HasPrefix(p.data, bom) {
		p.pos = len(bom)
	}
	if err := p.declaration(); err != nil {
		return err
	}
	for {
		p.skipSpace()
		if p.pos == len(p.text) {
			break
		}
		if err := p.outer(); err != nil {
			return err
		}
	}
	if p.doc.Root == nil {
		return p.syntax("no root element")
	}
	return nil
}

// outer reads one construct outside the root element, or the root.
func (p *parser) outer() error {
	switch {
	case p.at("<!--"):
		return p.comment(nil)
	case p.at("<?"):
		return p.instruction(nil)
	case p.at("<!"):
		return p.errorf(ErrDoctype, "declaration")
	case !p.at("<"):
		return p.syntax("text outside the root element")
	case p.doc.Root != nil:
		return p.syntax("second root element")
	}
	return p.root()
}

func (p *parser) at(s string) bool { return strings.HasPrefix(p.text[p.pos:], s) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) skipSpace() bool {
	start := p.pos
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
	return p.pos > start
}

// node makes a node that begins at pos.
func (p *parser) node(t NodeType) *Node {
	if len(p.slab) == 0 {
		p.slab = make([]Node, min(max(16, p.nodes), 256))
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.Type, n.Start = t, p.pos
	return n
}

// add puts a node into the tree.
func (p *parser) add(parent, n *Node) error {
	if p.nodes++; p.nodes > p.limits.MaxNodes {
		return p.errorf(ErrLimit, "more than %d nodes", p.limits.MaxNodes)
	}
	n.Parent = parent
	if parent == nil {
		p.doc.Children = append(p.doc.Children, n)
		return nil
	}
	parent.Children = append(parent.Children, n)
	return nil
}

// declaration reads <?xml … ?> if it is there (XML 1.0, 2.8).
func (p *parser) declaration() error {
	if !p.at("<?xml") || p.pos+5 >= len(p.text) || !isSpace(p.text[p.pos+5]) {
		return nil
	}
	end := strings.Index(p.text[p.pos:], "?>")
	if end < 0 {
		return p.syntax("unterminated XML declaration")
	}
	inside := &parser{data: p.data, text: p.text[:p.pos+end], pos: p.pos + 5, limits: p.limits}
	if err := inside.pseudoAttributes(); err != nil {
		return err
	}
	p.pos += end + 2
	if inside.ascii && strings.ContainsFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return p.errorf(ErrEncoding, "declared US-ASCII, which it is not")
	}
	return nil
}

func (p *parser) pseudoAttributes() error {
	order := []string{"version", "encoding", "standalone"}
	next := 0
	for p.skipSpace() && p.pos < len(p.text) {
		name, value, err := p.rawAttribute()
		if err != nil {
			return err
		}
		for next < len(order) && order[next] != name {
			if next == 0 {
				return p.syntax("XML declaration without version")
			}
			next++
		}
		if next == len(order) {
			return p.syntax("unexpected %q in the XML declaration", clip(name))
		}
		next++
		if err := p.checkDeclared(name, value); err != nil {
			return err
		}
	}
	if p.pos < len(p.text) || next == 0 {
		return p.syntax("XML declaration")
	}
	return nil
}

func (p *parser) checkDeclared(name, value string) error {
	switch name {
	case "version":
		if value != "1.0" {
			return p.syntax("XML version %q", clip(value))
		}
	case "encoding":
		if !strings.EqualFold(value, "UTF-8") && !strings.EqualFold(value, "US-ASCII") {
			return p.errorf(ErrEncoding, "declared %q", clip(value))
		}
		p.ascii = strings.EqualFold(value, "US-ASCII")
	case "standalone":
		if value != "yes" && value != "no" {
			return p.syntax("standalone")
		}
	}
	return nil
}

// rawAttribute reads name = "literal" without looking into the literal.
func (p *parser) rawAttribute() (name, value string, err error) {
	if name, err = p.name(); err != nil {
		return "", "", err
	}
	p.skipSpace()
	if !p.at("=") {
		return "", "", p.syntax("attribute %q without a value", clip(name))
	}
	p.pos++
	p.skipSpace()
	if p.pos >= len(p.text) || (p.text[p.pos] != '"' && p.text[p.pos] != '\'') {
		return "", "", p.syntax("attribute value is not quoted")
	}
	quote := p.text[p.pos]
	p.pos++
	end := strings.IndexByte(p.text[p.pos:], quote)
	if end < 0 {
		return "", "", p.syntax("unterminated attribute value")
	}
	value = p.text[p.pos : p.pos+end]
	p.pos += end + 1
	return name, value, nil
}
