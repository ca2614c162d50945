package envelope

// FetchDelivery asks for one delivery (OSCI 1.2; dossier §13.2).
type FetchDelivery struct {
	Rule *SelectionRule // nil = the oldest one that is due
}

// ResponseToFetchDelivery answers FetchDelivery and echoes its rule.
type ResponseToFetchDelivery struct {
	Feedback Feedback
	Rule     *SelectionRule
	Card     *ProcessCard
}

// Kind is KindFetchDelivery.
func (FetchDelivery) Kind() Kind         { return KindFetchDelivery }
func (o FetchDelivery) encode(w *writer) { encodeSelection(w, o.Rule) }

// Kind is KindResponseToFetchDelivery.
func (ResponseToFetchDelivery) Kind() Kind { return KindResponseToFetchDelivery }

func (o ResponseToFetchDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	encodeEcho(w, "osci:fetchDelivery", o.Rule)
	encodeCard(w, "osci:ProcessCardBundle", o.Card)
}

// encodeEcho repeats the selection; the element is there even when it is
// empty, for the Java client dereferences it unasked (dossier §15.4).
func encodeEcho(w *writer, name string, rule *SelectionRule) {
	w.start(name)
	encodeSelection(w, rule)
	w.end()
}

func decodeFetchDelivery(f *fields) Order {
	return FetchDelivery{Rule: decodeSelection(f, false)}
}

func decodeResponseToFetchDelivery(f *fields) Order {
	o := ResponseToFetchDelivery{Feedback: decodeFeedback(f)}
	o.Rule = decodeEcho(f)
	o.Card = decodeCard(f, "ProcessCardBundle")
	return o
}

func decodeEcho(f *fields) *SelectionRule {
	echo := f.take(NSOSCI, "fetchDelivery")
	if echo == nil {
		return nil
	}
	in := f.inside(echo)
	rule := decodeSelection(in, false)
	in.end()
	return rule
}
