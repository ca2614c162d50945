package envelope

import "time"

// Order is the part of a message that is peculiar to its kind.
type Order interface {
	// Kind is the message this order makes.
	Kind() Kind
}

// InitDialog opens an explicit dialog (dossier §12.1).
type InitDialog struct{}

// ExitDialog ends it (§12.2).
type ExitDialog struct{}

// GetMessageID asks for an id for one delivery (§12.3).
type GetMessageID struct{}

// StoreDelivery puts a delivery into the addressee's box (§13.1).
type StoreDelivery struct {
	MessageID string // decoded; "" = element absent
	Subject   *string
}

// FetchDelivery asks for one delivery (§13.2).
type FetchDelivery struct {
	Rule *SelectionRule
}

// FetchProcessCard asks for process cards (§13.3).
type FetchProcessCard struct {
	Rule *SelectionRule
	// Limit is the wanted number of cards; 0 = no Quantity element.
	Limit int
}

// ForwardDelivery is pushed to a passive recipient at once (§14.1).
type ForwardDelivery struct {
	Receiver  string // URI
	MessageID string
	Subject   *string
}

// AcceptDelivery is what the passive recipient of a forward gets (§14.2).
type AcceptDelivery struct {
	Card *ProcessCard
}

// MediateDelivery is pushed to a passive recipient, whose answer comes back
// (§14.3).
type MediateDelivery struct {
	Receiver  string
	MessageID string // "" = without process card
	Subject   *string
}

// ProcessDelivery is what the passive recipient of a mediate gets (§14.4).
type ProcessDelivery struct {
	MessageIDResponse string // id for the reply; "" = without cards
	Card              *ProcessCard
}

// PartialStoreDelivery carries one chunk of a store (§15.3).
type PartialStoreDelivery struct {
	MessageID string // with the suffix "_Partial"
	Subject   *string
	InfoOnly  bool
	Chunk     *ChunkInformation
}

// PartialFetchDelivery asks for one chunk of a delivery (§15.4).
type PartialFetchDelivery struct {
	Rule  *SelectionRule
	Chunk *ChunkInformation
}

// ResponseToInitDialog answers InitDialog.
type ResponseToInitDialog struct{ Feedback Feedback }

// ResponseToExitDialog answers ExitDialog.
type ResponseToExitDialog struct{ Feedback Feedback }

// ResponseToGetMessageID answers GetMessageID; no id on error.
type ResponseToGetMessageID struct {
	Feedback  Feedback
	MessageID string
}

// ResponseToStoreDelivery answers StoreDelivery; no card on error.
type ResponseToStoreDelivery struct {
	Feedback Feedback
	Card     *ProcessCard
}

// ResponseToFetchDelivery answers FetchDelivery and echoes its rule.
type ResponseToFetchDelivery struct {
	Feedback Feedback
	Rule     *SelectionRule
	Card     *ProcessCard
}

// ResponseToFetchProcessCard answers FetchProcessCard and echoes it.
type ResponseToFetchProcessCard struct {
	Feedback Feedback
	Rule     *SelectionRule
	Limit    int
	Cards    []ProcessCard
}

// ResponseToForwardDelivery answers ForwardDelivery.
type ResponseToForwardDelivery struct {
	Feedback Feedback
	Card     *ProcessCard
}

// ResponseToAcceptDelivery is the passive recipient's answer.
type ResponseToAcceptDelivery struct{ Feedback Feedback }

// ResponseToMediateDelivery answers MediateDelivery with both cards.
type ResponseToMediateDelivery struct {
	Feedback    Feedback
	RequestCard *ProcessCard
	ReplyCard   *ProcessCard
}

// ResponseToProcessDelivery is the passive recipient's answer with its reply.
type ResponseToProcessDelivery struct {
	Feedback  Feedback
	MessageID string
	Subject   *string
}

// ResponseToPartialStoreDelivery answers PartialStoreDelivery.
type ResponseToPartialStoreDelivery struct {
	Inside   Feedback // of the embedded store; nil = absent
	Feedback Feedback
	Card     *ProcessCard
	Chunk    *ChunkInformation
}

// ResponseToPartialFetchDelivery answers PartialFetchDelivery.
type ResponseToPartialFetchDelivery struct {
	Feedback  Feedback
	Rule      *SelectionRule
	Chunk     *ChunkInformation
	MessageID string
}

// ChunkInformation describes one chunk; sizes are in units of 1024 octets,
// 0 and nil mean that the attribute is absent (§15.2).
type ChunkInformation struct {
	ChunkNumber       int
	ChunkSize         int
	TotalChunkNumbers int
	TotalMessageSize  int
	// Received lists the chunks that arrived; [-1] means "none yet" in a
	// partialFetchDelivery.
	Received []int
}

// SelectionMode says by what a SelectionRule selects.
type SelectionMode uint8

// The three modes of §13.2 and §13.3.
const (
	ByMessageID    SelectionMode = iota + 1
	ByReception                  // ReceptionOfDelivery: taken by the office at or after Since
	ByModification               // RecentModification: card changed at or after Since
)

// SelectionRule selects deliveries or cards; a nil rule selects what is due.
type SelectionRule struct {
	Mode       SelectionMode
	MessageIDs []string // decoded; exactly one in a fetchDelivery
	// Since is the date of the two date modes, SinceText how it was written:
	// the echo repeats the sender's own spelling.
	Since     time.Time
	SinceText string
	// NoReception restricts to cards without a Reception stamp.
	NoReception bool
	// Role restricts to deliveries in which the requester plays that part.
	Role CardRole
}

// CardRole is the attribute Role of a card selection.
type CardRole string

// The requester's part in the deliveries whose cards are wanted.
const (
	AnyRole        CardRole = ""
	RoleAddressee  CardRole = "Addressee"
	RoleOriginator CardRole = "Originator"
)

// Kind of each order.
func (InitDialog) Kind() Kind                     { return KindInitDialog }
func (ExitDialog) Kind() Kind                     { return KindExitDialog }
func (GetMessageID) Kind() Kind                   { return KindGetMessageID }
func (StoreDelivery) Kind() Kind                  { return KindStoreDelivery }
func (FetchDelivery) Kind() Kind                  { return KindFetchDelivery }
func (FetchProcessCard) Kind() Kind               { return KindFetchProcessCard }
func (ForwardDelivery) Kind() Kind                { return KindForwardDelivery }
func (AcceptDelivery) Kind() Kind                 { return KindAcceptDelivery }
func (MediateDelivery) Kind() Kind                { return KindMediateDelivery }
func (ProcessDelivery) Kind() Kind                { return KindProcessDelivery }
func (PartialStoreDelivery) Kind() Kind           { return KindPartialStoreDelivery }
func (PartialFetchDelivery) Kind() Kind           { return KindPartialFetchDelivery }
func (ResponseToInitDialog) Kind() Kind           { return KindResponseToInitDialog }
func (ResponseToExitDialog) Kind() Kind           { return KindResponseToExitDialog }
func (ResponseToGetMessageID) Kind() Kind         { return KindResponseToGetMessageID }
func (ResponseToStoreDelivery) Kind() Kind        { return KindResponseToStoreDelivery }
func (ResponseToFetchDelivery) Kind() Kind        { return KindResponseToFetchDelivery }
func (ResponseToFetchProcessCard) Kind() Kind     { return KindResponseToFetchProcessCard }
func (ResponseToForwardDelivery) Kind() Kind      { return KindResponseToForwardDelivery }
func (ResponseToAcceptDelivery) Kind() Kind       { return KindResponseToAcceptDelivery }
func (ResponseToMediateDelivery) Kind() Kind      { return KindResponseToMediateDelivery }
func (ResponseToProcessDelivery) Kind() Kind      { return KindResponseToProcessDelivery }
func (ResponseToPartialStoreDelivery) Kind() Kind { return KindResponseToPartialStoreDelivery }
func (ResponseToPartialFetchDelivery) Kind() Kind { return KindResponseToPartialFetchDelivery }
