package envelope

import (
	"crypto"
	"errors"
	"io"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Sealed is a letter as it arrived: octets in a spool, nothing believed.
type Sealed struct {
	Body ScratchFile
}

// Message is an opened letter. Only Opener.Open makes one.
type Message struct {
	Kind    Kind
	Control ControlBlock
	// Order is the part peculiar to the kind: a value, never a pointer.
	Order Order
	// Encryption tells how the letter was encrypted for transport; nil = plain.
	Encryption *Encryption
	// Signature is the transport signature; nil = unsigned.
	Signature *TransportSignature
	// Languages is DesiredLanguages in order of preference.
	Languages []string
	// CreationQuality and ReceptionQuality are "" where not asked for.
	CreationQuality  Quality
	ReceptionQuality Quality
	// Certificates holds both certificate blocks' certificates;
	// CertificateBlock the octets of NonIntermediaryCertificates.
	Certificates     Certificates
	CertificateBlock *Fragment
	// Features is nil if the sender described none.
	Features *Features
	// Custom are the header blocks the standard does not know.
	Custom []Fragment
	// Content is the ContentPackage; nil = empty Body.
	Content     *Fragment
	Attachments []Attachment
	// Plain is the opened MIME message: what was signed. It can be kept as
	// evidence (a signed process card, for example).
	Plain Freight

	document *xmltree.Document
	closers  []io.Closer
}

// Close discards the scratch files behind attachments and Plain.
func (m *Message) Close() error {
	var errs []error
	for _, c := range m.closers {
		errs = append(errs, c.Close())
	}
	m.closers = nil
	return errors.Join(errs...)
}

// Attachment finds a part by its Content-ID, or nil.
func (m *Message) Attachment(contentID string) *Attachment {
	for i := range m.Attachments {
		if m.Attachments[i].ContentID == contentID {
			return &m.Attachments[i]
		}
	}
	return nil
}

// Encryption is how a letter was or is to be encrypted for transport.
type Encryption struct {
	// Method is the content cipher with its IV size.
	Method xmlenc.Method
	// KeyTransport protects the content key.
	KeyTransport xmlenc.KeyTransport
	// Certificate is the recipient's cipher certificate.
	Certificate *signature.Certificate
	// Base64 says that the cipher part travelled as base64.
	Base64 bool
}

// TransportSignature is the verdict on a Client- or SupplierSignature. Every
// reference has been checked when a Message exists.
type TransportSignature struct {
	// Report is nil if the signature's structure was not acceptable.
	Report *signature.Report
	// Err tells why the structure, algorithm or key was not acceptable.
	Err error
	// Certificate is the signer's, as the KeyInfo names it; nil if unknown.
	Certificate *signature.Certificate
	// Uncovered lists blocks and parts that are present but not signed.
	Uncovered []string
}

// Trouble is what kept the signature from being judged: octets that had
// arrived could not be read again (signature.ErrUnread), which is not the
// sender's fault. nil = it was judged.
func (s *TransportSignature) Trouble() error {
	if s == nil {
		return nil
	}
	return s.Report.Unread()
}

// Valid tells that the signature value and every reference are right. A
// valid signature may still leave parts uncovered.
func (s *TransportSignature) Valid() bool {
	return s != nil && s.Err == nil && s.Report != nil && s.Report.Valid()
}

// Complete tells that it is valid and that nothing is uncovered.
func (s *TransportSignature) Complete() bool { return s.Valid() && len(s.Uncovered) == 0 }

// CipherKey opens letters addressed to one cipher certificate.
type CipherKey struct {
	Certificate *signature.Certificate
	Key         crypto.Decrypter
}

// Features is a FeatureDescription (dossier §7.4). Sizes are in units of 1024
// octets; 0 = absent.
type Features struct {
	MaxChunkSize        int
	MinChunkSize        int
	MaxMessageSize      int
	ChunkMessageTimeout int
	Supported           []Feature
}

// Feature is one supported feature and since which version of the library.
type Feature struct {
	Key     string
	Version string
}

// Keys of features that change what an office answers.
const (
	FeaturePartialTransmission = "PartialMessageTransmission"
	FeatureGCM                 = "GCMPaddingModus"
	FeatureIV12                = "Support96Bit12ByteIV"
)

// OwnFeatures are those of this package (dossier §7.4): what an office and a
// client built on it can do. There is no partial transmission yet.
func OwnFeatures() *Features {
	return &Features{Supported: []Feature{
		{Key: "DisableBase64", Version: "1.2.0"},
		{Key: "OAEPEncryption", Version: "1.6.0"},
		{Key: "SHA3HashAlgo", Version: "1.6.3"},
		{Key: FeatureGCM, Version: "1.7.0"},
		{Key: FeatureIV12, Version: "1.9.0"},
	}}
}

// Has tells whether the feature is described; a nil description has none.
func (f *Features) Has(key string) bool {
	if f == nil {
		return false
	}
	for _, s := range f.Supported {
		if s.Key == key {
			return true
		}
	}
	return false
}
