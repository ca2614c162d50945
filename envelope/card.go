package envelope

import "time"

// ProcessCard is the Laufzettel: what happened to a delivery and when
// (OSCI 1.2; dossier §10). On the wire it is a ProcessCardBundle.
type ProcessCard struct {
	MessageID          string       `json:"messageId"`
	RecentModification time.Time    `json:"recentModification"`
	Creation           *Timestamp   `json:"creation,omitempty"`
	Forwarding         *Timestamp   `json:"forwarding,omitempty"`
	Reception          *Timestamp   `json:"reception,omitempty"`
	Subject            *string      `json:"subject,omitempty"`
	Inspections        []Inspection `json:"inspections,omitempty"`
}

// Timestamp is a moment on the card: plain (the office's clock) or
// cryptographic (a time stamp token in Token, its format named by Algorithm).
type Timestamp struct {
	At        time.Time `json:"at"`
	Algorithm string    `json:"algorithm,omitempty"`
	Token     []byte    `json:"token,omitempty"`
}

// PlainTimestamp is the office's clock reading.
func PlainTimestamp(at time.Time) *Timestamp { return &Timestamp{At: at} }

// Inspection reports the check of one certificate (dossier §10.1, §10.4).
type Inspection struct {
	Timestamp Timestamp     `json:"timestamp"`
	Subject   string        `json:"subject"` // RFC 2253
	Issuer    string        `json:"issuer"`  // RFC 2253
	Serial    string        `json:"serial"`  // decimal
	CertType  string        `json:"certType"`
	Math      string        `json:"math"`
	Offline   string        `json:"offline"`
	Online    *OnlineResult `json:"online,omitempty"`
}

// Values of an Inspection, spelt as the schema has them.
const (
	CertAdvanced     = "advanced"
	CertQualified    = "qualified"
	CertAccredited   = "accredited"
	CertUnknown      = "unknown"
	ResultOK         = "ok"
	ResultCorrupted  = "corrupted"
	ResultIndefinite = "indeterminate"
	ResultValid      = "valid"
	ResultInvalid    = "invalid"
	ResultRevoked    = "revoked"
)

// OnlineResult says whether the certificate was revoked, and from which
// evidence that is known. Each piece of evidence may be absent.
type OnlineResult struct {
	Result string     `json:"result"` // ResultOK or ResultRevoked
	OCSP   []byte     `json:"ocsp,omitempty"`
	CRL    *time.Time `json:"crl,omitempty"`
	LDAP   []byte     `json:"ldap,omitempty"`
}
