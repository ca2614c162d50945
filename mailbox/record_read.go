package mailbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"poststelle/envelope"
	"poststelle/signature"
)

// readRecord checks a stored record and makes the delivery of it. Octets that
// are not what was written give ErrDamaged.
func readRecord(record []byte, files *contentFiles) (*envelope.Delivery, error) {
	h, inline, err := openRecord(record)
	if err != nil {
		return nil, err
	}
	r := &recordReader{files: files, inline: inline}
	d := &envelope.Delivery{
		MessageID: h.MessageID, Subject: h.Subject, CreationQuality: h.CreationQuality, ReceptionQuality: h.ReceptionQuality,
		Creation: h.Creation, Inspections: h.Inspections,
		Addressee: certificate(h.Addressee), OriginatorCipher: certificate(h.OriginatorCipher), OriginatorSignature: certificate(h.OriginatorSign),
	}
	if d.Content, err = r.fragment(h.Content); err != nil {
		return nil, err
	}
	if d.Certificates, err = r.fragment(h.Certificates); err != nil {
		return nil, err
	}
	for i := range h.Custom {
		one, err := r.fragment(&h.Custom[i])
		if err != nil {
			return nil, err
		}
		d.Custom = append(d.Custom, *one)
	}
	for _, a := range h.Attachments {
		one, err := r.attachment(a)
		if err != nil {
			return nil, err
		}
		d.Attachments = append(d.Attachments, one)
	}
	return d, nil
}

// openRecord checks magic, lengths and the digest of the head; who reads the
// pieces checks theirs.
func openRecord(record []byte) (*head, []byte, error) {
	if len(record) < len(recordMagic)+recordEnd || string(record[:len(recordMagic)]) != recordMagic {
		return nil, nil, fmt.Errorf("%w: no record", ErrDamaged)
	}
	body, end := record[len(recordMagic):len(record)-recordEnd], record[len(record)-recordEnd:]
	length := int(binary.BigEndian.Uint32(end))
	if length > len(body) {
		return nil, nil, fmt.Errorf("%w: length of the head", ErrDamaged)
	}
	text := record[len(record)-recordEnd-length : len(record)-sha256.Size]
	if have := sha256.Sum256(text); !bytes.Equal(have[:], end[4:]) {
		return nil, nil, fmt.Errorf("%w: digest of the head", ErrDamaged)
	}
	h := &head{}
	if err := json.Unmarshal(text[:length], h); err != nil {
		return nil, nil, fmt.Errorf("%w: head: %w", ErrDamaged, err)
	}
	return h, body[:len(body)-length], nil
}

// recordReader gives the pieces of a record in order.
type recordReader struct {
	files  *contentFiles
	inline []byte
}

func (r *recordReader) freight(p piece) (envelope.Freight, [32]byte, error) {
	var sum [32]byte
	octets, err := hex.DecodeString(p.SHA256)
	if err != nil || len(octets) != len(sum) {
		return nil, sum, fmt.Errorf("%w: no digest of a piece", ErrDamaged)
	}
	copy(sum[:], octets)
	if p.File {
		freight, err := r.files.get(sum, p.Size)
		return freight, sum, err
	}
	if p.Size < 0 || p.Size > int64(len(r.inline)) {
		return nil, sum, fmt.Errorf("%w: length of a piece", ErrDamaged)
	}
	held := r.inline[:p.Size]
	r.inline = r.inline[p.Size:]
	if sha256.Sum256(held) != sum {
		return nil, sum, fmt.Errorf("%w: digest of a piece", ErrDamaged)
	}
	return memoryFreight(held), sum, nil
}

func (r *recordReader) fragment(h *fragmentHead) (*envelope.Fragment, error) {
	if h == nil {
		return nil, nil
	}
	freight, _, err := r.freight(h.piece)
	if err != nil {
		return nil, err
	}
	f := h.Fragment
	if held, ok := freight.(memoryFreight); ok {
		f.Octets = held
		return &f, nil
	}
	source, err := freight.Open()
	if err != nil {
		return nil, err
	}
	defer source.Close()
	if f.Octets, err = io.ReadAll(source); err != nil {
		return nil, err
	}
	return &f, nil
}

func (r *recordReader) attachment(h attachmentHead) (envelope.Attachment, error) {
	freight, sum, err := r.freight(h.piece)
	return envelope.Attachment{
		ContentID: h.ContentID, ContentType: h.ContentType, Header: h.Header, Base64: h.Base64,
		SHA256: sum, Freight: freight,
	}, err
}

// certificate wraps stored DER; what was a certificate when it came in is one.
func certificate(der []byte) *signature.Certificate {
	if len(der) == 0 {
		return nil
	}
	c, err := signature.ParseCertificate(der)
	if err != nil {
		return &signature.Certificate{Raw: der}
	}
	return c
}

// memoryFreight is a small piece.
type memoryFreight []byte

func (m memoryFreight) Size() int64 { return int64(len(m)) }

func (m memoryFreight) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m)), nil }
