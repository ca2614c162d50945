package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"math/big"
	"strings"
	"time"

	"poststelle/signature/xmltree"
)

// Verify checks a ds:Signature of doc: the value and every reference, one
// wrong one does not end the work (XML-DSig 1.1, 3.2). An error means that
// the signature is not acceptable at all; it wraps a sentinel.
func Verify(doc *xmltree.Document, sig *xmltree.Node, src Source, o Options) (*Report, error) {
	p, err := parse(sig, o)
	if err != nil {
		return nil, err
	}
	r := &Report{Algorithm: p.algorithm, Canonicalization: p.c14n.Algorithm}
	for _, ref := range p.references {
		r.References = append(r.References, verifyReference(ref, sig, src, o))
	}
	certificate, err := o.Key(p.key)
	if err != nil {
		r.ValueErr = fmt.Errorf("%w: %w", ErrKey, err)
		return r, nil
	}
	r.Certificate = certificate
	if r.ValueErr = p.verifyValue(certificate, o); r.ValueErr == nil {
		r.SigningTime = signingTime(r)
	}
	return r, nil
}

// verifyValue checks the value over the canonical SignedInfo.
func (p *parsed) verifyValue(c *Certificate, o Options) error {
	if c == nil || c.X509 == nil {
		return ErrKey
	}
	if err := o.Policy.permitsKey(c.X509.PublicKey); err != nil {
		return err
	}
	if !c.maySign() {
		return ErrKeyUsage
	}
	h := p.algorithm.Hash.New()
	if err := p.c14n.Write(h, p.info); err != nil {
		return err
	}
	return p.algorithm.verify(c.X509.PublicKey, h.Sum(nil), p.value)
}

func (a Algorithm) verify(key crypto.PublicKey, digest, value []byte) error {
	switch public := key.(type) {
	case *rsa.PublicKey:
		return a.verifyRSA(public, digest, value)
	case *ecdsa.PublicKey:
		width := (public.Curve.Params().N.BitLen() + 7) / 8
		if a.scheme != ecdsaRaw || len(value) != 2*width {
			return ErrValue
		}
		r, s := new(big.Int).SetBytes(value[:width]), new(big.Int).SetBytes(value[width:])
		if !ecdsa.Verify(public, digest, r, s) {
			return ErrValue
		}
		return nil
	}
	return ErrKey
}

func (a Algorithm) verifyRSA(public *rsa.PublicKey, digest, value []byte) error {
	var err error
	switch a.scheme {
	case pkcs1:
		err = rsa.VerifyPKCS1v15(public, a.Hash, digest, value)
	case pss:
		err = rsa.VerifyPSS(public, a.Hash, digest, value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.Hash})
	default:
		err = ErrKey
	}
	if err != nil {
		return ErrValue
	}
	return nil
}

func verifyReference(ref reference, sig *xmltree.Node, src Source, o Options) ReferenceReport {
	report := ReferenceReport{URI: ref.uri, Digest: ref.digest}
	var sum []byte
	if id, ok := strings.CutPrefix(ref.uri, "#"); ok {
		report.Element = src.Elements[id]
		sum, report.Err = ref.digestElement(report.Element, sig, o)
	} else {
		sum, report.Err = ref.digestPart(strings.TrimPrefix(ref.uri, "cid:"), src)
	}
	if report.Err == nil && subtle.ConstantTimeCompare(sum, ref.value) != 1 {
		report.Err = fmt.Errorf("%w: %.100q", ErrDigest, ref.uri)
	}
	return report
}

// digestElement applies the transforms of a same-document reference. They
// must name a canonicalisation: without one the default would apply, which
// OSCI does not use (dossier §8.3).
func (ref reference) digestElement(n *xmltree.Node, sig *xmltree.Node, o Options) ([]byte, error) {
	if n == nil {
		return nil, fmt.Errorf("%w: %.100q", ErrDangling, ref.uri)
	}
	h := ref.digest.New()
	var except *xmltree.Node
	list := ref.transforms
	if len(list) == 2 && list[0].uri == transformEnveloped && o.Enveloped {
		if !holds(n, sig) {
			return nil, fmt.Errorf("%w: enveloped, but not around the signature", ErrTransform)
		}
		except, list = sig, list[1:]
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("%w: %d transforms", ErrTransform, len(ref.transforms))
	}
	t := list[0]
	if t.uri == transformBase64 && o.Base64 {
		return ref.digestBase64(h, n)
	}
	c := xmltree.Canonicalizer{Algorithm: xmltree.Algorithm(t.uri), InclusivePrefixes: t.prefixes}
	if !o.permitsC14N(c.Algorithm) {
		return nil, fmt.Errorf("%w: %.100q", ErrTransform, t.uri)
	}
	if err := c.WriteExcept(h, n, except); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// holds tells whether inner lies below outer. Without that the enveloped
// transform would take nothing away, or everything.
func holds(outer, inner *xmltree.Node) bool {
	for n := inner; n != nil; n = n.Parent {
		if n.Parent == outer {
			return true
		}
	}
	return false
}

// digestBase64 digests what the element's text decodes to (XML-DSig 1.1,
// 6.6.2). Elements inside would add their text: they are refused.
func (ref reference) digestBase64(h hash.Hash, n *xmltree.Node) ([]byte, error) {
	text, ok := n.OnlyText()
	if !ok {
		return nil, fmt.Errorf("%w: base64 of an element with children", ErrTransform)
	}
	text = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text)
	decoder := base64.NewDecoder(base64.StdEncoding.Strict(), strings.NewReader(text))
	if _, err := io.Copy(h, decoder); err != nil {
		return nil, fmt.Errorf("%w: text is no base64", ErrDigest)
	}
	return h.Sum(nil), nil
}

// digestPart digests the decoded octets of a part; transforms are not used
// there (dossier §8.4).
func (ref reference) digestPart(contentID string, src Source) ([]byte, error) {
	if len(ref.transforms) > 0 {
		return nil, fmt.Errorf("%w: transforms of a part", ErrTransform)
	}
	if src.KnownDigests != nil {
		if sum, ok := src.KnownDigests(contentID, ref.digest); ok {
			return sum, nil
		}
	}
	if src.Parts == nil {
		return nil, fmt.Errorf("%w: %.100q", ErrDangling, ref.uri)
	}
	content, err := src.Parts(contentID)
	if err != nil {
		return nil, fmt.Errorf("%w: %.100q: %w", ErrDangling, ref.uri, err)
	}
	defer content.Close()
	h := ref.digest.New()
	if _, err := io.Copy(h, content); err != nil {
		return nil, fmt.Errorf("%w: %.100q: %w", ErrUnread, ref.uri, err)
	}
	return h.Sum(nil), nil
}

const nsXAdES = "http://uri.etsi.org/01903/v1.3.2#"

// signingTime reads the XAdES signing time if a right reference covers it.
func signingTime(r *Report) *time.Time {
	for _, ref := range r.References {
		if ref.Err != nil || ref.Element == nil || !ref.Element.Is(nsXAdES, "SignedProperties") {
			continue
		}
		properties := ref.Element.Child(nsXAdES, "SignedSignatureProperties")
		if properties == nil {
			continue
		}
		if n := properties.Child(nsXAdES, "SigningTime"); n != nil {
			if t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(n.TextContent())); err == nil {
				return &t
			}
		}
	}
	return nil
}
