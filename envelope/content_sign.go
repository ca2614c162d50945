package envelope

import (
	"fmt"
	"strconv"
	"time"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

const (
	transformBase64 = NSDSig + "base64"
	nsXAdES         = "http://uri.etsi.org/01903/v1.3.2#"
)

// sign makes one signature per author over every text, every Content that
// names a file, and every file's plaintext (dossier §9.2).
func (c *composer) sign(contents []byte) ([]byte, error) {
	doc, err := xmltree.Parse(container(contents), ownLimits())
	if err != nil {
		return nil, fmt.Errorf("reading the own container: %w", err)
	}
	references := c.references(doc)
	var octets []byte
	for i, a := range c.Authors {
		input := signature.SignInput{
			References: append([]signature.Reference(nil), references...),
			KeyURI:     "#" + c.out.Certificates[i].ID,
			Scope:      doc.Root.Scope(), Rand: c.Rand,
		}
		for _, f := range c.files {
			input.References = append(input.References, signature.Reference{
				URI: "cid:" + f.name, Digest: f.sums[a.Signer.DigestAlgorithm().URI],
			})
		}
		if !a.SignedAt.IsZero() {
			if err := signTime(&input, i, a.SignedAt); err != nil {
				return nil, err
			}
		}
		one, err := a.Signer.Sign(input)
		if err != nil {
			return nil, fmt.Errorf("signing as author %d: %w", i, err)
		}
		octets = append(octets, one...)
	}
	return octets, nil
}

// references are those to elements: of a text its decoded octets, of a file
// the element that names it.
func (c *composer) references(doc *xmltree.Document) []signature.Reference {
	var list []signature.Reference
	for i, content := range doc.Root.Elements() {
		if i < len(c.texts) {
			list = append(list, signature.Reference{
				URI: "#" + c.texts[i], Element: content.Elements()[0], Transforms: []string{transformBase64},
			})
			continue
		}
		list = append(list, signature.Reference{
			URI: "#" + c.files[i-len(c.texts)].id, Element: content, Transforms: []string{string(xmltree.C14N)},
		})
	}
	return list
}

// signTime adds the XAdES signing time in the library's form: without Target,
// under an Id that begins with the container's (dossier §9.2).
func signTime(input *signature.SignInput, n int, at time.Time) error {
	id := containerID + "TS" + strconv.Itoa(n)
	w := &writer{}
	w.start("ds:Object")
	w.startIn("xades:QualifyingProperties", []xmltree.Namespace{{Prefix: "xades", URI: nsXAdES}})
	w.start("xades:SignedProperties", attr{"Id", id})
	w.start("xades:SignedSignatureProperties")
	w.element("xades:SigningTime", FormatTime(at))
	for len(w.open) > 0 {
		w.end()
	}
	doc, err := xmltree.Parse(container([]byte("<ds:Signature>"), w.buf, []byte("</ds:Signature>")), ownLimits())
	if err != nil {
		return fmt.Errorf("reading the own signing time: %w", err)
	}
	object := doc.Root.Elements()[0].Elements()[0]
	properties := object.Elements()[0].Elements()[0]
	input.References = append(input.References, signature.Reference{
		URI: "#" + id, Element: properties, Transforms: []string{string(xmltree.C14N)},
	})
	input.Objects = w.buf
	return nil
}
