package xmlenc

import (
	"crypto"
	"fmt"
	"time"
)

// Policy says what may be decrypted. The zero value permits AES-GCM and
// RSA-OAEP with SHA-2 and nothing else.
type Policy struct {
	Exceptions []Exception
}

// Exception permits one algorithm until a date, for a reason that somebody
// wrote down.
type Exception struct {
	// Algorithm is the URI of a cipher, a key transport or a digest of OAEP.
	Algorithm string
	// Until is the first moment at which it is no longer permitted.
	Until  time.Time
	Reason string
}

func (p Policy) excepts(uri string, at time.Time) bool {
	for _, e := range p.Exceptions {
		if e.Algorithm == uri && at.Before(e.Until) {
			return true
		}
	}
	return false
}

// PermitsCipher gives ErrAlgorithm for a cipher that is unknown or refused.
func (p Policy) PermitsCipher(uri string, at time.Time) error {
	c, ok := CipherByURI(uri)
	if ok && (c.GCM || p.excepts(uri, at)) {
		return nil
	}
	return fmt.Errorf("%w: cipher %.100q", ErrAlgorithm, uri)
}

// PermitsKeyTransport gives ErrAlgorithm for a key transport that is unknown
// or refused.
func (p Policy) PermitsKeyTransport(kt KeyTransport, at time.Time) error {
	refused := fmt.Errorf("%w: key transport %.100q", ErrAlgorithm, kt.URI)
	switch kt.URI {
	case RSA15:
		if p.excepts(RSA15, at) {
			return nil
		}
		return refused
	case RSAOAEP:
	default:
		return refused
	}
	digest, mask, err := hashes(kt)
	if err != nil {
		return err
	}
	if digest == crypto.SHA1 && !p.excepts(kt.Digest, at) || mask == crypto.SHA1 && !p.excepts(kt.MGF, at) {
		return fmt.Errorf("%w: OAEP with SHA-1", ErrAlgorithm)
	}
	return nil
}
