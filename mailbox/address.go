package mailbox

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"poststelle/signature"
)

// Address names a mailbox: the lower-case base32 of the SHA-256 of the
// addressee's cipher certificate. It is a NATS token and a file name, and no
// text of a user ever gets into it (OSCI 1.2, dossier §1.1).
type Address string

// AddressOf is the address that a cipher certificate stands for; "" for nil.
// Two certificates have one address only if their octets are equal.
func AddressOf(c *signature.Certificate) Address {
	if c == nil {
		return ""
	}
	sum := sha256.Sum256(c.Raw)
	return Address(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])))
}

// valid tells whether the address could have come from AddressOf: others must
// not get into a subject, where they might mean more than one mailbox.
func (a Address) valid() bool {
	if len(a) != 52 {
		return false
	}
	for _, c := range []byte(a) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
