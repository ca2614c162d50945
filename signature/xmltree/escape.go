package xmltree

import "strings"

// AppendText appends s as canonical text (Canonical XML 1.0, 2.3).
func AppendText(dst []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, "&<>\r")
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch s[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, "&#xD;"...)
		}
		s = s[i+1:]
	}
}

// AppendAttr appends s as a canonical attribute value.
func AppendAttr(dst []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, "&<\"\t\n\r")
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch s[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\t':
			dst = append(dst, "&#x9;"...)
		case '\n':
			dst = append(dst, "&#xA;"...)
		default:
			dst = append(dst, "&#xD;"...)
		}
		s = s[i+1:]
	}
}
