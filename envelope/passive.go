package envelope

// ForwardDelivery is pushed to a passive recipient at once (OSCI 1.2; dossier
// §14.1).
type ForwardDelivery struct {
	Receiver  string // URI of the recipient's HTTP endpoint, not believed
	MessageID string
	Subject   *string
}

// ResponseToForwardDelivery answers ForwardDelivery.
type ResponseToForwardDelivery struct {
	Feedback Feedback
	Card     *ProcessCard
}

// AcceptDelivery is what the passive recipient of a forward gets (§14.2).
type AcceptDelivery struct {
	Card *ProcessCard
}

// ResponseToAcceptDelivery is the passive recipient's answer.
type ResponseToAcceptDelivery struct{ Feedback Feedback }

// Kind is KindForwardDelivery.
func (ForwardDelivery) Kind() Kind { return KindForwardDelivery }

func (o ForwardDelivery) encode(w *writer) {
	encodeReceiver(w, o.Receiver)
	w.messageID("osci:MessageId", o.MessageID)
	w.subject(o.Subject)
}

func encodeReceiver(w *writer, uri string) {
	w.start("osci:ContentReceiver", attr{"URI", uri})
	w.end()
}

func decodeReceiver(f *fields) string {
	n := f.must(NSOSCI, "ContentReceiver")
	uri, ok := n.Attr("", "URI")
	if !ok {
		f.fail("ContentReceiver without URI")
	}
	return uri
}

// Kind is KindResponseToForwardDelivery.
func (ResponseToForwardDelivery) Kind() Kind { return KindResponseToForwardDelivery }

func (o ResponseToForwardDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	encodeCard(w, "osci:ProcessCardBundle", o.Card)
}

// Kind is KindAcceptDelivery.
func (AcceptDelivery) Kind() Kind { return KindAcceptDelivery }

func (o AcceptDelivery) encode(w *writer) { encodeCard(w, "osci:ProcessCardBundle", o.Card) }

// Kind is KindResponseToAcceptDelivery.
func (ResponseToAcceptDelivery) Kind() Kind { return KindResponseToAcceptDelivery }

func (o ResponseToAcceptDelivery) encode(w *writer) { encodeFeedback(w, o.Feedback) }

func decodeForwardDelivery(f *fields) Order {
	return ForwardDelivery{
		Receiver:  decodeReceiver(f),
		MessageID: f.messageID(NSOSCI, "MessageId"),
		Subject:   f.subject(),
	}
}

func decodeResponseToForwardDelivery(f *fields) Order {
	return ResponseToForwardDelivery{Feedback: decodeFeedback(f), Card: decodeCard(f, "ProcessCardBundle")}
}

func decodeAcceptDelivery(f *fields) Order {
	card := decodeCard(f, "ProcessCardBundle")
	if card == nil {
		f.fail("misses ProcessCardBundle")
	}
	return AcceptDelivery{Card: card}
}

func decodeResponseToAcceptDelivery(f *fields) Order {
	return ResponseToAcceptDelivery{Feedback: decodeFeedback(f)}
}
