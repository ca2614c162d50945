package envelope

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// freightText is freight whose size can lie and whose reading can fail.
type freightText struct {
	text     string
	size     int64
	openErr  error
	readErr  error
	closeErr error
}

func (f freightText) Size() int64 { return f.size }

func (f freightText) Open() (io.ReadCloser, error) {
	return &textReader{f, strings.NewReader(f.text)}, f.openErr
}

type textReader struct {
	f freightText
	r io.Reader
}

func (t *textReader) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	if err == io.EOF && t.f.readErr != nil {
		err = t.f.readErr
	}
	return n, err
}

func (t *textReader) Close() error { return t.f.closeErr }

func freightOf(text string) Freight { return freightText{text: text, size: int64(len(text))} }

func write(t *testing.T, m *mimeOut) string {
	t.Helper()
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != m.Size() || n != int64(b.Len()) {
		t.Errorf("Size %d, written %d, reported %d", m.Size(), b.Len(), n)
	}
	return b.String()
}

func newOut(t *testing.T) *mimeOut {
	t.Helper()
	m, err := newMIME(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.addRoot([]byte(prolog + "<a></a>")); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWriteFramesAsTheLibrariesDo(t *testing.T) {
	m := newOut(t)
	m.boundary = "MIME_boundary_X"
	m.parts, m.seen = nil, map[string]bool{}
	for _, err := range []error{
		m.addRoot([]byte(prolog + "<a></a>")),
		m.addPart(Attachment{ContentID: "test.txt", Freight: freightOf("8 octets")}),
		m.addPart(Attachment{ContentID: "b", ContentType: "text/plain", Base64: true, Header: []HeaderField{{"X-Eins", "1"}}, Freight: freightOf("xyz")}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := "MIME-Version: 1.0\r\nContent-Type: Multipart/Related; boundary=MIME_boundary_X; type=text/xml\r\n" +
		"\r\n--MIME_boundary_X\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <osci@message>\r\n\r\n" +
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n<a></a>" +
		"\r\n--MIME_boundary_X\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <test.txt>\r\nContent-Length: 8\r\n\r\n8 octets" +
		"\r\n--MIME_boundary_X\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <b>\r\nx-eins: 1\r\n\r\neHl6" +
		"\r\n--MIME_boundary_X--\r\n"
	for range 2 { // a plan can be written again
		if got := write(t, m); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestWriteLabelsTheCipherPart(t *testing.T) {
	m := newOut(t)
	if err := m.addCipher(encryptedID, 6, false, func(w io.Writer) error { _, err := io.WriteString(w, "cipher"); return err }); err != nil {
		t.Fatal(err)
	}
	text := write(t, m)
	want := "\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <osci_enc>\r\n\r\ncipher\r\n"
	if !strings.Contains(text, want) {
		t.Errorf("%s", text)
	}
}

func TestWriteDrawsBoundariesOfLettersAndDigits(t *testing.T) {
	form := regexp.MustCompile(`^MIME_boundary_[A-Za-z0-9]{32}$`)
	seen := map[string]bool{}
	for range 200 {
		m := newOut(t)
		if !form.MatchString(m.boundary) || seen[m.boundary] {
			t.Errorf("boundary %q", m.boundary)
		}
		seen[m.boundary] = true
		text := write(t, m)
		if strings.Count(text, m.boundary) != 3 || !strings.Contains(text, "; boundary="+m.boundary+";") {
			t.Errorf("%q", text)
		}
	}
	// Values that would favour some letters are drawn again.
	if got, err := newBoundary(io.MultiReader(bytes.NewReader(bytes.Repeat([]byte{255}, 64)), bytes.NewReader(make([]byte, 64)))); err != nil || got != boundaryPrefix+strings.Repeat("A", 32) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := newMIME(strings.NewReader("short")); err == nil {
		t.Error("boundary without randomness")
	}
}

func TestWriteWrapsBase64At76Columns(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 56, 57, 58, 114, 115, copySize - 1, copySize, copySize + 1, 3*copySize + 17} {
		octets := make([]byte, n)
		rand.Read(octets)
		m := newOut(t)
		m.addPart(Attachment{ContentID: "x", Base64: true, Freight: freightOf(string(octets))})
		_, text, _ := strings.Cut(write(t, m), "Content-ID: <x>\r\n\r\n")
		text = strings.TrimSuffix(text, m.tail())
		var lines []string
		for rest := base64.StdEncoding.EncodeToString(octets); rest != ""; {
			k := min(76, len(rest))
			lines = append(lines, rest[:k])
			rest = rest[k:]
		}
		if text != strings.Join(lines, "\r\n") {
			t.Errorf("%d octets became %.300q", n, text)
		}
	}
}

func TestWriteEncodesWhatIsTypedBase64(t *testing.T) {
	m := newOut(t)
	m.addPart(Attachment{ContentID: "x", ContentType: "text/base64", Freight: freightOf("xyz")})
	if r := scan(t, write(t, m)); content(t, r, r.parts[0]) != "xyz" {
		t.Error("recipient would decode what was not encoded")
	}
}

func TestWriteRefusesHeaderInjection(t *testing.T) {
	ok := Attachment{ContentID: "x", Freight: freightOf("y")}
	for _, change := range []func(a *Attachment){
		func(a *Attachment) { a.ContentID = "" },
		func(a *Attachment) { a.ContentID = "x>\r\nX: y" },
		func(a *Attachment) { a.ContentID = "x\x00" },
		func(a *Attachment) { a.ContentID = "x\xff" },
		func(a *Attachment) { a.ContentID = strings.Repeat("x", maxContentID+1) },
		func(a *Attachment) { a.ContentType = "text/plain\r\nX: y" },
		func(a *Attachment) { a.ContentType = " text/plain" },
		func(a *Attachment) { a.Header = []HeaderField{{"x", "y\nz"}} },
		func(a *Attachment) { a.Header = []HeaderField{{"x", "y "}} },
		func(a *Attachment) { a.Header = []HeaderField{{"x y", "z"}} },
		func(a *Attachment) { a.Header = []HeaderField{{"", "z"}} },
		func(a *Attachment) { a.Header = []HeaderField{{"Content-ID", "<z>"}} },
		func(a *Attachment) { a.Header = []HeaderField{{"content-transfer-encoding", "base64"}} },
	} {
		m, a := newOut(t), ok
		change(&a)
		if err := m.addPart(a); !errors.Is(err, ErrMIME) {
			t.Errorf("%+v: %v", a, err)
		}
		// Who does not look at the error gets no message either.
		var b bytes.Buffer
		if n, err := m.WriteTo(&b); err == nil || n != 0 || b.Len() != 0 {
			t.Errorf("%+v: wrote %d octets", a, n)
		}
	}
}

func TestWriteRefusesTwoPartsOfOneContentID(t *testing.T) {
	m := newOut(t)
	if err := m.addPart(Attachment{ContentID: rootContentID, Freight: freightOf("")}); !errors.Is(err, ErrDuplicateID) {
		t.Error(err)
	}
}

func TestWriteFailsIfFreightIsNotAsLongAsAnnounced(t *testing.T) {
	for _, asBase64 := range []bool{false, true} {
		for _, size := range []int64{0, 3, 5, 100000} {
			m := newOut(t)
			m.addPart(Attachment{ContentID: "x", Base64: asBase64, Freight: freightText{text: "four", size: size}})
			var b bytes.Buffer
			n, err := m.WriteTo(&b)
			if !errors.Is(err, errFreightSize) || n > m.Size() || n != int64(b.Len()) {
				t.Errorf("size %d base64 %v: wrote %d of %d: %v", size, asBase64, n, m.Size(), err)
			}
		}
	}
}

func TestWritePassesOnErrorsOfFreightAndWriter(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, f := range map[string]freightText{
		"open":  {text: "four", size: 4, openErr: broken},
		"read":  {text: "four", size: 4, readErr: broken},
		"close": {text: "four", size: 4, closeErr: broken},
	} {
		m := newOut(t)
		m.addPart(Attachment{ContentID: "x", Base64: true, Freight: f})
		if _, err := m.WriteTo(io.Discard); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, asBase64 := range []bool{false, true} {
		m := newOut(t)
		m.addPart(Attachment{ContentID: "x", Base64: asBase64, Freight: freightOf(strings.Repeat("y", 3*copySize))})
		for left := int64(0); left < m.Size(); left += 1009 {
			if n, err := m.WriteTo(&limitedWriter{left, broken}); !errors.Is(err, broken) || n > left {
				t.Fatalf("after %d octets: %d %v", left, n, err)
			}
		}
	}
	m := newOut(t)
	m.addCipher("c", 4, false, func(io.Writer) error { return broken })
	if _, err := m.WriteTo(io.Discard); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// limitedWriter fails once left octets are written.
type limitedWriter struct {
	left int64
	err  error
}

func (l *limitedWriter) Write(b []byte) (int, error) {
	if int64(len(b)) > l.left {
		n := int(l.left)
		l.left = 0
		return n, l.err
	}
	l.left -= int64(len(b))
	return len(b), nil
}
