package mailbox

import (
	"time"

	"poststelle/envelope"
)

// Entry is one letter in a box as the index knows it.
type Entry struct {
	Mailbox Address
	// Card is the process card as it stands.
	Card envelope.ProcessCard
	// Size is content and attachments together, in octets.
	Size int64
}

// Query selects one letter of a box (OSCI 1.2, dossier §13.2). With neither
// MessageID nor Since it is the oldest letter without a Reception stamp.
type Query struct {
	Mailbox Address
	// MessageID asks for one letter, confirmed or not.
	MessageID string
	// Since asks for the oldest letter without Reception whose Creation is at
	// or after it.
	Since time.Time
}

// Party is who asks for cards, by the certificates a dialog has proved. The
// zero value of a field matches nothing.
type Party struct {
	// Cipher is the address of the cipher certificate.
	Cipher Address
	// Signature is the fingerprint of the signature certificate; it counts as
	// originator only for deliveries that named no cipher certificate.
	Signature string
}

// CardQuery selects process cards (OSCI 1.2, dossier §13.3). Only cards of
// deliveries in which the party has a part are ever found.
type CardQuery struct {
	Party Party
	// Rule is what the request selects by; nil = all.
	Rule *envelope.SelectionRule
	// Limit bounds the answer; 0 = the store's own limit.
	Limit int
}

// Fact is something that happened to a letter: exactly one field is set.
type Fact struct {
	// Forwarding says that the letter was built into an answer.
	Forwarding *envelope.Timestamp
	// Reception says that the reader confirmed it.
	Reception *envelope.Timestamp
	// Inspections are checks that were made later.
	Inspections []envelope.Inspection
}
