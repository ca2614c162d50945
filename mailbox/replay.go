package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// headersFrom reads the headers of a shard from a sequence on. The consumer is
// ephemeral: nothing of it is kept, for nothing of the index is.
func headersFrom(ctx context.Context, h *shard, seq uint64) (jetstream.Consumer, error) {
	config := jetstream.OrderedConsumerConfig{
		HeadersOnly: true, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(seq, 1),
	}
	consumer, err := h.stream.OrderedConsumer(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", shardName(h.number), err)
	}
	return consumer, nil
}

// replay brings the index up to the end of a shard.
func (s *Store) replay(ctx context.Context, h *shard) error {
	info, err := h.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("asking %s: %w", shardName(h.number), err)
	}
	h.next = info.State.LastSeq + 1
	if info.State.Msgs == 0 {
		return nil
	}
	consumer, err := headersFrom(ctx, h, info.State.FirstSeq)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(2000))
	if err != nil {
		return fmt.Errorf("reading %s: %w", shardName(h.number), err)
	}
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("reading %s: %w", shardName(h.number), err)
		}
		meta, err := s.take(ctx, h, message)
		if err != nil {
			return err
		}
		if meta.NumPending == 0 || meta.Sequence.Stream >= info.State.LastSeq {
			return nil
		}
	}
}

// take indexes one message. A damaged one is told, counted and passed over: it
// must not keep the others from their readers.
func (s *Store) take(ctx context.Context, h *shard, message jetstream.Msg) (*jetstream.MsgMetadata, error) {
	meta, err := message.Metadata()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", shardName(h.number), err)
	}
	if err := s.indexMessage(ctx, h, message.Subject(), meta.Sequence.Stream, message.Headers()); errors.Is(err, ErrDamaged) {
		s.metrics.damaged.Inc()
		s.o.Logger.ErrorContext(ctx, "stored message is damaged", "err", err, "seq", meta.Sequence.Stream)
	} else if err != nil {
		return nil, err
	}
	return meta, nil
}

// follow takes what other nodes write, until ctx ends. What is our own is in
// the index already and changes nothing.
func (s *Store) follow(ctx context.Context, h *shard) error {
	for ctx.Err() == nil {
		err := s.followOnce(ctx, h)
		if ctx.Err() != nil {
			return nil
		}
		s.o.Logger.WarnContext(ctx, "following a stream was interrupted", "err", err)
		pause := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	return nil
}

func (s *Store) followOnce(ctx context.Context, h *shard) error {
	consumer, err := headersFrom(ctx, h, h.next)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			continue // the broker is away; the ordered consumer comes back
		}
		if err != nil {
			return err
		}
		meta, err := s.take(ctx, h, message)
		if err != nil {
			return err
		}
		h.next = meta.Sequence.Stream + 1
	}
}
