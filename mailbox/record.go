package mailbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"poststelle/envelope"
	"poststelle/signature"
)

// A stored letter is: magic, the inline pieces one after the other, head
// (JSON), length of the head (4 octets, big endian), and the SHA-256 of head and
// length. The head has the digest of each piece, so all of it is covered and
// nothing is digested or moved twice. The number in the magic is the version of
// the format.
const recordMagic = "PSL2"

// recordEnd is what follows the head; headRoom what most heads need.
const (
	recordEnd = 4 + sha256.Size
	headRoom  = 8 << 10
)

// inlineLimit is the size up to which a piece lies in the message itself, and
// inlineTotal what all inline pieces of one letter may have together: a
// message stays below the 1 MiB that a broker takes by default.
const (
	inlineLimit = 256 << 10
	inlineTotal = 512 << 10
)

// head describes a stored letter.
type head struct {
	MessageID        string                `json:"messageId"`
	Subject          *string               `json:"subject,omitempty"`
	CreationQuality  envelope.Quality      `json:"creationQuality,omitempty"`
	ReceptionQuality envelope.Quality      `json:"receptionQuality,omitempty"`
	Addressee        []byte                `json:"addressee"`
	OriginatorCipher []byte                `json:"originatorCipher,omitempty"`
	OriginatorSign   []byte                `json:"originatorSignature,omitempty"`
	Creation         envelope.Timestamp    `json:"creation"`
	Inspections      []envelope.Inspection `json:"inspections,omitempty"`
	Content          *fragmentHead         `json:"content,omitempty"`
	Certificates     *fragmentHead         `json:"certificates,omitempty"`
	Custom           []fragmentHead        `json:"custom,omitempty"`
	Attachments      []attachmentHead      `json:"attachments,omitempty"`
}

type fragmentHead struct {
	envelope.Fragment
	piece
}

type attachmentHead struct {
	ContentID   string                 `json:"contentId"`
	ContentType string                 `json:"contentType,omitempty"`
	Header      []envelope.HeaderField `json:"header,omitempty"`
	Base64      bool                   `json:"base64,omitempty"`
	piece
}

// piece says where octets are: in the message, or in a content file.
type piece struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	File   bool   `json:"file,omitempty"`
}

// composer puts a record together.
type composer struct {
	files  *contentFiles
	record []byte // magic and the inline pieces so far
}

// fragment adds a fragment; nil stays nil.
func (c *composer) fragment(f *envelope.Fragment) (*fragmentHead, error) {
	if f == nil {
		return nil, nil
	}
	sum := sha256.Sum256(f.Octets)
	p, err := c.add(int64(len(f.Octets)), sum, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.Octets)), nil
	})
	return &fragmentHead{Fragment: *f, piece: p}, err
}

// add puts octets into the message or into a file, which is durable when add
// returns.
func (c *composer) add(size int64, sum [32]byte, open func() (io.ReadCloser, error)) (piece, error) {
	p := piece{Size: size, SHA256: hex.EncodeToString(sum[:])}
	if size > inlineLimit || int64(len(c.record)-len(recordMagic))+size > inlineTotal {
		p.File = true
		return p, c.files.put(sum, size, open)
	}
	source, err := open()
	if err != nil {
		return p, fmt.Errorf("reading content: %w", err)
	}
	defer source.Close()
	before := len(c.record)
	c.record = slices.Grow(c.record, int(size))[:before+int(size)]
	_, err = io.ReadFull(source, c.record[before:])
	if err == nil {
		_, err = io.CopyN(io.Discard, source, 1) // the end, where a cipher's tag is checked
	}
	switch {
	case err == nil || errors.Is(err, io.ErrUnexpectedEOF) || sha256.Sum256(c.record[before:]) != sum:
		return p, errOther
	case err != io.EOF:
		return p, fmt.Errorf("reading content: %w", err)
	}
	return p, nil
}

// room is what the inline pieces will have, so that they are moved but once.
func room(d *envelope.Delivery) int {
	var total int64
	add := func(size int64) {
		if size <= inlineLimit && total+size <= inlineTotal {
			total += size
		}
	}
	for _, f := range []*envelope.Fragment{d.Content, d.Certificates} {
		if f != nil {
			add(int64(len(f.Octets)))
		}
	}
	for i := range d.Custom {
		add(int64(len(d.Custom[i].Octets)))
	}
	for i := range d.Attachments {
		add(d.Attachments[i].Freight.Size())
	}
	return int(total)
}

// compose makes the record of a delivery; content files are durable when it
// returns.
func compose(d *envelope.Delivery, files *contentFiles) ([]byte, *head, error) {
	c := &composer{files: files, record: append(make([]byte, 0, len(recordMagic)+room(d)+headRoom), recordMagic...)}
	h := &head{
		MessageID: d.MessageID, Subject: d.Subject, CreationQuality: d.CreationQuality, ReceptionQuality: d.ReceptionQuality,
		Addressee: d.Addressee.Raw, OriginatorCipher: raw(d.OriginatorCipher), OriginatorSign: raw(d.OriginatorSignature),
		Creation: d.Creation, Inspections: d.Inspections,
	}
	var err error
	if h.Content, err = c.fragment(d.Content); err != nil {
		return nil, nil, err
	}
	if h.Certificates, err = c.fragment(d.Certificates); err != nil {
		return nil, nil, err
	}
	for i := range d.Custom {
		one, err := c.fragment(&d.Custom[i])
		if err != nil {
			return nil, nil, err
		}
		h.Custom = append(h.Custom, *one)
	}
	for _, a := range d.Attachments {
		p, err := c.add(a.Freight.Size(), a.SHA256, a.Freight.Open)
		if err != nil {
			return nil, nil, fmt.Errorf("part %q: %w", a.ContentID, err)
		}
		h.Attachments = append(h.Attachments, attachmentHead{
			ContentID: a.ContentID, ContentType: a.ContentType, Header: a.Header, Base64: a.Base64, piece: p,
		})
	}
	octets, err := c.seal(h)
	return octets, h, err
}

func (c *composer) seal(h *head) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("writing the head: %w", err)
	}
	start := len(c.record)
	record := append(c.record, text...)
	record = binary.BigEndian.AppendUint32(record, uint32(len(text)))
	sum := sha256.Sum256(record[start:])
	return append(record, sum[:]...), nil
}

func raw(c *signature.Certificate) []byte {
	if c == nil {
		return nil
	}
	return c.Raw
}

// size is content and attachments together.
func (h *head) size() int64 {
	var total int64
	for _, p := range h.pieces() {
		total += p.Size
	}
	return total
}

// pieces lists all of them in the order in which inline ones stand.
func (h *head) pieces() []piece {
	var all []piece
	for _, f := range []*fragmentHead{h.Content, h.Certificates} {
		if f != nil {
			all = append(all, f.piece)
		}
	}
	for _, f := range h.Custom {
		all = append(all, f.piece)
	}
	for _, a := range h.Attachments {
		all = append(all, a.piece)
	}
	return all
}

// fileSums are the digests of the content files the letter needs.
func (h *head) fileSums() []string {
	var sums []string
	for _, p := range h.pieces() {
		if p.File {
			sums = append(sums, p.SHA256)
		}
	}
	return sums
}
