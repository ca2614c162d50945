package envelope

import (
	"encoding/base64"
	"io"
)

// A line of base64 has 76 characters, which carry 57 octets (RFC 2045, 6.8).
const (
	lineOctets = 57
)

// base64Size is how long n octets become in lines of 76 characters with CRLF
// between them and none after the last: the delimiter brings its own.
func base64Size(n int64) int64 {
	if n == 0 {
		return 0
	}
	lines := (n + lineOctets - 1) / lineOctets
	return (n+2)/3*4 + (lines-1)*int64(len("\r\n"))
}

// base64Lines encodes what is written into it; flush ends the last line.
type base64Lines struct {
	w io.Writer
	// rest are the octets that do not fill a line yet.
	rest []byte
	text []byte
	// begun says that a line was written already.
	begun bool
}

func (b *base64Lines) Write(octets []byte) (int, error) {
	n := len(octets)
	b.text = b.text[:0]
	if len(b.rest) > 0 {
		take := min(lineOctets-len(b.rest), len(octets))
		b.rest = append(b.rest, octets[:take]...)
		octets = octets[take:]
		if len(b.rest) == lineOctets {
			b.line(b.rest)
			b.rest = b.rest[:0]
		}
	}
	for len(octets) >= lineOctets {
		b.line(octets[:lineOctets])
		octets = octets[lineOctets:]
	}
	b.rest = append(b.rest, octets...)
	if _, err := b.w.Write(b.text); err != nil {
		return 0, err
	}
	return n, nil
}

// line encodes one line, each but the very first behind a CRLF.
func (b *base64Lines) line(octets []byte) {
	if b.begun {
		b.text = append(b.text, '\r', '\n')
	}
	b.begun = true
	b.text = base64.StdEncoding.AppendEncode(b.text, octets)
}

func (b *base64Lines) flush() error {
	if len(b.rest) == 0 {
		return nil
	}
	b.text = b.text[:0]
	b.line(b.rest)
	b.rest = b.rest[:0]
	_, err := b.w.Write(b.text)
	return err
}
