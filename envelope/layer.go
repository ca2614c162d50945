package envelope

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// layer is one MIME message taken apart: the wrapper or what was in it.
type layer struct {
	mime *mimeMessage
	doc  *xmltree.Document
	// wanted are the digest algorithms that references ask for, by Content-ID.
	wanted map[string]signature.Digest
	// sums hold the running digests of each part, by Content-ID.
	sums map[string]*partSums
}

// partSums are the digests taken of one part while it was scanned.
type partSums struct {
	sha256 hash.Hash
	other  hash.Hash // nil unless a reference asks for another digest
	digest signature.Digest
}

// readLayer scans the MIME message in one pass. The root part comes first, so
// that the digests which its signature asks for are taken while the parts are
// scanned, without a second pass over the freight.
func (o *Opener) readLayer(file ScratchFile) (*layer, error) {
	l := &layer{wanted: map[string]signature.Digest{}, sums: map[string]*partSums{}}
	limits := mimeLimits{maxParts: 1 + cmp.Or(o.MaxParts, defaultMaxParts), maxRoot: int64(o.limits().MaxBytes)}
	var rootErr error
	visit := func(m *mimeMessage, p *mimePart) io.Writer {
		if rootErr == nil && l.doc == nil {
			rootErr = l.readRoot(m, o.limits())
		}
		if rootErr != nil || isWrapper(l.doc) {
			return nil
		}
		return l.sum(p)
	}
	m, err := scanMIME(file, file.Size(), limits, visit)
	switch {
	case err != nil:
		return nil, err
	case l.doc == nil && rootErr == nil: // no part but the root
		rootErr = l.readRoot(m, o.limits())
	}
	if rootErr != nil {
		return nil, rootErr
	}
	l.mime = m
	return l, nil
}

func (o *Opener) limits() xmltree.Limits {
	limits := o.Limits
	limits.MaxBytes = cmp.Or(limits.MaxBytes, xmltree.DefaultLimits().MaxBytes)
	return limits
}

func (l *layer) readRoot(m *mimeMessage, limits xmltree.Limits) error {
	source := m.open(m.root)
	defer source.Close()
	octets, err := io.ReadAll(io.LimitReader(source, int64(limits.MaxBytes)+1))
	if err != nil {
		return fmt.Errorf("reading the root part: %w", err)
	}
	doc, err := xmltree.Parse(octets, limits)
	switch {
	case errors.Is(err, xmltree.ErrLimit):
		return fmt.Errorf("%w: %w: %w", ErrXML, ErrTooLarge, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrXML, err)
	}
	l.doc = doc
	l.noteDigests()
	return nil
}

// noteDigests looks through the references of the transport signature. It
// only chooses which digests to compute: what it overlooks is computed later.
func (l *layer) noteDigests() {
	header := l.doc.Root.Child(NSSOAP, "Header")
	if header == nil {
		return
	}
	for _, block := range header.Elements() {
		sig := block.Child(NSDSig, "Signature")
		if sig == nil {
			continue
		}
		for _, reference := range signedReferences(sig) {
			uri, _ := reference.Attr("", "URI")
			method := reference.Child(NSDSig, "DigestMethod")
			if !strings.HasPrefix(uri, "cid:") || method == nil {
				continue
			}
			name, _ := method.Attr("", "Algorithm")
			if digest, ok := signature.DigestByURI(name); ok {
				l.wanted[strings.TrimPrefix(uri, "cid:")] = digest
			}
		}
	}
}

// sum starts the digests of a part and returns what its octets go through.
func (l *layer) sum(p *mimePart) io.Writer {
	s := &partSums{sha256: sha256.New()}
	l.sums[p.contentID] = s
	digest, ok := l.wanted[p.contentID]
	if !ok || digest.URI == signature.SHA256 {
		return s.sha256
	}
	s.digest = digest
	s.other = digest.New()
	return io.MultiWriter(s.sha256, s.other)
}

// known gives the digest of a part if it was taken during the scan.
func (l *layer) known(contentID string, d signature.Digest) ([]byte, bool) {
	s, ok := l.sums[contentID]
	switch {
	case !ok:
		return nil, false
	case d.URI == signature.SHA256:
		return s.sha256.Sum(nil), true
	case s.other != nil && s.digest.URI == d.URI:
		return s.other.Sum(nil), true
	}
	return nil, false
}

func (l *layer) part(contentID string) *mimePart {
	for i := range l.mime.parts {
		if l.mime.parts[i].contentID == contentID {
			return &l.mime.parts[i]
		}
	}
	return nil
}

// attachments are the parts other than the root, in order.
func (l *layer) attachments() ([]Attachment, error) {
	var list []Attachment
	for _, p := range l.mime.parts {
		a := Attachment{
			ContentID: p.contentID, ContentType: p.contentType, Header: p.header, Base64: p.base64,
			Freight: partFreight{l.mime, p},
		}
		s, ok := l.sums[p.contentID]
		if !ok {
			return nil, fmt.Errorf("%w: part %q was not digested", ErrStructure, p.contentID)
		}
		s.sha256.Sum(a.SHA256[:0])
		list = append(list, a)
	}
	return list, nil
}

// partFreight is a part of a MIME message as freight.
type partFreight struct {
	mime *mimeMessage
	part mimePart
}

func (p partFreight) Size() int64                  { return p.mime.decodedSize(p.part) }
func (p partFreight) Open() (io.ReadCloser, error) { return p.mime.open(p.part), nil }
