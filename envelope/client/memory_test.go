package client_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"poststelle/envelope"
)

// zeroes is freight that costs no memory.
type zeroes int64

func (z zeroes) Size() int64 { return int64(z) }
func (z zeroes) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(nothing{}, int64(z))), nil
}

type nothing struct{}

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// onDisk is a scratch file in a folder.
type onDisk struct {
	*os.File
	size int64
}

func (f *onDisk) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.size += int64(n)
	return n, err
}
func (f *onDisk) Size() int64 { return f.size }

func diskScratch(t *testing.T) envelope.Scratch {
	var n atomic.Int64
	dir := t.TempDir()
	return func() (envelope.ScratchFile, error) {
		f, err := os.OpenFile(filepath.Join(dir, strconv.FormatInt(n.Add(1), 10)), os.O_CREATE|os.O_RDWR, 0o600)
		return &onDisk{File: f}, err
	}
}

// TestStoreHoldsNoLetterInMemory stores 64 MiB while the heap is watched.
func TestStoreHoldsNoLetterInMemory(t *testing.T) {
	s := newSet(t)
	s.options.Scratch = diskScratch(t)
	s.options.Post = s.postOnDisk
	letter := s.letter()
	letter.Content.Files[0].Freight = zeroes(64 << 20)
	c := s.client(t)
	runtime.GC()
	peak := watchHeap(func() {
		answer, err := c.Store(context.Background(), letter)
		if err != nil {
			t.Error(err)
			return
		}
		answer.Close()
	})
	if peak > 24<<20 {
		t.Errorf("heap grew by %d MiB for a letter of 64 MiB", peak>>20)
	}
}

// postOnDisk posts a large letter without holding it in memory either.
func (s *set) postOnDisk(ctx context.Context, p envelope.Parcel) (envelope.Sealed, error) {
	if p.Size() < 1<<20 {
		return s.office.post(ctx, p)
	}
	file, err := s.options.Scratch()
	if err != nil {
		return envelope.Sealed{}, err
	}
	if _, err := p.WriteTo(file); err != nil {
		return envelope.Sealed{}, err
	}
	s.office.opener.Scratch = s.options.Scratch
	m, err := s.office.opener.Open(ctx, envelope.Sealed{Body: file})
	if err != nil {
		return envelope.Sealed{}, err
	}
	defer m.Close()
	answer, err := s.office.answer(m)
	if err != nil {
		return envelope.Sealed{}, err
	}
	body := &memory{}
	_, err = answer.WriteTo(body)
	return envelope.Sealed{Body: body}, err
}

// watchHeap gives by how much the heap grew at most while work ran.
func watchHeap(work func()) int64 {
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	peak := int64(0)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return peak
		case <-tick.C:
			runtime.ReadMemStats(&now)
			peak = max(peak, int64(now.HeapAlloc)-int64(before.HeapAlloc))
		}
	}
}
