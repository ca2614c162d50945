package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// blob is a parcel of zeroes.
type blob int64

func (b blob) Size() int64 { return int64(b) }
func (b blob) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(struct{ io.Writer }{w}, bytes.NewReader(make([]byte, b)))
}
func (b blob) Close() error { return nil }

func TestBarShowsLargeTransfersOnly(t *testing.T) {
	var screen bytes.Buffer
	clock := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	m := &meter{out: &screen, width: 80, sending: "sending", receiving: "receiving", now: func() time.Time { clock = clock.Add(50 * time.Millisecond); return clock }}
	if _, err := m.watch(blob(progressFrom - 1)).WriteTo(io.Discard); err != nil || screen.Len() > 0 {
		t.Errorf("a small transfer draws %q, error %v", screen.String(), err)
	}
	n, err := m.watch(blob(3 << 20)).WriteTo(io.Discard)
	if err != nil || n != 3<<20 {
		t.Fatalf("%d octets, error %v", n, err)
	}
	if text := screen.String(); !strings.Contains(text, "3.1 MB") || !strings.Contains(text, "█") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("screen %q", text)
	}
	for _, line := range strings.Split(screen.String(), "\r") {
		if n := len([]rune(strings.TrimSuffix(line, "\x1b[K"))); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

func TestBarShowsAnswersToo(t *testing.T) {
	var screen bytes.Buffer
	clock := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	m := &meter{out: &screen, width: 80, receiving: "receiving", now: func() time.Time { clock = clock.Add(50 * time.Millisecond); return clock }}
	small := strings.NewReader("x")
	if m.watchAnswer(small, 1) != io.Reader(small) || m.watchAnswer(small, -1) != io.Reader(small) {
		t.Error("a small answer, or one of unknown size, is watched")
	}
	n, err := io.Copy(io.Discard, m.watchAnswer(bytes.NewReader(make([]byte, 2<<20)), 2<<20))
	if err != nil || n != 2<<20 || !strings.Contains(screen.String(), "receiving █") || !strings.HasSuffix(screen.String(), "\r\x1b[K") {
		t.Errorf("%d octets, error %v, screen %q", n, err, screen.String())
	}
}

func TestNobodyWatchingNoBar(t *testing.T) {
	m := newMeter(&app{Stderr: &bytes.Buffer{}, Now: time.Now}, false)
	p := blob(3 << 20)
	if m.watch(p) != p {
		t.Error("a bar without a terminal")
	}
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 2_500_000: "2.5 MB", 3_210_000_000: "3.21 GB"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
