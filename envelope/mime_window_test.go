package envelope

import (
	"crypto/sha256"
	"io"
	"strings"
	"testing"
)

func TestScanFindsDelimitersAcrossWindowEnds(t *testing.T) {
	head := letter(related, rootPart, attachment("x", "\x00"))
	at := strings.IndexByte(head, 0)
	tail := head[at+1:]
	// Content that makes the delimiter begin at every place around the end of
	// the first window and of the second.
	for _, edge := range []int{windowSize, 2 * windowSize} {
		for shift := -len(tail) - maxPadding; shift < 8; shift++ {
			n := edge + shift - at
			text := head[:at] + strings.Repeat("x", n-5) + "\r\n--b" + strings.TrimSuffix(tail, "--B--\r\n") + "--B\t\r\n" + attachment("y", "\r\n--BB") + tail
			sum := sha256.New()
			m, err := scanMIME(strings.NewReader(text), int64(len(text)), mimeLimits{}, func(_ *mimeMessage, p *mimePart) io.Writer { return sum })
			if err != nil {
				t.Fatalf("edge %d shift %d: %v", edge, shift, err)
			}
			if m.parts[0].size != int64(n) || content(t, m, m.parts[1]) != "\r\n--BB" {
				t.Fatalf("edge %d shift %d: sizes %d %d, want %d", edge, shift, m.parts[0].size, m.parts[1].size, n)
			}
			want := sha256.Sum256([]byte(text[m.parts[0].offset:m.parts[0].offset+m.parts[0].size] + "\r\n--BB"))
			if [32]byte(sum.Sum(nil)) != want {
				t.Fatalf("edge %d shift %d: other octets visited", edge, shift)
			}
		}
	}
}

func TestScanReadsHeadersAcrossWindowEnds(t *testing.T) {
	for shift := range 200 {
		first := attachment("x", strings.Repeat("x", windowSize-400+shift))
		m := scan(t, letter(related, rootPart, first, "X-A: b\r\n"+attachment("y", "z")))
		if content(t, m, m.parts[1]) != "z" || len(m.parts[1].header) != 1 {
			t.Fatalf("shift %d: %+v", shift, m.parts[1])
		}
	}
}

func TestScanBoundsItsWindow(t *testing.T) {
	text := letter(related, rootPart, attachment("x", strings.Repeat("\r\n--", 1<<20)))
	s := &mimeScanner{
		window:  window{src: strings.NewReader(text), size: int64(len(text))},
		limits:  mimeLimits{}.withDefaults(),
		visit:   func(*mimeMessage, *mimePart) io.Writer { return nil },
		seen:    map[string]bool{},
		message: &mimeMessage{src: strings.NewReader(text)},
	}
	if err := s.scan(); err != nil {
		t.Fatal(err)
	}
	if len(s.buffer) != windowSize {
		t.Errorf("window of %d octets", len(s.buffer))
	}
	// A header that does not fit makes the window grow, to its limit only.
	long := letter(related, rootPart, "X: "+strings.Repeat("y", 3*windowSize)+"\r\n"+attachment("x", strings.Repeat("z", windowSize)))
	if _, err := scanText(long, mimeLimits{maxHeaderBytes: 4 * windowSize}); err != nil {
		t.Error(err)
	}
	refuse(t, long, ErrTooLarge)
}
