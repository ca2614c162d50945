package xmltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// characters reads a run of text and CDATA sections as one node. Without
// references, CDATA and carriage returns the value is a piece of the input.
func (p *parser) characters(parent *Node) error {
	n := p.node(Text)
	var built []byte
	copied := false
	for p.pos < len(p.text) && (p.text[p.pos] != '<' || p.at("<![CDATA[")) {
		piece, changed, err := p.piece()
		if err != nil {
			return err
		}
		if !copied && !changed && n.Text == "" {
			n.Text = piece
			continue
		}
		if !copied {
			built, copied = append(built, n.Text...), true
		}
		built = append(built, piece...)
	}
	n.End = p.pos
	if copied {
		n.Text = string(built)
	}
	if n.Text == "" {
		return nil // <![CDATA[]]> is no node
	}
	return p.add(parent, n)
}

// piece reads plain text, one reference or one CDATA section.
func (p *parser) piece() (value string, changed bool, err error) {
	rest := p.text[p.pos:]
	switch {
	case strings.HasPrefix(rest, "<![CDATA["):
		return p.cdata()
	case rest[0] == '&':
		value, err = p.reference()
		return value, true, err
	}
	value = before(before(rest, '<'), '&')
	end := len(value)
	if strings.Contains(value, "]]>") {
		return "", false, p.syntax("]]> in text")
	}
	if err := p.checkChars(value); err != nil {
		return "", false, err
	}
	p.pos += end
	return lineEnds(value), strings.Contains(value, "\r"), nil
}

// before is s up to the first c, or all of it. Two searches for one octet each
// are faster than one for either.
func before(s string, c byte) string {
	if i := strings.IndexByte(s, c); i >= 0 {
		return s[:i]
	}
	return s
}

func (p *parser) cdata() (string, bool, error) {
	p.pos += len("<![CDATA[")
	end := strings.Index(p.text[p.pos:], "]]>")
	if end < 0 {
		return "", false, p.syntax("CDATA section is not closed")
	}
	value := p.text[p.pos : p.pos+end]
	if err := p.checkChars(value); err != nil {
		return "", false, err
	}
	p.pos += end + 3
	return lineEnds(value), true, nil
}

// lineEnds normalises CR LF and CR to LF (XML 1.0, 2.11).
func lineEnds(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// reference reads &name; or &#n; at pos (XML 1.0, 4.1).
func (p *parser) reference() (string, error) {
	end := strings.IndexByte(p.text[p.pos:], ';')
	if end < 0 {
		return "", p.syntax("unterminated reference")
	}
	value, ok := resolveReference(p.text[p.pos+1 : p.pos+end])
	if !ok {
		return "", p.syntax("reference %q", clip(p.text[p.pos:p.pos+end+1]))
	}
	p.pos += end + 1
	return value, nil
}

func resolveReference(name string) (string, bool) {
	if !strings.HasPrefix(name, "#") {
		value, ok := entities[name]
		return value, ok
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	if digits == "" || strings.ContainsAny(digits, "+-_") {
		return "", false
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !isChar(rune(n)) {
		return "", false
	}
	return string(rune(n)), true
}

// attributeValue normalises a literal as CDATA (XML 1.0, 3.3.3): white space
// written as itself becomes a blank, written as a reference it stays.
func (p *parser) attributeValue(literal string) (string, error) {
	if strings.Contains(literal, "<") {
		return "", p.syntax("< in an attribute value")
	}
	if err := p.checkChars(literal); err != nil {
		return "", err
	}
	if !strings.ContainsAny(literal, "&\t\r\n") {
		return literal, nil
	}
	literal = strings.ReplaceAll(literal, "\r\n", " ")
	var b strings.Builder
	for i := 0; i < len(literal); i++ {
		switch c := literal[i]; c {
		case '\t', '\n', '\r':
			b.WriteByte(' ')
		case '&':
			end := strings.IndexByte(literal[i:], ';')
			if end < 0 {
				return "", p.syntax("unterminated reference")
			}
			value, ok := resolveReference(literal[i+1 : i+end])
			if !ok {
				return "", p.syntax("reference in an attribute value")
			}
			b.WriteString(value)
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func (p *parser) comment(parent *Node) error {
	n := p.node(Comment)
	p.pos += len("<!--")
	end := strings.Index(p.text[p.pos:], "--")
	if end < 0 || !strings.HasPrefix(p.text[p.pos+end:], "-->") {
		return p.syntax("comment")
	}
	value := p.text[p.pos : p.pos+end]
	if err := p.checkChars(value); err != nil {
		return err
	}
	p.pos += end + 3
	n.Text, n.End = lineEnds(value), p.pos
	return p.add(parent, n)
}

func (p *parser) instruction(parent *Node) error {
	n := p.node(ProcInst)
	p.pos += 2
	target, err := p.name()
	if err != nil {
		return err
	}
	if strings.EqualFold(target, "xml") || strings.Contains(target, ":") {
		return p.syntax("processing instruction %q", clip(target))
	}
	n.Local = target
	spaced := p.skipSpace()
	end := strings.Index(p.text[p.pos:], "?>")
	if end < 0 || !spaced && end > 0 {
		return p.syntax("processing instruction %q", clip(target))
	}
	value := p.text[p.pos : p.pos+end]
	if err := p.checkChars(value); err != nil {
		return err
	}
	p.pos += end + 2
	n.Text, n.End = lineEnds(value), p.pos
	return p.add(parent, n)
}
