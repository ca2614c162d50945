package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// rootContentID is what the libraries call the control part (dossier §3.1).
	rootContentID = "osci@message"

	boundaryPrefix   = "MIME_boundary_"
	boundaryAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	boundaryRandom   = 32
	octetStream      = "application/octet-stream"
	// copySize is the one buffer through which all freight passes.
	copySize = 64 << 10
)

// errFreightSize says that a freight gave another number of octets than its
// Size: the announced Content-Length is wrong and the letter must not be
// taken for whole.
var errFreightSize = errors.New("envelope: freight does not have the size it announced")

// mimeOut is a MIME message being planned (dossier §3.1). Its size is known
// before its first octet is written, and it can be written any number of
// times. It is a Parcel.
type mimeOut struct {
	boundary string
	parts    []outPart
	seen     map[string]bool
}

// outPart is one part: its delimiter and header as octets, then its content.
type outPart struct {
	head    []byte
	content Freight
	base64  bool
}

// size is the number of octets with delimiter, header and encoding.
func (p outPart) size() int64 {
	n := p.content.Size()
	if p.base64 {
		n = base64Size(n)
	}
	return int64(len(p.head)) + n
}

// newMIME begins a message with a boundary of 32 letters and digits. Nobody
// can guess them beforehand, so no part contains the boundary; streams could
// not be searched for it before they are written.
func newMIME(rand io.Reader) (*mimeOut, error) {
	boundary, err := newBoundary(rand)
	if err != nil {
		return nil, err
	}
	return &mimeOut{boundary: boundary, seen: make(map[string]bool)}, nil
}

func newBoundary(rand io.Reader) (string, error) {
	text := make([]byte, 0, boundaryRandom)
	// Values from 248 on are thrown away, so that every letter is as likely.
	const fair = 256 - 256%len(boundaryAlphabet)
	var draw [2 * boundaryRandom]byte
	for {
		if _, err := io.ReadFull(rand, draw[:]); err != nil {
			return "", fmt.Errorf("drawing a boundary: %w", err)
		}
		for _, b := range draw {
			if int(b) < fair {
				text = append(text, boundaryAlphabet[int(b)%len(boundaryAlphabet)])
			}
			if len(text) == boundaryRandom {
				return boundaryPrefix + string(text), nil
			}
		}
	}
}

// addRoot adds the control part; xml begins with the XML declaration.
func (m *mimeOut) addRoot(xml []byte) error {
	return m.add(partHeader{
		contentType: "text/xml; charset=UTF-8",
		encoding:    "8bit",
		contentID:   rootContentID,
	}, memoryFreight(xml))
}

// addAttachment adds a part as it wants to travel: raw with the token 8-bit
// of the official library, or base64 for older recipients.
func (m *mimeOut) addAttachment(a Attachment) error {
	h := partHeader{contentType: a.ContentType, contentID: a.ContentID, others: a.Header}
	if h.contentType == "" {
		h.contentType = octetStream
	}
	// The type text/base64 alone makes a recipient decode (dossier §3.2).
	if a.Base64 || isBase64Type(h.contentType) {
		h.encoding, h.base64 = "base64", true
	} else {
		h.encoding, h.length = "8-bit", strconv.FormatInt(a.Freight.Size(), 10)
	}
	return m.add(h, a.Freight)
}

// addCipher adds the encrypted message; with asBase64 it is labelled as older
// libraries do and can read (dossier §4.1).
func (m *mimeOut) addCipher(content Freight, asBase64 bool) error {
	h := partHeader{contentType: octetStream, encoding: "binary", contentID: encryptedID}
	if asBase64 {
		h.contentType, h.encoding, h.base64 = "text/base64", "7bit", true
	}
	return m.add(h, content)
}

// partHeader is what a part's header says.
type partHeader struct {
	contentType, encoding, contentID string
	// length is Content-Length, "" = none.
	length string
	others []HeaderField
	base64 bool
}

func (m *mimeOut) add(h partHeader, content Freight) error {
	if err := h.check(); err != nil {
		return err
	}
	if m.seen[h.contentID] {
		return fmt.Errorf("%w: two parts with Content-ID %.80q", ErrDuplicateID, h.contentID)
	}
	m.seen[h.contentID] = true
	m.parts = append(m.parts, outPart{head: m.head(h), content: content, base64: h.base64})
	return nil
}

// check refuses values that would end their line early or that our own reader
// would not read back as they are: text of one party must not become header
// lines or parts for another.
func (h partHeader) check() error {
	id := "<" + h.contentID + ">"
	if parsed, err := parseContentID(id); err != nil || parsed != h.contentID {
		return mimeErrorf("Content-ID %.80q cannot be written", h.contentID)
	}
	for _, value := range []string{id, h.contentType} {
		if !isFieldValue(value) {
			return mimeErrorf("header value %.80q cannot be written", value)
		}
	}
	for _, f := range h.others {
		if !isToken(f.Name) || !isFieldValue(f.Value) {
			return mimeErrorf("header field %.80q cannot be written", f.Name+": "+f.Value)
		}
		if reservedFields[strings.ToLower(f.Name)] {
			return mimeErrorf("header field %.80q is not for others to set", f.Name)
		}
	}
	return nil
}

// reservedFields are the fields that this file writes itself.
var reservedFields = map[string]bool{
	"content-type":              true,
	"content-transfer-encoding": true,
	"content-id":                true,
	"content-length":            true,
}

// isFieldValue tells whether a value survives writing and reading.
func isFieldValue(s string) bool { return isLineText(s) && s == strings.Trim(s, " \t") }

// head makes the delimiter and the header in the order of the libraries.
func (m *mimeOut) head(h partHeader) []byte {
	var b bytes.Buffer
	if len(m.parts) == 0 {
		b.WriteString("MIME-Version: 1.0\r\nContent-Type: Multipart/Related; boundary=" + m.boundary + "; type=text/xml\r\n")
	}
	b.WriteString("\r\n--" + m.boundary + "\r\n")
	b.WriteString("Content-Type: " + h.contentType + "\r\n")
	b.WriteString("Content-Transfer-Encoding: " + h.encoding + "\r\n")
	b.WriteString("Content-ID: <" + h.contentID + ">\r\n")
	if h.length != "" {
		b.WriteString("Content-Length: " + h.length + "\r\n")
	}
	for _, f := range h.others {
		b.WriteString(strings.ToLower(f.Name) + ": " + f.Value + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// tail is the closing delimiter; the official client insists on the CRLF
// after it (dossier §3.2).
func (m *mimeOut) tail() string { return "\r\n--" + m.boundary + "--\r\n" }

// Size is the number of octets WriteTo writes.
func (m *mimeOut) Size() int64 {
	n := int64(len(m.tail()))
	for _, p := range m.parts {
		n += p.size()
	}
	return n
}

// WriteTo writes the message. It fails if a freight fails or gives another
// number of octets than its Size; never does it write more than Size.
func (m *mimeOut) WriteTo(w io.Writer) (int64, error) {
	out := &countingWriter{w: w}
	buffer := make([]byte, copySize)
	for _, p := range m.parts {
		if _, err := out.Write(p.head); err != nil {
			return out.n, err
		}
		if err := p.writeContent(out, buffer); err != nil {
			return out.n, err
		}
	}
	_, err := io.WriteString(out, m.tail())
	return out.n, err
}

// Close gives back nothing: a plan holds no file open between two writes.
func (m *mimeOut) Close() error { return nil }

func (p outPart) writeContent(w io.Writer, buffer []byte) (err error) {
	r, err := p.content.Open()
	if err != nil {
		return fmt.Errorf("opening freight: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	want := p.content.Size()
	limited := io.LimitReader(r, want)
	var n int64
	if p.base64 {
		n, err = writeBase64(w, limited, buffer)
	} else {
		n, err = io.CopyBuffer(w, limited, buffer)
	}
	if err != nil {
		return fmt.Errorf("writing freight: %w", err)
	}
	if n < want {
		return fmt.Errorf("%w: %d octets instead of %d", errFreightSize, n, want)
	}
	return demandEnd(r, want)
}

// demandEnd makes sure that a freight has no more octets than announced.
func demandEnd(r io.Reader, want int64) error {
	switch _, err := io.ReadFull(r, make([]byte, 1)); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%w: more than %d octets", errFreightSize, want)
	default:
		return fmt.Errorf("reading freight to its end: %w", err)
	}
}

// countingWriter counts what was written. It has no other method, so that all
// content passes through the one buffer.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// memoryFreight is a small Freight in memory.
type memoryFreight []byte

func (o memoryFreight) Size() int64 { return int64(len(o)) }

func (o memoryFreight) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o)), nil }
