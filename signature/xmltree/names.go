package xmltree

import (
	"strings"
	"unicode/utf8"
)

// nameStart and nameRest are the ranges of XML 1.0 (fifth edition), 2.3,
// beyond ASCII; the colon is treated apart because namespaces are always on.
var nameStart = [][2]rune{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF},
	{0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF},
	{0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
}

var nameRest = [][2]rune{{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}

func inRanges(r rune, ranges [][2]rune) bool {
	for _, x := range ranges {
		if r >= x[0] && r <= x[1] {
			return true
		}
	}
	return false
}

func isNameStart(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
		return true
	}
	return r >= 0x80 && inRanges(r, nameStart)
}

func isNameRest(r rune) bool {
	switch {
	case isNameStart(r), r >= '0' && r <= '9', r == '-', r == '.':
		return true
	}
	return r >= 0x80 && inRanges(r, nameRest)
}

// isChar is production 2 of XML 1.0.
func isChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r == 0xFFFE, r == 0xFFFF, r >= 0xD800 && r <= 0xDFFF:
		return false
	}
	return r <= 0x10FFFF
}

// isASCIIName is the fast way through most names.
func isASCIIName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == ':' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// name reads a Name; colons are allowed anywhere but judged by splitName.
func (p *parser) name() (string, error) {
	start := p.pos
	for p.pos < len(p.text) {
		if p.pos > start && isASCIIName(p.text[p.pos]) {
			p.pos++
			continue
		}
		r, size := rune(p.text[p.pos]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(p.text[p.pos:])
		}
		if r != ':' && !isNameRest(r) || p.pos == start && r != ':' && !isNameStart(r) {
			break
		}
		p.pos += size
	}
	if p.pos == start {
		return "", p.syntax("name expected")
	}
	if p.pos-start > p.limits.MaxNameLength {
		return "", p.errorf(ErrLimit, "name longer than %d octets", p.limits.MaxNameLength)
	}
	return p.text[start:p.pos], nil
}

// splitName takes a qualified name apart (Namespaces in XML 1.0, 4).
func (p *parser) splitName(name string) (prefix, local string, err error) {
	prefix, local, found := strings.Cut(name, ":")
	if !found {
		return "", name, nil
	}
	first, _ := utf8.DecodeRuneInString(local)
	if prefix == "" || local == "" || strings.Contains(local, ":") || !isNameStart(first) {
		return "", "", p.errorf(ErrNamespace, "name %q", clip(name))
	}
	return prefix, local, nil
}

// checkChars refuses characters that XML does not have. The input is known to
// be UTF-8.
func (p *parser) checkChars(s string) error {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			return p.syntax("control character")
		case c == 0xEF && i+2 < len(s) && s[i+1] == 0xBF && s[i+2] >= 0xBE:
			return p.syntax("character that XML does not have")
		}
	}
	return nil
}
