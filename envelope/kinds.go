package envelope

import "strings"

// Kind says which of the twenty-four OSCI messages a letter is.
type Kind uint8

// The kinds, requests before their responses.
const (
	KindUnknown Kind = iota
	KindInitDialog
	KindResponseToInitDialog
	KindExitDialog
	KindResponseToExitDialog
	KindGetMessageID
	KindResponseToGetMessageID
	KindStoreDelivery
	KindResponseToStoreDelivery
	KindFetchDelivery
	KindResponseToFetchDelivery
	KindFetchProcessCard
	KindResponseToFetchProcessCard
	KindForwardDelivery
	KindResponseToForwardDelivery
	KindAcceptDelivery
	KindResponseToAcceptDelivery
	KindMediateDelivery
	KindResponseToMediateDelivery
	KindProcessDelivery
	KindResponseToProcessDelivery
	KindPartialStoreDelivery
	KindResponseToPartialStoreDelivery
	KindPartialFetchDelivery
	KindResponseToPartialFetchDelivery
	kindEnd
)

// presence is a cell of the dossier's matrices: ● ○ −.
type presence uint8

const (
	forbidden presence = iota
	optional
	required
)

// kindRow is what the standard says of one kind (OSCI 1.2; dossier §5–§15).
type kindRow struct {
	// name is the element name; the schema is its name with a capital letter.
	name string
	// space is the element's namespace.
	space string
	// inBody tells where the element stands; otherwise it is a header block.
	inBody bool
	// response is the answering kind; KindUnknown for responses.
	response Kind
	// control is the ControlBlock matrix: Response, Challenge,
	// ConversationId, SequenceNumber (dossier §6.2).
	control [4]presence
	// content tells whether the Body holds a ContentPackage.
	content presence
	// qualities: which QualityOfTimestamp blocks (dossier §7.2).
	qualities qualityRule
	// implicit: may stand alone, outside an explicit dialog.
	implicit bool
	// certificates: which roles NonIntermediaryCertificates may hold.
	certificates roleRule
	// decode reads the children of the message element.
	decode func(*fields) Order
}

type qualityRule uint8

const (
	noQuality           qualityRule = iota
	bothQualities                   // creation and reception
	creationOnly                    // creation
	bothIfMessageIDOnly             // none or both, tied to a MessageId
)

// kindTable has a row per kind; a house test holds it against the samples.
var kindTable = [kindEnd]kindRow{
	KindInitDialog:             {name: "initDialog", space: NSOSCI, inBody: true, response: KindResponseToInitDialog, control: [4]presence{forbidden, required, forbidden, forbidden}, certificates: initRoles, decode: decodeInitDialog},
	KindResponseToInitDialog:   {name: "responseToInitDialog", space: NSOSCI, inBody: true, control: [4]presence{required, required, required, forbidden}, decode: decodeResponseToInitDialog},
	KindExitDialog:             {name: "exitDialog", space: NSOSCI, inBody: true, response: KindResponseToExitDialog, control: [4]presence{required, required, required, required}, certificates: signerRoles, decode: decodeExitDialog},
	KindResponseToExitDialog:   {name: "responseToExitDialog", space: NSOSCI, inBody: true, control: [4]presence{required, forbidden, required, required}, decode: decodeResponseToExitDialog},
	KindGetMessageID:           {name: "getMessageId", space: NSOSCI, inBody: true, response: KindResponseToGetMessageID, control: [4]presence{optional, required, optional, required}, implicit: true, certificates: clientRoles, decode: decodeGetMessageID},
	KindResponseToGetMessageID: {name: "responseToGetMessageId", space: NSOSCI, inBody: true, control: [4]presence{required, optional, required, required}, decode: decodeResponseToGetMessageID},

	KindStoreDelivery:                  {name: "storeDelivery", space: NSOSCI, response: KindResponseToStoreDelivery, control: [4]presence{optional, required, optional, required}, content: required, qualities: bothQualities, implicit: true, certificates: storeRoles, decode: decodeStoreDelivery},
	KindResponseToStoreDelivery:        {name: "responseToStoreDelivery", space: NSOSCI, control: [4]presence{required, optional, required, required}, decode: decodeResponseToStoreDelivery},
	KindFetchDelivery:                  {name: "fetchDelivery", space: NSOSCI, response: KindResponseToFetchDelivery, control: [4]presence{required, required, required, required}, certificates: signerRoles, decode: decodeFetchDelivery},
	KindResponseToFetchDelivery:        {name: "responseToFetchDelivery", space: NSOSCI, control: [4]presence{required, required, required, required}, content: optional, certificates: deliveryRoles, decode: decodeResponseToFetchDelivery},
	KindFetchProcessCard:               {name: "fetchProcessCard", space: NSOSCI, inBody: true, response: KindResponseToFetchProcessCard, control: [4]presence{required, required, required, required}, certificates: signerRoles, decode: decodeFetchProcessCard},
	KindResponseToFetchProcessCard:     {name: "responseToFetchProcessCard", space: NSOSCI, inBody: true, control: [4]presence{required, required, required, required}, decode: decodeResponseToFetchProcessCard},
	KindForwardDelivery:                {name: "forwardDelivery", space: NSOSCI, response: KindResponseToForwardDelivery, control: [4]presence{optional, required, optional, required}, content: required, qualities: bothQualities, implicit: true, certificates: anyRoles, decode: decodeForwardDelivery},
	KindResponseToForwardDelivery:      {name: "responseToForwardDelivery", space: NSOSCI, control: [4]presence{required, optional, optional, optional}, decode: decodeResponseToForwardDelivery},
	KindAcceptDelivery:                 {name: "acceptDelivery", space: NSOSCI, response: KindResponseToAcceptDelivery, control: [4]presence{forbidden, required, forbidden, forbidden}, content: required, certificates: deliveryRoles, decode: decodeAcceptDelivery},
	KindResponseToAcceptDelivery:       {name: "responseToAcceptDelivery", space: NSOSCI, control: [4]presence{required, forbidden, forbidden, forbidden}, certificates: acceptorRoles, decode: decodeResponseToAcceptDelivery},
	KindMediateDelivery:                {name: "mediateDelivery", space: NSOSCI, response: KindResponseToMediateDelivery, control: [4]presence{required, required, required, required}, content: required, qualities: bothIfMessageIDOnly, certificates: anyRoles, decode: decodeMediateDelivery},
	KindResponseToMediateDelivery:      {name: "responseToMediateDelivery", space: NSOSCI, control: [4]presence{required, required, required, required}, content: optional, certificates: deliveryRoles, decode: decodeResponseToMediateDelivery},
	KindProcessDelivery:                {name: "processDelivery", space: NSOSCI, response: KindResponseToProcessDelivery, control: [4]presence{forbidden, required, forbidden, forbidden}, content: required, certificates: deliveryRoles, decode: decodeProcessDelivery},
	KindResponseToProcessDelivery:      {name: "responseToProcessDelivery", space: NSOSCI, control: [4]presence{required, forbidden, forbidden, forbidden}, content: optional, qualities: bothIfMessageIDOnly, certificates: anyRoles, decode: decodeResponseToProcessDelivery},
	KindPartialStoreDelivery:           {name: "partialStoreDelivery", space: NSOSCI2017, response: KindResponseToPartialStoreDelivery, control: [4]presence{optional, required, optional, required}, content: required, qualities: creationOnly, implicit: true, certificates: storeRoles, decode: decodePartialStoreDelivery},
	KindResponseToPartialStoreDelivery: {name: "responseToPartialStoreDelivery", space: NSOSCI2017, control: [4]presence{required, optional, required, required}, decode: decodeResponseToPartialStoreDelivery},
	KindPartialFetchDelivery:           {name: "partialFetchDelivery", space: NSOSCI2017, response: KindResponseToPartialFetchDelivery, control: [4]presence{required, required, required, required}, certificates: signerRoles, decode: decodePartialFetchDelivery},
	KindResponseToPartialFetchDelivery: {name: "responseToPartialFetchDelivery", space: NSOSCI2017, control: [4]presence{required, required, required, required}, content: optional, certificates: deliveryRoles, decode: decodeResponseToPartialFetchDelivery},
}

// Kinds lists every kind in the table's order.
func Kinds() []Kind {
	kinds := make([]Kind, 0, kindEnd-1)
	for k := KindUnknown + 1; k < kindEnd; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String is the message's element name on the wire, such as "storeDelivery".
func (k Kind) String() string {
	if k == KindUnknown || k >= kindEnd {
		return "unknown"
	}
	return kindTable[k].name
}

// Response is the kind that answers k; KindUnknown if k is a response itself.
func (k Kind) Response() Kind {
	if k >= kindEnd {
		return KindUnknown
	}
	return kindTable[k].response
}

// IsRequest tells requests from responses.
func (k Kind) IsRequest() bool { return k.Response() != KindUnknown }

// AllowsImplicit tells whether the request may be made without a dialog
// (OSCI 1.2; dossier §6.5).
func (k Kind) AllowsImplicit() bool { return k < kindEnd && kindTable[k].implicit }

func (k Kind) row() kindRow { return kindTable[k] }

// schemaName is the word between "soap" and ".xsd" in xsi:schemaLocation.
func (k Kind) schemaName() string {
	name := kindTable[k].name
	return strings.ToUpper(name[:1]) + name[1:]
}

// kindOfSchema finds the kind by that word.
func kindOfSchema(schema string) (Kind, bool) {
	for k := KindUnknown + 1; k < kindEnd; k++ {
		if k.schemaName() == schema {
			return k, true
		}
	}
	return KindUnknown, false
}

// kindOfElement finds the kind by its element.
func kindOfElement(space, local string) (Kind, bool) {
	for k := KindUnknown + 1; k < kindEnd; k++ {
		if kindTable[k].space == space && kindTable[k].name == local {
			return k, true
		}
	}
	return KindUnknown, false
}
