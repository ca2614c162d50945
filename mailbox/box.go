package mailbox

import (
	"time"

	"poststelle/signature"
)

// Box is one registered mailbox.
type Box struct {
	Address Address
	// Name is for people; it has no meaning on the wire.
	Name        string
	Certificate *signature.Certificate
	Rules       Rules
	CreatedAt   time.Time
}

// Rules are what the owner of a box demands of letters to it.
type Rules struct {
	// TransportSignature refuses letters without ClientSignature (9600).
	TransportSignature bool `json:"transportSignature" yaml:"transport_signature"`
	// ContentSignature refuses letters whose content can be seen to be unsigned.
	ContentSignature bool `json:"contentSignature" yaml:"content_signature"`
	// MaxBytes bounds content and attachments together; 0 = the office's limit.
	MaxBytes int64 `json:"maxBytes" yaml:"max_bytes"`
	// Retention is how long the content of a confirmed letter is kept; 0 = for
	// ever. Cards are always kept.
	Retention time.Duration `json:"retention" yaml:"retention"`
}
