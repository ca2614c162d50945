package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
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

// summary is the index's view of a delivery, in the header of its message. The
// card stays JSON until somebody asks for it: an index of a hundred thousand
// letters is built without decoding one.
type summary struct {
	Created, Modified time.Time
	Received          time.Time // zero = nobody confirmed it
	Size              int64
	Sender            string
	Files             []string
	Card              string // JSON of an envelope.ProcessCard
}

// storedFact is a fact in the header of its message.
type storedFact struct {
	Kind  string
	At    time.Time // when it was recorded
	Stamp time.Time // the moment of a hand-out or reception; zero for others
	Body  string    // JSON of factBody; of a purge, the line of its summary
}

// Kinds of facts.
const (
	factForwarding = "forwarding"
	factReception  = "reception"
	factInspection = "inspection"
	factPurged     = "purged" // the content was deleted; the whole card is kept
)

// factBody is what a fact adds to the card. Exactly one field is set.
type factBody struct {
	Forwarding  *envelope.Timestamp   `json:"forwarding,omitempty"`
	Reception   *envelope.Timestamp   `json:"reception,omitempty"`
	Inspections []envelope.Inspection `json:"inspections,omitempty"`
}

// newFact makes what is stored of something that happened.
func newFact(f Fact, at time.Time) (storedFact, error) {
	body, err := json.Marshal(factBody(f))
	one := storedFact{Kind: factInspection, At: at, Body: string(body)}
	switch {
	case f.Forwarding != nil:
		one.Kind, one.Stamp = factForwarding, f.Forwarding.At
	case f.Reception != nil:
		one.Kind, one.Stamp = factReception, f.Reception.At
	}
	if err != nil {
		return one, fmt.Errorf("writing a fact: %w", err)
	}
	return one, nil
}

// newSummary makes the summary of a card.
func newSummary(card envelope.ProcessCard, size int64, sender string, files []string) (summary, error) {
	text, err := json.Marshal(card)
	if err != nil {
		return summary{}, fmt.Errorf("writing a card: %w", err)
	}
	one := summary{
		Created: card.Creation.At, Modified: card.RecentModification,
		Size: size, Sender: sender, Files: files, Card: string(text),
	}
	if card.Reception != nil {
		one.Received = card.Reception.At
	}
	return one, nil
}

// headerLimit is what a header may have before its text goes into the message's
// data: the broker takes 64 KiB of headers. elsewhere then stands in its place.
const (
	headerLimit = 48 << 10
	elsewhere   = "data"
)

// headerText gives a line for a header; a long one is given apart.
func headerText(line string) (text string, long []byte) {
	if len(line) > headerLimit {
		return elsewhere, []byte(line)
	}
	return line, nil
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
		return s.index.addFact(box, k, h.number, seq, one)
	default:
		return fmt.Errorf("%w: subject %s", ErrDamaged, subject)
	}
	return nil
}

func readSummary(ctx context.Context, h *shard, seq uint64, text string) (summary, error) {
	if text != elsewhere {
		return parseSummary(text)
	}
	record, err := h.data(ctx, seq)
	if err != nil {
		return summary{}, err
	}
	from, _, err := openRecord(record)
	if err != nil {
		return summary{}, err
	}
	return from.summary()
}

func readFact(ctx context.Context, h *shard, seq uint64, text string) (storedFact, error) {
	if text == elsewhere {
		octets, err := h.data(ctx, seq)
		if err != nil {
			return storedFact{}, err
		}
		text = string(octets)
	}
	return parseFact(strings.Clone(text))
}

func (h *shard) data(ctx context.Context, seq uint64) ([]byte, error) {
	message, err := h.stream.GetMsg(ctx, seq)
	if err != nil {
		return nil, fmt.Errorf("reading message %d: %w", seq, err)
	}
	return message.Data, nil
}

// summary makes from a record what its header says of it.
func (h *head) summary() (summary, error) {
	d := &envelope.Delivery{
		OriginatorCipher: certificate(h.OriginatorCipher), OriginatorSignature: certificate(h.OriginatorSign),
	}
	return newSummary(h.card(), h.size(), senderOf(d), h.fileSums())
}

// card is the card as it begins.
func (h *head) card() envelope.ProcessCard {
	creation := h.Creation
	return envelope.ProcessCard{
		MessageID: h.MessageID, RecentModification: creation.At, Creation: &creation,
		Subject: h.Subject, Inspections: h.Inspections,
	}
}
