package transport

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFileReadsBackWhatWasWritten(t *testing.T) {
	for _, size := range []int{0, 1, inMemory - 1, inMemory, inMemory + 1, 3*inMemory + 7} {
		f, err := newSpool(t, SpoolOptions{}).New()
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		for part := range bytes.SplitSeq(want, []byte("9")) { // many small writes
			mustWrite(t, f, part)
		}
		want = bytes.ReplaceAll(want, []byte("9"), nil)
		got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()+5))
		if err != nil || !bytes.Equal(got, want) || f.Size() != int64(len(want)) {
			t.Errorf("%d octets: %d read, size %d, err %v", len(want), len(got), f.Size(), err)
		}
		if n, err := f.ReadAt(make([]byte, 1), f.Size()); n != 0 || err != io.EOF {
			t.Errorf("reading at the end: %d, %v", n, err)
		}
		if _, err := f.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF {
			t.Errorf("reading before the start: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSpoolLeavesNoNameOnDisk(t *testing.T) {
	dir := t.TempDir()
	f, _ := newSpool(t, SpoolOptions{Dir: dir}).New()
	defer f.Close()
	mustWrite(t, f, make([]byte, 2*inMemory))
	if f.disk == nil {
		t.Fatal("large body stayed in memory")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("folder holds %v", left)
	}
}

func TestSpoolRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	left, other := filepath.Join(dir, "spool-123"), filepath.Join(dir, "letter")
	for _, name := range []string{left, other} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newSpool(t, SpoolOptions{Dir: dir})
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("leftover is still there: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("foreign file was removed: %v", err)
	}
}

func TestSpoolRefusesAFileTooLarge(t *testing.T) {
	s := newSpool(t, SpoolOptions{MaxBytes: 10})
	f, _ := s.New()
	mustWrite(t, f, make([]byte, 10))
	if n, err := f.Write([]byte("x")); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %d, %v", n, err)
	}
	if f.Size() != 10 || s.total.Load() != 10 {
		t.Errorf("size %d, in use %d", f.Size(), s.total.Load())
	}
}

func TestSpoolRefusesMoreThanItsRoomAndTakesAgainAfterClose(t *testing.T) {
	s := newSpool(t, SpoolOptions{MaxTotal: 100})
	first, _ := s.New()
	second, _ := s.New()
	mustWrite(t, first, make([]byte, 60))
	if n, err := second.Write(make([]byte, 41)); n != 0 || !errors.Is(err, ErrSpoolFull) {
		t.Fatalf("past the room: %d, %v", n, err)
	}
	mustWrite(t, second, make([]byte, 40))
	for range 2 { // the second time gives nothing back
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.total.Load(); got != 40 {
		t.Errorf("in use after close: %d, want 40", got)
	}
	if got := s.files.Load(); got != 1 {
		t.Errorf("open files: %d, want 1", got)
	}
}

func TestClosedFileTakesAndGivesNothing(t *testing.T) {
	for _, size := range []int{1, 2 * inMemory} {
		s := newSpool(t, SpoolOptions{})
		f, _ := s.New()
		mustWrite(t, f, make([]byte, size))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("write: %v", err)
		}
		if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("read: %v", err)
		}
		if s.total.Load() != 0 {
			t.Errorf("in use: %d", s.total.Load())
		}
	}
}

func TestSpoolReportsADiskThatTakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	s := newSpool(t, SpoolOptions{Dir: dir})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	f, _ := s.New()
	if _, err := f.Write(make([]byte, 2*inMemory)); err == nil || errors.Is(err, ErrSpoolFull) {
		t.Errorf("err = %v, want that of the disk", err)
	}
	if s.total.Load() != 0 {
		t.Errorf("in use: %d", s.total.Load())
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewSpoolDemandsAFolder(t *testing.T) {
	if _, err := NewSpool(SpoolOptions{}); err == nil {
		t.Error("no folder was accepted")
	}
}

func mustWrite(t testing.TB, f *File, p []byte) {
	t.Helper()
	if n, err := f.Write(p); err != nil || n != len(p) {
		t.Fatalf("writing %d octets: %d, %v", len(p), n, err)
	}
}
