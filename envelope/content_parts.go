package envelope

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// contentPart is a MIME part as content of a letter: decrypted and digested.
type contentPart struct {
	attachment *Attachment
	key        *partKey // nil in the clear
	wanted     map[string]signature.Digest
	sums       map[string][]byte // by the digest's URI
	freight    Freight
	err        error
}

// readParts resolves the files and reads each part once: through the cipher
// into a scratch file and through every digest that a signature wants.
func (r *contentReader) readParts() error {
	for _, c := range r.containers {
		for _, item := range c.items {
			if item.file != nil && item.part == nil {
				item.part = r.part(item)
			}
		}
	}
	r.noteDigests()
	for _, c := range r.containers {
		for _, item := range c.items {
			if p := item.part; p != nil && p.freight == nil && p.err == nil {
				if err := r.load(p); err != nil {
					return fmt.Errorf("reading part %.80q: %w", item.file.Name, err)
				}
			}
		}
	}
	for i := range r.attachments {
		if name := r.attachments[i].ContentID; r.parts[name] == nil {
			r.content.Stray = append(r.content.Stray, name)
		}
	}
	return nil
}

// part finds the part of a file. One part has one key: a second one would
// show different files to different readers.
func (r *contentReader) part(item *contentItem) *contentPart {
	name := item.file.Name
	key := item.doc.keyFor(name)
	if have := r.parts[name]; have != nil {
		if !have.key.equal(key) {
			return &contentPart{err: fmt.Errorf("%w: two keys for part %.80q", ErrStructure, name)}
		}
		return have
	}
	p := &contentPart{key: key, wanted: map[string]signature.Digest{}, sums: map[string][]byte{}}
	for i := range r.attachments {
		if r.attachments[i].ContentID == name {
			p.attachment = &r.attachments[i]
		}
	}
	if p.attachment == nil {
		p.err = fmt.Errorf("%w: %.80q", ErrPartMissing, name)
	}
	r.parts[name] = p
	return p
}

// noteDigests asks for the digests that signatures will be checked with.
func (r *contentReader) noteDigests() {
	for _, c := range r.containers {
		for _, sig := range c.signatures {
			for _, reference := range signedReferences(sig) {
				uri, _ := reference.Attr("", "URI")
				method := reference.Child(NSDSig, "DigestMethod")
				name, isPart := strings.CutPrefix(uri, "cid:")
				if !isPart || method == nil || r.parts[name] == nil || r.parts[name].wanted == nil {
					continue
				}
				algorithm, _ := method.Attr("", "Algorithm")
				if d, ok := signature.DigestByURI(algorithm); ok {
					r.parts[name].wanted[d.URI] = d
				}
			}
		}
	}
}

// signedReferences are the Reference elements of a ds:Signature.
func signedReferences(sig *xmltree.Node) []*xmltree.Node {
	info := sig.Child(NSDSig, "SignedInfo")
	if info == nil {
		return nil
	}
	var list []*xmltree.Node
	for _, n := range info.Elements() {
		if n.Is(NSDSig, "Reference") {
			list = append(list, n)
		}
	}
	return list
}

// load reads a part. An error is trouble; what is wrong with the part itself
// stays in the part.
func (r *contentReader) load(p *contentPart) error {
	sums := map[string]hash.Hash{}
	for uri, d := range p.wanted {
		sums[uri] = d.New()
	}
	if p.key == nil {
		p.freight = p.attachment.Freight
		p.sums[signature.SHA256] = p.attachment.SHA256[:]
		delete(sums, signature.SHA256)
		if len(sums) == 0 {
			return nil
		}
	} else {
		sums[signature.SHA256] = sha256.New()
	}
	writers := make([]io.Writer, 0, len(sums)+1)
	for _, h := range sums {
		writers = append(writers, h)
	}
	err := r.pass(p, writers)
	if errors.Is(err, ErrDecrypt) {
		p.err = err
		return nil
	}
	for uri, h := range sums {
		p.sums[uri] = h.Sum(nil)
	}
	return err
}

func (r *contentReader) pass(p *contentPart, writers []io.Writer) error {
	source, err := p.attachment.Freight.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	octets := contextReader{r.ctx, source}
	if p.key == nil {
		_, err := io.CopyBuffer(io.MultiWriter(writers...), octets, make([]byte, copySize))
		return err
	}
	method, err := r.opener.method(p.key.cipher, p.key.ivLength)
	if err != nil {
		return err
	}
	scratch, err := r.opener.Scratch()
	if err != nil {
		return fmt.Errorf("making a scratch file: %w", err)
	}
	r.content.files = append(r.content.files, scratch)
	p.freight = wholeFile{scratch}
	_, err = xmlenc.Decrypt(io.MultiWriter(append(writers, scratch)...), octets, p.key.key, method)
	if errors.Is(err, xmlenc.ErrDecrypt) {
		return fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	return err
}
