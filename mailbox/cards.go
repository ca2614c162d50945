package mailbox

import (
	"context"
	"sort"
	"time"

	"poststelle/envelope"
)

// Cards finds process cards, oldest first by the date that the rule selects by
// (OSCI 1.2; dossier §13.3). more tells that a limit cut the list. ErrNoCard
// if none fits.
func (s *Store) Cards(_ context.Context, q CardQuery) (cards []envelope.ProcessCard, more bool, err error) {
	stories, more := s.stories(q)
	if len(stories) == 0 {
		return nil, false, ErrNoCard
	}
	for _, one := range stories {
		card, err := one.card()
		if err != nil {
			return nil, false, err
		}
		cards = append(cards, card)
	}
	return cards, more, nil
}

// stories finds letters; their cards are told without the lock.
func (s *Store) stories(q CardQuery) (list []story, more bool) {
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	found := s.index.visible(q)
	limit := s.o.MaxCards
	if q.Limit > 0 && q.Limit < limit {
		limit = q.Limit
	}
	if len(found) > limit {
		found, more = found[:limit], true
	}
	for _, l := range found {
		list = append(list, l.story.copy())
	}
	return list, more
}

// visible lists the letters that the query may and wants to see, in order.
// The caller holds mu.
func (x *index) visible(q CardQuery) []*letter {
	if q.Rule != nil && q.Rule.Mode == envelope.ByMessageID {
		return x.visibleByID(q)
	}
	var role envelope.CardRole
	date := creationOf
	since := time.Time{}
	if q.Rule != nil {
		role, since = q.Rule.Role, q.Rule.Since
		if q.Rule.Mode == envelope.ByModification {
			date = modificationOf
		}
	}
	seen := map[*letter]bool{}
	var found []*letter
	for _, t := range x.timelines(q.Party, role) {
		for _, l := range t.since(time.Time{}) {
			if seen[l] || date(l).Before(since) || q.Rule != nil && q.Rule.NoReception && !l.received.IsZero() {
				continue
			}
			seen[l] = true
			found = append(found, l)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return date(found[i]).Before(date(found[j])) })
	return found
}

func creationOf(l *letter) time.Time     { return l.created }
func modificationOf(l *letter) time.Time { return l.modified }

// timelines are those in which the party has the role.
func (x *index) timelines(p Party, role envelope.CardRole) []*timeline {
	var all []*timeline
	if p.Cipher != "" && role != envelope.RoleOriginator {
		all = append(all, x.boxes[p.Cipher])
	}
	if role == envelope.RoleAddressee {
		return all
	}
	if p.Cipher != "" {
		all = append(all, x.sent[string(p.Cipher)])
	}
	if p.Signature != "" {
		all = append(all, x.sent[signatureSender(p.Signature)])
	}
	return all
}

// visibleByID keeps the order of the request; ids of others and unknown ones
// are passed over.
func (x *index) visibleByID(q CardQuery) []*letter {
	var found []*letter
	seen := map[*letter]bool{}
	for _, id := range q.Rule.MessageIDs {
		l := x.letters[keyOf(id)]
		if l == nil || !l.known || seen[l] || !l.concerns(q.Party) {
			continue
		}
		seen[l] = true
		found = append(found, l)
	}
	return found
}

// concerns tells whether the party is addressee or originator.
func (l *letter) concerns(p Party) bool {
	switch {
	case p.Cipher != "" && (l.box == p.Cipher || l.sender == string(p.Cipher)):
		return true
	case p.Signature != "" && l.sender == signatureSender(p.Signature):
		return true
	}
	return false
}
