package envelope

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"unicode"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Ids as the official library writes them (dossier §9).
const (
	containerID     = "contentcontainer0"
	encryptedDataID = "encdata_0"
	partKeyPrefix   = "Attachment"
)

// composer turns a Writing into a ContentPackage.
type composer struct {
	*Writing
	ComposeOptions
	out   *Composed
	texts []string // Ids of the texts
	files []composedFile
	taken map[string]bool
	count int // of the Ids that were chosen
}

// composedFile is a file that was read: digested and, for readers, encrypted.
type composedFile struct {
	name, id string
	key      []byte            // nil in the clear
	sums     map[string][]byte // of the plaintext, by the digest's URI
}

// Compose writes the content as the official Java library 2.4 reads it: signed
// by each author, then encrypted for each reader (OSCI 1.2; dossier §9.2,
// §9.3). Files are read once here and never held in memory; in the clear they
// are read again when the letter is written.
func (w *Writing) Compose(o ComposeOptions) (*Composed, error) {
	c := &composer{Writing: w, ComposeOptions: o, out: &Composed{}, taken: map[string]bool{}}
	c.defaults()
	steps := []func() error{c.name, c.certificates, c.readFiles, c.write}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("composing content: %w", err), c.out.Close())
		}
	}
	return c.out, nil
}

func (c *composer) defaults() {
	w := *c.Writing
	if w.Method.Cipher.URI == "" {
		w.Method = xmlenc.DefaultMethod()
	}
	if w.KeyTransport.URI == "" {
		w.KeyTransport = xmlenc.DefaultKeyTransport()
	}
	c.Writing = &w
}

// name gives every text and file its Id and refuses what cannot be told apart.
func (c *composer) name() error {
	if len(c.Texts)+len(c.Files) == 0 {
		return fmt.Errorf("%w: neither text nor file", ErrWriting)
	}
	c.taken[containerID], c.taken[encryptedDataID] = true, true
	for _, t := range c.Texts {
		if t.Name != "" && (!isXMLName(t.Name) || c.taken[t.Name]) {
			return fmt.Errorf("%w: text name %.80q", ErrWriting, t.Name)
		}
		c.taken[t.Name] = t.Name != ""
	}
	for _, t := range c.Texts {
		id := t.Name
		if id == "" {
			id = c.nextID()
		}
		c.texts = append(c.texts, id)
	}
	names := map[string]bool{rootContentID: true, encryptedID: true}
	for _, f := range c.Files {
		if names[f.Name] || c.taken[partKeyPrefix+f.Name] {
			return fmt.Errorf("%w: file name %.80q is taken", ErrWriting, f.Name)
		}
		if err := checkFile(f); err != nil {
			return err
		}
		names[f.Name] = true
		c.files = append(c.files, composedFile{name: f.Name, id: c.nextID()})
	}
	return nil
}

// nextID is the next free Id as the library counts them.
func (c *composer) nextID() string {
	for {
		id := "content" + strconv.Itoa(c.count)
		if c.count++; !c.taken[id] {
			return id
		}
	}
}

// checkFile refuses names that cannot be a Content-ID, and those with
// characters that canonical XML escapes: the official library digests them as
// they are, so that its readers would find the signature wrong (measured).
func checkFile(f File) error {
	if strings.ContainsAny(f.Name, "&<>\"\t\r\n") {
		return fmt.Errorf("%w: file name %.80q has a character that readers do not expect", ErrWriting, f.Name)
	}
	header := partHeader{contentID: f.Name, contentType: f.ContentType}
	if err := header.check(); err != nil {
		return fmt.Errorf("%w: file name or type: %w", ErrWriting, err)
	}
	return nil
}

// isXMLName tells whether s may be an Id: a letter or "_", then letters,
// digits and the three marks that names may hold.
func isXMLName(s string) bool {
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || r == '_':
		case i > 0 && (unicode.IsDigit(r) || r == '-' || r == '.'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= 256
}

// certificates lists authors and readers in their roles (dossier §7.3).
func (c *composer) certificates() error {
	for i, a := range c.Authors {
		if a.Signer == nil || a.Role != SignatureOriginator && a.Role != SignatureOtherAuthor {
			return fmt.Errorf("%w: %s is no author", ErrWriting, a.Role)
		}
		// The library's readers digest each text once, with the digest of the
		// first author: two of them would make one signature wrong (measured).
		if a.Signer.DigestAlgorithm() != c.Authors[0].Signer.DigestAlgorithm() {
			return fmt.Errorf("%w: authors sign with different digests", ErrWriting)
		}
		if err := c.list(a.Role, i, a.Signer.Certificate); err != nil {
			return err
		}
	}
	for i, r := range c.Readers {
		if r.Role != CipherAddressee && r.Role != CipherOtherReader {
			return fmt.Errorf("%w: %s is no reader", ErrWriting, r.Role)
		}
		if err := c.list(r.Role, i, r.Certificate); err != nil {
			return err
		}
	}
	return nil
}

func (c *composer) list(role Role, n int, certificate *signature.Certificate) error {
	alone := role == SignatureOriginator || role == CipherAddressee
	if certificate == nil || alone && c.out.Certificates.First(role) != nil {
		return fmt.Errorf("%w: %s is missing or stands twice", ErrWriting, role)
	}
	c.out.Certificates = append(c.out.Certificates, RoleCertificate{
		Role: role, ID: CertificateID(role, n, certificate), Certificate: certificate,
	})
	return nil
}

// readFiles passes each file once through digests and cipher.
func (c *composer) readFiles() error {
	for i, f := range c.Files {
		if err := c.readFile(f, &c.files[i]); err != nil {
			return fmt.Errorf("file %.80q: %w", f.Name, err)
		}
	}
	return nil
}

func (c *composer) readFile(f File, file *composedFile) error {
	a := Attachment{ContentID: f.Name, ContentType: f.ContentType, Freight: f.Freight}
	if a.ContentType == "" {
		a.ContentType = octetStream
	}
	sums := c.digests()
	writers := make([]io.Writer, 0, len(sums)+1)
	for _, h := range sums {
		writers = append(writers, h)
	}
	finish := func() error { return nil }
	sealed := sha256.New()
	if len(c.Readers) > 0 {
		cipher, scratch, err := c.encrypter(file, sealed)
		if err != nil {
			return err
		}
		writers = append(writers, cipher)
		finish = cipher.Close
		a.Freight = wholeFile{scratch}
	}
	if err := copyFreight(io.MultiWriter(writers...), f.Freight); err != nil {
		return err
	}
	if err := finish(); err != nil {
		return err
	}
	file.sums = map[string][]byte{}
	for uri, h := range sums {
		file.sums[uri] = h.Sum(nil)
	}
	copy(a.SHA256[:], file.sums[signature.SHA256])
	if len(c.Readers) > 0 {
		sealed.Sum(a.SHA256[:0])
	}
	c.out.Attachments = append(c.out.Attachments, a)
	return nil
}

// digests are the one that the authors sign with, and SHA-256 in any case.
func (c *composer) digests() map[string]hash.Hash {
	sums := map[string]hash.Hash{signature.SHA256: sha256.New()}
	if len(c.Authors) > 0 {
		d := c.Authors[0].Signer.DigestAlgorithm()
		sums[d.URI] = d.New()
	}
	return sums
}

// encrypter starts to encrypt a file into a new scratch file under a key of
// its own, which only the encrypted container tells (dossier §9.3).
func (c *composer) encrypter(file *composedFile, sealed io.Writer) (io.WriteCloser, ScratchFile, error) {
	var err error
	if file.key, err = xmlenc.NewKey(c.Method, c.Rand); err != nil {
		return nil, nil, err
	}
	scratch, err := c.Scratch()
	if err != nil {
		return nil, nil, fmt.Errorf("making a scratch file: %w", err)
	}
	c.out.files = append(c.out.files, scratch)
	cipher, err := xmlenc.NewEncrypter(io.MultiWriter(scratch, sealed), file.key, c.Method, c.Rand)
	return cipher, scratch, err
}

// copyFreight copies and holds the number of octets against the announced one.
func copyFreight(w io.Writer, f Freight) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	n, err := io.CopyBuffer(w, struct{ io.Reader }{content}, make([]byte, copySize))
	if err == nil && n != f.Size() {
		err = errFreightSize
	}
	return err
}

// write makes the ContentPackage.
func (c *composer) write() error {
	contents := c.contents()
	signatures, err := c.sign(contents)
	if err != nil {
		return err
	}
	w := &writer{}
	w.start("osci:ContentPackage")
	if len(c.Readers) == 0 {
		w.raw(container(signatures, contents))
	} else if err := c.encrypt(w, container(signatures, contents, c.partKeys())); err != nil {
		return err
	}
	w.end()
	fragment := &Fragment{Space: NSOSCI, Local: "ContentPackage", Octets: w.buf, Scope: ns5}
	doc, err := parseFragment(fragment, ownLimits())
	if err != nil {
		return err
	}
	collectIDs(doc.Root, &fragment.IDs)
	c.out.Content = fragment
	return nil
}

// container joins pieces in a ContentContainer that declares all prefixes:
// they are part of what is signed, and a reader gets nothing but it.
func container(pieces ...[]byte) []byte {
	w := &writer{}
	w.startIn("osci:ContentContainer", ns5, attr{"Id", containerID})
	for _, p := range pieces {
		w.raw(p)
	}
	w.end()
	return w.buf
}

func (c *composer) contents() []byte {
	w := &writer{}
	for i, t := range c.Texts {
		w.start("osci:Content")
		w.start("osci:Base64Content", attr{"Id", c.texts[i]})
		w.base64(t.Octets)
		w.end()
		w.end()
	}
	for _, f := range c.files {
		w.start("osci:Content", attr{"Id", f.id}, attr{"href", "cid:" + f.name})
		w.end()
	}
	return w.buf
}

// parseFragment reads a fragment in the scope that it came with.
func parseFragment(f *Fragment, limits xmltree.Limits) (*xmltree.Document, error) {
	w := &writer{}
	w.startIn("s", f.Scope)
	w.raw(f.Octets)
	w.end()
	limits.MaxBytes = max(limits.MaxBytes, len(w.buf))
	doc, err := xmltree.Parse(w.buf, limits)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrXML, err)
	}
	return doc, uniqueIDs(doc)
}
