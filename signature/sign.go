package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"poststelle/signature/xmltree"
)

// Signer signs with one key.
type Signer struct {
	// Key signs; it may live in a file, a card or another process.
	Key         crypto.Signer
	Certificate *Certificate
	// Algorithm is a URI; "" chooses rsa-sha256 or ecdsa-sha256 by the key.
	Algorithm string
	// Digest is the URI for references; "" = SHA-256.
	Digest string
}

// Reference is something to be signed: an element in its document, or a part
// whose digest was taken already.
type Reference struct {
	URI string
	// Element is digested in the form of its one transform.
	Element *xmltree.Node
	// Digest is used instead if set.
	Digest []byte
	// Transforms are the URIs that are written; for an element the last one
	// is a canonicalisation, or base64 for the text inside.
	Transforms []string
}

// SignInput is what Sign puts together.
type SignInput struct {
	References []Reference
	// KeyURI is the URI of the RetrievalMethod.
	KeyURI string
	// Scope are the declarations in force where the signature will stand: they
	// are part of the canonical SignedInfo. It has to bind the prefix ds.
	Scope []xmltree.Namespace
	// Objects are ds:Object elements to append, as octets.
	Objects []byte
	Rand    io.Reader
}

// DigestAlgorithm is the digest for references.
func (s *Signer) DigestAlgorithm() Digest {
	if d, ok := DigestByURI(s.Digest); ok {
		return d
	}
	return digests[0]
}

// algorithm is the signature algorithm, checked against the key.
func (s *Signer) algorithm() (Algorithm, error) {
	uri := s.Algorithm
	_, isEC := s.Key.Public().(*ecdsa.PublicKey)
	if uri == "" && isEC {
		uri = nsMore + "ecdsa-sha256"
	} else if uri == "" {
		uri = nsMore + "rsa-sha256"
	}
	if _, known := DigestByURI(s.Digest); s.Digest != "" && !known {
		return Algorithm{}, fmt.Errorf("%w: digest %.100q", ErrAlgorithm, s.Digest)
	}
	// What verifiers refuse by default is not made either (dossier §18).
	for _, used := range []string{uri, s.DigestAlgorithm().URI} {
		if err := DefaultPolicy().Permits(used, time.Time{}); err != nil {
			return Algorithm{}, err
		}
	}
	a, ok := AlgorithmByURI(uri)
	if !ok || isEC != (a.scheme == ecdsaRaw) {
		return Algorithm{}, fmt.Errorf("%w: %.100q with this key", ErrAlgorithm, uri)
	}
	return a, nil
}

// Sign gives the octets of a ds:Signature without white space. Put into a
// place with the given scope they verify as they are.
func (s *Signer) Sign(in SignInput) ([]byte, error) {
	algorithm, err := s.algorithm()
	if err != nil {
		return nil, err
	}
	info, err := s.signedInfo(in, algorithm)
	if err != nil {
		return nil, err
	}
	h := algorithm.Hash.New()
	if err := canonicalInfo(h, info, in.Scope); err != nil {
		return nil, err
	}
	value, err := s.sign(in.Rand, algorithm, h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	out := append([]byte("<ds:Signature>"), info...)
	out = append(out, "<ds:SignatureValue>"...)
	out = base64.StdEncoding.AppendEncode(out, value)
	out = append(out, `</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI="`...)
	out = xmltree.AppendAttr(out, in.KeyURI)
	out = append(out, `"></ds:RetrievalMethod></ds:KeyInfo>`...)
	out = append(out, in.Objects...)
	return append(out, "</ds:Signature>"...), nil
}

func (s *Signer) signedInfo(in SignInput, algorithm Algorithm) ([]byte, error) {
	if len(in.References) == 0 {
		return nil, fmt.Errorf("%w: nothing to sign", ErrStructure)
	}
	digest := s.DigestAlgorithm()
	out := []byte("<ds:SignedInfo>")
	out = method(out, "CanonicalizationMethod", string(xmltree.C14N))
	out = method(out, "SignatureMethod", algorithm.URI)
	for _, ref := range in.References {
		sum, err := ref.sum(digest)
		if err != nil {
			return nil, err
		}
		out = append(out, `<ds:Reference URI="`...)
		out = xmltree.AppendAttr(out, ref.URI)
		out = append(out, `">`...)
		if len(ref.Transforms) > 0 {
			out = append(out, "<ds:Transforms>"...)
			for _, t := range ref.Transforms {
				out = method(out, "Transform", t)
			}
			out = append(out, "</ds:Transforms>"...)
		}
		out = method(out, "DigestMethod", digest.URI)
		out = append(out, "<ds:DigestValue>"...)
		out = base64.StdEncoding.AppendEncode(out, sum)
		out = append(out, "</ds:DigestValue></ds:Reference>"...)
	}
	return append(out, "</ds:SignedInfo>"...), nil
}

func method(out []byte, name, uri string) []byte {
	out = append(out, "<ds:"+name+` Algorithm="`...)
	out = xmltree.AppendAttr(out, uri)
	return append(out, `"></ds:`+name+">"...)
}

func (ref Reference) sum(d Digest) ([]byte, error) {
	if ref.Digest != nil {
		return ref.Digest, nil
	}
	if ref.Element == nil || len(ref.Transforms) == 0 {
		return nil, fmt.Errorf("%w: reference %.100q names nothing", ErrDangling, ref.URI)
	}
	r := reference{uri: ref.URI, digest: d}
	for _, t := range ref.Transforms {
		r.transforms = append(r.transforms, transform{uri: t})
	}
	return r.digestElement(ref.Element, nil, ContentOptions())
}

// canonicalInfo writes the canonical SignedInfo: our octets in a place where
// exactly the scope is in force.
func canonicalInfo(w io.Writer, info []byte, scope []xmltree.Namespace) error {
	text := []byte("<s")
	for _, ns := range scope {
		text = append(text, " xmlns"...)
		if ns.Prefix != "" {
			text = append(text, ":"+ns.Prefix...)
		}
		text = append(text, `="`...)
		text = xmltree.AppendAttr(text, ns.URI)
		text = append(text, '"')
	}
	text = append(text, '>')
	text = append(append(text, info...), "</s>"...)
	doc, err := xmltree.Parse(text, xmltree.Limits{MaxBytes: len(text), MaxNodes: 1 << 20, MaxNamespaces: len(scope) + 1})
	if err != nil {
		return err
	}
	return xmltree.Canonicalizer{Algorithm: xmltree.C14N}.Write(w, doc.Root.Elements()[0])
}

// sign makes the value; ECDSA comes from the key as ASN.1 and goes out as r
// and s in fixed width (XML-DSig 1.1, 6.4.3).
func (s *Signer) sign(rand io.Reader, a Algorithm, digest []byte) ([]byte, error) {
	var options crypto.SignerOpts = a.Hash
	if a.scheme == pss {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.Hash}
	}
	value, err := s.Key.Sign(rand, digest, options)
	if err != nil || a.scheme != ecdsaRaw {
		return value, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &pair); err != nil || len(rest) > 0 {
		return nil, errors.New("signature: the key did not give an ECDSA value")
	}
	public := s.Key.Public().(*ecdsa.PublicKey)
	width := (public.Curve.Params().N.BitLen() + 7) / 8
	raw := make([]byte, 2*width)
	pair.R.FillBytes(raw[:width])
	pair.S.FillBytes(raw[width:])
	return raw, nil
}
