package mailbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"poststelle/envelope"
)

// story is what a card is told from: base is the card as it began (or as a
// purge left it, with what happened up to baseSeq in it), facts are what
// happened since, in stream order. The card follows from both, and so is the
// same on every node.
type story struct {
	base    string // JSON
	baseSeq uint64
	facts   []happened
}

// happened is a fact and its place in the stream.
type happened struct {
	seq  uint64
	fact storedFact
}

// copy is for reading after the lock is given back.
func (s story) copy() story {
	s.facts = slices.Clone(s.facts)
	return s
}

// card tells the story: the last hand-out before the first reception counts,
// and the last moment at which something counted (dossier §10.3).
func (s story) card() (envelope.ProcessCard, error) {
	var card envelope.ProcessCard
	if err := json.Unmarshal([]byte(s.base), &card); err != nil {
		return card, fmt.Errorf("%w: card: %w", ErrDamaged, err)
	}
	for _, h := range s.facts {
		if h.seq <= s.baseSeq || !counts(h.fact.Kind, card.Reception != nil) {
			continue
		}
		var body factBody
		if err := json.Unmarshal([]byte(h.fact.Body), &body); err != nil {
			return card, fmt.Errorf("%w: fact: %w", ErrDamaged, err)
		}
		switch h.fact.Kind {
		case factForwarding:
			card.Forwarding = body.Forwarding
		case factReception:
			card.Reception = body.Reception
		}
		card.Inspections = append(card.Inspections, body.Inspections...)
		if h.fact.At.After(card.RecentModification) {
			card.RecentModification = h.fact.At
		}
	}
	return card, nil
}

// counts tells whether a fact changes a card.
func counts(kind string, received bool) bool {
	switch kind {
	case factForwarding, factReception:
		return !received
	}
	return kind == factInspection
}
