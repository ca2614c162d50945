package envelope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Opener opens sealed letters. Keys, policies and limits are its own; it has
// no state and may be used by many goroutines.
type Opener struct {
	// Keys open letters that are encrypted for transport; several while keys
	// are rolled over.
	Keys []CipherKey
	// Scratch takes the decrypted octets. Required.
	Scratch Scratch
	// Encryption and Signatures say which algorithms are permitted.
	Encryption xmlenc.Policy
	Signatures signature.Policy
	// Limits bound the root part; the zero value has the defaults.
	Limits xmltree.Limits
	// MaxParts bounds the attachments of one letter; 0 = 1000.
	MaxParts int
	// Certificates keeps certificates that were read before; nil = none.
	Certificates *signature.Cache
	// Now dates the policies. Required.
	Now func() time.Time
	// Rand blinds private key operations. Required.
	Rand io.Reader
}

// Open decrypts, parses, decodes and checks every reference of the transport
// signature (OSCI 1.2; dossier §19.1, steps 2 to 7 and 11). It takes the
// letter over: the scratch file is closed by Message.Close, or here on error.
//
// Errors wrap one of the package's sentinels. A wrong or incomplete signature
// is no error here: it is in Message.Signature, for it is answered on order
// level by whoever knows the dialog. A SOAP fault, which is none of the kinds,
// is an error that wraps a *Fault as well.
func (o *Opener) Open(ctx context.Context, sealed Sealed) (*Message, error) {
	files := closers{sealed.Body}
	m, err := o.open(ctx, sealed.Body, &files)
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	m.closers = files
	return m, nil
}

// closers are scratch files that go together.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

func (o *Opener) open(ctx context.Context, body ScratchFile, files *closers) (*Message, error) {
	outer, err := o.readLayer(body)
	if err != nil {
		return nil, err
	}
	if !isWrapper(outer.doc) {
		return o.read(outer, body)
	}
	plain, encryption, err := o.unwrap(ctx, outer)
	if plain != nil {
		*files = append(*files, plain)
	}
	if err != nil {
		return nil, err
	}
	inner, err := o.readLayer(plain)
	if err != nil {
		return nil, encryption.decrypted(err)
	}
	if isWrapper(inner.doc) {
		return nil, fmt.Errorf("%w: encrypted twice", ErrEncrypted)
	}
	m, err := o.read(inner, plain)
	if m != nil {
		m.Encryption = encryption
	}
	return m, err
}

// decrypted is what an error in decrypted octets counts as. A cipher without
// a tag lets anybody try changed ciphertexts: whether the outcome is still a
// message must not be told apart from a wrong padding (dossier §4.3, §19.6).
func (e *Encryption) decrypted(err error) error {
	if e.Method.Cipher.GCM {
		return err
	}
	return fmt.Errorf("%w: %v", ErrDecrypt, err)
}

// read decodes a layer that is a message and judges its signature.
func (o *Opener) read(l *layer, file ScratchFile) (*Message, error) {
	if fault, ok := decodeFault(l.doc); ok {
		return nil, fmt.Errorf("%w: %w", ErrKind, fault)
	}
	d, err := decode(l.doc, o.Certificates)
	if err != nil {
		return nil, err
	}
	m := d.msg
	m.Plain = wholeFile{file}
	if m.Attachments, err = l.attachments(); err != nil {
		return nil, err
	}
	if len(m.Attachments) > 0 && m.Content == nil {
		return nil, fmt.Errorf("%w: attachments without ContentPackage", ErrStructure)
	}
	if d.signature != nil {
		m.Signature = d.verify(o, l)
	}
	return m, nil
}

// unwrap decrypts the cipher part into a new scratch file, which is returned
// even with an error so that it can be closed. Its octets are believed only
// if the error is nil: then the tag was right (dossier §4, §19.1 step 5).
func (o *Opener) unwrap(ctx context.Context, l *layer) (ScratchFile, *Encryption, error) {
	w, err := decodeWrapper(l.doc)
	if err != nil {
		return nil, nil, err
	}
	part := l.part(w.contentID)
	if part == nil || len(l.mime.parts) != 1 {
		return nil, nil, fmt.Errorf("%w: cipher part is missing or not alone", ErrEncrypted)
	}
	key, wrapped, err := o.keyFor(w)
	if err != nil {
		return nil, nil, err
	}
	method, err := o.method(w.cipher, w.ivLength)
	if err != nil {
		return nil, nil, err
	}
	content, err := o.contentKey(key, wrapped.transport, wrapped.octets, method)
	if err != nil {
		return nil, nil, err
	}
	plain, err := o.Scratch()
	if err != nil {
		return nil, nil, fmt.Errorf("making a scratch file: %w", err)
	}
	source := l.mime.open(*part)
	defer source.Close()
	if _, err := xmlenc.Decrypt(plain, contextReader{ctx, source}, content, method); err != nil {
		if errors.Is(err, xmlenc.ErrDecrypt) {
			return plain, nil, fmt.Errorf("%w: %w", ErrDecrypt, err)
		}
		return plain, nil, fmt.Errorf("decrypting: %w", err)
	}
	return plain, &Encryption{
		Method: method, KeyTransport: wrapped.transport,
		Certificate: key.Certificate, Base64: part.base64,
	}, nil
}

// keyFor finds the first EncryptedKey whose certificate is ours, by its
// octets (dossier §4.2).
func (o *Opener) keyFor(w *wrapper) (CipherKey, wrappedKey, error) {
	for _, wrapped := range w.keys {
		for _, key := range o.Keys {
			if key.Certificate.Equal(wrapped.certificate) {
				return key, wrapped, nil
			}
		}
	}
	return CipherKey{}, wrappedKey{}, ErrUnknownKey
}

// method is the cipher of content if the policy permits it. A forbidden
// algorithm gives the same code as a failed decryption: the sender learns
// nothing more.
func (o *Opener) method(cipher string, ivLength *int) (xmlenc.Method, error) {
	if err := o.Encryption.PermitsCipher(cipher, o.Now()); err != nil {
		return xmlenc.Method{}, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	method, err := xmlenc.MethodFor(cipher, ivLength)
	if err != nil {
		return xmlenc.Method{}, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	return method, nil
}

// contentKey unwraps a key for content if the policy permits how it is wrapped.
func (o *Opener) contentKey(own CipherKey, kt xmlenc.KeyTransport, wrapped []byte, m xmlenc.Method) ([]byte, error) {
	if err := o.Encryption.PermitsKeyTransport(kt, o.Now()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	key, err := xmlenc.UnwrapKey(own.Key, kt, wrapped, m, o.Rand)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	return key, nil
}

// contextReader stops reading when the context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// wholeFile is a scratch file as freight.
type wholeFile struct{ file ScratchFile }

func (w wholeFile) Size() int64 { return w.file.Size() }

func (w wholeFile) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(w.file, 0, w.file.Size())), nil
}
