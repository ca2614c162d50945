package envelope

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// letter writes a message by hand: outer Content-Type, then parts.
func letter(contentType string, parts ...string) string {
	var b strings.Builder
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\n")
	for _, p := range parts {
		b.WriteString("\r\n--B\r\n" + p)
	}
	return b.String() + "\r\n--B--\r\n"
}

const (
	related  = "Multipart/Related; boundary=B; type=text/xml"
	rootPart = "Content-Type: text/xml; charset=UTF-8\r\nContent-ID: <osci@message>\r\n\r\n<a/>"
)

func attachment(id, content string) string {
	return "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <" + id + ">\r\n\r\n" + content
}

func scan(t *testing.T, text string) *mimeMessage {
	t.Helper()
	m, err := scanText(text, mimeLimits{})
	if err != nil {
		t.Fatalf("scanning %.300q: %v", text, err)
	}
	return m
}

func scanText(text string, limits mimeLimits) (*mimeMessage, error) {
	return scanMIME(strings.NewReader(text), int64(len(text)), limits, nil)
}

// refuse demands an error of the 9100 family and all given sentinels.
func refuse(t *testing.T, text string, sentinels ...error) {
	t.Helper()
	refuseWith(t, text, mimeLimits{}, sentinels...)
}

func refuseWith(t *testing.T, text string, limits mimeLimits, sentinels ...error) {
	t.Helper()
	m, err := scanText(text, limits)
	if err == nil {
		t.Fatalf("accepted %.300q: %+v", text, m)
	}
	for _, want := range append(sentinels, ErrMIME) {
		if !errors.Is(err, want) {
			t.Errorf("error is %v, want %v", err, want)
		}
	}
	if len(sentinels) == 0 {
		for _, other := range []error{ErrTruncated, ErrTooLarge, ErrDuplicateID} {
			if errors.Is(err, other) {
				t.Errorf("error %v is %v too", err, other)
			}
		}
	}
}

func content(t *testing.T, m *mimeMessage, p mimePart) string {
	t.Helper()
	r := m.open(p)
	octets, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("part %q: %v", p.contentID, err)
	}
	if int64(len(octets)) != m.decodedSize(p) {
		t.Errorf("part %q has %d octets, decodedSize %d", p.contentID, len(octets), m.decodedSize(p))
	}
	return string(octets)
}

func TestScanAcceptsBoundariesOfTheLibraries(t *testing.T) {
	for _, contentType := range []string{
		"Multipart/Related; boundary=%s; type=text/xml",
		"Multipart/Related; boundary=\"%s\"; type=text/xml",
		"multipart/related; type=\"text/xml\"; BOUNDARY=\"%s\"",
		"MULTIPART/RELATED;type=text/xml;start=\"<osci@message>\";boundary=%s",
		"Multipart/Related;\r\n boundary=%s;\r\n\ttype=text/xml;",
		"Multipart/Related boundary=%s type=text/xml",
		"Multipart/Related; boundary = %s ; type = text/xml",
	} {
		for _, boundary := range []string{"B", "MIME_boundary_ljNl/VKY7+iR7fOt==", "a:b'c(d)e_f,g-h.i?j", "=", "--", strings.Repeat("x", 70)} {
			text := strings.ReplaceAll(letter(fmt.Sprintf(contentType, "B"), rootPart, attachment("x", "y")), "--B", "--"+boundary)
			text = strings.Replace(text, fmt.Sprintf(contentType, "B"), fmt.Sprintf(contentType, boundary), 1)
			m := scan(t, text)
			if got := content(t, m, m.root) + content(t, m, m.parts[0]); got != "<a/>y" || m.boundary != boundary {
				t.Errorf("%s: boundary %q, content %q", contentType, m.boundary, got)
			}
		}
	}
}

func TestScanReadsQuotedPairsInParameters(t *testing.T) {
	if m := scan(t, letter(`Multipart/Related; x="a;\"b"; boundary="\B"`, rootPart)); m.boundary != "B" {
		t.Errorf("boundary %q", m.boundary)
	}
}

func TestScanToleratesEmptyLinesBeforeHeaderAndDelimiter(t *testing.T) {
	text := letter(related, rootPart)
	for _, s := range []string{"\r\n" + text, "\r\n\r\n\n" + text, strings.Replace(text, "\r\n\r\n--B", "\r\n\r\n\r\n\r\n--B", 1)} {
		if m := scan(t, s); content(t, m, m.root) != "<a/>" {
			t.Errorf("%q: root %q", s, content(t, m, m.root))
		}
	}
}

func TestScanAcceptsTransferEncodings(t *testing.T) {
	for _, encoding := range []string{"8-bit", "8bit", "7bit", "binary", "", "8BIT"} {
		header := "Content-Transfer-Encoding: " + encoding + "\r\n"
		if encoding == "" {
			header = ""
		}
		m := scan(t, letter(related, rootPart, header+"Content-ID: <x>\r\n\r\neHl6"))
		if got := content(t, m, m.parts[0]); got != "eHl6" || m.parts[0].base64 || m.parts[0].encoding != encoding {
			t.Errorf("%q: %q", encoding, got)
		}
	}
	for _, header := range []string{
		"Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: Base64\r\n",
		"Content-Type: text/base64\r\nContent-Transfer-Encoding: 7bit\r\n", "Content-Type: Text/Base64; x=y\r\n",
	} {
		m := scan(t, letter(related, rootPart, header+"Content-ID: <x>\r\n\r\neH\r\nl6"))
		if got := content(t, m, m.parts[0]); got != "xyz" || !m.parts[0].base64 {
			t.Errorf("%q: %q", header, got)
		}
	}
}

func TestScanRefusesOtherTransferEncodings(t *testing.T) {
	for _, encoding := range []string{"quoted-printable", "uuencode", "x-gzip", "base64 7bit"} {
		refuse(t, letter(related, rootPart, "Content-Transfer-Encoding: "+encoding+"\r\nContent-ID: <x>\r\n\r\ny"))
	}
}

func TestScanRefusesBrokenBase64(t *testing.T) {
	for _, text := range []string{"!!!!", "eHl", "eHl6eA", "eH=6"} {
		refuse(t, letter(related, rootPart, "Content-Transfer-Encoding: base64\r\nContent-ID: <x>\r\n\r\n"+text))
	}
}

func TestScanIgnoresPartContentLength(t *testing.T) {
	for _, length := range []string{"1", "99999", "-5", "x", "3\r\nContent-Length: 4"} {
		m := scan(t, letter(related, "Content-Length: "+length+"\r\n"+rootPart, "Content-Length: "+length+"\r\n"+attachment("x", "four")))
		if content(t, m, m.root) != "<a/>" || content(t, m, m.parts[0]) != "four" || len(m.parts[0].header) != 0 {
			t.Errorf("%+v", m)
		}
	}
}

func TestScanKeepsFurtherHeaderFieldsInLowerCase(t *testing.T) {
	m := scan(t, letter(related, rootPart, "X-Eins:  Wert mit Umlaut ä \r\nContent-Description: a\r\n\t b\r\n  c\r\nX-EINS: zwei\n"+attachment("x", "y")))
	want := []HeaderField{{"x-eins", "Wert mit Umlaut ä"}, {"content-description", "a b c"}, {"x-eins", "zwei"}}
	if d := cmp.Diff(want, m.parts[0].header); d != "" {
		t.Error(d)
	}
}

func TestScanKeepsContentIDsAsTheyAre(t *testing.T) {
	for written, want := range map[string]string{
		"<test.txt>": "test.txt", "bare": "bare", "<Bescheid über ä.pdf>": "Bescheid über ä.pdf", "<../../x>": "../../x",
		"<%41>": "%41", "<a>b>": "a>b", "<" + strings.Repeat("x", maxContentID) + ">": strings.Repeat("x", maxContentID),
	} {
		m := scan(t, letter(related, rootPart, "Content-ID: "+written+"\r\n\r\ny"))
		if m.parts[0].contentID != want {
			t.Errorf("%q became %q", written, m.parts[0].contentID)
		}
	}
	if m := scan(t, letter(related, rootPart, attachment("A", ""), attachment("a", ""))); len(m.parts) != 2 {
		t.Error("names that differ in case are two names")
	}
}

func TestScanRefusesMalformedContentIDs(t *testing.T) {
	for _, id := range []string{"<>", "<x", "x>", ""} {
		refuse(t, letter(related, rootPart, "Content-ID: "+id+"\r\n\r\ny"))
	}
	for _, id := range []string{"a\x00b", "a\rb", "a\x7fb", "a\u0085b", "a\xffb", "a\x1bb"} {
		refuse(t, letter(related, rootPart, "Content-ID: <"+id+">\r\n\r\ny"))
	}
	refuse(t, letter(related, rootPart, "Content-ID: <"+strings.Repeat("x", maxContentID+1)+">\r\n\r\ny"), ErrTooLarge)
	refuse(t, letter(related, rootPart, "Content-Type: text/plain\r\n\r\ny"))
	refuse(t, letter(related, "Content-ID: <\r\n\r\ny"))
}

func TestScanAllowsARootPartWithoutHeader(t *testing.T) {
	m := scan(t, letter(related, "\r\n<a/>"))
	if m.root.contentID != "" || content(t, m, m.root) != "<a/>" {
		t.Errorf("%+v", m.root)
	}
}

func TestScanRefusesTwoPartsOfOneContentID(t *testing.T) {
	for _, second := range []string{"Content-ID: <x>", "Content-ID: x", "content-id:\t<x> ", "Content-ID:\r\n <x>"} {
		refuse(t, letter(related, rootPart, attachment("x", "1"), second+"\r\n\r\n2"), ErrDuplicateID)
	}
	refuse(t, letter(related, rootPart, attachment("osci@message", "1")), ErrDuplicateID)
}

func TestScanRefusesFieldsThatOccurTwice(t *testing.T) {
	for _, twice := range []string{"Content-Type: text/xml\r\nContent-type: text/xml", "Content-ID: <x>\r\nCONTENT-ID: <x>", "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 8bit"} {
		refuse(t, letter(related, twice+"\r\n\r\n<a/>"))
		refuse(t, letter(related, rootPart, twice+"\r\n\r\ny"))
	}
	refuse(t, letter(related+"\r\nContent-Type: "+related, rootPart))
}

func TestScanRefusesMalformedHeaders(t *testing.T) {
	for _, header := range []string{" folded", "no colon", "Content-ID : <x>", ": x", "Content ID: <x>", "X-\xc3\xa4: y", "X: a\rb", "X: \x00"} {
		refuse(t, letter(related, rootPart, header+"\r\nContent-ID: <z>\r\n\r\ny"))
	}
}

func TestScanRefusesBodiesWithoutMIMEHeaders(t *testing.T) {
	refuse(t, `<?xml version="1.0"?><a/>`+"\r\n")
	refuse(t, "<a/>\r\n\r\n<b/>")
	refuse(t, "--B\r\n"+rootPart+"\r\n--B--\r\n")
	refuse(t, "MIME-Version: 1.0\r\n\r\n--B\r\n"+rootPart+"\r\n--B--\r\n")
	refuse(t, "MIME-Version: 1.1\r\nContent-Type: "+related+"\r\n\r\n--B\r\n"+rootPart+"\r\n--B--\r\n")
	refuse(t, "MIME-Version 1.0\r\nContent-Type: "+related+"\r\n\r\n--B\r\n"+rootPart+"\r\n--B--\r\n")
	for _, empty := range []string{"", "\r\n", "MIME-Version: 1.0\r\n"} {
		refuse(t, empty, ErrTruncated)
	}
}

func TestScanRefusesOtherMediaTypesAndParameters(t *testing.T) {
	for _, contentType := range []string{
		"multipart/mixed; boundary=B", "text/xml", "", "multipart/related", "multipart/related; boundary=", "multipart/related; boundary=\"\"",
		"multipart/related; boundary=\"a b\"", "multipart/related; boundary=\"B", "multipart/related; boundary=\"B\\", "multipart/related; boundary=B; boundary=C",
		"multipart/related; boundary*0=B", "multipart/related; boundary*=B", "multipart/related; boundary=B; foo", "multipart/related; a b=c",
		"multipart/related; boundary=" + strings.Repeat("B", 71), "multipart/related; boundary=ä", "multipart/related; boundary=B; start=\"<x\"",
	} {
		refuse(t, letter(contentType, rootPart))
	}
}

func TestScanRefusesAStartThatIsNotTheFirstPart(t *testing.T) {
	refuse(t, letter(related+"; start=\"<x>\"", rootPart, attachment("x", "<b/>")))
	refuse(t, letter(related+"; start=\"<missing>\"", rootPart))
	if m := scan(t, letter(related+"; start=\"<osci@message>\"", rootPart, attachment("x", "<b/>"))); m.root.contentID != "osci@message" {
		t.Errorf("%+v", m.root)
	}
}

func TestScanRefusesRootCharsetsOtherThanUTF8(t *testing.T) {
	for _, charset := range []string{"ISO-8859-1", "utf-7", "UTF-16", "utf-8; charset=utf-16"} {
		refuse(t, letter(related, "Content-Type: text/xml; charset="+charset+"\r\nContent-ID: <r>\r\n\r\n<a/>"))
	}
	for _, charset := range []string{"UTF-8", "utf-8", "\"utf-8\"", "US-ASCII"} {
		scan(t, letter(related, "Content-Type: text/xml; charset="+charset+"\r\nContent-ID: <r>\r\n\r\n<a/>"))
	}
	// What an attachment says of itself is for its reader.
	scan(t, letter(related, rootPart, "Content-Type: text/plain; charset=ISO-8859-1; name*=UTF-8''x\r\nContent-ID: <x>\r\n\r\ny"))
}

func TestScanTakesLookalikesOfDelimitersForContent(t *testing.T) {
	for _, inside := range []string{
		"\r\n--BX", "\r\n--B-", "\r\n--B--X\r\n", "\r\n--B \x00\r\n", "\n--B\r\nx", "\r--B\r\nx", "\r\n-B\r\n", "\r\n--B\nx", "\r\n--B--\nx", "\r\n--\r\n--", "\r\n\r\n--b\r\n",
		"--BX", "\r\n", "\r\n--B\r", "\r\r\n--BB\r\n", "\r\n--B\t \t.", "\r\n--B-- -\r\n",
	} {
		for _, text := range []string{inside, "x" + inside, inside + "x", inside + inside} {
			if strings.HasSuffix(text, "\r") { // would make a delimiter with what follows: not here, "\r\r\n--B"
				text += "."
			}
			m := scan(t, letter(related, rootPart, attachment("x", text), attachment("y", "z")))
			if got := content(t, m, m.parts[0]); got != text {
				t.Errorf("content %q became %q", text, got)
			}
		}
	}
}

func TestScanAllowsBlanksAfterDelimiters(t *testing.T) {
	text := strings.ReplaceAll(letter(related, rootPart, attachment("x", "y")), "--B\r\n", "--B \t\r\n")
	text = strings.Replace(text, "--B--\r\n", "--B-- \r\n", 1)
	if m := scan(t, text); content(t, m, m.parts[0]) != "y" {
		t.Errorf("%+v", m)
	}
	blanks := strings.Repeat(" ", maxPadding)
	scan(t, strings.Replace(text, "--B \t\r\n", "--B"+blanks+"\r\n", 1))
	refuse(t, strings.Replace(text, "--B \t\r\n", "--B"+blanks+" \r\n", 1))
	refuse(t, strings.Replace(text, "--B-- \r\n", "--B--"+blanks+" \r\n", 1))
}

func TestScanReadsEmptyParts(t *testing.T) {
	m := scan(t, letter(related, rootPart, attachment("x", ""), "Content-ID: <y>\r\n", attachment("z", "z")))
	if content(t, m, m.parts[0]) != "" || content(t, m, m.parts[1]) != "" || content(t, m, m.parts[2]) != "z" {
		t.Errorf("%+v", m.parts)
	}
}

func TestScanDoesNotInterpretNestedMultiparts(t *testing.T) {
	nested := letter("multipart/related; boundary=C", strings.Repeat(rootPart, 1))
	nested = strings.ReplaceAll(nested, "--B", "--C")
	m := scan(t, letter(related, rootPart, "Content-Type: multipart/related; boundary=C\r\nContent-ID: <x>\r\n\r\n"+nested))
	if got := content(t, m, m.parts[0]); got != nested {
		t.Errorf("%q", got)
	}
}

func TestScanRefusesMessagesCutOffAnywhere(t *testing.T) {
	text := letter(related, rootPart, attachment("x", "four"), attachment("y", ""))
	whole := len(text) - len("\r\n")
	for n := range whole {
		refuse(t, text[:n], ErrTruncated)
	}
	// The line end after the closing delimiter carries nothing.
	scan(t, text[:whole])
	refuse(t, text[:whole+1], ErrTruncated)
}

func TestScanRefusesTextAroundTheParts(t *testing.T) {
	text := letter(related, rootPart)
	refuse(t, strings.Replace(text, "\r\n\r\n--B", "\r\n\r\npreamble\r\n--B", 1))
	refuse(t, strings.Replace(text, "\r\n\r\n--B", "\r\n\r\n--C\r\n--B", 1))
	refuse(t, text+text)
	refuse(t, text+"x")
	refuse(t, text+strings.Repeat(" ", maxEpilogue)+"\r\n")
	scan(t, text+" \t\r\n\r\n")
	refuse(t, letter(related))
}

func TestScanAcceptsBareLFInHeadersButNotAroundDelimiters(t *testing.T) {
	text := letter(related, rootPart)
	scan(t, strings.Replace(text, "Content-ID: <osci@message>\r\n", "Content-ID: <osci@message>\n", 1))
	refuse(t, strings.ReplaceAll(text, "\r\n", "\n"))
}

func TestScanKeepsItsLimits(t *testing.T) {
	text := letter(related, rootPart, attachment("x", "1"), attachment("y", "2"))
	if _, err := scanText(text, mimeLimits{maxParts: 3}); err != nil {
		t.Error(err)
	}
	refuseWith(t, text, mimeLimits{maxParts: 2}, ErrTooLarge)
	refuseWith(t, text, mimeLimits{maxRoot: 3}, ErrTooLarge)
	refuseWith(t, text, mimeLimits{maxHeaderLines: 2}, ErrTooLarge)
	refuseWith(t, text, mimeLimits{maxHeaderBytes: 80}, ErrTooLarge)
	if _, err := scanText(text, mimeLimits{maxRoot: 4, maxHeaderLines: 3}); err != nil {
		t.Error(err)
	}
	refuse(t, strings.Repeat("\r\n", defaultMaxHeaderLines)+text, ErrTooLarge)
	refuse(t, letter(related, rootPart, "X: "+strings.Repeat("y", 1<<20)+"\r\n"+attachment("x", "1")), ErrTooLarge)
	refuse(t, letter(related, rootPart, strings.Repeat("X: y\r\n", 20000)+attachment("x", "1")), ErrTooLarge)
	var many []string
	for i := range defaultMaxParts {
		many = append(many, attachment(fmt.Sprint(i), ""))
	}
	refuse(t, letter(related, append([]string{rootPart}, many...)...), ErrTooLarge)
	scan(t, letter(related, append([]string{rootPart}, many[1:]...)...))
}

func TestScanHandsDecodedOctetsToTheVisitor(t *testing.T) {
	raw := strings.Repeat("\r\n--Bx", 200000)
	text := letter(related, rootPart, attachment("raw", raw), "Content-ID: <b64>\r\nContent-Transfer-Encoding: base64\r\n\r\neHl6", attachment("unwanted", "u"))
	sums := map[string]string{}
	sinks := map[string]*bytes.Buffer{}
	m, err := scanMIME(strings.NewReader(text), int64(len(text)), mimeLimits{}, func(m *mimeMessage, p *mimePart) io.Writer {
		if content(t, m, m.root) != "<a/>" {
			t.Error("root part is not there yet")
		}
		if p.contentID == "unwanted" {
			return nil
		}
		sinks[p.contentID] = &bytes.Buffer{}
		return sinks[p.contentID]
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.parts[:2] {
		sums[p.contentID] = fmt.Sprintf("%x", sha256.Sum256([]byte(content(t, m, p))))
		if got := fmt.Sprintf("%x", sha256.Sum256(sinks[p.contentID].Bytes())); got != sums[p.contentID] {
			t.Errorf("visitor got other octets of %q", p.contentID)
		}
	}
	if sinks["b64"].String() != "xyz" || len(sinks) != 2 {
		t.Errorf("%v", sinks)
	}
}

// failingSource gives an error from an offset on.
type failingSource struct {
	text string
	from int64
	err  error
}

func (f failingSource) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.from {
		return 0, f.err
	}
	return strings.NewReader(f.text).ReadAt(b, at)
}

// onceSource fails when a place is read a second time.
type onceSource struct {
	io.ReaderAt
	read *int
	err  error
}

func (o onceSource) ReadAt(b []byte, at int64) (int, error) {
	if *o.read++; *o.read > 1 {
		return 0, o.err
	}
	return o.ReaderAt.ReadAt(b, at)
}

func TestScanDoesNotBlameTheSenderForOurTrouble(t *testing.T) {
	broken := errors.New("disk on fire")
	text := letter(related, rootPart, attachment("x", strings.Repeat("y", 3*windowSize)), "Content-ID: <b>\r\nContent-Transfer-Encoding: base64\r\n\r\neHl6")
	size := int64(len(text))
	sink := func(id string) mimeVisitor {
		return func(_ *mimeMessage, p *mimePart) io.Writer {
			if p.contentID == id {
				return failingWriter{broken}
			}
			return nil
		}
	}
	check := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, broken) || errors.Is(err, ErrMIME) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for from := int64(0); from < size; from += windowSize / 2 {
		_, err := scanMIME(failingSource{text, from, broken}, size, mimeLimits{}, nil)
		check("source", err)
	}
	_, err := scanMIME(strings.NewReader(text), size, mimeLimits{}, sink("x"))
	check("raw visitor", err)
	_, err = scanMIME(strings.NewReader(text), size, mimeLimits{}, sink("b"))
	check("base64 visitor", err)
	short := letter(related, rootPart, "Content-ID: <b>\r\nContent-Transfer-Encoding: base64\r\n\r\neHl6")
	_, err = scanMIME(onceSource{strings.NewReader(short), new(int), broken}, int64(len(short)), mimeLimits{}, nil)
	check("second pass", err)
	_, err = scanMIME(strings.NewReader(text), size+10, mimeLimits{}, nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrMIME) {
		t.Errorf("short source: %v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }
