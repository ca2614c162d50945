package interop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// recording reads what the official client wrote.
func recording(t testing.TB, name string) []byte {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join("../testdata/recordings", name+".osci"))
	check(t, err)
	return octets
}

// faultCode opens an answer that has to be a fault and gives its code.
func faultCode(t testing.TB, answer []byte) envelope.Code {
	t.Helper()
	text := string(answer)
	if strings.Contains(text, "schemaLocation") {
		t.Errorf("a fault has no schemaLocation:\n%s", text)
	}
	_, rest, found := strings.Cut(text, "<osci:Code>")
	code, _, closed := strings.Cut(rest, "</osci:Code>")
	if !found || !closed || !strings.Contains(text, "<soap:Fault>") {
		t.Fatalf("no fault:\n%s", text)
	}
	return envelope.Code(code)
}

// replaced is the recording with one text in place of another.
func replaced(t testing.TB, name, old, by string) []byte {
	t.Helper()
	octets := recording(t, name)
	if !bytes.Contains(octets, []byte(old)) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	return bytes.Replace(octets, []byte(old), []byte(by), 1)
}

// badBody is one bad input with the code it has to get.
type badBody struct {
	name string
	body []byte
	code envelope.Code
}

func badBodies(t testing.TB) []badBody {
	encrypted := recording(t, "store-encrypted-signed-1")
	flipped := bytes.Clone(encrypted)
	flipped[len(flipped)-200] ^= 1 // inside the cipher part
	return []badBody{
		{"empty", nil, "9100"},
		{"not MIME", []byte("hello\r\n"), "9100"},
		{"bare XML", []byte(`<?xml version="1.0"?><a/>`), "9100"},
		{"not XML", replaced(t, "store-plain-signed-1", "<soap:Header>", "<soap:Header"), "9100"},
		{"DTD", replaced(t, "store-plain-signed-1", "<soap:Envelope", `<!DOCTYPE a [<!ENTITY e "x">]><soap:Envelope`), "9100"},
		{"charset", replaced(t, "store-plain-signed-1", "charset=UTF-8", "charset=ISO-8859-1"), "9100"},
		{"duplicate Id", replaced(t, "store-plain-signed-1", `Id="desiredlanguages"`, `Id="controlblock"`), "9100"},
		{"wrong kind", replaced(t, "store-plain-signed-1", "soapStoreDelivery.xsd", "soapFetchDelivery.xsd"), "9300"},
		{"unknown kind", replaced(t, "store-plain-signed-1", "soapStoreDelivery.xsd", "soapNothing.xsd"), "9100"},
		{"missing header", []byte(cut(string(recording(t, "store-plain-signed-1")), "<osci:DesiredLanguages", "</osci:DesiredLanguages>")), "9300"},
		{"tampered ciphertext", flipped, "9202"},
		{"cut off", encrypted[:len(encrypted)/2], "9100"},
		{"no closing delimiter", encrypted[:len(encrypted)-50], "9100"},
	}
}

// cut takes away what lies between two texts, both included.
func cut(text, from, to string) string {
	before, rest, _ := strings.Cut(text, from)
	_, after, _ := strings.Cut(rest, to)
	return before + after
}

// TestBadInputGetsItsCodeAndLeavesNoTrace sends each bad body over HTTP: the
// standard's code comes back with HTTP 200, the log has one line with the
// cause, and no mailbox and no card knows of it.
func TestBadInputGetsItsCodeAndLeavesNoTrace(t *testing.T) {
	post := startOffice(t, lenient)
	bob := post.register("bob", mailbox.Rules{})
	for _, bad := range badBodies(t) {
		t.Run(bad.name, func(t *testing.T) {
			before := len(post.log.lines(`"code":"` + string(bad.code) + `"`))
			response, answer := post.post(bytes.NewReader(bad.body))
			if response.StatusCode != 200 {
				t.Errorf("HTTP %d", response.StatusCode)
			}
			if code := faultCode(t, answer); code != bad.code {
				t.Errorf("code %s, want %s", code, bad.code)
			}
			lines := post.log.lines(`"code":"` + string(bad.code) + `"`)
			if len(lines) != before+1 {
				t.Fatalf("%d log lines with the code, want one more than %d", len(lines), before)
			}
			if !strings.Contains(lines[len(lines)-1], `"err":"`) {
				t.Errorf("the log line names no cause: %s", lines[len(lines)-1])
			}
			wantNoTrace(t, post, bob)
		})
	}
}

// wantNoTrace demands an empty mailbox and no card in it.
func wantNoTrace(t *testing.T, post *office, address mailbox.Address) {
	t.Helper()
	ctx := context.Background()
	if entry, _, err := post.store.Select(ctx, mailbox.Query{Mailbox: address}); err == nil {
		t.Errorf("the mailbox holds %s", entry.Card.MessageID)
	}
	if cards, _, err := post.store.Cards(ctx, mailbox.CardQuery{Party: mailbox.Party{Cipher: address}}); err == nil {
		t.Errorf("%d cards", len(cards))
	}
}

func TestAnOversizedBodyGets9100(t *testing.T) {
	post := startOffice(t, lenient, func(o *officeOptions) { o.maxBytes = 100_000 })
	bob := post.register("bob", mailbox.Rules{})
	for name, body := range map[string]io.Reader{
		"announced": bytes.NewReader(recording(t, "store-700k")),
		"chunked":   struct{ io.Reader }{bytes.NewReader(recording(t, "store-700k"))},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(post.url, "http://"), "/"))
			check(t, err)
			defer conn.Close()
			answer := rawPost(t, conn, body, name == "announced")
			if code := faultCode(t, answer); code != "9100" {
				t.Errorf("code %s", code)
			}
			wantNoTrace(t, post, bob)
		})
	}
}

// rawPost sends as much as the server takes and reads what it answers.
func rawPost(t *testing.T, conn net.Conn, body io.Reader, announced bool) []byte {
	t.Helper()
	octets, err := io.ReadAll(body)
	check(t, err)
	go func() {
		if announced {
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(octets))
			conn.Write(octets)
			return
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", len(octets))
		conn.Write(octets)
		fmt.Fprint(conn, "\r\n0\r\n\r\n")
	}()
	answer, err := io.ReadAll(conn)
	if len(answer) == 0 {
		t.Fatalf("no answer: %v", err)
	}
	return answer
}
