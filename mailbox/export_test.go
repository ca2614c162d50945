package mailbox

// Changed gives a channel that the next change of the index closes.
func (s *Store) Changed() <-chan struct{} { return s.index.watch() }

// DamagedLine spoils a header of each kind at every place and tells how many
// were taken for good.
func DamagedLine() (taken int) {
	letter, fact := (&summary{Card: "{}", Sender: "s", Files: []string{"a", "b"}}).line(), (&storedFact{Kind: factReception, Body: "{}"}).line()
	for i := range letter {
		if _, err := parseSummary(letter[:i] + string(rune(letter[i]^1)) + letter[i+1:]); err == nil {
			taken++
		}
		if _, err := parseSummary(letter[:i]); err == nil {
			taken++
		}
	}
	for i := range fact {
		if _, err := parseFact(fact[:i] + string(rune(fact[i]^1)) + fact[i+1:]); err == nil {
			taken++
		}
	}
	return taken
}
