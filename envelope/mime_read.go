package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"poststelle/envelope/xmlenc"
)

// mimeLimits bound what a sender can make us hold; a zero field means its
// default.
type mimeLimits struct {
	// maxParts is the number of parts including the root part.
	maxParts int
	// maxHeaderBytes and maxHeaderLines bound one header block.
	maxHeaderBytes int
	maxHeaderLines int
	// maxRoot is the size of the root part in octets, which becomes a tree.
	maxRoot int64
}

// The defaults leave room over anything an OSCI library writes.
const (
	defaultMaxParts       = 1000
	defaultMaxHeaderBytes = 16 << 10
	defaultMaxHeaderLines = 100
	defaultMaxRoot        = 4 << 20
)

func (l mimeLimits) withDefaults() mimeLimits {
	if l.maxParts == 0 {
		l.maxParts = defaultMaxParts
	}
	if l.maxHeaderBytes == 0 {
		l.maxHeaderBytes = defaultMaxHeaderBytes
	}
	if l.maxHeaderLines == 0 {
		l.maxHeaderLines = defaultMaxHeaderLines
	}
	if l.maxRoot == 0 {
		l.maxRoot = defaultMaxRoot
	}
	return l
}

// mimePart is one body part: what its header says and where its octets are.
type mimePart struct {
	// contentID has no angle brackets; it is "" only for a root part.
	contentID string
	// contentType and encoding are the values as they arrived, "" for none.
	contentType string
	encoding    string
	// charset is the parameter of Content-Type in lower case; root part only.
	charset string
	// header holds the remaining fields, names in lower case.
	header []HeaderField
	// offset and size are the raw range in the source, before decoding.
	offset, size int64
	// decoded is the number of octets after transfer decoding.
	decoded int64
	// base64 says that the raw range is base64.
	base64 bool
}

// mimeMessage is a scanned message: an index into the source, no content.
type mimeMessage struct {
	boundary string
	root     mimePart
	// parts are the parts after the root part in order.
	parts []mimePart
	src   io.ReaderAt
}

// mimeVisitor is asked at the beginning of every part after the root part
// where the part's decoded octets shall go; nil = nowhere. Raw octets come as
// they are found, so a digest costs no second pass. The part's header fields
// are set, its sizes are not yet; of the message the root part is complete
// and can be opened, for it says which digests are wanted.
type mimeVisitor func(m *mimeMessage, p *mimePart) io.Writer

// scanMIME finds the parts of a message in one sequential pass over src
// (OSCI 1.2; dossier §3). An error wraps ErrMIME unless src or a visitor's
// writer failed; whatever a writer got until then is not to be believed.
func scanMIME(src io.ReaderAt, size int64, limits mimeLimits, visit mimeVisitor) (*mimeMessage, error) {
	if visit == nil {
		visit = func(*mimeMessage, *mimePart) io.Writer { return nil }
	}
	s := &mimeScanner{
		window:  window{src: src, size: size},
		limits:  limits.withDefaults(),
		visit:   visit,
		seen:    make(map[string]bool),
		message: &mimeMessage{src: src},
	}
	if err := s.scan(); err != nil {
		return nil, err
	}
	return s.message, nil
}

// mimeScanner walks once through the source.
type mimeScanner struct {
	window
	limits  mimeLimits
	visit   mimeVisitor
	seen    map[string]bool
	message *mimeMessage
	// delimiter is CRLF "--" boundary.
	delimiter []byte
}

func (s *mimeScanner) scan() error {
	start, err := s.messageHeader()
	if err != nil {
		return err
	}
	s.delimiter = []byte("\r\n--" + s.message.boundary)
	if err := s.firstDelimiter(); err != nil {
		return err
	}
	for count, last := 0, false; !last; count++ {
		if count == s.limits.maxParts {
			return tooLarge("more than %d parts", s.limits.maxParts)
		}
		if last, err = s.part(count == 0, start); err != nil {
			return err
		}
	}
	return s.epilogue()
}

// messageHeader reads the header of the whole message and gives the start
// parameter. Content-Type of HTTP is never asked (dossier §2).
func (s *mimeScanner) messageHeader() (start string, err error) {
	if err := s.skipEmptyLines(); err != nil {
		return "", err
	}
	fields, err := s.headerBlock()
	if err != nil {
		return "", err
	}
	known, _, err := splitHeader(fields)
	if err != nil {
		return "", err
	}
	for _, f := range fields {
		if f.Name == "mime-version" && f.Value != "1.0" {
			return "", mimeErrorf("MIME-Version is %.20q", f.Value)
		}
	}
	media, parameters, err := parseMediaType(known.contentType)
	if err != nil {
		return "", err
	}
	if media != "multipart/related" {
		return "", mimeErrorf("message is %.80q, not multipart/related", media)
	}
	s.message.boundary = parameters["boundary"]
	if err := checkBoundary(s.message.boundary); err != nil {
		return "", err
	}
	return parameters["start"], nil
}

// firstDelimiter allows nothing but empty lines as a preamble: text there
// would be a message that only some readers see.
func (s *mimeScanner) firstDelimiter() error {
	if err := s.skipEmptyLines(); err != nil {
		return err
	}
	delimiter := s.delimiter[2:]
	closing, found, err := s.delimiterHere(delimiter)
	switch {
	case err != nil:
		return err
	case !found && s.complete() && bytes.HasPrefix(append(bytes.Clone(delimiter), '\r'), s.view()):
		return truncated("before the first part")
	case !found:
		return mimeErrorf("text before the first delimiter")
	case closing:
		return mimeErrorf("no part at all")
	}
	return nil
}

// part reads one part up to and including the delimiter after it.
func (s *mimeScanner) part(root bool, start string) (last bool, err error) {
	p, err := s.partHeader(root, start)
	if err != nil {
		return false, err
	}
	var w io.Writer
	if !root {
		w = s.visit(s.message, &p)
	}
	raw := w
	if p.base64 {
		raw = nil
	}
	p.offset = s.offset()
	limit := s.size
	if root {
		limit = s.limits.maxRoot
	}
	if last, err = s.body(raw, limit); err != nil {
		return false, fmt.Errorf("part %.80q: %w", p.contentID, err)
	}
	p.size = s.bodyEnd - p.offset
	if err := s.message.decode(&p, w); err != nil {
		return false, fmt.Errorf("part %.80q: %w", p.contentID, err)
	}
	if root {
		s.message.root = p
	} else {
		s.message.parts = append(s.message.parts, p)
	}
	return last, nil
}

// partHeader reads and judges the header of one part.
func (s *mimeScanner) partHeader(root bool, start string) (mimePart, error) {
	fields, err := s.headerBlock()
	if err != nil {
		return mimePart{}, err
	}
	known, others, err := splitHeader(fields)
	if err != nil {
		return mimePart{}, err
	}
	p := mimePart{contentType: known.contentType, encoding: known.encoding, header: others}
	if p.contentID, err = parseContentID(known.contentID); err != nil {
		return mimePart{}, err
	}
	if p.base64, err = travelsAsBase64(p.contentType, p.encoding); err != nil {
		return mimePart{}, err
	}
	if root {
		if p.charset, err = rootCharset(p.contentType); err != nil {
			return mimePart{}, err
		}
		return p, s.checkRootID(p.contentID, start)
	}
	switch p.contentID {
	case "":
		return mimePart{}, mimeErrorf("part %d has no Content-ID", len(s.message.parts)+1)
	case rootContentID: // could not be handed on beside a control part of ours
		return mimePart{}, fmt.Errorf("%w: %w: attachment is named like the control part", ErrMIME, ErrDuplicateID)
	}
	return p, s.checkNew(p.contentID)
}

// checkRootID demands that a start parameter names the first part. The
// official libraries take the first part whatever start says (dossier §3.2):
// with any other choice two readers would see two different letters.
func (s *mimeScanner) checkRootID(id, start string) error {
	if start != "" {
		named, err := parseContentID(start)
		if err != nil {
			return err
		}
		if named != id {
			return mimeErrorf("start names %.80q, the first part is %.80q", named, id)
		}
	}
	return s.checkNew(id)
}

// checkNew refuses a second part of one name: "cid:" references would have
// two targets.
func (s *mimeScanner) checkNew(id string) error {
	if s.seen[id] {
		return fmt.Errorf("%w: %w: Content-ID %.80q", ErrMIME, ErrDuplicateID, id)
	}
	s.seen[id] = true
	return nil
}

// decode counts the decoded octets of p. Base64 is read a second time, from
// what the scan has just left in the page cache: so the decoder can pull and
// neither a pipe nor a goroutine is needed.
func (m *mimeMessage) decode(p *mimePart, w io.Writer) error {
	if !p.base64 {
		p.decoded = p.size
		return nil
	}
	if w == nil {
		w = io.Discard
	}
	raw := &rangeReader{section: io.NewSectionReader(m.src, p.offset, p.size)}
	sink := &sinkWriter{w: w}
	n, err := io.Copy(sink, xmlenc.NewBase64Reader(raw))
	switch {
	case err == nil:
		p.decoded = n
		return nil
	case raw.err != nil || sink.err != nil:
		return errors.Join(raw.err, sink.err)
	}
	return fmt.Errorf("%w: base64: %w", ErrMIME, err)
}

// open gives the decoded octets of p. It may be called any number of times.
func (m *mimeMessage) open(p mimePart) io.ReadCloser {
	section := io.NewSectionReader(m.src, p.offset, p.size)
	if p.base64 {
		return io.NopCloser(xmlenc.NewBase64Reader(section))
	}
	return io.NopCloser(section)
}

// decodedSize is how many octets open gives.
func (m *mimeMessage) decodedSize(p mimePart) int64 { return p.decoded }

// rangeReader remembers that the source failed, to tell that from bad base64.
type rangeReader struct {
	section io.Reader
	err     error
}

func (r *rangeReader) Read(b []byte) (int, error) {
	n, err := r.section.Read(b)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// sinkWriter remembers that the visitor's writer failed.
type sinkWriter struct {
	w   io.Writer
	err error
}

func (s *sinkWriter) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

// mimeErrorf makes an error of the sort the sender is answered 9100.
func mimeErrorf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMIME, fmt.Errorf(format, args...))
}

func tooLarge(format string, args ...any) error {
	return fmt.Errorf("%w: %w: %w", ErrMIME, ErrTooLarge, fmt.Errorf(format, args...))
}

func truncated(where string) error {
	return fmt.Errorf("%w: %w: %s", ErrMIME, ErrTruncated, where)
}
