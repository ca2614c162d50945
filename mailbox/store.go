package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// Options make a store. Zero counts and durations have defaults.
type Options struct {
	// JetStream is where everything is kept. Required.
	JetStream jetstream.JetStream
	// Content is the folder of the content files. It is made if it is not
	// there. Required.
	Content string
	// Shards is the number of streams, fixed when the store is made; 0 = 8.
	Shards int
	// Replicas of each stream; 0 = 1.
	Replicas int
	// MaxCards bounds the answer to one card query; 0 = 1000.
	MaxCards int
	// DialogIdle is how long a dialog lives without a request; 0 = 30 min.
	DialogIdle time.Duration
	// SweepEvery is the pause between two sweeps; 0 = 1 h.
	SweepEvery time.Duration
	// Now and Rand are clock and randomness. Required.
	Now        func() time.Time
	Rand       io.Reader
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Store keeps mailboxes. It may be used by many goroutines and, on one broker,
// by many processes.
type Store struct {
	o       Options
	shards  []*shard
	files   *contentFiles
	index   *index
	metrics *metrics
	boxes   jetstream.KeyValue
	dialogs jetstream.KeyValue
	secrets jetstream.KeyValue
}

// New checks the options. It starts nothing.
func New(o Options) (*Store, error) {
	switch {
	case o.JetStream == nil || o.Content == "":
		return nil, errors.New("mailbox: store without broker or content folder")
	case o.Now == nil || o.Rand == nil:
		return nil, errors.New("mailbox: store without clock or randomness")
	}
	defaultTo(&o.Shards, 8)
	defaultTo(&o.Replicas, 1)
	defaultTo(&o.MaxCards, 1000)
	defaultTo(&o.DialogIdle, 30*time.Minute)
	defaultTo(&o.SweepEvery, time.Hour)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Shards < 1 || o.Shards > 64 {
		return nil, fmt.Errorf("mailbox: %d shards", o.Shards)
	}
	s := &Store{o: o, index: newIndex(), files: &contentFiles{dir: o.Content, now: o.Now}}
	s.metrics = newMetrics(o.Registerer, s.index)
	return s, nil
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Start makes streams and buckets or checks the settings of those that are
// there, and builds the index from the streams. After it the store answers.
func (s *Store) Start(ctx context.Context) error {
	if err := os.MkdirAll(s.o.Content, 0o700); err != nil {
		return fmt.Errorf("making the content folder: %w", err)
	}
	if err := s.openBuckets(ctx); err != nil {
		return err
	}
	s.shards = nil
	for n := range s.o.Shards {
		one, err := s.openShard(ctx, n)
		if err != nil {
			return err
		}
		s.shards = append(s.shards, one)
	}
	return s.rebuild(ctx)
}

// rebuild reads all shards side by side.
func (s *Store) rebuild(ctx context.Context) error {
	start := time.Now() // duration of our own work, not a date
	s.index.build()
	group, running := errgroup.WithContext(ctx)
	for _, one := range s.shards {
		group.Go(func() error { return s.replay(running, one) })
	}
	err := group.Wait()
	s.index.built()
	if err != nil {
		return fmt.Errorf("building the index: %w", err)
	}
	letters, waiting := s.index.count()
	s.o.Logger.InfoContext(ctx, "mailboxes are open", "letters", letters, "waiting", waiting, "dur", time.Since(start))
	return nil
}

// Run follows what other nodes write and sweeps what is over, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	for _, one := range s.shards {
		group.Go(func() error { return s.follow(running, one) })
	}
	group.Go(func() error { return s.sweepUntil(running) })
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

func (s *Store) sweepUntil(ctx context.Context) error {
	ticker := time.NewTicker(s.o.SweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if _, err := s.Sweep(ctx); err != nil {
				s.o.Logger.WarnContext(ctx, "sweep not finished", "err", err)
			}
		}
	}
}
