package envelope

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// windowSize is how much of the source is looked at at a time: large
	// enough that a read costs little, small enough to stay in the cache.
	windowSize = 256 << 10
	// maxPadding is how many blanks may follow a delimiter on its line
	// (RFC 2046, 5.1.1); nobody writes any.
	maxPadding = 64
	// maxEpilogue is how much white space may follow the closing delimiter.
	maxEpilogue = 1024
)

// window is a moving view on the source. What is before pos is done with.
type window struct {
	src  io.ReaderAt
	size int64
	// buffer[pos:end] are the octets in view; base is the place of buffer[0].
	buffer   []byte
	pos, end int
	base     int64
	// bodyEnd is where the last body ended.
	bodyEnd int64
}

func (w *window) view() []byte { return w.buffer[w.pos:w.end] }

// offset is the place of the next octet in the source.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// left is how many octets there are from here to the end of the source.
func (w *window) left() int64 { return w.size - w.offset() }

// complete says that the view reaches to the end of the source.
func (w *window) complete() bool { return w.base+int64(w.end) >= w.size }

// more lengthens the view. The buffer grows only while nothing in it can be
// given up, which header limits and the length of a delimiter bound.
func (w *window) more() error {
	if w.buffer == nil {
		w.buffer = make([]byte, min(windowSize, w.size))
	}
	if w.pos > 0 {
		copy(w.buffer, w.buffer[w.pos:w.end])
		w.base += int64(w.pos)
		w.end -= w.pos
		w.pos = 0
	}
	if w.end == len(w.buffer) {
		w.buffer = append(w.buffer, make([]byte, len(w.buffer))...)
	}
	want := w.buffer[w.end:]
	if rest := w.size - w.base - int64(w.end); int64(len(want)) > rest {
		want = want[:rest]
	}
	n, err := w.src.ReadAt(want, w.base+int64(w.end))
	w.end += n
	if n < len(want) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading message at %d: %w", w.base+int64(w.end), err)
	}
	return nil
}

// ensure makes at least n octets visible, or all that there are.
func (w *window) ensure(n int) error {
	for w.end-w.pos < n && !w.complete() {
		if err := w.more(); err != nil {
			return err
		}
	}
	return nil
}

// pass hands the next n octets to out, if there is one.
func (w *window) pass(out io.Writer, n int) error {
	if out != nil && n > 0 {
		if _, err := out.Write(w.buffer[w.pos : w.pos+n]); err != nil {
			return err
		}
	}
	w.pos += n
	return nil
}

// body hands the octets up to the next delimiter line to out and stands
// behind that line afterwards.
func (s *mimeScanner) body(out io.Writer, limit int64) (closing bool, err error) {
	start := s.offset()
	s.bodyEnd = start
	// The line break that ends the header also opens the delimiter of a part
	// without a body (RFC 2046, 5.1.1).
	closing, found, err := s.delimiterHere(s.delimiter[2:])
	for !found && err == nil {
		if err = s.pass(out, s.contentLength()); err != nil {
			return false, err
		}
		if s.bodyEnd = s.offset(); s.bodyEnd-start > limit {
			return false, tooLarge("more than %d octets", limit)
		}
		closing, found, err = s.delimiterHere(s.delimiter)
		if !found && err == nil {
			err = s.passLookalike(out)
		}
	}
	return closing, err
}

// contentLength is how many octets in view are surely content: those before
// the next thing that looks like a delimiter or its beginning.
func (s *mimeScanner) contentLength() int {
	view := s.view()
	if i := bytes.Index(view, s.delimiter); i >= 0 {
		return i
	}
	return max(0, len(view)-len(s.delimiter)+1)
}

// passLookalike treats what delimiterHere did not take for a delimiter as
// content. It relies on delimiterHere having made more octets visible than a
// delimiter has, so that every turn of body gets on.
func (s *mimeScanner) passLookalike(out io.Writer) error {
	if bytes.HasPrefix(s.view(), s.delimiter) {
		return s.pass(out, len(s.delimiter))
	}
	if len(s.view()) < len(s.delimiter) {
		return truncated("in a body")
	}
	return nil
}

// delimiterHere steps over the delimiter line that begins here. Not found
// means that these octets are content: "--boundaryX" is (RFC 2046, 5.1.1).
func (s *mimeScanner) delimiterHere(delimiter []byte) (closing, found bool, err error) {
	if err := s.ensure(len(delimiter) + len("--") + maxPadding + len("\r\n")); err != nil {
		return false, false, err
	}
	rest, ok := bytes.CutPrefix(s.view(), delimiter)
	if !ok {
		return false, false, nil
	}
	rest, closing = bytes.CutPrefix(rest, []byte("--"))
	padding := 0
	for padding < len(rest) && (rest[padding] == ' ' || rest[padding] == '\t') {
		padding++
	}
	if padding > maxPadding {
		return false, false, mimeErrorf("more than %d blanks after a delimiter", maxPadding)
	}
	rest = rest[padding:]
	end := s.end - len(rest)
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		s.pos = end + len("\r\n")
		return closing, true, nil
	case closing && len(rest) == 0 && s.complete():
		s.pos = end
		return true, true, nil
	}
	return false, false, nil
}

// epilogue demands that nothing but a little white space follows: a second
// message there would be seen by some readers and not by others.
func (s *mimeScanner) epilogue() error {
	if s.left() > maxEpilogue {
		return mimeErrorf("%d octets after the closing delimiter", s.left())
	}
	if err := s.ensure(int(s.left())); err != nil {
		return err
	}
	if len(bytes.Trim(s.view(), " \t\r\n")) > 0 {
		return mimeErrorf("text after the closing delimiter")
	}
	return nil
}
