package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"poststelle/envelope"
)

// wrongSequence is the broker's code for "there is something there already".
const wrongSequence jetstream.ErrorCode = 10071

// Put takes a delivery. A nil error means that it is durable and that its
// message id is used for ever, in all mailboxes; ErrIDUsed that the id was
// used before, and nothing has changed. The steps (docs/architecture.md):
//
//  1. pieces over 256 KiB become content files: written, synced, renamed, the
//     folder synced;
//  2. one publish of the record, on the condition that there is nothing yet
//     about this message id; the broker acknowledges after its sync;
//  3. the index learns it.
//
// Any other error is trouble: the publish may or may not have been kept, which
// the card of the message id tells later.
func (s *Store) Put(ctx context.Context, d *envelope.Delivery) (envelope.ProcessCard, error) {
	if d.MessageID == "" || d.Addressee == nil {
		return envelope.ProcessCard{}, errors.New("mailbox: delivery without message id or addressee")
	}
	defer s.metrics.time("put", time.Now())
	record, h, err := compose(d, s.files)
	if err != nil {
		return envelope.ProcessCard{}, fmt.Errorf("composing delivery %s: %w", d.MessageID, err)
	}
	one, err := h.summary()
	if err != nil {
		return envelope.ProcessCard{}, fmt.Errorf("composing delivery %s: %w", d.MessageID, err)
	}
	text, _ := headerText(one.line()) // a long one is made from the record again
	shard, k, box := s.shardOf(d.MessageID), keyOf(d.MessageID), AddressOf(d.Addressee)
	message := &nats.Msg{
		Subject: shard.subject(box, k, whatLetter), Data: record,
		Header: nats.Header{headerSummary: {text}},
	}
	ack, err := s.o.JetStream.PublishMsg(ctx, message, jetstream.WithExpectLastSequenceForSubject(0, shard.anything(k)))
	if isTaken(err) {
		return envelope.ProcessCard{}, ErrIDUsed
	}
	if err != nil {
		return envelope.ProcessCard{}, fmt.Errorf("storing delivery %s: %w", d.MessageID, err)
	}
	s.index.addLetter(box, k, shard.number, ack.Sequence, one)
	s.metrics.stored.Inc()
	s.metrics.storedBytes.Add(float64(one.Size))
	return h.card(), nil
}

func isTaken(err error) bool {
	var said *jetstream.APIError
	return errors.As(err, &said) && said.ErrorCode == wrongSequence
}

// Record takes something that happened to a letter; ErrNoCard if there is no
// such letter. A second Reception changes nothing, nor does a hand-out after
// the Reception (dossier §10.3).
func (s *Store) Record(ctx context.Context, messageID string, f Fact) (envelope.ProcessCard, error) {
	k := keyOf(messageID)
	before, found := s.index.look(k)
	if !found {
		return envelope.ProcessCard{}, ErrNoCard
	}
	if before.received && f.Inspections == nil {
		return before.card()
	}
	one, err := newFact(f, s.o.Now())
	if err != nil {
		return envelope.ProcessCard{}, err
	}
	if err := s.publishFact(ctx, messageID, before.box, one); err != nil {
		return envelope.ProcessCard{}, err
	}
	after, _ := s.index.look(k)
	return after.card()
}

func (s *Store) publishFact(ctx context.Context, messageID string, box Address, f storedFact) error {
	text, long := headerText(f.line())
	shard, k := s.shardOf(messageID), keyOf(messageID)
	ack, err := s.o.JetStream.PublishMsg(ctx, &nats.Msg{
		Subject: shard.subject(box, k, whatFact), Data: long, Header: nats.Header{headerFact: {text}},
	})
	if err != nil {
		return fmt.Errorf("recording a fact of %s: %w", messageID, err)
	}
	s.metrics.facts.WithLabelValues(f.Kind).Inc()
	return s.index.addFact(box, k, shard.number, ack.Sequence, f)
}
