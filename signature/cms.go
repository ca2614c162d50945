package signature

import (
	"errors"
	"fmt"

	"go.mozilla.org/pkcs7"
)

// Bounds of a CMS structure. The library below recurses: two million nested
// elements, 4 MiB, overflow its stack and end the process (docs/decisions/0002).
const (
	cmsMaxSize  = 1 << 20
	cmsMaxDepth = 32
)

// ErrCMS says that octets are no CMS signature this program reads, or that the
// signature is wrong.
var ErrCMS = errors.New("signature: no acceptable CMS signature")

// CMS is a signature beside or around an attachment (.p7s, .p7m; RFC 5652).
type CMS struct{ parsed *pkcs7.PKCS7 }

// ReadCMS reads a signature of at most 1 MiB, in DER or BER. Its shape is
// checked, without recursion, before the library sees it.
func ReadCMS(octets []byte) (*CMS, error) {
	if err := checkBER(octets); err != nil {
		return nil, err
	}
	parsed, err := pkcs7.Parse(octets)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCMS, err)
	}
	return &CMS{parsed: parsed}, nil
}

// Content is what the structure holds; nil if the content stands beside it.
func (c *CMS) Content() []byte { return c.parsed.Content }

// Certificates are those that came along, unjudged.
func (c *CMS) Certificates() []*Certificate {
	var all []*Certificate
	for _, x := range c.parsed.Certificates {
		all = append(all, NewCertificate(x))
	}
	return all
}

// Verify checks every signer's signature over the content, which is given if
// it stands beside the signature. It judges no certificate. RSA-PSS, SHA-3 and
// signers named by key id are not read and give ErrCMS.
func (c *CMS) Verify(beside []byte) error {
	checked := *c.parsed
	if beside != nil {
		if len(checked.Content) > 0 {
			return fmt.Errorf("%w: content stands inside and beside", ErrCMS)
		}
		checked.Content = beside
	}
	if len(checked.Signers) == 0 {
		return fmt.Errorf("%w: nobody signed", ErrCMS)
	}
	if err := checked.Verify(); err != nil {
		return fmt.Errorf("%w: %w", ErrCMS, err)
	}
	return nil
}

// checkBER walks through the elements with a list in place of a stack: size,
// depth and lengths hold, and nothing stands behind the outermost element.
func checkBER(octets []byte) error {
	if len(octets) > cmsMaxSize {
		return fmt.Errorf("%w: more than %d octets", ErrCMS, cmsMaxSize)
	}
	const indefinite = -1
	var ends []int // of the open elements
	for pos := 0; ; {
		for len(ends) > 0 && ends[len(ends)-1] == pos {
			ends = ends[:len(ends)-1]
			if len(ends) == 0 && pos == len(octets) {
				return nil
			}
		}
		if pos > 0 && len(ends) == 0 {
			return berEnd(octets, pos)
		}
		e, ok := berElement(octets, pos)
		if !ok {
			return fmt.Errorf("%w: malformed at octet %d", ErrCMS, pos)
		}
		switch {
		case e.endOfContents && len(ends) > 0 && ends[len(ends)-1] == indefinite:
			ends = ends[:len(ends)-1]
			pos = e.content
		case e.constructed && e.indefinite:
			ends = append(ends, indefinite)
			pos = e.content
		case e.constructed:
			ends = append(ends, e.content+e.length)
			pos = e.content
		default:
			pos = e.content + e.length
		}
		if len(ends) > cmsMaxDepth {
			return fmt.Errorf("%w: nested deeper than %d", ErrCMS, cmsMaxDepth)
		}
	}
}

func berEnd(octets []byte, pos int) error {
	if pos != len(octets) {
		return fmt.Errorf("%w: octets behind the end", ErrCMS)
	}
	return nil
}

// element is the head of one BER element (X.690, 8.1).
type element struct {
	constructed, indefinite, endOfContents bool
	content, length                        int
}

func berElement(octets []byte, pos int) (element, bool) {
	if pos+2 > len(octets) {
		return element{}, false
	}
	e := element{constructed: octets[pos]&0x20 != 0}
	endTag := octets[pos] == 0
	if octets[pos]&0x1f == 0x1f { // tag numbers beyond 30 do not occur in CMS
		return element{}, false
	}
	first := octets[pos+1]
	e.content = pos + 2
	switch {
	case first < 0x80:
		e.length = int(first)
	case first == 0x80:
		e.indefinite = true
		return e, e.constructed
	case first > 0x84:
		return element{}, false
	default:
		count := int(first & 0x7f)
		if e.content+count > len(octets) {
			return element{}, false
		}
		for _, octet := range octets[e.content : e.content+count] {
			e.length = e.length<<8 | int(octet)
		}
		e.content += count
	}
	e.endOfContents = endTag && e.length == 0
	return e, e.length <= len(octets)-e.content
}
