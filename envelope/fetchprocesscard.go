package envelope

import "strconv"

// FetchProcessCard asks for process cards (OSCI 1.2; dossier §13.3).
type FetchProcessCard struct {
	Rule *SelectionRule // nil = all the requester may see
	// Limit is the wanted number of cards; 0 = no Quantity element.
	Limit int
}

// ResponseToFetchProcessCard answers FetchProcessCard and echoes it.
type ResponseToFetchProcessCard struct {
	Feedback Feedback
	Rule     *SelectionRule
	Limit    int
	Cards    []ProcessCard
}

// Kind is KindFetchProcessCard.
func (FetchProcessCard) Kind() Kind { return KindFetchProcessCard }

func (o FetchProcessCard) encode(w *writer) {
	encodeSelection(w, o.Rule)
	if o.Limit > 0 {
		w.start("osci:Quantity", attr{"Limit", strconv.Itoa(o.Limit)})
		w.end()
	}
}

// Kind is KindResponseToFetchProcessCard.
func (ResponseToFetchProcessCard) Kind() Kind { return KindResponseToFetchProcessCard }

func (o ResponseToFetchProcessCard) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	w.start("osci:fetchProcessCard")
	FetchProcessCard{Rule: o.Rule, Limit: o.Limit}.encode(w)
	w.end()
	for i := range o.Cards {
		encodeCard(w, "osci:ProcessCardBundle", &o.Cards[i])
	}
}

func decodeFetchProcessCard(f *fields) Order { return decodeCardRequest(f) }

func decodeCardRequest(f *fields) FetchProcessCard {
	o := FetchProcessCard{Rule: decodeSelection(f, true)}
	if quantity := f.take(NSOSCI, "Quantity"); quantity != nil {
		f.inside(quantity).end()
		if o.Limit = f.count(quantity, "Limit"); o.Limit == 0 {
			f.fail("Quantity without a positive Limit")
		}
	}
	return o
}

func decodeResponseToFetchProcessCard(f *fields) Order {
	o := ResponseToFetchProcessCard{Feedback: decodeFeedback(f)}
	if echo := f.take(NSOSCI, "fetchProcessCard"); echo != nil {
		in := f.inside(echo)
		request := decodeCardRequest(in)
		in.end()
		o.Rule, o.Limit = request.Rule, request.Limit
	}
	for _, bundle := range f.takeAll(NSOSCI, "ProcessCardBundle") {
		o.Cards = append(o.Cards, *decodeBundle(f, bundle))
	}
	return o
}
