package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// openBuckets makes the key-value buckets or checks those that are there.
func (s *Store) openBuckets(ctx context.Context) error {
	for _, one := range []struct {
		to   *jetstream.KeyValue
		name string
		ttl  time.Duration
	}{
		{&s.boxes, "BOXES", 0},
		{&s.dialogs, "DIALOGS", s.o.DialogIdle},
		{&s.secrets, "SECRETS", 0},
	} {
		bucket, err := s.openBucket(ctx, one.name, one.ttl)
		if err != nil {
			return err
		}
		*one.to = bucket
	}
	return nil
}

func (s *Store) openBucket(ctx context.Context, name string, ttl time.Duration) (jetstream.KeyValue, error) {
	want := jetstream.KeyValueConfig{
		Bucket: name, History: 1, TTL: ttl, Storage: jetstream.FileStorage, Replicas: s.o.Replicas,
	}
	bucket, err := s.o.JetStream.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = s.o.JetStream.CreateKeyValue(ctx, want)
		if errors.Is(err, jetstream.ErrBucketExists) { // another node was faster
			bucket, err = s.o.JetStream.KeyValue(ctx, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening bucket %s: %w", name, err)
	}
	stream, err := s.o.JetStream.Stream(ctx, "KV_"+name)
	if err != nil {
		return nil, fmt.Errorf("asking bucket %s: %w", name, err)
	}
	config := stream.CachedInfo().Config
	if config.Storage != jetstream.FileStorage || config.Replicas < s.o.Replicas || config.MaxAge != 0 && ttl == 0 {
		return nil, fmt.Errorf("mailbox: bucket %s has other settings than it must have", name)
	}
	if config.MaxAge == ttl {
		return bucket, nil
	}
	want.Replicas = config.Replicas // only the time to live is the operator's to change
	if bucket, err = s.o.JetStream.UpdateKeyValue(ctx, want); err != nil {
		return nil, fmt.Errorf("changing bucket %s: %w", name, err)
	}
	return bucket, nil
}

// dialogKey is the key of a dialog: ids come from requests, and no text of a
// user gets into a subject.
func dialogKey(id string) string { return string(keyOf(id)) }

// Dialog gives the state of a dialog and its revision; ErrNoDialog if it is
// unknown, ended or expired.
func (s *Store) Dialog(ctx context.Context, id string) (state []byte, revision uint64, err error) {
	entry, err := s.dialogs.Get(ctx, dialogKey(id))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, ErrNoDialog
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading dialog: %w", err)
	}
	return entry.Value(), entry.Revision(), nil
}

// SaveDialog makes a dialog (revision 0) or advances it from the revision that
// was read; ErrDialogMoved if somebody else did so meanwhile.
func (s *Store) SaveDialog(ctx context.Context, id string, state []byte, revision uint64) (uint64, error) {
	var err error
	if revision == 0 {
		revision, err = s.dialogs.Create(ctx, dialogKey(id), state)
	} else {
		revision, err = s.dialogs.Update(ctx, dialogKey(id), state, revision)
	}
	if errors.Is(err, jetstream.ErrKeyExists) || isTaken(err) {
		return 0, ErrDialogMoved
	}
	if err != nil {
		return 0, fmt.Errorf("saving dialog: %w", err)
	}
	return revision, nil
}

// EndDialog forgets a dialog; one that is unknown is forgotten already.
func (s *Store) EndDialog(ctx context.Context, id string) error {
	if err := s.dialogs.Purge(ctx, dialogKey(id)); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("ending dialog: %w", err)
	}
	return nil
}

// Secret gives 32 octets that are made once and then the same for ever, for
// all nodes on the broker.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	if _, err := io.ReadFull(s.o.Rand, fresh); err != nil {
		return nil, fmt.Errorf("making a secret: %w", err)
	}
	if _, err := s.secrets.Create(ctx, name, fresh); err == nil {
		return fresh, nil
	} else if !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, fmt.Errorf("keeping a secret: %w", err)
	}
	entry, err := s.secrets.Get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("reading a secret: %w", err)
	}
	if len(entry.Value()) != len(fresh) {
		return nil, fmt.Errorf("%w: secret %s", ErrDamaged, name)
	}
	return entry.Value(), nil
}
