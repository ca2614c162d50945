package envelope

// FeedbackOf is what a response says to the order; false for a request.
func FeedbackOf(order Order) (Feedback, bool) {
	switch o := order.(type) {
	case ResponseToInitDialog:
		return o.Feedback, true
	case ResponseToExitDialog:
		return o.Feedback, true
	case ResponseToGetMessageID:
		return o.Feedback, true
	case ResponseToStoreDelivery:
		return o.Feedback, true
	case ResponseToFetchDelivery:
		return o.Feedback, true
	case ResponseToFetchProcessCard:
		return o.Feedback, true
	case ResponseToForwardDelivery:
		return o.Feedback, true
	case ResponseToAcceptDelivery:
		return o.Feedback, true
	case ResponseToMediateDelivery:
		return o.Feedback, true
	case ResponseToProcessDelivery:
		return o.Feedback, true
	case ResponseToPartialStoreDelivery:
		return o.Feedback, true
	case ResponseToPartialFetchDelivery:
		return o.Feedback, true
	}
	return nil, false
}

// decodeFeedback takes the mandatory Feedback of a response (OSCI 1.2;
// dossier §17).
func decodeFeedback(f *fields) Feedback {
	return decodeEntries(f.inside(f.must(NSOSCI, "Feedback")))
}

// decodeEntries reads a list of entries to its end.
func decodeEntries(in *fields) Feedback {
	var feedback Feedback
	for _, n := range in.takeAll(NSOSCI, "Entry") {
		entry := in.inside(n)
		code, _ := entry.text(NSOSCI, "Code")
		text, _ := entry.text(NSOSCI, "Text")
		entry.end()
		if faultCode(code) == "" {
			in.fail("Code is not of four digits")
		}
		language, _ := n.Attr(xmlSpace, "lang")
		feedback = append(feedback, Entry{Code: Code(code), Language: language, Text: text})
	}
	in.end()
	if len(feedback) == 0 {
		in.fail("holds no Entry")
	}
	return feedback
}

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

func encodeFeedback(w *writer, feedback Feedback) {
	w.start("osci:Feedback")
	encodeEntries(w, feedback)
	w.end()
}

func encodeEntries(w *writer, feedback Feedback) {
	for _, e := range feedback {
		var attrs []attr
		if e.Language != "" {
			attrs = append(attrs, attr{"xml:lang", e.Language})
		}
		w.start("osci:Entry", attrs...)
		w.element("osci:Code", string(e.Code))
		w.element("osci:Text", e.Text)
		w.end()
	}
}
