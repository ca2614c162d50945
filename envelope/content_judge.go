package envelope

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// judge checks every signature and hands out texts and files with those who
// signed them.
func (r *contentReader) judge() error {
	for _, c := range r.containers {
		c.indexParts()
		for _, sig := range c.signatures {
			if r.signs++; r.signs > maxContentSigns {
				return fmt.Errorf("%w: too many content signatures", ErrStructure)
			}
			if err := r.ctx.Err(); err != nil {
				return err
			}
			r.content.Authors = append(r.content.Authors, r.verify(c, sig))
		}
	}
	for _, c := range r.containers {
		if c.parent != nil {
			continue // its items are the outer container's as well
		}
		for _, item := range c.items {
			r.handOut(item)
		}
	}
	return nil
}

func (r *contentReader) handOut(item *contentItem) {
	if item.text != nil {
		r.content.Texts = append(r.content.Texts, *item.text)
		return
	}
	f, p := item.file, item.part
	f.Err = p.err
	f.Encrypted = p.key != nil
	if p.attachment != nil {
		f.ContentType = p.attachment.ContentType
	}
	if p.err == nil {
		f.Freight, f.Size = p.freight, p.freight.Size()
		copy(f.SHA256[:], p.sums[signature.SHA256])
	}
	r.content.Files = append(r.content.Files, *f)
}

// verify judges one signature of a container. It may refer to what lies in
// the container and to nothing else.
func (r *contentReader) verify(c *contentContainer, sig *xmltree.Node) *AuthorVerdict {
	verdict := &AuthorVerdict{}
	source := signature.Source{
		Elements:     c.elements,
		Parts:        func(name string) (io.ReadCloser, error) { return nil, c.partErr(name) },
		KnownDigests: c.known,
	}
	if id, properties := signedProperties(sig); properties != nil {
		source.Elements = maps.Clone(c.elements)
		source.Elements[id] = properties
	}
	options := signature.ContentOptions()
	options.Policy = r.opener.Signatures
	options.At = r.opener.Now()
	options.Key = func(info signature.KeyInfo) (*signature.Certificate, error) {
		return r.author(info, verdict)
	}
	verdict.Report, verdict.Err = signature.Verify(c.doc.tree, sig, source, options)
	if verdict.Report != nil {
		verdict.Err = verdict.Report.Err()
		verdict.Valid = verdict.Report.Valid()
		verdict.SigningTime = verdict.Report.SigningTime
	}
	covered := coverageOf(verdict.Report, sig)
	for _, item := range c.items {
		switch {
		case !covered.covers(item):
			verdict.Uncovered = append(verdict.Uncovered, item.name)
		case verdict.Valid:
			item.sign(verdict)
		}
	}
	return verdict
}

// coverage is what the right references of one signature lead to.
type coverage struct {
	uris map[string]bool
	// whole are the elements that were digested as they are, text those of
	// which only the text inside was.
	whole, text map[*xmltree.Node]bool
}

func coverageOf(report *signature.Report, sig *xmltree.Node) coverage {
	c := coverage{uris: map[string]bool{}, whole: map[*xmltree.Node]bool{}, text: map[*xmltree.Node]bool{}}
	if report == nil {
		return c
	}
	elements := signedReferences(sig)
	for i, ref := range report.References {
		if ref.Err != nil {
			continue
		}
		c.uris[ref.URI] = true
		if digestsText(elements[i]) {
			c.text[ref.Element] = true
		} else {
			c.whole[ref.Element] = true
		}
	}
	return c
}

// covers tells whether an item is covered: a text by the digest of its octets
// or of an element around it, a file by the digest of the element that names
// it and that of its octets. Both must be right: the one without the other
// would let files be exchanged. The text inside an element says all about a
// text, and nothing about attributes such as href.
func (c coverage) covers(item *contentItem) bool {
	if item.file != nil && !c.uris[item.name] {
		return false
	}
	if item.text != nil && !item.text.XML && c.text[item.nodes[0]] {
		return true
	}
	return slices.ContainsFunc(item.nodes, func(n *xmltree.Node) bool { return c.whole[n] })
}

// digestsText tells that a reference has the base64 transform.
func digestsText(reference *xmltree.Node) bool {
	transforms := reference.Child(NSDSig, "Transforms")
	if transforms == nil {
		return false
	}
	return slices.ContainsFunc(transforms.Elements(), func(n *xmltree.Node) bool {
		uri, _ := n.Attr("", "Algorithm")
		return uri == transformBase64
	})
}

func (i *contentItem) sign(verdict *AuthorVerdict) {
	if i.text != nil {
		i.text.SignedBy = append(i.text.SignedBy, verdict)
		return
	}
	i.file.SignedBy = append(i.file.SignedBy, verdict)
}

// author resolves the RetrievalMethod to a signature certificate of the
// message (dossier §7.3, §9.2).
func (r *contentReader) author(info signature.KeyInfo, verdict *AuthorVerdict) (*signature.Certificate, error) {
	id, ok := strings.CutPrefix(info.RetrievalURI, "#")
	found := r.certificates.ByID(id)
	if !ok || found == nil {
		return nil, fmt.Errorf("%w: KeyInfo names no certificate of the message", ErrStructure)
	}
	verdict.Role, verdict.Certificate = found.Role, found.Certificate
	switch found.Role {
	case SignatureOriginator, SignatureOtherAuthor, SignatureAddressee:
		return found.Certificate, nil
	}
	return nil, fmt.Errorf("%w: %s does not sign content", ErrStructure, found.Role)
}

// indexParts finds the parts of the files in this container by their names.
func (c *contentContainer) indexParts() {
	c.parts = map[string]*contentPart{}
	for _, item := range c.items {
		if item.file != nil && c.parts[item.file.Name] == nil {
			c.parts[item.file.Name] = item.part
		}
	}
}

func (c *contentContainer) known(name string, d signature.Digest) ([]byte, bool) {
	p := c.parts[name]
	if p == nil || p.err != nil {
		return nil, false
	}
	sum, ok := p.sums[d.URI]
	return sum, ok
}

func (c *contentContainer) partErr(name string) error {
	if p := c.parts[name]; p != nil && p.err != nil {
		return p.err
	}
	return fmt.Errorf("%w: container has no file %.80q", ErrStructure, name)
}

// signedProperties finds the XAdES properties inside the signature itself.
func signedProperties(sig *xmltree.Node) (id string, properties *xmltree.Node) {
	for _, object := range sig.Elements() {
		if !object.Is(NSDSig, "Object") {
			continue
		}
		for _, q := range object.Elements() {
			if p := q.Child(nsXAdES, "SignedProperties"); p != nil {
				id, _ = p.Attr("", "Id")
				return id, p
			}
		}
	}
	return "", nil
}
