package envelope

import (
	"io"

	"poststelle/signature/xmltree"
)

// Freight is a part that may be large: it can be read from the start any
// number of times and is never held in memory as a whole.
type Freight interface {
	// Size is the number of octets, known in advance.
	Size() int64
	// Open starts reading at the first octet. The caller closes.
	Open() (io.ReadCloser, error)
}

// ScratchFile is a place for octets that are not yet believed: written once
// from the start, then read at any place. Close discards it.
type ScratchFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Size() int64
}

// Scratch makes a new, empty scratch file.
type Scratch func() (ScratchFile, error)

// HeaderField is one MIME header line of a part; names are lower case.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Attachment is a MIME part other than the root part, after transfer decoding
// (OSCI 1.2, 3.1; dossier §3).
type Attachment struct {
	// ContentID is the part's Content-ID without angle brackets.
	ContentID string
	// ContentType is the value of Content-Type as it arrived, "" for none.
	ContentType string
	// Header holds further header fields in order, without Content-ID,
	// Content-Type, Content-Transfer-Encoding and Content-Length.
	Header []HeaderField
	// Base64 says that the part travelled as base64 and wants to travel so
	// again: older recipients expect it.
	Base64 bool
	// SHA256 is the digest of the decoded octets.
	SHA256 [32]byte
	// Freight gives the decoded octets.
	Freight Freight
}

// Fragment is a piece of XML that is handed on as it arrived: its octets and
// the namespace declarations that were in scope around it. Both together are
// what a content signature covers (C14N 1.0, 2.3), so both are kept.
type Fragment struct {
	// Space and Local name the outermost element.
	Space string `json:"space"`
	Local string `json:"local"`
	// Octets reach from the start tag's "<" to the end tag's ">".
	Octets []byte `json:"-"`
	// Scope is the map in force just outside the element, sorted by prefix.
	Scope []xmltree.Namespace `json:"scope"`
	// IDs are all values of Id attributes inside, in document order; blocks of
	// our own must not reuse them (OSCI 1.2, Ids are unique in a message).
	IDs []string `json:"ids,omitempty"`
}
