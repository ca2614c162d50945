package mailbox

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// shard is one of the streams. Its number is decided by the message id, so
// that "this id was never used" is a condition within one stream, over all
// mailboxes (docs/decisions/0006).
type shard struct {
	number int
	stream jetstream.Stream
	next   uint64 // the first sequence that follow has not seen; only replay and follow touch it
}

// What a message of a stream is, the last token of its subject.
const (
	whatLetter = "letter" // the delivery itself
	whatFact   = "fact"   // something that happened to it
)

func shardName(n int) string { return fmt.Sprintf("MB_%02d", n) }

// key is the hash of a message id as a NATS token.
type key string

func keyOf(messageID string) key {
	sum := sha256.Sum256([]byte(messageID))
	return key(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])))
}

func (s *Store) shardOf(messageID string) *shard {
	sum := sha256.Sum256([]byte(messageID))
	return s.shards[int(sum[0])%len(s.shards)]
}

func (h *shard) subject(box Address, k key, what string) string {
	return fmt.Sprintf("mb.%02d.%s.%s.%s", h.number, box, k, what)
}

// anything is the filter for all messages about one message id.
func (h *shard) anything(k key) string { return fmt.Sprintf("mb.%02d.*.%s.>", h.number, k) }

// parseSubject takes a subject of a stream apart.
func parseSubject(subject string) (box Address, k key, what string, err error) {
	token := strings.Split(subject, ".")
	if len(token) != 5 || token[0] != "mb" {
		return "", "", "", fmt.Errorf("%w: foreign subject %q", ErrDamaged, subject)
	}
	return Address(token[2]), key(token[3]), token[4], nil
}

func (s *Store) shardConfig(n int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: shardName(n), Description: "letters and what happened to them; made by Poststelle, format 2",
		Subjects: []string{fmt.Sprintf("mb.%02d.>", n)},
		Storage:  jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1, MaxConsumers: 100,
		Replicas: s.o.Replicas, AllowDirect: true, DenyPurge: true,
	}
}

// openShard makes the stream or checks the one that is there.
func (s *Store) openShard(ctx context.Context, n int) (*shard, error) {
	want := s.shardConfig(n)
	stream, err := s.o.JetStream.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = s.o.JetStream.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another node was faster
			stream, err = s.o.JetStream.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening stream %s: %w", want.Name, err)
	}
	if err := sameSettings(stream.CachedInfo().Config, want); err != nil {
		return nil, fmt.Errorf("mailbox: stream %s: %w", want.Name, err)
	}
	return &shard{number: n, stream: stream}, nil
}

// sameSettings refuses a stream that could lose or drop what was acknowledged.
func sameSettings(have, want jetstream.StreamConfig) error {
	for _, one := range []struct {
		name string
		same bool
	}{
		{"storage", have.Storage == want.Storage},
		{"retention", have.Retention == want.Retention},
		{"discard", have.Discard == want.Discard},
		{"subjects", slices.Equal(have.Subjects, want.Subjects)},
		{"max_msgs", have.MaxMsgs == -1},
		{"max_bytes", have.MaxBytes == -1},
		{"max_age", have.MaxAge == 0},
		{"max_msgs_per_subject", have.MaxMsgsPerSubject <= 0},
		{"num_replicas", have.Replicas >= want.Replicas},
		{"allow_direct", have.AllowDirect},
		{"no_ack", !have.NoAck},
		{"sealed", !have.Sealed},
	} {
		if !one.same {
			return fmt.Errorf("setting %s is not what it must be", one.name)
		}
	}
	return nil
}
