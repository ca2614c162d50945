package main

import "poststelle/envelope"

// addOrder takes id, subject, feedback and cards from whatever kind it is.
func (v *messageView) addOrder(order envelope.Order) {
	switch o := order.(type) {
	case envelope.StoreDelivery:
		v.MessageID, v.Subject = o.MessageID, o.Subject
	case envelope.ForwardDelivery:
		v.MessageID, v.Subject = o.MessageID, o.Subject
	case envelope.MediateDelivery:
		v.MessageID, v.Subject = o.MessageID, o.Subject
	case envelope.PartialStoreDelivery:
		v.MessageID, v.Subject = o.MessageID, o.Subject
	case envelope.AcceptDelivery:
		v.addCard(o.Card)
	case envelope.ProcessDelivery:
		v.addCard(o.Card)
	case envelope.FetchDelivery:
		v.addRule(o.Rule)
	case envelope.PartialFetchDelivery:
		v.addRule(o.Rule)
	case envelope.FetchProcessCard:
		v.addRule(o.Rule)
	default:
		v.addResponse(order)
	}
}

func (v *messageView) addResponse(order envelope.Order) {
	if feedback, ok := envelope.FeedbackOf(order); ok {
		v.Feedback = viewFeedback(feedback)
	}
	switch o := order.(type) {
	case envelope.ResponseToGetMessageID:
		v.MessageID = o.MessageID
	case envelope.ResponseToStoreDelivery:
		v.addCard(o.Card)
	case envelope.ResponseToFetchDelivery:
		v.addCard(o.Card)
	case envelope.ResponseToFetchProcessCard:
		v.Cards = o.Cards
	case envelope.ResponseToForwardDelivery:
		v.addCard(o.Card)
	case envelope.ResponseToMediateDelivery:
		v.addCard(o.RequestCard)
		v.addCard(o.ReplyCard)
	case envelope.ResponseToProcessDelivery:
		v.MessageID, v.Subject = o.MessageID, o.Subject
	case envelope.ResponseToPartialStoreDelivery:
		v.addCard(o.Card)
	case envelope.ResponseToPartialFetchDelivery:
		v.MessageID = o.MessageID
	}
}

// addCard adds a card; the first one names letter and subject.
func (v *messageView) addCard(card *envelope.ProcessCard) {
	if card == nil {
		return
	}
	v.Cards = append(v.Cards, *card)
	if v.MessageID == "" {
		v.MessageID, v.Subject = card.MessageID, card.Subject
	}
}

// addRule names the letter that is asked for, if it is one.
func (v *messageView) addRule(rule *envelope.SelectionRule) {
	if rule != nil && len(rule.MessageIDs) == 1 {
		v.MessageID = rule.MessageIDs[0]
	}
}
