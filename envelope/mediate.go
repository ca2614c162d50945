package envelope

// MediateDelivery is pushed to a passive recipient, whose answer comes back
// in the response (OSCI 1.2; dossier §14.3).
type MediateDelivery struct {
	Receiver  string // URI, not believed
	MessageID string // "" = without process card
	Subject   *string
}

// ResponseToMediateDelivery answers MediateDelivery with both cards.
type ResponseToMediateDelivery struct {
	Feedback    Feedback
	RequestCard *ProcessCard
	ReplyCard   *ProcessCard
}

// ProcessDelivery is what the passive recipient of a mediate gets (§14.4).
type ProcessDelivery struct {
	MessageIDResponse string // id for the reply; "" = without cards
	Card              *ProcessCard
}

// ResponseToProcessDelivery is the passive recipient's answer.
type ResponseToProcessDelivery struct {
	Feedback  Feedback
	MessageID string
	Subject   *string
}

// Kind is KindMediateDelivery.
func (MediateDelivery) Kind() Kind { return KindMediateDelivery }

func (o MediateDelivery) encode(w *writer) {
	encodeReceiver(w, o.Receiver)
	w.messageID("osci:MessageId", o.MessageID)
	w.subject(o.Subject)
}

// Kind is KindResponseToMediateDelivery.
func (ResponseToMediateDelivery) Kind() Kind { return KindResponseToMediateDelivery }

func (o ResponseToMediateDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	encodeCard(w, "osci:RequestProcessCardBundle", o.RequestCard)
	encodeCard(w, "osci:ReplyProcessCardBundle", o.ReplyCard)
}

// Kind is KindProcessDelivery.
func (ProcessDelivery) Kind() Kind { return KindProcessDelivery }

func (o ProcessDelivery) encode(w *writer) {
	w.messageID("osci:MessageIdResponse", o.MessageIDResponse)
	encodeCard(w, "osci:ProcessCardBundle", o.Card)
}

// Kind is KindResponseToProcessDelivery.
func (ResponseToProcessDelivery) Kind() Kind { return KindResponseToProcessDelivery }

func (o ResponseToProcessDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	w.messageID("osci:MessageId", o.MessageID)
	w.subject(o.Subject)
}

func decodeMediateDelivery(f *fields) Order {
	return MediateDelivery{
		Receiver:  decodeReceiver(f),
		MessageID: f.messageID(NSOSCI, "MessageId"),
		Subject:   f.subject(),
	}
}

func decodeResponseToMediateDelivery(f *fields) Order {
	return ResponseToMediateDelivery{
		Feedback:    decodeFeedback(f),
		RequestCard: decodeCard(f, "RequestProcessCardBundle"),
		ReplyCard:   decodeCard(f, "ReplyProcessCardBundle"),
	}
}

func decodeProcessDelivery(f *fields) Order {
	o := ProcessDelivery{
		MessageIDResponse: f.messageID(NSOSCI, "MessageIdResponse"),
		Card:              decodeCard(f, "ProcessCardBundle"),
	}
	if (o.MessageIDResponse == "") != (o.Card == nil) {
		f.fail("MessageIdResponse and ProcessCardBundle go together")
	}
	return o
}

func decodeResponseToProcessDelivery(f *fields) Order {
	return ResponseToProcessDelivery{
		Feedback:  decodeFeedback(f),
		MessageID: f.messageID(NSOSCI, "MessageId"),
		Subject:   f.subject(),
	}
}
