package envelope

import (
	"bytes"
	"cmp"
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
	// err is the first part that could not be added: such a message is never
	// written, even if the one who added it did not look.
	err error
}

// outPart is one part: its delimiter and header as octets, then its content.
type outPart struct {
	head   []byte
	base64 bool
	outContent
}

// outContent is content that can be written any number of times.
type outContent struct {
	// size is how many octets write writes, before transfer encoding.
	size  int64
	write func(w io.Writer, buffer []byte) error
}

// total is the number of octets with delimiter, header and encoding.
func (p outPart) total() int64 {
	n := p.size
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
	}, memory(xml))
}

// addPart adds a part as it wants to travel: raw with the token 8bit, which
// both official libraries read (dossier §3.2), or base64 for older recipients.
func (m *mimeOut) addPart(a Attachment) error {
	h := partHeader{contentType: a.ContentType, contentID: a.ContentID, others: a.Header}
	if h.contentType == "" {
		h.contentType = octetStream
	}
	// The type text/base64 alone makes a recipient decode (dossier §3.2).
	if a.Base64 || isBase64Type(h.contentType) {
		h.encoding, h.base64 = "base64", true
	} else {
		h.encoding, h.length = "8bit", strconv.FormatInt(a.Freight.Size(), 10)
	}
	return m.add(h, fromFreight(a.Freight))
}

// addCipher adds the encrypted message, which write makes while the letter is
// sent: ciphertext is never kept (dossier §4.1).
func (m *mimeOut) addCipher(contentID string, size int64, asBase64 bool, write func(io.Writer) error) error {
	h := partHeader{contentType: octetStream, encoding: "binary", contentID: contentID}
	if asBase64 { // labelled as the older libraries do, which know nothing else
		h.contentType, h.encoding, h.base64 = "text/base64", "7bit", true
	}
	return m.add(h, outContent{size: size, write: func(w io.Writer, _ []byte) error { return write(w) }})
}

// partHeader is what a part's header says.
type partHeader struct {
	contentType, encoding, contentID string
	// length is Content-Length, "" = none.
	length string
	others []HeaderField
	base64 bool
}

func (m *mimeOut) add(h partHeader, content outContent) error {
	err := h.check()
	if err == nil && m.seen[h.contentID] {
		err = fmt.Errorf("%w: two parts with Content-ID %.80q", ErrDuplicateID, h.contentID)
	}
	if err != nil {
		m.err = cmp.Or(m.err, err)
		return err
	}
	m.seen[h.contentID] = true
	m.parts = append(m.parts, outPart{head: m.head(h), base64: h.base64, outContent: content})
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
		n += p.total()
	}
	return n
}

// WriteTo writes the message. It fails if a freight fails or gives another
// number of octets than its Size; never does it write more than Size.
func (m *mimeOut) WriteTo(w io.Writer) (int64, error) {
	if m.err != nil {
		return 0, m.err
	}
	out := &countingWriter{w: w}
	buffer := make([]byte, min(copySize, m.Size()))
	for _, p := range m.parts {
		if _, err := out.Write(p.head); err != nil {
			return out.n, err
		}
		if err := p.writeContent(out, buffer); err != nil {
			return out.n, fmt.Errorf("writing freight: %w", err)
		}
	}
	_, err := io.WriteString(out, m.tail())
	return out.n, err
}

// Close gives back nothing: a plan holds no file open between two writes.
func (m *mimeOut) Close() error { return nil }

func (p outPart) writeContent(w io.Writer, buffer []byte) error {
	lines := &base64Lines{w: w}
	exact := &exactWriter{w: w, left: p.size}
	if p.base64 {
		exact.w = lines
	}
	if err := p.write(exact, buffer); err != nil {
		return err
	}
	if exact.left > 0 {
		return fmt.Errorf("%w: %d octets of %d are missing", errFreightSize, exact.left, p.size)
	}
	return lines.flush()
}

// fromFreight is content that is read while it is written.
func fromFreight(f Freight) outContent {
	return outContent{size: f.Size(), write: func(w io.Writer, buffer []byte) error {
		r, err := f.Open()
		if err != nil {
			return err
		}
		// Only Read is used: all content passes through the one buffer.
		_, err = io.CopyBuffer(w, struct{ io.Reader }{r}, buffer)
		return errors.Join(err, r.Close())
	}}
}

// memory is content that is small enough to be held.
func memory(octets []byte) outContent {
	return outContent{size: int64(len(octets)), write: func(w io.Writer, _ []byte) error {
		_, err := w.Write(octets)
		return err
	}}
}

// exactWriter refuses octets beyond the size that was announced.
type exactWriter struct {
	w    io.Writer
	left int64
}

func (e *exactWriter) Write(b []byte) (int, error) {
	if int64(len(b)) > e.left {
		return 0, fmt.Errorf("%w: more octets than announced", errFreightSize)
	}
	n, err := e.w.Write(b)
	e.left -= int64(n)
	return n, err
}

// countingWriter counts what was written.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
