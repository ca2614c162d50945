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
	found, more, err := s.index.find(q)
	if err != nil {
		return Entry{}, false, err
	}
	card, err := found.card()
	return Entry{Mailbox: found.box, Card: card, Size: found.size}, more, err
}

// glance is a copy of what the index knows of a letter.
type glance struct {
	story
	box      Address
	size     int64
	received bool
}

func (l *letter) glance() glance {
	return glance{story: l.story.copy(), box: l.box, size: l.size, received: !l.received.IsZero()}
}

func (x *index) find(q Query) (g glance, more bool, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if q.MessageID != "" {
		l := x.letters[keyOf(q.MessageID)]
		if l == nil || !l.known || l.purged || l.box != q.Mailbox {
			return glance{}, false, ErrNoDelivery
		}
		return l.glance(), false, nil
	}
	fit := x.waiting[q.Mailbox].since(q.Since)
	if len(fit) == 0 {
		return glance{}, false, ErrNoDelivery
	}
	return fit[0].glance(), len(fit) > 1, nil
}

// look finds a letter that is known, in whatever mailbox.
func (x *index) look(k key) (glance, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l := x.letters[k]
	if l == nil || !l.known {
		return glance{}, false
	}
	return l.glance(), true
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
