package signature

import (
	"io"
	"time"

	"poststelle/signature/xmltree"
)

// Source finds what a reference names.
type Source struct {
	// Elements are the elements that may be referenced, by Id without "#".
	// Nothing else in the document is ever looked up.
	Elements map[string]*xmltree.Node
	// Parts opens the decoded octets of a part for "cid:" references; nil =
	// none. It fails if there is no such part (ErrDangling); an error while
	// reading says nothing about the signature (ErrUnread).
	Parts func(contentID string) (io.ReadCloser, error)
	// KnownDigests gives a digest that was taken while the part arrived, so
	// that it is not read again; may be nil.
	KnownDigests func(contentID string, d Digest) ([]byte, bool)
}

// KeyInfo is what a signature says about its key.
type KeyInfo struct {
	// RetrievalURI is the URI of a RetrievalMethod, "" if there is none.
	RetrievalURI string
	// X509 are the certificates of X509Data in DER.
	X509 [][]byte
}

// Options say what a signature may look like and whose key it has.
type Options struct {
	Policy Policy
	// At dates the policy.
	At time.Time
	// Key finds the signer's certificate. Required.
	Key func(KeyInfo) (*Certificate, error)
	// Canonicalizations permitted for SignedInfo and references.
	Canonicalizations []xmltree.Algorithm
	// Base64 permits the base64 transform: the digest is over decoded text.
	Base64 bool
	// Enveloped permits the enveloped-signature transform.
	Enveloped bool
	// MaxReferences bounds the references; 0 = 256.
	MaxReferences int
}

// TransportOptions are for Client- and SupplierSignature: inclusive C14N and
// nothing else (dossier §8.3).
func TransportOptions() Options {
	return Options{Canonicalizations: []xmltree.Algorithm{xmltree.C14N}, MaxReferences: 2048}
}

// ContentOptions are for signatures inside a ContentPackage (dossier §9.2).
func ContentOptions() Options {
	return Options{
		Canonicalizations: []xmltree.Algorithm{xmltree.C14N, xmltree.ExcC14N}, Base64: true,
		MaxReferences: 2048,
	}
}

func (o Options) permitsC14N(a xmltree.Algorithm) bool {
	for _, p := range o.Canonicalizations {
		if p == a {
			return true
		}
	}
	return false
}
