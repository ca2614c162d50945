package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// orphanAge is how old a content file without a letter must be to be swept:
// far longer than any Put takes.
const orphanAge = 24 * time.Hour

// Swept says what a sweep did.
type Swept struct {
	Letters int // whose content was deleted
	Files   int // content files removed
}

// Sweep deletes the content of letters that were confirmed longer ago than
// their mailbox keeps them, then content files that no letter needs. Cards
// stay, and a message id stays used.
func (s *Store) Sweep(ctx context.Context) (Swept, error) {
	var done Swept
	due, err := s.due(ctx)
	if err != nil {
		return done, err
	}
	for _, l := range due {
		if err := s.purge(ctx, l); err != nil {
			return done, err
		}
		done.Letters++
	}
	done.Files, err = s.sweepFiles(ctx)
	return done, err
}

// dueLetter is what a purge needs to know.
type dueLetter struct {
	key    key
	seq    uint64
	marked bool // the fact is there already
	sender string
	glance
}

func (s *Store) due(ctx context.Context) ([]dueLetter, error) {
	boxes, err := s.Boxes(ctx)
	if err != nil {
		return nil, err
	}
	var due []dueLetter
	s.index.mu.RLock()
	defer s.index.mu.RUnlock()
	for _, box := range boxes {
		if box.Rules.Retention == 0 {
			continue
		}
		limit := s.o.Now().Add(-box.Rules.Retention)
		for _, l := range s.index.boxes[box.Address].since(time.Time{}) {
			over := !l.purged && !l.received.IsZero() && l.received.Before(limit)
			if over || l.purged && l.seq != 0 { // the latter: a crash came before the deletion
				due = append(due, dueLetter{key: l.key, seq: l.seq, marked: l.purged, sender: l.sender, glance: l.glance()})
			}
		}
	}
	return due, nil
}

// purge says first that the content is going, then deletes it: what a crash
// between leaves, the next sweep finds marked and deletes.
func (s *Store) purge(ctx context.Context, l dueLetter) error {
	card, err := l.card()
	if err != nil {
		return err
	}
	id := card.MessageID
	if !l.marked {
		rest, err := newSummary(card, l.size, l.sender, nil)
		if err != nil {
			return err
		}
		fact := storedFact{Kind: factPurged, At: s.o.Now(), Body: rest.line()}
		if err := s.publishFact(ctx, id, l.box, fact); err != nil {
			return err
		}
	}
	err = s.shardOf(id).stream.SecureDeleteMsg(ctx, l.seq)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("deleting the content of %s: %w", id, err)
	}
	s.index.erased(l.key)
	return nil
}

// sweepFiles removes content files that no letter needs.
func (s *Store) sweepFiles(ctx context.Context) (int, error) {
	removed := 0
	limit := s.o.Now().Add(-orphanAge)
	err := filepath.WalkDir(s.o.Content, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if s.index.needed(d.Name()) {
			return nil
		}
		gone, err := s.files.removeIfOld(path, limit)
		if gone {
			removed++
		}
		return err
	})
	if err != nil {
		return removed, fmt.Errorf("sweeping content files: %w", err)
	}
	return removed, nil
}
