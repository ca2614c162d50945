package envelope

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rewrite writes what was read with our own writer.
func rewrite(t testing.TB, m *mimeMessage) ([]byte, bool) {
	out, err := newMIME(rand.NewChaCha8([32]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	root, err := io.ReadAll(m.open(m.root))
	if err != nil {
		t.Fatal(err)
	}
	out.addRoot(root)
	for _, p := range m.parts {
		part := p
		a := Attachment{
			ContentID: p.contentID, ContentType: p.contentType, Header: p.header, Base64: p.base64,
			Freight: openFreight{size: m.decodedSize(p), open: func() io.ReadCloser { return m.open(part) }},
		}
		if err := out.addPart(a); errors.Is(err, ErrDuplicateID) && p.contentID == rootContentID {
			return nil, false // the source named its root part otherwise
		} else if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	}
	var b bytes.Buffer
	if n, err := out.WriteTo(&b); err != nil || n != out.Size() || n != int64(b.Len()) {
		t.Fatalf("wrote %d octets, said %d and %d: %v", b.Len(), n, out.Size(), err)
	}
	return b.Bytes(), true
}

type openFreight struct {
	size int64
	open func() io.ReadCloser
}

func (o openFreight) Size() int64                  { return o.size }
func (o openFreight) Open() (io.ReadCloser, error) { return o.open(), nil }

// checkSame demands that two messages mean the same: octets and headers.
func checkSame(t testing.TB, a, b *mimeMessage) {
	read := func(m *mimeMessage, p mimePart) string {
		octets, err := io.ReadAll(m.open(p))
		if err != nil {
			t.Fatal(err)
		}
		return string(octets)
	}
	if read(a, a.root) != read(b, b.root) || len(a.parts) != len(b.parts) {
		t.Fatal("other root part or number of parts")
	}
	for i, p := range a.parts {
		q := b.parts[i]
		kind := p.contentType
		if kind == "" {
			kind = octetStream
		}
		if p.contentID != q.contentID || kind != q.contentType || p.base64 != q.base64 || len(p.header) != len(q.header) {
			t.Fatalf("header became %+v, was %+v", q, p)
		}
		for j := range p.header {
			if p.header[j] != q.header[j] {
				t.Fatalf("header became %+v, was %+v", q.header[j], p.header[j])
			}
		}
		if read(a, p) != read(b, q) {
			t.Fatalf("part %q has other octets", p.contentID)
		}
	}
}

func FuzzMIMERelated(f *testing.F) {
	files, err := filepath.Glob("../testdata/recordings/*.osci")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		octets, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(octets) < 20000 {
			f.Add(octets)
		}
	}
	corpus(f, func(_ string, octets []byte) {
		if len(octets) < 5000 {
			f.Add(asOSCI(octets))
		}
	})
	f.Add([]byte(letter(related, rootPart, attachment("x", "\r\n--BX"), "Content-ID: <y>\r\nContent-Transfer-Encoding: base64\r\n\r\neHl6", "Content-ID: <z>\r\n")))
	f.Add([]byte(letter(`multipart/related;start="<osci@message>";boundary="B"`, rootPart)))
	f.Fuzz(func(t *testing.T, source []byte) {
		// The visitor's octets must be those of open; what is read, written and
		// read again must be the same.
		visited := map[string]*bytes.Buffer{}
		m, err := scanMIME(bytes.NewReader(source), int64(len(source)), mimeLimits{}, func(_ *mimeMessage, p *mimePart) io.Writer {
			visited[p.contentID] = &bytes.Buffer{}
			return visited[p.contentID]
		})
		if err != nil {
			if !errors.Is(err, ErrMIME) {
				t.Fatalf("no error of ours: %v", err)
			}
			return
		}
		checkSlices(t, source, m)
		checkAgainstStandardLibrary(t, source, m)
		for _, p := range m.parts {
			if content(t, m, p) != visited[p.contentID].String() {
				t.Fatalf("part %q was visited with other octets", p.contentID)
			}
		}
		text, ok := rewrite(t, m)
		if !ok {
			return
		}
		again, err := scanMIME(bytes.NewReader(text), int64(len(text)), mimeLimits{}, nil)
		if err != nil {
			t.Fatalf("own writing: %v\n%s", err, text)
		}
		checkSame(t, m, again)
	})
}

// octetsLikeDelimiters draws content that is hard to frame.
func octetsLikeDelimiters(boundary string) *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"\r\n", "\r", "\n", "--", "\r\n--", "\r\n--" + boundary[:len(boundary)-1], "--" + boundary, boundary, "\r\n--" + boundary + "X", "\r\n--" + boundary + "-", "\x00"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 20), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(0, 300), func(n int) string { return strings.Repeat("z", n) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(pieces []string) string {
		text := strings.Join(pieces, "")
		// A true delimiter line inside is what the random boundary excludes.
		for _, line := range []string{"--" + boundary + "\r\n", "--" + boundary + "--\r\n"} {
			text = strings.ReplaceAll(text, line, "")
		}
		if strings.HasPrefix(text, "--"+boundary) || strings.HasSuffix(text, boundary) || strings.HasSuffix(text, boundary+"--") {
			text = "." + text + "."
		}
		return text
	})
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out, err := newMIME(rand.NewChaCha8([32]byte{byte(rapid.Byte().Draw(t, "seed"))}))
		if err != nil {
			t.Fatal(err)
		}
		contents := rapid.SliceOfN(octetsLikeDelimiters(out.boundary), 0, 6).Draw(t, "contents")
		out.addRoot([]byte(prolog + "<a></a>"))
		for i, c := range contents {
			a := Attachment{ContentID: strings.Repeat("ä", i+1), Base64: rapid.Bool().Draw(t, "base64"), Freight: freightOf(c)}
			if rapid.Bool().Draw(t, "header") {
				a.ContentType, a.Header = "text/plain; name=\"x y\"", []HeaderField{{"x-a", "ü b"}, {"x-a", ""}}
			}
			if err := out.addPart(a); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if n, err := out.WriteTo(&b); err != nil || n != out.Size() || int64(b.Len()) != n {
			t.Fatalf("wrote %d, said %d and %d: %v", b.Len(), n, out.Size(), err)
		}
		m, err := scanMIME(bytes.NewReader(b.Bytes()), int64(b.Len()), mimeLimits{}, nil)
		if err != nil {
			t.Fatalf("%v\n%q", err, b.String())
		}
		if len(m.parts) != len(contents) {
			t.Fatalf("%d parts, want %d", len(m.parts), len(contents))
		}
		for i, c := range contents {
			got, err := io.ReadAll(m.open(m.parts[i]))
			if err != nil || string(got) != c {
				t.Fatalf("part %d is %q, want %q (%v)", i, got, c, err)
			}
		}
	})
}
