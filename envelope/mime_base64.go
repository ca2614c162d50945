package envelope

import (
	"encoding/base64"
	"io"
)

// A line of base64 has 76 characters, which carry 57 octets (RFC 2045, 6.8).
const (
	lineOctets     = 57
	lineCharacters = 76
	// blockLines is how many lines are encoded at a time.
	blockLines = 512
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

// writeBase64 encodes r in lines and gives the number of octets read. The
// buffer must hold blockLines lines of octets; the rest of it is not used.
func writeBase64(w io.Writer, r io.Reader, buffer []byte) (int64, error) {
	raw := buffer[:blockLines*lineOctets]
	text := make([]byte, 0, blockLines*(lineCharacters+len("\r\n")))
	var total int64
	for {
		n, err := io.ReadFull(r, raw)
		if n > 0 {
			text = appendLines(text[:0], raw[:n], total == 0)
			if _, err := w.Write(text); err != nil {
				return total, err
			}
			total += int64(n)
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return total, nil
		default:
			return total, err
		}
	}
}

// appendLines encodes a block, each line but the very first behind a CRLF.
func appendLines(text, raw []byte, first bool) []byte {
	for len(raw) > 0 {
		if !first {
			text = append(text, '\r', '\n')
		}
		first = false
		n := min(len(raw), lineOctets)
		text = base64.StdEncoding.AppendEncode(text, raw[:n])
		raw = raw[n:]
	}
	return text
}
