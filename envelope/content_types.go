package envelope

import (
	"errors"
	"fmt"
	"io"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

// Writing is a ContentPackage to be written: one ContentContainer with texts
// and files. Compose signs and encrypts it (OSCI 1.2; dossier §9).
type Writing struct {
	Texts []Text
	Files []File
	// Authors each sign everything; none = unsigned.
	Authors []Author
	// Readers can each open the container; none = in the clear.
	Readers []Reader
	// Method and KeyTransport protect container and files; zero = defaults.
	Method       xmlenc.Method
	KeyTransport xmlenc.KeyTransport
}

// Text is inline content: octets that travel as base64 in the control part.
type Text struct {
	// Name is its Id on the wire, an XML name; "" = one is chosen.
	Name   string
	Octets []byte
}

// File is content that travels as a MIME part of its own.
type File struct {
	// Name becomes the Content-ID. Everybody on the way can read it.
	Name string
	// ContentType is visible on the way as well; "" = application/octet-stream.
	ContentType string
	Freight     Freight
}

// Author signs content.
type Author struct {
	// Role is SignatureOriginator or SignatureOtherAuthor.
	Role   Role
	Signer *signature.Signer
	// SignedAt is the author's claim of the moment; zero = none is made.
	SignedAt time.Time
}

// Reader can open content. Certificate is nil where a letter names a reader
// whose certificate it does not carry.
type Reader struct {
	// Role is CipherAddressee or CipherOtherReader in what we write.
	Role        Role
	Certificate *signature.Certificate
}

// ComposeOptions are the means of Compose; both are required.
type ComposeOptions struct {
	// Scratch takes encrypted files until the letter is sent.
	Scratch Scratch
	Rand    io.Reader
}

// Composed is content ready for a Draft: Content and Attachments go into the
// fields of that name, Certificates among the draft's certificates.
type Composed struct {
	Content      *Fragment
	Attachments  []Attachment
	Certificates Certificates
	files        closers
}

// Close discards the encrypted files. The letter must have been written.
func (c *Composed) Close() error { return c.files.Close() }

// Content is an opened ContentPackage. Only Opener.OpenContent makes one.
//
// Nothing in it was judged beyond its own mathematics: whose certificates are
// to be trusted, and which author has to have signed, is for the caller.
type Content struct {
	// Encrypted says that some or all of the package was encrypted.
	Encrypted bool
	// Readers are all that encrypted content names, each once.
	Readers []Reader
	Texts   []ReadText
	Files   []ReadFile
	// Authors has one verdict per content signature, in document order.
	Authors []*AuthorVerdict
	// Unreadable is encrypted content that stayed closed.
	Unreadable []Unreadable
	// Stray are parts to which nothing readable refers. Where Unreadable is
	// not empty they may belong there.
	Stray []string
	files closers
}

// ReadText is inline content.
type ReadText struct {
	// Name is its Id on the wire: a text that the sender chose.
	Name string
	// Octets are the decoded octets.
	Octets []byte
	// XML says that the Content element held neither Base64Content nor a
	// container nor a file: Octets are the whole element in canonical form.
	XML bool
	// SignedBy are the authors whose valid signatures cover it.
	SignedBy []*AuthorVerdict
}

// ReadFile is content from a part.
type ReadFile struct {
	// Name is the Content-ID. It is a text that the sender chose: it may hold
	// path separators, "..", control characters or another file's name, and
	// must not become a file name without care.
	Name        string
	ContentType string
	// Encrypted says that the part was encrypted for the readers.
	Encrypted bool
	// Size and SHA256 are of the plaintext.
	Size   int64
	SHA256 [32]byte
	// Freight gives the plaintext, until Content and Message are closed. It is
	// nil if Err is not.
	Freight Freight
	// Err tells why the file cannot be had: ErrPartMissing, ErrDecrypt.
	Err error
	// SignedBy are the authors whose valid signatures cover name and octets.
	SignedBy []*AuthorVerdict
}

// AuthorVerdict is the verdict on one content signature.
type AuthorVerdict struct {
	// Role and Certificate are as the signature's KeyInfo names them in the
	// message; Certificate is nil if it names none.
	Role        Role
	Certificate *signature.Certificate
	// Valid says that value and every reference are right. It may still leave
	// content uncovered.
	Valid bool
	// Err tells why it is not valid.
	Err error
	// SigningTime is the author's claim, nil if none is made and signed.
	SigningTime *time.Time
	// Report has the details; nil if the structure was not acceptable.
	Report *signature.Report
	// Uncovered names what lies in the signature's container and is not
	// covered by it: Ids of texts, "cid:" and name of files.
	Uncovered []string
}

// Unreadable is encrypted content that stayed closed.
type Unreadable struct {
	// ID is the Id of the EncryptedData, "" for none.
	ID      string
	Readers []Reader
	// Err wraps ErrOtherReaders, ErrDecrypt or a policy's refusal.
	Err error
}

// Close discards decrypted files.
func (c *Content) Close() error {
	err := c.files.Close()
	c.files = nil
	return err
}

// Whole tells by a nil error that everything could be read: nothing stayed
// closed and no file is missing or broken.
func (c *Content) Whole() error {
	var errs []error
	for _, u := range c.Unreadable {
		errs = append(errs, u.Err)
	}
	for _, f := range c.Files {
		errs = append(errs, f.Err)
	}
	return errors.Join(errs...)
}

// Signed tells by a nil error that every signature is valid and that each
// text and file is covered by at least one. What could not be read counts as
// not signed.
func (c *Content) Signed() error {
	errs := []error{c.Whole()}
	for _, a := range c.Authors {
		errs = append(errs, a.Err)
	}
	for _, t := range c.Texts {
		if len(t.SignedBy) == 0 {
			errs = append(errs, fmt.Errorf("%w: text %.80q", ErrContentUnsigned, t.Name))
		}
	}
	for _, f := range c.Files {
		if len(f.SignedBy) == 0 {
			errs = append(errs, fmt.Errorf("%w: file %.80q", ErrContentUnsigned, f.Name))
		}
	}
	return errors.Join(errs...)
}
