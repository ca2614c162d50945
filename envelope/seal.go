package envelope

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Seal signs, encrypts and frames the draft. Nothing of the attachments is
// read yet, except where a digest other than their SHA-256 has to be signed;
// the parcel reads them while it is written.
func (d *Draft) Seal(o SealOptions) (Parcel, error) {
	plain, err := d.sealPlain(o)
	switch {
	case err != nil:
		return nil, err
	case o.Encryption == nil:
		return plain, nil
	}
	return encryptParcel(plain, o)
}

// sealPlain makes the MIME message that is signed and not yet encrypted.
func (d *Draft) sealPlain(o SealOptions) (*mimeOut, error) {
	var signer *signature.Certificate
	if o.Signer != nil {
		signer = o.Signer.Certificate
	}
	l, err := d.layOut(signer)
	if err != nil {
		return nil, err
	}
	doc, err := l.check()
	if err != nil {
		return nil, err
	}
	var signed []byte
	if o.Signer != nil {
		if signed, err = l.sign(doc, d.Attachments, o); err != nil {
			return nil, fmt.Errorf("signing %s: %w", l.kind, err)
		}
	}
	out, err := newMIME(o.Rand)
	if err != nil {
		return nil, err
	}
	if err := out.addRoot(l.document(signed)); err != nil {
		return nil, err
	}
	for _, a := range d.Attachments {
		if err := out.addPart(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// check reads the draft as a recipient would. Texts come from callers and
// fragments from strangers: what cannot be read again is not sent.
func (l *layout) check() (*xmltree.Document, error) {
	doc, err := xmltree.Parse(l.document(nil), ownLimits())
	if err == nil {
		err = uniqueIDs(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the own draft of %s: %w", l.kind, err)
	}
	return doc, nil
}

// sign makes the signature block over every other block, the Body and every
// part (dossier §8.2). The digests are taken over the canonical form of our
// own octets in their place, so what is handed on counts as it will be read.
func (l *layout) sign(doc *xmltree.Document, parts []Attachment, o SealOptions) ([]byte, error) {
	id := l.signerID(o.Signer.Certificate)
	if id == "" {
		return nil, errors.New("the signer's certificate is not the one in its role")
	}
	header := doc.Root.Child(NSSOAP, "Header")
	declared := missing(header.Scope())
	input := signature.SignInput{Rand: o.Rand, KeyURI: "#" + id, Scope: union(header.Scope(), declared)}
	for _, n := range append(header.Elements(), doc.Root.Child(NSSOAP, "Body")) {
		id, _ := n.Attr("", "Id")
		input.References = append(input.References, signature.Reference{
			URI: "#" + id, Element: n, Transforms: []string{string(xmltree.C14N)},
		})
	}
	for _, a := range parts {
		reference, err := partReference(a, o.Signer)
		if err != nil {
			return nil, err
		}
		input.References = append(input.References, reference)
	}
	octets, err := o.Signer.Sign(input)
	if err != nil {
		return nil, err
	}
	name, wanted := "osci:SupplierSignature", "suppliersignature"
	if l.kind.IsRequest() {
		name, wanted = "osci:ClientSignature", "clientsignature"
	}
	w := &writer{}
	l.open(w, name, l.id(wanted), declared, actorNext)
	w.raw(octets)
	w.end()
	return w.buf, nil
}

// missing are the declarations of ns5 that are not in force: around content
// of a sender with other prefixes, the Envelope has not all of them.
func missing(scope []xmltree.Namespace) []xmltree.Namespace {
	var declared []xmltree.Namespace
	for _, ns := range ns5 {
		if !slices.Contains(scope, ns) {
			declared = append(declared, ns)
		}
	}
	return declared
}

// union joins two lists of declarations, sorted by prefix.
func union(one, two []xmltree.Namespace) []xmltree.Namespace {
	all := append(append([]xmltree.Namespace(nil), one...), two...)
	sort.Slice(all, func(i, j int) bool { return all[i].Prefix < all[j].Prefix })
	return all
}

// ownLimits are wide: what is written here was bounded when it came in.
func ownLimits() xmltree.Limits {
	limits := xmltree.DefaultLimits()
	limits.MaxBytes = 1 << 30
	limits.MaxNodes = 1 << 26
	limits.MaxDepth *= 2
	return limits
}

// partReference is the reference to a part: its known SHA-256, or another
// digest taken in a pass of its own.
func partReference(a Attachment, s *signature.Signer) (signature.Reference, error) {
	reference := signature.Reference{URI: "cid:" + a.ContentID}
	digest := s.DigestAlgorithm()
	if digest.URI == signature.SHA256 {
		reference.Digest = a.SHA256[:]
		return reference, nil
	}
	content, err := a.Freight.Open()
	if err != nil {
		return reference, err
	}
	defer content.Close()
	sum := digest.New()
	if _, err := io.Copy(sum, content); err != nil {
		return reference, fmt.Errorf("digesting part %q: %w", a.ContentID, err)
	}
	reference.Digest = sum.Sum(nil)
	return reference, nil
}

// encrypted is a parcel that encrypts another one while it is written.
type encrypted struct {
	plain  Parcel
	outer  *mimeOut
	method xmlenc.Method
	key    []byte
	rand   io.Reader
}

// encryptParcel wraps a message for its recipient (dossier §4.1).
func encryptParcel(plain Parcel, o SealOptions) (Parcel, error) {
	e := o.Encryption
	public, ok := e.Certificate.PublicKey().(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: cipher certificate without an RSA key", ErrUnknownKey)
	}
	key, err := xmlenc.NewKey(e.Method, o.Rand)
	if err != nil {
		return nil, err
	}
	wrapped, err := xmlenc.WrapKey(public, e.KeyTransport, key, o.Rand)
	if err != nil {
		return nil, fmt.Errorf("wrapping the content key: %w", err)
	}
	outer, err := newMIME(o.Rand)
	if err != nil {
		return nil, err
	}
	sealed := &encrypted{plain: plain, outer: outer, method: e.Method, key: key, rand: o.Rand}
	if err := outer.addRoot(e.encodeWrapper(wrapped)); err != nil {
		return nil, err
	}
	size := xmlenc.EncryptedSize(e.Method, plain.Size())
	if err := outer.addCipher(encryptedID, size, e.Base64, sealed.writeCipher); err != nil {
		return nil, err
	}
	return sealed, nil
}

func (e *encrypted) Size() int64                        { return e.outer.Size() }
func (e *encrypted) WriteTo(w io.Writer) (int64, error) { return e.outer.WriteTo(w) }
func (e *encrypted) Close() error                       { return e.plain.Close() }

// writeCipher writes IV, ciphertext and tag.
func (e *encrypted) writeCipher(w io.Writer) error {
	cipher, err := xmlenc.NewEncrypter(w, e.key, e.method, e.rand)
	if err != nil {
		return err
	}
	if _, err := e.plain.WriteTo(cipher); err != nil {
		return err
	}
	return cipher.Close()
}
