package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"time"
)

// Policy says which algorithms and keys are believed. The zero value refuses
// SHA-1, RSA below 2048 bits and elliptic curves below 224 bits.
type Policy struct {
	Exceptions []Exception
	// MinRSA and MinEC are key sizes in bits; 0 = 2048 and 224.
	MinRSA, MinEC int
}

// Exception permits one algorithm until a date, for a reason that somebody
// wrote down.
type Exception struct {
	// Algorithm is the URI of a signature or digest algorithm.
	Algorithm string
	// Until is the first moment at which it is no longer permitted.
	Until  time.Time
	Reason string
}

// DefaultPolicy has no exceptions.
func DefaultPolicy() Policy { return Policy{} }

// Permits gives ErrAlgorithm for an algorithm that is unknown or refused.
func (p Policy) Permits(uri string, at time.Time) error {
	hash := crypto.Hash(0)
	if d, ok := DigestByURI(uri); ok {
		hash = d.Hash
	} else if a, ok := AlgorithmByURI(uri); ok {
		hash = a.Hash
	}
	switch {
	case hash == 0:
		return fmt.Errorf("%w: %.100q is unknown", ErrAlgorithm, uri)
	case hash == crypto.SHA1 && !p.excepts(uri, at):
		return fmt.Errorf("%w: %s", ErrAlgorithm, shortName(uri))
	}
	return nil
}

func (p Policy) excepts(uri string, at time.Time) bool {
	for _, e := range p.Exceptions {
		// A date that was forgotten lies before every other one.
		if e.Algorithm == uri && !at.IsZero() && at.Before(e.Until) {
			return true
		}
	}
	return false
}

// maxRSA bounds what a stranger's key can cost: the work grows with the square
// of its length and a certificate has room for half a million bits.
const maxRSA = 16384

// permitsKey gives ErrKey for a key that is too small or of another kind.
func (p Policy) permitsKey(key any) error {
	minRSA, minEC := p.MinRSA, p.MinEC
	if minRSA == 0 {
		minRSA = 2048
	}
	if minEC == 0 {
		minEC = 224
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA || k.N.BitLen() > maxRSA {
			return fmt.Errorf("%w: RSA key of %d bits", ErrKey, k.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < minEC {
			return fmt.Errorf("%w: EC key of %d bits", ErrKey, k.Curve.Params().BitSize)
		}
	default:
		return fmt.Errorf("%w: neither RSA nor ECDSA", ErrKey)
	}
	return nil
}
