package envelope

import (
	"bytes"
	"fmt"
	"strings"

	"poststelle/envelope/xmlenc"
	"poststelle/signature/xmltree"
)

// sealedContent is an EncryptedData that holds a container (dossier §9.3).
type sealedContent struct {
	id       string
	cipher   string
	ivLength *int
	keys     []contentKey
	octets   []byte
}

// contentKey is one EncryptedKey of content.
type contentKey struct {
	reader    Reader
	transport xmlenc.KeyTransport
	octets    []byte
}

// readEncrypted decrypts a container and reads it, or notes why not.
func (r *contentReader) readEncrypted(doc *contentDoc, n *xmltree.Node, depth int) error {
	r.content.Encrypted = true
	sealed, err := r.decodeSealed(n)
	if err != nil {
		return err
	}
	var readers []Reader
	for _, k := range sealed.keys {
		readers = append(readers, k.reader)
		r.addReader(k.reader)
	}
	plain, err := r.unseal(sealed)
	if err != nil {
		if trouble := r.ctx.Err(); trouble != nil {
			return trouble
		}
		r.content.Unreadable = append(r.content.Unreadable, Unreadable{ID: sealed.id, Readers: readers, Err: err})
		return nil
	}
	tree, err := xmltree.Parse(plain, r.opener.limits())
	if err != nil {
		return fmt.Errorf("%w: decrypted container: %w", ErrXML, err)
	}
	if err := uniqueIDs(tree); err != nil {
		return err
	}
	if !tree.Root.Is(NSOSCI, "ContentContainer") {
		return fmt.Errorf("%w: decrypted %s is no ContentContainer", ErrStructure, tree.Root.Local)
	}
	inner := &contentContainer{doc: &contentDoc{tree: tree, parent: doc}}
	return r.readContainer(inner, tree.Root, depth)
}

// addReader lists a reader once; those without certificate cannot be told
// apart and are listed once as well.
func (r *contentReader) addReader(reader Reader) {
	for _, have := range r.content.Readers {
		if have.Role == reader.Role && have.Certificate.Equal(reader.Certificate) {
			return
		}
	}
	r.content.Readers = append(r.content.Readers, reader)
}

func (r *contentReader) decodeSealed(n *xmltree.Node) (*sealedContent, error) {
	s := &sealedContent{}
	s.id, _ = n.Attr("", "Id")
	f := fieldsOf(n)
	s.cipher, s.ivLength = decodeMethod(f)
	info := f.inside(f.must(NSDSig, "KeyInfo"))
	for _, k := range info.takeAll(NSXEnc, "EncryptedKey") {
		s.keys = append(s.keys, r.decodeContentKey(info.inside(k)))
		if len(s.keys) > maxCertificates {
			info.fail("too many EncryptedKeys")
			break
		}
	}
	info.end()
	s.octets = cipherValue(f)
	return s, f.end()
}

// decodeContentKey reads an EncryptedKey whose RetrievalMethod leads to a
// cipher certificate of the message.
func (r *contentReader) decodeContentKey(f *fields) contentKey {
	key := contentKey{transport: decodeKeyTransport(f)}
	info := f.inside(f.must(NSDSig, "KeyInfo"))
	uri, _ := info.must(NSDSig, "RetrievalMethod").Attr("", "URI")
	info.end()
	if found := r.certificates.ByID(strings.TrimPrefix(uri, "#")); found != nil {
		key.reader = Reader{Role: found.Role, Certificate: found.Certificate}
	}
	key.octets = cipherValue(f)
	return key
}

// unseal decrypts with the first of our keys that fits. Which of them failed,
// and how, is one error.
func (r *contentReader) unseal(s *sealedContent) ([]byte, error) {
	method, err := r.opener.method(s.cipher, s.ivLength)
	if err != nil {
		return nil, err
	}
	result := ErrOtherReaders
	for _, wrapped := range s.keys {
		for _, own := range r.opener.Keys {
			if wrapped.reader.Certificate == nil || !own.Certificate.Equal(wrapped.reader.Certificate) {
				continue
			}
			plain, err := r.unsealWith(own, wrapped, s, method)
			if err == nil {
				return plain, nil
			}
			result = err
		}
	}
	return nil, result
}

func (r *contentReader) unsealWith(own CipherKey, wrapped contentKey, s *sealedContent, m xmlenc.Method) ([]byte, error) {
	if r.unwraps++; r.unwraps > maxUnwraps {
		return nil, fmt.Errorf("%w: too many encrypted containers", ErrDecrypt)
	}
	key, err := r.opener.contentKey(own, wrapped.transport, wrapped.octets, m)
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if _, err := xmlenc.Decrypt(&plain, contextReader{r.ctx, bytes.NewReader(s.octets)}, key, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	return plain.Bytes(), nil
}

// partKey is the EncryptedData that tells the key of a file's part.
type partKey struct {
	cipher   string
	ivLength *int
	key      []byte
}

// isPartKey tells the key of a file from an encrypted container: it refers to
// a part.
func isPartKey(n *xmltree.Node) bool {
	data := n.Child(NSXEnc, "CipherData")
	return data != nil && data.Child(NSXEnc, "CipherReference") != nil
}

func (d *contentDoc) addKey(n *xmltree.Node) error {
	k := &partKey{}
	f := fieldsOf(n)
	k.cipher, k.ivLength = decodeMethod(f)
	info := f.inside(f.must(NSDSig, "KeyInfo"))
	text, _ := info.text(NSDSig, "MgmtData")
	info.end()
	name := decodeCipherReference(f)
	var err error
	if k.key, err = decodeBase64(text); err != nil {
		f.fail("MgmtData is no base64")
	}
	if err := f.end(); err != nil {
		return err
	}
	if d.keys[name] != nil {
		return fmt.Errorf("%w: two keys for part %.80q", ErrStructure, name)
	}
	if d.keys == nil {
		d.keys = map[string]*partKey{}
	}
	d.keys[name] = k
	return nil
}

// keyFor finds the key of a part in this document or one around it.
func (d *contentDoc) keyFor(name string) *partKey {
	for at := d; at != nil; at = at.parent {
		if k := at.keys[name]; k != nil {
			return k
		}
	}
	return nil
}

func (k *partKey) equal(other *partKey) bool {
	if k == nil || other == nil {
		return k == other
	}
	sameIV := (k.ivLength == nil) == (other.ivLength == nil) && (k.ivLength == nil || *k.ivLength == *other.ivLength)
	return k.cipher == other.cipher && sameIV && bytes.Equal(k.key, other.key)
}
