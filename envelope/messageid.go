package envelope

// GetMessageID asks for an id for one delivery (OSCI 1.2; dossier §12.3).
type GetMessageID struct{}

// ResponseToGetMessageID answers GetMessageID; no id on error.
type ResponseToGetMessageID struct {
	Feedback  Feedback
	MessageID string
}

// Kind is KindGetMessageID.
func (GetMessageID) Kind() Kind     { return KindGetMessageID }
func (GetMessageID) encode(*writer) {}

// Kind is KindResponseToGetMessageID.
func (ResponseToGetMessageID) Kind() Kind { return KindResponseToGetMessageID }

func (o ResponseToGetMessageID) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	w.messageID("osci:MessageId", o.MessageID)
}

func decodeGetMessageID(*fields) Order { return GetMessageID{} }

func decodeResponseToGetMessageID(f *fields) Order {
	return ResponseToGetMessageID{
		Feedback:  decodeFeedback(f),
		MessageID: f.messageID(NSOSCI, "MessageId"),
	}
}
