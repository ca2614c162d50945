package interop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"poststelle/envelope"
)

// canned is an HTTP server that gives the same answer to every request.
type canned struct {
	*httptest.Server
	mu     sync.Mutex
	octets []byte
}

func newCanned(t *testing.T) *canned {
	c := &canned{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		w.Write(c.octets)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *canned) say(octets []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.octets = octets
}

// TestJavaReadsOurFaults is item 144 with the official client: it meets each
// fault that the office gave as the exception of its party, with its code.
func TestJavaReadsOurFaults(t *testing.T) {
	java := startJava(t)
	post, _ := plainOffice(t)
	server := newCanned(t)
	java.must("dialog", post.javaDialog("alice").with(words{"d": "faults", "url": server.URL + "/"}))
	for class, faults := range map[string]map[envelope.Code][]byte{
		"SoapClientException": faultsOf(t, post), "SoapServerException": internal(t),
	} {
		for code, octets := range faults {
			server.say(octets)
			for _, verb := range []string{"init", "messageid"} {
				if r := java.order(verb, words{"d": "faults"}); r["error"] != class || r["code"] != string(code) {
					t.Errorf("%s met as %s %s: %s", code, r["error"], r["code"], r["message"])
				}
			}
		}
	}
}

// TestJavaVerifiesOurSignatures is items 89 and 113 with the official client,
// which throws where a signature of the answer is wrong: every kind of answer
// is signed for it, and content in the clear keeps its author's signature.
func TestJavaVerifiesOurSignatures(t *testing.T) {
	java := startJava(t)
	post, _ := plainOffice(t)
	for name, how := range map[string]words{"encrypted": {}, "plain": {"encryption": "false"}} {
		t.Run(name, func(t *testing.T) {
			java.t = t
			signed := func(verb string, w words) words {
				t.Helper()
				r := java.must(verb, w)
				if r["signed"] != "true" {
					t.Errorf("%s: signed=%s", verb, r["signed"])
				}
				return r
			}
			for _, person := range []string{"alice", "bob"} {
				java.must("dialog", post.javaDialog(person).with(how).with(words{"d": person}))
				signed("init", words{"d": person})
			}
			id := signed("messageid", words{"d": "alice"})["id"]
			signed("store", words{
				"d": "alice", "id": id, "to": key("bob") + "-cipher.cer", "subject": "Bauantrag", "attachments": "2", "encrypt": "false",
			})
			fetched := signed("fetch", words{"d": "bob"})
			if fetched["id"] != id || fetched["container0.signatures"] != "1" || fetched["container0.valid"] != "true" {
				t.Errorf("fetched %v", fetched)
			}
			signed("cards", words{"d": "bob"})
			signed("exit", words{"d": "bob"})
			signed("exit", words{"d": "alice"})
		})
	}
}
