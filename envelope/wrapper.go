package envelope

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// wrapper is the root part of an encrypted message (OSCI 1.2; dossier §4.1).
type wrapper struct {
	cipher    string // algorithm URI
	ivLength  *int   // osci128:IvLength, nil if absent
	keys      []wrappedKey
	contentID string // of the cipher part
}

// wrappedKey is one EncryptedKey.
type wrappedKey struct {
	transport   xmlenc.KeyTransport
	certificate *signature.Certificate
	octets      []byte
}

// isWrapper tells an encryption wrapper from a message: by its schema or, for
// lack of one, by EncryptedData in the Body.
func isWrapper(doc *xmltree.Document) bool {
	if word, given := schemaWord(doc.Root); given {
		return word == encryptedSchema
	}
	body := doc.Root.Child(NSSOAP, "Body")
	return body != nil && body.Child(NSXEnc, "EncryptedData") != nil
}

// maxKeys bounds the EncryptedKeys of a wrapper; one is the rule.
const maxKeys = 16

func decodeWrapper(doc *xmltree.Document) (*wrapper, error) {
	if err := uniqueIDs(doc); err != nil {
		return nil, err
	}
	w := &wrapper{}
	root := fieldsOf(doc.Root)
	if !doc.Root.Is(NSSOAP, "Envelope") {
		root.fail("is no SOAP envelope")
	}
	body := root.inside(root.must(NSSOAP, "Body"))
	root.end()
	data := body.inside(body.must(NSXEnc, "EncryptedData"))
	body.end()
	w.cipher, w.ivLength = decodeMethod(data)
	info := data.inside(data.must(NSDSig, "KeyInfo"))
	for _, n := range info.takeAll(NSXEnc, "EncryptedKey") {
		w.keys = append(w.keys, decodeWrappedKey(info.inside(n)))
	}
	if len(w.keys) == 0 || len(w.keys) > maxKeys {
		info.fail("number of EncryptedKeys")
	}
	info.end()
	w.contentID = decodeCipherReference(data)
	if err := data.end(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncrypted, err)
	}
	return w, nil
}

// decodeMethod takes the EncryptionMethod of content: algorithm and IvLength.
func decodeMethod(f *fields) (algorithm string, ivLength *int) {
	n := f.must(NSXEnc, "EncryptionMethod")
	algorithm, _ = n.Attr("", "Algorithm")
	in := f.inside(n)
	if length := in.take(NSOSCI128, "IvLength"); length != nil {
		value, _ := length.Attr("", "Value")
		octets, err := parseCount(value)
		if err != nil {
			octets = -1 // no permitted length: refused as a decryption failure
		}
		ivLength = &octets
	}
	in.end()
	return algorithm, ivLength
}

// decodeKeyTransport takes the EncryptionMethod of an EncryptedKey.
func decodeKeyTransport(f *fields) (transport xmlenc.KeyTransport) {
	method := f.must(NSXEnc, "EncryptionMethod")
	transport.URI, _ = method.Attr("", "Algorithm")
	in := f.inside(method)
	if n := in.take(NSXEnc11, "MGF"); n != nil {
		transport.MGF, _ = n.Attr("", "Algorithm")
	}
	if n := in.take(NSDSig, "DigestMethod"); n != nil {
		transport.Digest, _ = n.Attr("", "Algorithm")
	}
	in.end()
	return transport
}

// cipherValue takes a CipherData with the octets in it.
func cipherValue(f *fields) []byte {
	data := f.inside(f.must(NSXEnc, "CipherData"))
	text, _ := data.text(NSXEnc, "CipherValue")
	data.end()
	octets, err := decodeBase64(text)
	if err != nil {
		f.fail("CipherValue is no base64")
	}
	return octets
}

func decodeWrappedKey(f *fields) wrappedKey {
	key := wrappedKey{transport: decodeKeyTransport(f)}
	certificate, err := decodeCertificate(f.inside(f.must(NSDSig, "KeyInfo")), signature.ParseCertificate)
	if err != nil {
		f.fail(err.Error())
	}
	key.certificate = certificate
	key.octets = cipherValue(f)
	f.end()
	return key
}

// decodeCipherReference takes CipherData and returns the Content-ID it names.
// The transform in it says base64 even where the part is binary: the MIME
// labels decide (dossier §4.1).
func decodeCipherReference(f *fields) string {
	data := f.inside(f.must(NSXEnc, "CipherData"))
	reference := data.must(NSXEnc, "CipherReference")
	data.end()
	uri, _ := reference.Attr("", "URI")
	if !strings.HasPrefix(uri, "cid:") {
		f.fail("CipherReference does not name a part")
	}
	return strings.TrimPrefix(uri, "cid:")
}

// encryptedID is the Content-ID of the cipher part.
const encryptedID = "osci_enc"

// encode writes the root part of an encrypted message.
func (e *Encryption) encodeWrapper(wrapped []byte) []byte {
	w := &writer{}
	w.raw([]byte(prolog))
	w.startIn("soap:Envelope", []xmltree.Namespace{ns5[0], ns5[2], ns5[3], ns5[4]}, attr{"xsi:schemaLocation", schemaLocation(encryptedSchema)})
	w.start("soap:Body")
	w.start("xenc:EncryptedData", attr{"MimeType", "Multipart/Related"})
	encodeMethod(w, e.Method)
	w.start("ds:KeyInfo")
	w.start("xenc:EncryptedKey")
	encodeKeyTransport(w, e.KeyTransport)
	w.start("ds:KeyInfo")
	w.start("ds:X509Data")
	w.element("ds:X509Certificate", base64.StdEncoding.EncodeToString(e.Certificate.Raw))
	w.end()
	w.end()
	encodeCipherValue(w, wrapped)
	w.end()
	w.end()
	encodeCipherReference(w, encryptedID)
	for len(w.open) > 0 {
		w.end()
	}
	return w.buf
}

// encodeCipherValue writes a CipherData with the octets in it.
func encodeCipherValue(w *writer, octets []byte) {
	w.start("xenc:CipherData")
	w.start("xenc:CipherValue")
	w.base64(octets)
	w.end()
	w.end()
}

// encodeCipherReference writes a CipherData that names a part.
func encodeCipherReference(w *writer, contentID string) {
	w.start("xenc:CipherData")
	w.start("xenc:CipherReference", attr{"URI", "cid:" + contentID})
	w.start("xenc:Transforms")
	w.start("ds:Transform", attr{"Algorithm", transformBase64})
	for range 4 {
		w.end()
	}
}

// encodeMethod writes the content cipher. IvLength stands only where the IV
// has 12 octets: older clients know no other element there (dossier §4.2).
func encodeMethod(w *writer, m xmlenc.Method) {
	w.start("xenc:EncryptionMethod", attr{"Algorithm", m.Cipher.URI})
	if m.Cipher.GCM && m.IVSize == 12 {
		w.startIn("osci128:IvLength", []xmltree.Namespace{{Prefix: "osci128", URI: NSOSCI128}}, attr{"Value", strconv.Itoa(m.IVSize)})
		w.end()
	}
	w.end()
}

// encodeKeyTransport writes MGF before DigestMethod and nothing else: the
// clients' parsers allow no other child (dossier §4.1).
func encodeKeyTransport(w *writer, kt xmlenc.KeyTransport) {
	w.start("xenc:EncryptionMethod", attr{"Algorithm", kt.URI})
	if kt.MGF != "" {
		w.startIn("xenc11:MGF", []xmltree.Namespace{{Prefix: "xenc11", URI: NSXEnc11}}, attr{"Algorithm", kt.MGF})
		w.end()
	}
	if kt.Digest != "" {
		w.start("ds:DigestMethod", attr{"Algorithm", kt.Digest})
		w.end()
	}
	w.end()
}
