package envelope

import (
	"io"

	"poststelle/signature"
)

// Draft is a message being written. Seal turns it into octets.
type Draft struct {
	Control ControlBlock
	// Order decides the kind.
	Order Order
	// Languages is written into requests; nil in responses.
	Languages []string
	// CreationQuality and ReceptionQuality are written if not "".
	CreationQuality  Quality
	ReceptionQuality Quality
	// Certificates are written in their block by role. CertificateBlock, if
	// set, is handed on instead of NonIntermediaryCertificates.
	Certificates     Certificates
	CertificateBlock *Fragment
	Features         *Features
	Custom           []Fragment
	Content          *Fragment
	Attachments      []Attachment
}

// SealOptions say how a draft is protected.
type SealOptions struct {
	// Signer signs every block and part; nil = unsigned. Its certificate is
	// added to the certificates in the role SignatureOriginator (requests) or
	// SignatureIntermediary (responses) unless it is there already.
	Signer *signature.Signer
	// Encryption encrypts for its certificate; nil = plain.
	Encryption *Encryption
	// Rand is the source of boundaries, keys and IVs.
	Rand io.Reader
}

// Parcel is a sealed draft: its length is known before the first octet, and
// freight is read, digested and encrypted while it is written.
type Parcel interface {
	Size() int64
	WriteTo(w io.Writer) (int64, error)
	Close() error
}
