package mailbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"poststelle/envelope"
)

// Select finds one letter of a mailbox (see Query). more tells whether further
// letters fit the same query. ErrNoDelivery if none fits.
func (s *Store) Select(_ context.Context, q Query) (e Entry, more bool, err error) {
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	if q.MessageID != "" {
		l := s.index.letters[keyOf(q.MessageID)]
		if l == nil || !l.known || l.purged || l.box != q.Mailbox {
			return Entry{}, false, ErrNoDelivery
		}
		return l.entry(), false, nil
	}
	fit := s.index.waiting[q.Mailbox].since(q.Since)
	if len(fit) == 0 {
		return Entry{}, false, ErrNoDelivery
	}
	return fit[0].entry(), len(fit) > 1, nil
}

func (l *letter) entry() Entry { return Entry{Mailbox: l.box, Card: l.card, Size: l.size} }

// card gives the card of a letter that is known.
func (x *index) card(k key) (envelope.ProcessCard, Address, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l := x.letters[k]
	if l == nil || !l.known {
		return envelope.ProcessCard{}, "", false
	}
	return l.card, l.box, true
}

// Take reads a letter of the mailbox. What is not octet for octet what was put
// in gives ErrDamaged, of large parts at the end of reading them.
func (s *Store) Take(ctx context.Context, box Address, messageID string) (*envelope.Delivery, error) {
	if !box.valid() {
		return nil, ErrNoDelivery
	}
	shard, k := s.shardOf(messageID), keyOf(messageID)
	message, err := shard.stream.GetLastMsgForSubject(ctx, shard.subject(box, k, whatLetter))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		if s.index.holds(box, k) {
			s.metrics.damaged.Inc()
			return nil, fmt.Errorf("%w: %s is gone from its stream", ErrDamaged, messageID)
		}
		return nil, ErrNoDelivery
	}
	if err != nil {
		return nil, fmt.Errorf("reading delivery %s: %w", messageID, err)
	}
	d, err := readRecord(message.Data, s.files)
	if err == nil && d.MessageID != messageID {
		err = fmt.Errorf("%w: record of another letter", ErrDamaged)
	}
	if errors.Is(err, ErrDamaged) {
		s.metrics.damaged.Inc()
		s.o.Logger.ErrorContext(ctx, "stored letter is damaged", "msg_id", messageID, "err", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading delivery %s: %w", messageID, err)
	}
	return d, nil
}

// holds tells whether the letter should be there.
func (x *index) holds(box Address, k key) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l := x.letters[k]
	return l != nil && l.known && !l.purged && l.box == box
}
