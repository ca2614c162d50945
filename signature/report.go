package signature

import (
	"errors"
	"time"

	"poststelle/signature/xmltree"
)

// Report is the result of verifying one signature.
type Report struct {
	Algorithm        Algorithm
	Canonicalization xmltree.Algorithm
	// Certificate is the signer's; nil if none was found.
	Certificate *Certificate
	// References has one entry per reference, in document order.
	References []ReferenceReport
	// ValueErr tells why the signature value does not count; nil = it is right.
	ValueErr error
	// SigningTime is the signer's own claim (XAdES), nil if there is none or
	// if no reference covers it.
	SigningTime *time.Time
}

// ReferenceReport is the result for one reference.
type ReferenceReport struct {
	URI    string
	Digest Digest
	// Element is what a "#" reference led to; nil for parts and dangling ones.
	Element *xmltree.Node
	Err     error
}

// Valid tells that the value and every reference are right and that there is
// at least one.
func (r *Report) Valid() bool {
	if r == nil || r.ValueErr != nil || len(r.References) == 0 {
		return false
	}
	for _, ref := range r.References {
		if ref.Err != nil {
			return false
		}
	}
	return true
}

// Covers tells whether a reference with that URI is right.
func (r *Report) Covers(uri string) bool {
	for _, ref := range r.References {
		if ref.URI == uri && ref.Err == nil {
			return true
		}
	}
	return false
}

// Unread is why the signature could not be judged: a part could not be read
// (ErrUnread), and nothing else is wrong. It is nil for a signature that is
// right, and for one that is wrong whatever the part says.
func (r *Report) Unread() error {
	if r == nil || r.ValueErr != nil {
		return nil
	}
	var unread error
	for _, ref := range r.References {
		switch {
		case errors.Is(ref.Err, ErrUnread):
			unread = ref.Err
		case ref.Err != nil:
			return nil
		}
	}
	return unread
}

// Err is the first thing that is wrong, nil if the report is valid.
func (r *Report) Err() error {
	for _, ref := range r.References {
		if ref.Err != nil {
			return ref.Err
		}
	}
	return r.ValueErr
}
