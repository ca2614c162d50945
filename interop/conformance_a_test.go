package interop

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// plainOffice takes anything and has a box for bob.
func plainOffice(t testing.TB, settings ...setting) (*office, *wire) {
	t.Helper()
	post := startOffice(t, append([]setting{lenient}, settings...)...)
	post.register("bob", mailbox.Rules{})
	return post, post.wire("alice")
}

// postAs posts with an HTTP Content-Type; "" sends none.
func (o *office) postAs(t testing.TB, contentType string, octets []byte) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, o.url, bytes.NewReader(octets))
	check(t, err)
	request.Header.Set("Content-Type", contentType)
	if contentType == "" {
		request.Header.Del("Content-Type")
	}
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return response, body
}

func TestConformance001HTTPContentTypeIsIgnored(t *testing.T) {
	post, alice := plainOffice(t)
	for _, contentType := range []string{"text/xml", "", "multipart/related; boundary=other", "application/json", "no;type;at=all"} {
		_, body := post.postAs(t, contentType, alice.octets(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}))
		if code := alice.in(t).open(body).code(); code != envelope.CodeExecuted {
			t.Errorf("Content-Type %q: code %s", contentType, code)
		}
	}
}

// TestConformance002MIMEHeadersStandInTheBody has headers of HTTP that
// contradict those of the body, and a body whose own headers are needed.
func TestConformance002MIMEHeadersStandInTheBody(t *testing.T) {
	post, alice := plainOffice(t)
	octets := alice.octets(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	head, rest, _ := bytes.Cut(octets, []byte("\r\n\r\n"))
	_, body := post.postAs(t, "multipart/related; boundary=wrong; type=text/xml", octets)
	if code := alice.open(body).code(); code != envelope.CodeExecuted {
		t.Errorf("code %s", code)
	}
	ofHTTP := strings.TrimPrefix(string(head), "MIME-Version: 1.0\r\nContent-Type: ")
	_, body = post.postAs(t, ofHTTP, rest)
	if code := faultCode(t, body); code != envelope.CodeMessageInvalid {
		t.Errorf("headers of HTTP in place of those of the body: code %s", code)
	}
}

// framed is a store whose octets are changed before they are sent; the part
// has to be in the box as it was meant.
type framed struct {
	name   string
	change func(t *testing.T, octets []byte) []byte
}

// demandFramed sends the stores and looks for the part in bob's box.
func demandFramed(t *testing.T, part string, cases []framed) {
	t.Helper()
	post, alice := plainOffice(t)
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			draft := alice.in(t).store("bob", textFile("teil.bin", part))
			octets := one.change(t, alice.octets(draft, envelope.SealOptions{}))
			alice.in(t).demand(octets, envelope.CodeExecuted)
			if !t.Failed() {
				wantPart(t, post.delivery(t, "bob", storeID(draft)), "teil.bin", part)
			}
		})
	}
}

// changed replaces texts, in pairs of old and new.
func changed(name string, pairs ...string) framed {
	return framed{name, func(t *testing.T, octets []byte) []byte {
		for i := 0; i < len(pairs); i += 2 {
			octets = edit(t, octets, pairs[i], pairs[i+1])
		}
		return octets
	}}
}

// bounded gives the message another boundary, written into the parameter as
// the form says.
func bounded(name, boundary, form string) framed {
	return framed{name, func(t *testing.T, octets []byte) []byte {
		old := boundaryOf(octets)
		text := strings.ReplaceAll(string(octets), old, boundary)
		return edit(t, []byte(text), "Multipart/Related; boundary="+boundary+"; type=text/xml", fmt.Sprintf(form, boundary))
	}}
}

func TestConformance003UnquotedBoundaryOfAnyCharacters(t *testing.T) {
	demandFramed(t, "Inhalt", []framed{
		bounded("slash", "MIME_boundary_ab/cd", "Multipart/Related; boundary=%s; type=text/xml"),
		bounded("plus", "MIME_boundary_ab+cd", "Multipart/Related; boundary=%s; type=text/xml"),
		bounded("equals", "MIME_boundary_abcd==", "Multipart/Related; boundary=%s; type=text/xml"),
		bounded("all at the end", "MIME_/+=", "Multipart/Related; type=text/xml; boundary=%s"),
	})
}

func TestConformance004QuotedBoundaryAndAnyOrder(t *testing.T) {
	demandFramed(t, "Inhalt", []framed{
		bounded("quoted", "MIME_boundary_ab/cd", `Multipart/Related; boundary="%s"; type=text/xml`),
		bounded("last and quoted", "grenze:1", `Multipart/Related; type="text/xml"; start="<osci@message>"; boundary="%s"`),
		bounded("unknown parameters", "grenze", `multipart/related;charset=utf-8;boundary=%s;start-info=x`),
		bounded("folded", "grenze", "Multipart/Related;\r\n\tboundary=%s;\r\n type=text/xml"),
	})
}

func TestConformance005EmptyLinesBeforeTheHeaders(t *testing.T) {
	demandFramed(t, "Inhalt", []framed{
		changed("one", "MIME-Version", "\r\nMIME-Version"),
		changed("three", "MIME-Version", "\r\n\r\n\r\nMIME-Version"),
	})
}

// encodingLine is that of the part teil.bin, whatever our writer calls it.
var encodingLine = regexp.MustCompile(`Content-Transfer-Encoding: [^\r]+\r\n(Content-ID: <teil.bin>)`)

// encoded gives the part another Content-Transfer-Encoding line, "" for none,
// and then replaces texts like changed.
func encoded(name, line string, pairs ...string) framed {
	return framed{name, func(t *testing.T, octets []byte) []byte {
		if !encodingLine.Match(octets) {
			t.Fatal("the part has no Content-Transfer-Encoding")
		}
		return changed(name, pairs...).change(t, encodingLine.ReplaceAll(octets, []byte(line+"$1")))
	}}
}

func TestConformance006TransferEncodings(t *testing.T) {
	const part = "QUJD\r\n\x00\xff" // would decode to something else
	var cases []framed
	for _, token := range []string{"8bit", "7bit", "binary", "BINARY", "8-bit"} {
		cases = append(cases, encoded(token, "Content-Transfer-Encoding: "+token+"\r\n"))
	}
	cases = append(cases,
		encoded("missing", ""),
		encoded("base64", "Content-Transfer-Encoding: base64\r\n", "\r\n\r\n"+part, "\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(part))),
	)
	demandFramed(t, part, cases)
}

func TestConformance007TypeBase64IsDecoded(t *testing.T) {
	part := strings.Repeat("Inhalt\x00", 30)
	wrapped := wrap(base64.StdEncoding.EncodeToString([]byte(part)), 76, "\n")
	demandFramed(t, part, []framed{encoded("7bit", "Content-Transfer-Encoding: 7bit\r\n",
		"Content-Type: application/octet-stream", "Content-Type: text/base64",
		"\r\n\r\n"+part, "\r\n\r\n"+wrapped)})
}

// wrap breaks a text into lines.
func wrap(text string, width int, end string) string {
	var lines []string
	for len(text) > width {
		lines, text = append(lines, text[:width]), text[width:]
	}
	return strings.Join(append(lines, text), end)
}

func TestConformance008PartLengthsAreIgnored(t *testing.T) {
	demandFramed(t, "Inhalt", []framed{
		changed("too short", "Content-Length: 6", "Content-Length: 2"),
		changed("too long", "Content-Length: 6", "Content-Length: 700"),
		changed("nonsense", "Content-Length: 6", "Content-Length: viel"),
		changed("missing", "Content-Length: 6\r\n", ""),
		changed("of the root", "Content-ID: <osci@message>", "Content-ID: <osci@message>\r\nContent-Length: 10"),
	})
}

func TestConformance009ChunkedAndWithoutLength(t *testing.T) {
	_, alice := plainOffice(t)
	octets := alice.octets(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	response, body := alice.post.post(struct{ io.Reader }{bytes.NewReader(octets)}) // net/http sends it in chunks
	if code := alice.open(body).code(); code != envelope.CodeExecuted || response.StatusCode != http.StatusOK {
		t.Errorf("chunked: HTTP %d, code %s", response.StatusCode, code)
	}
	if code := alice.open(rawHTTP(t, alice.post, octets)).code(); code != envelope.CodeExecuted {
		t.Errorf("many small chunks: code %s", code)
	}
}

func TestConformance011DelimitersAreFoundInBinaryParts(t *testing.T) {
	post, alice := plainOffice(t)
	const b = "MIME_boundary_grenze"
	for name, part := range map[string]string{
		"prefix of the delimiter":   "a\r\n--MIME_boundary_grenz\r\n--MIME_bound\r\n--",
		"delimiter without CRLF":    "a--" + b + "\n--" + b + "--",
		"longer than the delimiter": "a\r\n--" + b + "x\r\n",
		"ends with CRLF":            "a\r\n\r\n",
		"only CRLF":                 "\r\n",
		"half delimiters":           strings.Repeat("\r\n--MIME_boundary_", 10_000),
		"CR CR LF":                  "\r\r\n-" + "-MIME_boundary_grenzE",
	} {
		t.Run(name, func(t *testing.T) {
			draft := alice.in(t).store("bob", textFile("teil.bin", part))
			octets := alice.octets(draft, envelope.SealOptions{})
			octets = []byte(strings.ReplaceAll(string(octets), boundaryOf(octets), b))
			alice.in(t).demand(octets, envelope.CodeExecuted)
			if !t.Failed() {
				wantPart(t, post.delivery(t, "bob", storeID(draft)), "teil.bin", part)
			}
		})
	}
}

// demandRefused sends a changed store: it gets 9100 and bob's box stays empty.
func demandRefused(t *testing.T, cases []framed) {
	t.Helper()
	post, alice := plainOffice(t)
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			draft := alice.in(t).store("bob", textFile("teil.bin", "Inhalt"), textFile("zwei.bin", "Mehr"))
			octets := one.change(t, alice.octets(draft, envelope.SealOptions{}))
			_, body := post.postAs(t, "text/xml", octets)
			if code := faultCode(t, body); code != envelope.CodeMessageInvalid {
				t.Errorf("code %s", code)
			}
			if n := post.deliveries(t, "bob"); n != 0 {
				t.Errorf("%d deliveries", n)
			}
		})
	}
}

// TestConformance012BodiesWithoutMIMEHeadersAreRefused has no sentence about
// a bare SOAP envelope beyond this one: the libraries send none.
func TestConformance012BodiesWithoutMIMEHeadersAreRefused(t *testing.T) {
	demandRefused(t, []framed{
		{"only the envelope", func(_ *testing.T, octets []byte) []byte { return []byte(controlPart(string(octets))) }},
		{"only the parts", func(_ *testing.T, octets []byte) []byte {
			_, rest, _ := bytes.Cut(octets, []byte("\r\n\r\n"))
			return rest
		}},
		{"no boundary", func(t *testing.T, octets []byte) []byte {
			return edit(t, octets, "boundary="+boundaryOf(octets), "x=y")
		}},
		{"nothing", func(*testing.T, []byte) []byte { return nil }},
	})
}

func TestConformance013TruncatedMultipartsAreRefused(t *testing.T) {
	demandRefused(t, []framed{
		{"closing delimiter without its end", func(_ *testing.T, octets []byte) []byte {
			return bytes.TrimSuffix(octets, []byte("--\r\n"))
		}},
		{"inside the last part", func(_ *testing.T, octets []byte) []byte { return octets[:bytes.Index(octets, []byte("Mehr"))+2] }},
		{"inside the control part", func(_ *testing.T, octets []byte) []byte { return octets[:bytes.Index(octets, []byte("soap:Body"))] }},
		{"inside the headers", func(_ *testing.T, octets []byte) []byte { return octets[:40] }},
	})
}

func TestConformance014RepeatedContentIDsAreRefused(t *testing.T) {
	demandRefused(t, []framed{
		changed("two parts", "Content-ID: <zwei.bin>", "Content-ID: <teil.bin>"),
		changed("part and root", "Content-ID: <zwei.bin>", "Content-ID: <osci@message>"),
	})
}

func TestConformance015DoctypesAreRefused(t *testing.T) {
	demandRefused(t, []framed{
		changed("entity", "<soap:Envelope", `<!DOCTYPE soap:Envelope [<!ENTITY x "Guten Tag">]><soap:Envelope`),
		changed("empty", "<soap:Envelope", `<!DOCTYPE soap:Envelope><soap:Envelope`),
		changed("external", "<soap:Envelope", `<!DOCTYPE soap:Envelope SYSTEM "file:///etc/passwd"><soap:Envelope`),
	})
}

func TestConformance016OtherCharsetsAreRefused(t *testing.T) {
	demandRefused(t, []framed{
		changed("MIME", "charset=UTF-8", "charset=ISO-8859-1"),
		changed("MIME, quoted", "charset=UTF-8", `charset="utf-16"`),
		changed("declaration", `encoding="UTF-8"`, `encoding="ISO-8859-1"`),
		changed("octets", "osci:MessageId>", "osci:MessageId>\xe4"),
	})
}

func TestConformance017GETIsNoOrder(t *testing.T) {
	post, alice := plainOffice(t)
	octets := alice.octets(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		request, err := http.NewRequestWithContext(context.Background(), method, post.url, bytes.NewReader(octets))
		check(t, err)
		response, err := http.DefaultClient.Do(request)
		check(t, err)
		body, err := io.ReadAll(response.Body)
		check(t, err)
		response.Body.Close()
		if response.StatusCode >= 500 {
			t.Errorf("%s: HTTP %d", method, response.StatusCode)
		}
		if bytes.Contains(body, []byte("soap")) {
			t.Errorf("%s was answered like a letter: %s", method, body)
		}
	}
	if lines := post.log.lines(`"msg":"letter `); len(lines) != 0 {
		t.Errorf("the office was asked: %v", lines)
	}
}
