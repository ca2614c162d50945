package mailbox

import (
	"encoding/json"
	"fmt"
	"time"

	"poststelle/envelope"
)

// Headers of messages. They hold all that the index needs, so that it is built
// from headers alone, without reading any content.
const (
	headerSummary = "Poststelle-Summary"
	headerFact    = "Poststelle-Fact"
)

// summary is the index's view of a delivery, in the header of its message.
type summary struct {
	Version int                  `json:"v"`
	Card    envelope.ProcessCard `json:"card"`
	Size    int64                `json:"size"`
	Sender  string               `json:"sender,omitempty"`
	Files   []string             `json:"files,omitempty"`
}

// storedFact is a fact in the header of its message. Exactly one of the
// pointers or the list is set.
type storedFact struct {
	Version     int                   `json:"v"`
	At          time.Time             `json:"at"`
	Forwarding  *envelope.Timestamp   `json:"forwarding,omitempty"`
	Reception   *envelope.Timestamp   `json:"reception,omitempty"`
	Inspections []envelope.Inspection `json:"inspections,omitempty"`
	// Purged says that the content was deleted; it keeps the whole card.
	Purged *summary `json:"purged,omitempty"`
}

const formatVersion = 1

func encodeHeader(v any) (string, error) {
	octets, err := json.Marshal(v) // JSON escapes line ends, so it fits a header line
	if err != nil {
		return "", fmt.Errorf("writing a header: %w", err)
	}
	return string(octets), nil
}

// index applies a message's headers to the index.
func (s *Store) indexMessage(subject string, shardNumber int, seq uint64, header map[string][]string) error {
	box, k, what, err := parseSubject(subject)
	if err != nil {
		return err
	}
	first := func(name string) []byte {
		if values := header[name]; len(values) > 0 {
			return []byte(values[0])
		}
		return nil
	}
	switch what {
	case whatLetter:
		var one summary
		if err := json.Unmarshal(first(headerSummary), &one); err != nil {
			return fmt.Errorf("%w: summary of %s: %w", ErrDamaged, subject, err)
		}
		if one.Version != formatVersion || one.Card.Creation == nil {
			return fmt.Errorf("%w: summary of %s has version %d", ErrDamaged, subject, one.Version)
		}
		s.index.addLetter(box, k, shardNumber, seq, one)
	case whatFact:
		var one storedFact
		if err := json.Unmarshal(first(headerFact), &one); err != nil {
			return fmt.Errorf("%w: fact %s: %w", ErrDamaged, subject, err)
		}
		s.index.addFact(box, k, shardNumber, seq, one)
	default:
		return fmt.Errorf("%w: subject %s", ErrDamaged, subject)
	}
	return nil
}
