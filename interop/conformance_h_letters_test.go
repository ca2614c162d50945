package interop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// written is a letter with a text and a file from alice, signed by her and by
// carol, in the clear or for bob.
func written(t testing.TB, octets string, encrypted bool) envelope.Writing {
	t.Helper()
	w := envelope.Writing{
		Texts: []envelope.Text{{Octets: []byte("Grüße & <Küsse>")}},
		Files: []envelope.File{textFile("plan.bin", octets)},
		Authors: []envelope.Author{
			{Role: envelope.SignatureOriginator, Signer: signer(t, "alice-signature")},
			{Role: envelope.SignatureOtherAuthor, Signer: signer(t, "carol-signature")},
		},
	}
	if encrypted {
		w.Readers = []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: certificate(t, "bob-cipher")}}
	}
	return w
}

// storeWritten stores such a letter over HTTP and gives its id.
func storeWritten(t testing.TB, post *office, octets string, encrypted bool) string {
	t.Helper()
	subject := "Bauantrag"
	stored, err := newClient(t, post, "alice").Store(context.Background(), client.Letter{
		Addressee: certificate(t, "bob-cipher"), Subject: &subject, Content: written(t, octets, encrypted),
	})
	check(t, err)
	defer stored.Close()
	return stored.MessageID
}

// fetchWritten fetches it as bob and demands that it is whole and signed.
func fetchWritten(t *testing.T, post *office, id, octets string, encrypted bool) {
	t.Helper()
	ctx := context.Background()
	dialog, err := newClient(t, post, "bob").Dial(ctx)
	check(t, err)
	received, err := dialog.Fetch(ctx, byID(id))
	check(t, err)
	defer received.Close()
	opener := envelope.Opener{
		Keys: []envelope.CipherKey{cipherKey(t, "bob-cipher")}, Scratch: scratch(post.spool), Now: time.Now, Rand: rand.Reader,
	}
	content, err := opener.OpenContent(ctx, received.Message)
	check(t, err)
	defer content.Close()
	if content.Encrypted != encrypted || len(content.Authors) != 2 || len(content.Files) != 1 || len(content.Texts) != 1 {
		t.Fatalf("content %+v", content)
	}
	for _, verdict := range content.Authors {
		if !verdict.Valid || len(verdict.Uncovered) != 0 {
			t.Errorf("%s: %v, uncovered %v", verdict.Role, verdict.Err, verdict.Uncovered)
		}
	}
	if have := contentOf(t, content.Files[0].Freight); string(have) != octets {
		t.Errorf("another file of %d octets", len(have))
	}
}

// javaFetches fetches it as bob with the official client.
func javaFetches(t *testing.T, java *javaDriver, post *office, id, octets string) {
	t.Helper()
	java.must("dialog", post.javaDialog("bob").with(words{"d": "reader"}))
	java.must("init", words{"d": "reader"})
	fetched := java.must("fetch", words{"d": "reader", "mode": "id", "rule": id})
	wantFirst(t, fetched, "0801")
	want(t, "content signatures", fetched["container0.signatures"], "2")
	want(t, "valid", fetched["container0.valid"], "true")
	want(t, "file", fetched["container0.plan.bin"], fmt.Sprintf("%d %x", len(octets), sha256.Sum256([]byte(octets))))
	java.must("exit", words{"d": "reader"})
}

// TestConformance113SignaturesOfContentInTheClearHold hands on signed content
// that the office could read: to our own client, and to the official one, of
// our own and of its own making.
func TestConformance113SignaturesOfContentInTheClearHold(t *testing.T) {
	post, _ := plainOffice(t)
	id := storeWritten(t, post, awkward, false)
	fetchWritten(t, post, id, awkward, false)
	t.Run("official client", func(t *testing.T) {
		java := startJava(t)
		javaFetches(t, java, post, id, awkward)
		oneWay(t, java, post, javaCase{letter: words{"attachments": "2", "encrypt": "false", "author": key("carol")}}, false)
	})
}

// TestConformance114EncryptedContentOpens is the same for content and file
// that only the addressee can read.
func TestConformance114EncryptedContentOpens(t *testing.T) {
	post, _ := plainOffice(t)
	octets := string(contentOf(t, pattern(300_000)))
	id := storeWritten(t, post, octets, true)
	fetchWritten(t, post, id, octets, true)
	t.Run("official client", func(t *testing.T) {
		java := startJava(t)
		javaFetches(t, java, post, id, octets)
		oneWay(t, java, post, javaCase{letter: words{"attachments": "2"}}, true)
	})
}

// blockOf is what stands between the tags of a block of a message.
func blockOf(t testing.TB, xml, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(xml, "<osci:"+name+" ")
	_, rest, opened := strings.Cut(rest, ">")
	block, _, closed := strings.Cut(rest, "</osci:"+name+">")
	if !found || !opened || !closed {
		t.Fatalf("no %s in %s", name, xml)
	}
	return block
}

// TestConformance115IdsOfCertificatesAreTheSenders has Ids that no library
// would choose, those of our own blocks and certificates among them.
func TestConformance115IdsOfCertificatesAreTheSenders(t *testing.T) {
	post, alice := plainOffice(t)
	letter := alice.store("bob")
	letter.Certificates = append(letter.Certificates, alice.certificates(envelope.CipherOtherReader, certificate(t, "carol-cipher"))...)
	office := certificate(t, "intermediary-signature")
	for i, id := range []string{"mein-Zertifikat.1", "suppliersignature", envelope.CertificateID(envelope.SignatureIntermediary, 0, office)} {
		letter.Certificates[i].ID = id
	}
	sent := alice.octets(letter, alice.signed())
	alice.demand(sent, envelope.CodeExecuted)
	for name, protect := range map[string]protection{"plain": unprotected, "protected": signedAndEncrypted} {
		t.Run(name, func(t *testing.T) {
			bob := post.wire("bob").in(t)
			bob.dial(protect(bob))
			fetched := bob.send(bob.draft(envelope.FetchDelivery{}), protect(bob))
			have := blockOf(t, fetched.xml(), "NonIntermediaryCertificates")
			if want := blockOf(t, controlPart(string(sent)), "NonIntermediaryCertificates"); have != want {
				t.Errorf("certificates\n%s\nwant\n%s", have, want)
			}
			wantUniqueIDs(t, parse(t, fetched.plain))
			if fetched.Signature != nil && !fetched.Signature.Complete() {
				t.Error("the signature of the answer is wrong")
			}
		})
	}
}

// TestConformance116CustomHeadersAreHandedOnAndSigned has blocks whose octets
// any rewriting would change.
func TestConformance116CustomHeadersAreHandedOnAndSigned(t *testing.T) {
	post, alice := plainOffice(t)
	blocks := []string{
		`<x:Fach xmlns:x="urn:example:fach"   Id='fach' b="2" a='"1"'><x:leer/><!-- ein Wort --> ü &#252; &amp;</x:Fach>`,
		"<Fach xmlns=\"urn:example:andere\" Id=\"andere\">\n\t<![CDATA[<a>]]>\n</Fach>",
	}
	octets := alice.octets(alice.store("bob"), envelope.SealOptions{})
	for _, block := range blocks {
		octets = insert(t, octets, block)
	}
	if code := alice.code(octets); code != envelope.CodeExecuted {
		t.Fatalf("code %s", code)
	}
	bob := post.wire("bob")
	bob.dial(bob.signed())
	fetched := bob.send(bob.draft(envelope.FetchDelivery{}), bob.signed())
	for _, block := range blocks {
		if strings.Count(fetched.xml(), block) != 1 {
			t.Errorf("%s\nis not in\n%s", block, fetched.xml())
		}
	}
	signed := strings.Join(referencesOf(fetched.plain), " ")
	if !strings.Contains(signed, "#fach") || !strings.Contains(signed, "#andere") || !fetched.Signature.Complete() {
		t.Errorf("signed are %s; uncovered %v", signed, fetched.Signature.Uncovered)
	}
}
