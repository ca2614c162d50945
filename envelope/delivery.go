package envelope

import "poststelle/signature"

// Delivery is what an office stores: everything of a storeDelivery that the
// addressee or the card will need, nothing that belongs to the sender's
// dialog (OSCI 1.2; dossier §13.1, §19.4).
type Delivery struct {
	MessageID string
	// Subject is nil if the sender wrote none.
	Subject *string
	// CreationQuality and ReceptionQuality are what the sender asked for.
	CreationQuality  Quality
	ReceptionQuality Quality
	// Addressee is the cipher certificate that names the mailbox.
	Addressee *signature.Certificate
	// OriginatorCipher and OriginatorSignature tell who may see the card as
	// sender; either may be nil.
	OriginatorCipher    *signature.Certificate
	OriginatorSignature *signature.Certificate
	// Content is the ContentPackage.
	Content *Fragment
	// Certificates is the NonIntermediaryCertificates block.
	Certificates *Fragment
	// Custom are the custom headers in order (dossier §7.5).
	Custom []Fragment
	// Attachments are all MIME parts, referenced or not.
	Attachments []Attachment
	// Creation is when the office took the letter.
	Creation Timestamp
	// Inspections are the certificate checks made on the way in.
	Inspections []Inspection
}
