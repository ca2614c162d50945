package interop

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

const (
	xmlenc11   = "http://www.w3.org/2009/xmlenc11#"
	xmlenc10   = "http://www.w3.org/2001/04/xmlenc#"
	dsigMore   = "http://www.w3.org/2001/04/xmldsig-more#"
	dsigMore07 = "http://www.w3.org/2007/05/xmldsig-more#"
)

// javaCase is one line of the matrix: how the library is set up, and how the
// letter is made.
type javaCase struct {
	name   string
	dialog words
	letter words
}

// javaMatrix is every algorithm the library offers, every form of attachment,
// plain and unsigned transport.
func javaMatrix() []javaCase {
	cases := []javaCase{
		{name: "defaults", letter: words{"attachments": "1"}},
		{name: "no-attachment", letter: words{"attachments": "0"}},
		{name: "three-raw", letter: words{"attachments": "3", "size": "20000"}},
		{name: "three-base64", letter: words{"attachments": "3", "base64": "true"}},
		{name: "empty-attachment", letter: words{"attachments": "1", "size": "0"}},
		{name: "700k", letter: words{"attachments": "1", "size": "700000"}},
		{name: "content-in-the-clear", letter: words{"attachments": "1", "encrypt": "false"}},
		{name: "content-in-the-clear-three-base64", letter: words{"attachments": "3", "encrypt": "false", "base64": "true"}},
		{name: "author-beside-originator", letter: words{"attachments": "1", "author": key("carol")}},
		{name: "author-in-the-clear", letter: words{"attachments": "1", "encrypt": "false", "author": key("carol")}},
		{name: "second-reader", letter: words{"attachments": "1", "reader": key("dave") + "-cipher.cer"}},
		{name: "plain-transport", dialog: words{"encryption": "false"}, letter: words{"attachments": "1"}},
		{name: "unsigned-transport", dialog: words{"sign": "false"}, letter: words{"attachments": "1"}},
		{name: "plain-unsigned-transport", dialog: words{"encryption": "false", "sign": "false"}, letter: words{"attachments": "1"}},
		{name: "no-features", dialog: words{"features": "false"}, letter: words{"attachments": "1"}},
		{name: "english", dialog: words{"lang": "en-US de"}, letter: words{"attachments": "1"}},
		{name: "umlauts", letter: words{"attachments": "1", "subject": "Änderung: Größe € 5 – été 📨", "text": "Grüße aus Völklingen"}},
	}
	return append(append(cases, cipherCases()...), signatureCases()...)
}

func cipherCases() []javaCase {
	var cases []javaCase
	for _, size := range []string{"128", "192", "256"} {
		for _, iv := range []string{"12", "16"} {
			uri := xmlenc11 + "aes" + size + "-gcm"
			cases = append(cases, javaCase{
				name:   "aes" + size + "-gcm-iv" + iv,
				dialog: words{"sym": uri, "iv": iv},
				letter: words{"attachments": "1", "contentsym": uri, "contentiv": iv},
			})
		}
		uri := xmlenc10 + "aes" + size + "-cbc"
		cases = append(cases, javaCase{
			name:   "aes" + size + "-cbc",
			dialog: words{"sym": uri, "iv": "16"},
			letter: words{"attachments": "1", "contentsym": uri, "contentiv": "16"},
		})
	}
	return append(cases,
		javaCase{name: "tripledes-cbc", dialog: words{"sym": xmlenc10 + "tripledes-cbc", "iv": "16"}, letter: words{"attachments": "1"}},
		javaCase{name: "rsa-1_5", dialog: words{"asym": xmlenc10 + "rsa-1_5"}, letter: words{"attachments": "1", "contentasym": xmlenc10 + "rsa-1_5"}},
	)
}

func signatureCases() []javaCase {
	type pair struct{ name, sig, digest, pss, signas string }
	pairs := []pair{
		{"rsa-sha256", dsigMore + "rsa-sha256", xmlenc10 + "sha256", "false", ""},
		{"rsa-sha512", dsigMore + "rsa-sha512", xmlenc10 + "sha512", "false", ""},
		{"rsa-pss-sha256", dsigMore07 + "sha256-rsa-MGF1", xmlenc10 + "sha256", "true", ""},
		{"rsa-pss-sha512", dsigMore07 + "sha512-rsa-MGF1", xmlenc10 + "sha512", "true", ""},
		{"rsa-sha3-256", dsigMore07 + "sha3-256-rsa-MGF1", dsigMore07 + "sha3-256", "true", ""},
		{"rsa-sha3-384", dsigMore07 + "sha3-384-rsa-MGF1", dsigMore07 + "sha3-384", "true", ""},
		{"rsa-sha3-512", dsigMore07 + "sha3-512-rsa-MGF1", dsigMore07 + "sha3-512", "true", ""},
		{"ecdsa-sha256", dsigMore + "ecdsa-sha256", xmlenc10 + "sha256", "false", "ec"},
		{"ecdsa-sha512", dsigMore + "ecdsa-sha512", xmlenc10 + "sha512", "false", "ec"},
	}
	var cases []javaCase
	for _, p := range pairs {
		dialog := words{"sig": p.sig, "digest": p.digest, "pss": p.pss}
		if p.signas == "ec" {
			dialog["signas"] = key("alice") + "-signature-ec.p12"
		}
		cases = append(cases, javaCase{name: p.name, dialog: dialog, letter: words{"attachments": "1"}})
	}
	return cases
}

// TestJavaOneWayOverTheWholeMatrix sends one letter per line of the matrix
// with the official client, implicit and explicit, and fetches it with the
// official client: everything arrives, everything verifies.
func TestJavaOneWayOverTheWholeMatrix(t *testing.T) {
	java := startJava(t)
	office := startOffice(t, lenient)
	for _, c := range javaMatrix() {
		for _, explicit := range []bool{false, true} {
			name := c.name + "/implicit"
			if explicit {
				name = c.name + "/explicit"
			}
			t.Run(name, func(t *testing.T) {
				java.t = t
				oneWay(t, java, office, c, explicit)
			})
		}
	}
}

func oneWay(t *testing.T, java *javaDriver, office *office, c javaCase, explicit bool) {
	defaults := words{"sig": dsigMore + "rsa-sha256", "digest": xmlenc10 + "sha256"}
	sender := office.javaDialog("alice").with(defaults).with(c.dialog).with(words{"d": "sender"})
	reader := office.javaDialog("bob").with(defaults).with(c.dialog).with(words{"d": "reader"})
	delete(reader, "signas")
	java.must("dialog", sender)
	done := "0800"
	if explicit {
		done = "0801"
		wantCodes(t, java.must("init", words{"d": "sender"}), "0801")
	}
	issued := java.must("messageid", words{"d": "sender"})
	wantCodes(t, issued, done)
	letter := words{"d": "sender", "id": issued["id"], "to": key("bob") + "-cipher.cer", "subject": "Bauantrag"}.with(c.letter)
	stored := java.must("store", letter)
	wantFirst(t, stored, done)
	want(t, "signed", stored["signed"], strconv.FormatBool(c.dialog["sign"] != "false"))
	want(t, "stored id", stored["id"], issued["id"])
	if explicit {
		wantCodes(t, java.must("exit", words{"d": "sender"}), "0800")
	}
	java.must("dialog", reader)
	wantCodes(t, java.must("init", words{"d": "reader"}), "0801")
	fetched := java.must("fetch", words{"d": "reader", "mode": "id", "rule": issued["id"]})
	wantFirst(t, fetched, "0801")
	wantLetter(t, fetched, letter)
	wantCodes(t, java.must("exit", words{"d": "reader"}), "0800")
	wantReception(t, java, sender, issued["id"])
}

// wantReception asks the sender's card for the confirmed hand-out.
func wantReception(t *testing.T, java *javaDriver, sender words, id string) {
	t.Helper()
	java.must("dialog", sender)
	java.must("init", words{"d": "sender"})
	cards := java.must("cards", words{"d": "sender", "mode": "id", "rule": id})
	wantFirst(t, cards, "0801")
	want(t, "cards", cards["cards"], "1")
	for _, stamp := range []string{"creation", "forwarding", "reception"} {
		if cards["card0."+stamp] == "" {
			t.Errorf("the card has no %s: %v", stamp, cards)
		}
	}
	java.must("exit", words{"d": "sender"})
}

// wantLetter compares what the reader found with what the sender wrote.
func wantLetter(t *testing.T, fetched, letter words) {
	t.Helper()
	want(t, "subject", fetched["subject"], letter["subject"])
	want(t, "content signature", fetched["container0.valid"], "true")
	want(t, "number of content signatures", fetched["container0.signatures"], "1")
	text := letter["text"]
	if text == "" {
		text = "Inhalt"
	}
	want(t, "text", fetched["container0.text"], text)
	count, size := number(t, letter["attachments"], 0), number(t, letter["size"], 1000)
	for n := 1; n <= count; n++ {
		name := fmt.Sprintf("anlage-%d.bin", n)
		want(t, name, fetched["container0."+name], attachmentFact(n, size+n-1))
	}
}

// attachmentFact is size and SHA-256 of what the driver makes (Sending.java).
func attachmentFact(n, size int) string {
	sum := sha256.New()
	octets := make([]byte, size)
	for i := range octets {
		octets[i] = byte(31*i + n)
	}
	sum.Write(octets)
	return fmt.Sprintf("%d %x", size, sum.Sum(nil))
}

func number(t *testing.T, text string, otherwise int) int {
	t.Helper()
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func want(t *testing.T, what, got, wanted string) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s = %q, want %q", what, got, wanted)
	}
}

func wantCodes(t *testing.T, answer words, wanted string) {
	t.Helper()
	if got := answer.codes(); got != wanted {
		t.Errorf("codes = %s, want %s (%s)", got, wanted, answer["feedback"])
	}
}

// wantFirst compares the first code; warnings may follow.
func wantFirst(t *testing.T, answer words, wanted string) {
	t.Helper()
	first, _, _ := strings.Cut(answer.codes(), " ")
	if first != wanted {
		t.Errorf("first code = %s, want %s (%s)", first, wanted, answer["feedback"])
	}
}
