package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

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

// headerLimit is what a header may have before its text goes into the message's
// data: the broker takes 64 KiB of headers. elsewhere then stands in its place.
const (
	headerLimit = 48 << 10
	elsewhere   = "data"
)

// encodeHeader writes a value for a header; long ones are given apart.
func encodeHeader(v any) (text string, long []byte, err error) {
	octets, err := json.Marshal(v) // JSON escapes line ends, so it fits a header line
	if err != nil {
		return "", nil, fmt.Errorf("writing a header: %w", err)
	}
	if len(octets) > headerLimit {
		return elsewhere, octets, nil
	}
	return string(octets), nil, nil
}

// indexMessage applies a message to the index: its headers, and its data where
// the headers say so.
func (s *Store) indexMessage(ctx context.Context, h *shard, subject string, seq uint64, header nats.Header) error {
	box, k, what, err := parseSubject(subject)
	if err != nil {
		return err
	}
	switch what {
	case whatLetter:
		one, err := readSummary(ctx, h, seq, header.Get(headerSummary))
		if err != nil {
			return fmt.Errorf("summary of %s: %w", subject, err)
		}
		s.index.addLetter(box, k, h.number, seq, one)
	case whatFact:
		one, err := readFact(ctx, h, seq, header.Get(headerFact))
		if err != nil {
			return fmt.Errorf("fact %s: %w", subject, err)
		}
		s.index.addFact(box, k, h.number, seq, one)
	default:
		return fmt.Errorf("%w: subject %s", ErrDamaged, subject)
	}
	return nil
}

func readSummary(ctx context.Context, h *shard, seq uint64, text string) (summary, error) {
	var one summary
	if text == elsewhere {
		record, err := h.data(ctx, seq)
		if err != nil {
			return one, err
		}
		from, _, err := openRecord(record)
		if err != nil {
			return one, err
		}
		return from.summary(), nil
	}
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		return one, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if one.Version != formatVersion || one.Card.Creation == nil {
		return one, fmt.Errorf("%w: version %d", ErrDamaged, one.Version)
	}
	return one, nil
}

func readFact(ctx context.Context, h *shard, seq uint64, text string) (storedFact, error) {
	var one storedFact
	octets := []byte(text)
	if text == elsewhere {
		var err error
		if octets, err = h.data(ctx, seq); err != nil {
			return one, err
		}
	}
	if err := json.Unmarshal(octets, &one); err != nil {
		return one, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if one.Version != formatVersion {
		return one, fmt.Errorf("%w: version %d", ErrDamaged, one.Version)
	}
	return one, nil
}

func (h *shard) data(ctx context.Context, seq uint64) ([]byte, error) {
	message, err := h.stream.GetMsg(ctx, seq)
	if err != nil {
		return nil, fmt.Errorf("reading message %d: %w", seq, err)
	}
	return message.Data, nil
}

// summary makes from a record what its header says of it.
func (h *head) summary() summary {
	d := &envelope.Delivery{
		MessageID: h.MessageID, Subject: h.Subject, Creation: h.Creation, Inspections: h.Inspections,
		OriginatorCipher: certificate(h.OriginatorCipher), OriginatorSignature: certificate(h.OriginatorSign),
	}
	return summary{Version: formatVersion, Card: newCard(d), Size: h.size(), Sender: senderOf(d), Files: h.fileSums()}
}
