package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"poststelle/envelope"
)

// progressFrom is the size from which a transfer gets a bar.
const progressFrom = 1 << 20

// meter shows how far transfers are, if a person is watching.
type meter struct {
	out   io.Writer // nil = nobody is watching
	width int
	now   func() time.Time
	// sending and receiving are words for the two ways.
	sending, receiving string
}

// newMeter watches if standard error is a terminal.
func newMeter(a *app, quiet bool) *meter {
	m := &meter{now: a.Now, sending: a.text("sending", "senden"), receiving: a.text("receiving", "empfangen")}
	file, ok := a.Stderr.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(file.Fd())) {
		return m
	}
	m.out, m.width = file, 80
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 20 {
		m.width = width
	}
	return m
}

// watch gives a parcel that draws a bar while it is written, if it is large.
func (m *meter) watch(p envelope.Parcel) envelope.Parcel {
	if m.out == nil || p.Size() < progressFrom {
		return p
	}
	return &watchedParcel{Parcel: p, meter: m}
}

// watchedParcel is a parcel with a bar.
type watchedParcel struct {
	envelope.Parcel
	meter *meter
}

// WriteTo writes the parcel and draws.
func (p *watchedParcel) WriteTo(w io.Writer) (int64, error) {
	bar := &bar{meter: p.meter, words: p.meter.sending, total: p.Size(), start: p.meter.now()}
	n, err := p.Parcel.WriteTo(io.MultiWriter(w, bar))
	bar.end()
	return n, err
}

// watchAnswer gives a reader that draws a bar while it is read, if there is
// much to read.
func (m *meter) watchAnswer(answer io.Reader, size int64) io.Reader {
	if m.out == nil || size < progressFrom {
		return answer
	}
	return &watchedAnswer{answer, &bar{meter: m, words: m.receiving, total: size, start: m.now()}}
}

// watchedAnswer is an answer with a bar.
type watchedAnswer struct {
	answer io.Reader
	bar    *bar
}

// Read reads and draws; the bar goes with the last octet.
func (w *watchedAnswer) Read(p []byte) (int, error) {
	n, err := w.answer.Read(p)
	w.bar.Write(p[:n])
	if err != nil || w.bar.done >= w.bar.total {
		w.bar.end()
	}
	return n, err
}

// bar counts what is written to it.
type bar struct {
	meter       *meter
	words       string
	total, done int64
	start, last time.Time
}

// Write counts and draws at most ten times a second.
func (b *bar) Write(p []byte) (int, error) {
	b.done += int64(len(p))
	if now := b.meter.now(); now.Sub(b.last) >= 100*time.Millisecond {
		b.last = now
		b.draw(now)
	}
	return len(p), nil
}

// draw writes the bar over the one before.
func (b *bar) draw(now time.Time) {
	share := float64(b.done) / float64(max(b.total, 1))
	text := fmt.Sprintf(" %3.0f %% %s / %s", share*100, sizeText(b.done), sizeText(b.total))
	if seconds := now.Sub(b.start).Seconds(); seconds > 0.2 {
		text += fmt.Sprintf(" %s/s", sizeText(int64(float64(b.done)/seconds)))
	}
	room := min(max(b.meter.width-len([]rune(b.words+text))-4, 10), 40)
	full := min(int(share*float64(room)), room)
	fmt.Fprintf(b.meter.out, "\r%s %s%s%s\x1b[K", b.words, strings.Repeat("█", full), strings.Repeat("░", room-full), text)
}

// end takes the bar away: what is left is said by the command.
func (b *bar) end() { fmt.Fprint(b.meter.out, "\r\x1b[K") }

// sizeText is a size for people.
func sizeText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
