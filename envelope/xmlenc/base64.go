package xmlenc

import (
	"encoding/base64"
	"io"
)

// NewBase64Reader decodes base64 in which blanks, tabs and line ends may
// stand anywhere and which is strict otherwise: a foreign character, wrong
// padding or anything behind the padding is an error (xsd:base64Binary).
func NewBase64Reader(r io.Reader) io.Reader {
	return &base64Reader{src: r, in: make([]byte, 0, 32<<10)}
}

type base64Reader struct {
	src   io.Reader
	in    []byte // stripped characters not decoded yet
	out   []byte // decoded octets not delivered yet
	store []byte
	ended bool // padding was seen
	err   error
}

func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.fill()
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// fill strips the next characters and decodes whole groups of four.
func (b *base64Reader) fill() {
	have := len(b.in)
	n, err := b.src.Read(b.in[have:cap(b.in)])
	b.in = b.in[:have+strip(b.in[have:have+n])]
	whole := len(b.in) / 4 * 4
	if err == io.EOF && whole != len(b.in) {
		err = io.ErrUnexpectedEOF
	}
	b.err = err
	if whole == 0 {
		return
	}
	if b.ended {
		b.err = base64.CorruptInputError(0)
		return
	}
	if b.store == nil {
		b.store = make([]byte, cap(b.in)/4*3)
	}
	decoded, derr := base64.StdEncoding.Strict().Decode(b.store, b.in[:whole])
	if derr != nil {
		b.err = derr
		return
	}
	b.ended = b.in[whole-1] == '='
	b.out = b.store[:decoded]
	b.in = b.in[:copy(b.in, b.in[whole:])]
}

// strip removes white space in place and gives the new length.
func strip(s []byte) int {
	n := 0
	for _, c := range s {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			s[n] = c
			n++
		}
	}
	return n
}
