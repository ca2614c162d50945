package interop

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
)

// drawn are the octets of attachment n of a size, as the driver makes them
// (Sending.java).
func drawn(n, size int) memory {
	octets := make([]byte, size)
	for i := range octets {
		octets[i] = byte(31*i + n)
	}
	return memory(octets)
}

// goLetter is a letter of ours to bob with a text and three files.
func goLetter(t *testing.T, author *signature.Signer, encrypt bool) client.Letter {
	t.Helper()
	subject, bob := "Bauantrag", certificate(t, "bob-cipher")
	writing := envelope.Writing{
		Texts:   []envelope.Text{{Name: "anschreiben", Octets: []byte("Grüße aus Völklingen")}},
		Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: author}},
	}
	for n := 1; n <= 3; n++ {
		writing.Files = append(writing.Files, envelope.File{
			Name: fmt.Sprintf("anlage-%d.bin", n), ContentType: "application/octet-stream", Freight: drawn(n, 5000+n-1),
		})
	}
	if encrypt {
		writing.Readers = []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: bob}}
	}
	return client.Letter{Subject: &subject, Addressee: bob, Content: writing, Custom: []envelope.Fragment{customHeader()}}
}

// goLetterWords are what the reader has to find in it.
var goLetterWords = words{"subject": "Bauantrag", "text": "Grüße aus Völklingen", "attachments": "3", "size": "5000"}

// aliceSigns is alice's key for an algorithm of ours, with the digest of the
// same hash for the references.
func aliceSigns(t *testing.T, algorithm, digest string) *signature.Signer {
	t.Helper()
	name := "alice-signature"
	if strings.Contains(algorithm, "ecdsa") {
		name += "-ec"
	}
	one := signer(t, name)
	one.Algorithm, one.Digest = algorithm, digest
	return one
}

// ourAlgorithms are those that we sign with and the library knows, and their
// digests.
func ourAlgorithms() map[string]string {
	return map[string]string{
		dsigMore + "rsa-sha256":          xmlenc10 + "sha256",
		dsigMore + "rsa-sha512":          xmlenc10 + "sha512",
		dsigMore07 + "sha256-rsa-MGF1":   xmlenc10 + "sha256",
		dsigMore07 + "sha512-rsa-MGF1":   xmlenc10 + "sha512",
		dsigMore07 + "sha3-256-rsa-MGF1": dsigMore07 + "sha3-256",
		dsigMore07 + "sha3-384-rsa-MGF1": dsigMore07 + "sha3-384",
		dsigMore07 + "sha3-512-rsa-MGF1": dsigMore07 + "sha3-512",
		dsigMore + "ecdsa-sha256":        xmlenc10 + "sha256",
		dsigMore + "ecdsa-sha512":        xmlenc10 + "sha512",
	}
}

// storeOurs stores a letter with our client and gives its id.
func storeOurs(t *testing.T, post *office, author *signature.Signer, encrypt bool) string {
	t.Helper()
	alice := newClient(t, post, "alice", func(o *client.Options) { o.Signer = author })
	stored, err := alice.Store(context.Background(), goLetter(t, author, encrypt))
	check(t, err)
	check(t, stored.Close())
	return stored.MessageID
}

// TestJavaReadsWhatOurClientWrites sends a letter with each algorithm of ours,
// encrypted and in the clear; the official client fetches, decrypts and
// verifies it.
func TestJavaReadsWhatOurClientWrites(t *testing.T) {
	desk := newJavaDesk(t)
	for algorithm, digest := range ourAlgorithms() {
		for _, encrypt := range []bool{true, false} {
			_, short, _ := strings.Cut(algorithm, "#")
			t.Run(fmt.Sprintf("%s/encrypted=%v", short, encrypt), func(t *testing.T) {
				desk := desk.in(t)
				id := storeOurs(t, desk.post, aliceSigns(t, algorithm, digest), encrypt)
				desk.dial("bob")
				fetched := desk.ask("bob", "fetch", words{"mode": "id", "rule": id})
				wantFirst(t, fetched, "0801")
				want(t, "answer is signed", fetched["signed"], "true")
				want(t, "custom header", fetched["custom"], inScope(string(customHeader().Octets)))
				wantLetter(t, fetched, goLetterWords)
				wantCodes(t, desk.ask("bob", "exit", nil), "0800")
			})
		}
	}
}

// TestJavaKnowsNoSHA384 records a limit of the library: whoever writes to its
// users does not sign with SHA-384. The letter stays unconfirmed.
func TestJavaKnowsNoSHA384(t *testing.T) {
	desk := newJavaDesk(t)
	for _, algorithm := range []string{dsigMore + "rsa-sha384", dsigMore07 + "sha384-rsa-MGF1", dsigMore + "ecdsa-sha384"} {
		for encrypt, seen := range map[bool]string{true: "SAXException ", false: "SoapClientException 9100"} {
			id := storeOurs(t, desk.post, aliceSigns(t, algorithm, ""), encrypt)
			desk.dial("bob")
			got := desk.java.order("fetch", words{"d": "bob", "mode": "id", "rule": id})
			want(t, algorithm, outcome(got), seen)
		}
	}
}

// TestOurClientReadsWhatJavaWrites is the other direction.
func TestOurClientReadsWhatJavaWrites(t *testing.T) {
	desk := newJavaDesk(t)
	for name, letter := range map[string]words{
		"encrypted":         {"attachments": "3"},
		"encrypted, base64": {"attachments": "3", "base64": "true"},
		"clear":             {"attachments": "3", "encrypt": "false"},
		"two readers":       {"attachments": "3", "reader": key("dave") + "-cipher.cer"},
		"another author":    {"attachments": "3", "author": key("carol")},
		"AES-128":           {"attachments": "3", "contentsym": xmlenc11 + "aes128-gcm"},
		"nonce of 16":       {"attachments": "3", "contentiv": "16"},
		"empty file":        {"attachments": "2", "size": "0"},
	} {
		t.Run(name, func(t *testing.T) {
			desk := desk.in(t)
			desk.open("alice", nil)
			id := desk.ask("alice", "messageid", nil)["id"]
			letter = letter.with(words{"id": id, "to": key("bob") + "-cipher.cer", "subject": "Ü", "text": "Grüße"})
			wantCodes(t, desk.ask("alice", "store", letter), "0800")
			dialog, err := newClient(t, desk.post, "bob").Dial(context.Background())
			check(t, err)
			received, err := dialog.Fetch(context.Background(), byID(id))
			check(t, err)
			defer received.Close()
			want(t, "subject", *received.Subject, "Ü")
			wantContent(t, received, letter)
			check(t, dialog.Exit(context.Background()))
		})
	}
}

// wantContent compares what our client finds with what the driver wrote.
func wantContent(t *testing.T, received *client.Received, letter words) {
	t.Helper()
	content, err := received.OpenContent(context.Background())
	check(t, err)
	defer content.Close()
	check(t, content.Whole())
	check(t, content.Signed())
	want(t, "encrypted", strconv.FormatBool(content.Encrypted), strconv.FormatBool(letter["encrypt"] != "false"))
	author := "alice-signature"
	if letter["author"] != "" {
		author = "carol-signature"
	}
	if len(content.Authors) != 1 || !content.Authors[0].Valid || !content.Authors[0].Certificate.Equal(certificate(t, author)) {
		t.Errorf("authors %+v", content.Authors)
	}
	if len(content.Texts) != 1 || string(content.Texts[0].Octets) != letter["text"] {
		t.Errorf("texts %+v", content.Texts)
	}
	count, size := number(t, letter["attachments"], 0), number(t, letter["size"], 1000)
	if len(content.Files) != count || len(content.Stray) != 0 {
		t.Fatalf("%d files, stray %v", len(content.Files), content.Stray)
	}
	for n, file := range content.Files {
		want(t, "name", file.Name, fmt.Sprintf("anlage-%d.bin", n+1))
		want(t, file.Name, fmt.Sprintf("%d %x", file.Size, file.SHA256), attachmentFact(n+1, size+n))
	}
}

// inScope is a header block with the five declarations of an envelope, in the
// order of the canonical form: so the library signs and shows it.
func inScope(header string) string {
	const own = `xmlns:x="urn:example:fach"`
	return strings.Replace(header, own, strings.Replace(ns5, "xmlns:xenc", own+" xmlns:xenc", 1), 1)
}

// TestCustomHeadersArriveAsTheyWereWritten is about header blocks that the
// standard does not know (dossier §7.5): octet for octet, and signed by the
// office on the way to the reader.
func TestCustomHeadersArriveAsTheyWereWritten(t *testing.T) {
	desk := newJavaDesk(t)
	header := inScope(`<x:Fach xmlns:x="urn:example:fach" Id="fach"><x:Wert Name="Ü&amp;&lt;"> a  b </x:Wert></x:Fach>`)
	desk.open("alice", nil)
	id := desk.ask("alice", "messageid", nil)["id"]
	wantCodes(t, desk.ask("alice", "store", words{"id": id, "to": key("bob") + "-cipher.cer", "custom": header}), "0800")
	desk.dial("bob")
	fetched := desk.ask("bob", "fetch", nil)
	want(t, "custom header", fetched["custom"], header)
	want(t, "answer is signed", fetched["signed"], "true")
	bob, err := newClient(t, desk.post, "bob").Dial(context.Background())
	check(t, err)
	received, err := bob.Fetch(context.Background(), byID(id))
	check(t, err)
	defer received.Close()
	if m := received.Message; len(m.Custom) != 1 || string(m.Custom[0].Octets) != header {
		t.Errorf("our client reads %+v", m.Custom)
	}
	if s := received.Message.Signature; !s.Complete() {
		t.Errorf("the office does not sign %v", s.Uncovered)
	}
}

// TestJavaAcceptsOtherKeysOfTheOffice is about an office that signs with P-256
// or is written to with RSA-4096 or RSA-2048.
func TestJavaAcceptsOtherKeysOfTheOffice(t *testing.T) {
	desk := newJavaDesk(t, func(o *officeOptions) { o.office.Signer = signer(t, "alice-signature-ec") })
	for _, cipher := range []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096"} {
		t.Run(cipher, func(t *testing.T) {
			desk := desk.in(t)
			keys := words{"intermediary": key(cipher) + ".cer", "intermediarysignature": key("alice-signature-ec") + ".cer"}
			desk.open("alice", keys)
			id := desk.ask("alice", "messageid", nil)["id"]
			letter := words{"id": id, "to": key("bob") + "-cipher.cer", "subject": "S", "attachments": "1"}
			stored := desk.ask("alice", "store", letter)
			wantCodes(t, stored, "0800")
			want(t, "answer is signed", stored["signed"], "true")
			desk.open("bob", keys)
			wantCodes(t, desk.ask("bob", "init", nil), "0801")
			fetched := desk.ask("bob", "fetch", words{"mode": "id", "rule": id})
			want(t, "letter is signed", fetched["signed"], "true")
			wantLetter(t, fetched, letter)
		})
	}
	desk.open("carol", nil) // who knows another signature certificate of the office
	want(t, "answer of another signer", outcome(desk.java.order("init", words{"d": "carol"})), "IllegalStateException ")
}

// TestJavaCarries50MB sends and fetches a large attachment.
func TestJavaCarries50MB(t *testing.T) {
	if testing.Short() {
		t.Skip("50 MB take their time")
	}
	desk := newJavaDesk(t)
	desk.open("alice", nil)
	id := desk.ask("alice", "messageid", nil)["id"]
	letter := words{"id": id, "to": key("bob") + "-cipher.cer", "subject": "S", "attachments": "1", "size": "50000000"}
	wantCodes(t, desk.ask("alice", "store", letter), "0800")
	desk.dial("bob")
	wantLetter(t, desk.ask("bob", "fetch", nil), letter)
}
