package envelope

// StoreDelivery puts a delivery into the addressee's box (OSCI 1.2; dossier
// §13.1). MessageID is decoded; "" says that the element was absent, which is
// for the office to refuse (9800).
type StoreDelivery struct {
	MessageID string
	Subject   *string
}

// ResponseToStoreDelivery answers StoreDelivery; no card on error.
type ResponseToStoreDelivery struct {
	Feedback Feedback
	Card     *ProcessCard
}

// Kind is KindStoreDelivery.
func (StoreDelivery) Kind() Kind { return KindStoreDelivery }

func (o StoreDelivery) encode(w *writer) {
	w.messageID("osci:MessageId", o.MessageID)
	w.subject(o.Subject)
}

// Kind is KindResponseToStoreDelivery.
func (ResponseToStoreDelivery) Kind() Kind { return KindResponseToStoreDelivery }

func (o ResponseToStoreDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	encodeCard(w, "osci:ProcessCardBundle", o.Card)
}

func decodeStoreDelivery(f *fields) Order {
	return StoreDelivery{MessageID: f.messageID(NSOSCI, "MessageId"), Subject: f.subject()}
}

func decodeResponseToStoreDelivery(f *fields) Order {
	return ResponseToStoreDelivery{Feedback: decodeFeedback(f), Card: decodeCard(f, "ProcessCardBundle")}
}
