package envelope

import "poststelle/signature"

// Role is the part a certificate plays in a message (dossier §7.3).
type Role uint8

// The roles in schema order.
const (
	CipherOriginator Role = iota
	CipherOtherAuthor
	CipherAddressee
	CipherOtherReader
	SignatureOriginator
	SignatureOtherAuthor
	SignatureAddressee
	CipherIntermediary
	SignatureIntermediary
	roleEnd
)

var roleNames = [roleEnd]string{
	CipherOriginator:      "CipherCertificateOriginator",
	CipherOtherAuthor:     "CipherCertificateOtherAuthor",
	CipherAddressee:       "CipherCertificateAddressee",
	CipherOtherReader:     "CipherCertificateOtherReader",
	SignatureOriginator:   "SignatureCertificateOriginator",
	SignatureOtherAuthor:  "SignatureCertificateOtherAuthor",
	SignatureAddressee:    "SignatureCertificateAddressee",
	CipherIntermediary:    "CipherCertificateIntermediary",
	SignatureIntermediary: "SignatureCertificateIntermediary",
}

// String is the element name on the wire.
func (r Role) String() string {
	if r >= roleEnd {
		return "unknown"
	}
	return roleNames[r]
}

// RoleCertificate is one certificate of a message in its role.
type RoleCertificate struct {
	Role Role
	// ID is the Id on the wire. Content refers to those of parties, so they are
	// never changed; one of the office may be written with another one if a
	// letter that is handed on uses it already.
	ID          string
	Certificate *signature.Certificate
}

// Certificates are the certificates of one block in document order.
type Certificates []RoleCertificate

// First is the first certificate in the role, or nil.
func (c Certificates) First(role Role) *RoleCertificate {
	for i := range c {
		if c[i].Role == role {
			return &c[i]
		}
	}
	return nil
}

// ByID is the certificate with that Id, or nil.
func (c Certificates) ByID(id string) *RoleCertificate {
	for i := range c {
		if c[i].ID == id {
			return &c[i]
		}
	}
	return nil
}

// roleRule says how often each role of NonIntermediaryCertificates may stand
// in a kind: 0 = never, 1 = once, 2 = any number; must = at least once.
type roleRule struct {
	most [7]uint8
	must []Role
}

const many = 2

// The rows of the table in dossier §7.3: CO COA CA COR SO SOA SA.
var (
	initRoles     = roleRule{most: [7]uint8{1, 0, 0, 0, 1, 0, 0}}
	signerRoles   = roleRule{most: [7]uint8{0, 0, 0, 0, 1, 0, 0}}
	clientRoles   = roleRule{most: [7]uint8{1, 0, 0, 0, 1, 0, 0}}
	storeRoles    = roleRule{most: [7]uint8{1, many, 1, many, 1, many, 0}, must: []Role{CipherAddressee}}
	anyRoles      = roleRule{most: [7]uint8{1, many, 1, many, 1, many, 1}}
	deliveryRoles = roleRule{most: [7]uint8{1, many, 1, many, 1, many, 0}}
	acceptorRoles = roleRule{most: [7]uint8{0, 0, 0, 0, 0, 0, 1}}
)
