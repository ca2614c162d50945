package interop

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/mailbox"
)

// strict is an office without exceptions for old algorithms.
func strict(o *officeOptions) { o.office.Open = true }

// cipherNamed finds a content cipher by its short name.
func cipherNamed(t testing.TB, name string) xmlenc.Cipher {
	t.Helper()
	for _, c := range xmlenc.Ciphers() {
		if strings.HasSuffix(c.URI, "#"+name) {
			return c
		}
	}
	t.Fatalf("no cipher %s", name)
	return xmlenc.Cipher{}
}

// encryptedBy is encrypted with another cipher.
func (w *wire) encryptedBy(cipher string, iv int, changes ...func(*envelope.Encryption)) envelope.SealOptions {
	o := w.encrypted()
	o.Encryption.Method = xmlenc.Method{Cipher: cipherNamed(w.t, cipher), IVSize: iv}
	for _, change := range changes {
		change(o.Encryption)
	}
	return o
}

// demandRead sends a message id request with the options and demands that it
// was understood: the answer has an id.
func (w *wire) demandRead(octets []byte) *answer {
	w.t.Helper()
	a := w.exchange(octets)
	if order, ok := a.Order.(envelope.ResponseToGetMessageID); !ok || order.MessageID == "" {
		w.t.Errorf("no message id: %s", a.code())
	}
	return a
}

// request is an encrypted message id request in octets.
func (w *wire) request(o envelope.SealOptions) []byte {
	w.t.Helper()
	return w.octets(w.draft(envelope.GetMessageID{}), o)
}

// demandRecorded posts what the official client recorded. Its message id is
// of another office, so 9801 says that the whole letter was read.
func demandRecorded(t *testing.T, w *wire, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			w.in(t).demand(recording(t, name), envelope.CodeMessageIDUnknown)
		})
	}
}

const ivLength = `<osci128:IvLength xmlns:osci128="http://xoev.de/transport/osci12/8" Value="%s"></osci128:IvLength>`

// withIVLength writes the element with the value in place of the one that is
// there, or into the empty EncryptionMethod.
func withIVLength(t *testing.T, octets []byte, value string) []byte {
	t.Helper()
	element := fmt.Sprintf(ivLength, value)
	if old := fmt.Sprintf(ivLength, "12"); bytes.Contains(octets, []byte(old)) {
		return edit(t, octets, old, element)
	}
	return edit(t, octets, `-gcm"></xenc:EncryptionMethod>`, `-gcm">`+element+`</xenc:EncryptionMethod>`)
}

func TestConformance037GCMWith12OctetIV(t *testing.T) {
	_, alice := plainOffice(t)
	octets := alice.request(alice.encryptedBy("aes256-gcm", 12))
	if !bytes.Contains(octets, []byte(fmt.Sprintf(ivLength, "12"))) {
		t.Fatal("the request has no IvLength")
	}
	alice.demandRead(octets)
	demandRecorded(t, alice, "store-encrypted-signed-1", "store-3-raw")
}

func TestConformance038GCMWith16OctetIV(t *testing.T) {
	_, alice := plainOffice(t)
	for _, cipher := range []string{"aes128-gcm", "aes192-gcm", "aes256-gcm"} {
		octets := alice.request(alice.encryptedBy(cipher, 16))
		if bytes.Contains(octets, []byte("IvLength")) {
			t.Fatal("the request has an IvLength")
		}
		alice.demandRead(octets)
	}
	demandRecorded(t, alice, "store-aes256-gcm-iv16", "store-aes192-gcm-iv16")
}

func TestConformance039GCMWithIVLength16(t *testing.T) {
	_, alice := plainOffice(t)
	alice.demandRead(withIVLength(t, alice.request(alice.encryptedBy("aes256-gcm", 16)), "16"))
	t.Run("recorded", func(t *testing.T) {
		alice.in(t).demand(withIVLength(t, recording(t, "store-aes256-gcm-iv16"), "16"), envelope.CodeMessageIDUnknown)
	})
}

// TestConformance040OtherIVLengthsAreRefused has the values that nobody may
// use and the two permitted ones where the IV is of the other length.
func TestConformance040OtherIVLengthsAreRefused(t *testing.T) {
	_, alice := plainOffice(t)
	for _, iv := range []int{12, 16} {
		for _, value := range []string{"0", "8", "11", "13", "17", "32", "-12", "12.0", "", "zwölf", "99999999999", fmt.Sprint(28 - iv)} {
			t.Run(fmt.Sprint(iv, " as ", value), func(t *testing.T) {
				octets := alice.request(alice.encryptedBy("aes256-gcm", iv))
				alice.in(t).demand(withIVLength(t, octets, value), envelope.CodeDecryptionFailed)
			})
		}
	}
}

func TestConformance041ShorterGCMKeys(t *testing.T) {
	_, alice := plainOffice(t, strict)
	for _, cipher := range []string{"aes128-gcm", "aes192-gcm"} {
		for _, iv := range []int{12, 16} {
			alice.demandRead(alice.request(alice.encryptedBy(cipher, iv)))
		}
	}
	demandRecorded(t, alice, "store-aes128-gcm-iv12", "store-aes192-gcm-iv16")
}

func TestConformance042CBCIfEnabled(t *testing.T) {
	ciphers := map[string]int{"aes128-cbc": 16, "aes192-cbc": 16, "aes256-cbc": 16, "tripledes-cbc": 8}
	t.Run("enabled", func(t *testing.T) {
		_, alice := plainOffice(t)
		for cipher, iv := range ciphers {
			alice.demandRead(alice.request(alice.encryptedBy(cipher, iv)))
		}
		demandRecorded(t, alice, "store-aes128-cbc", "store-aes256-cbc-ivlength12")
	})
	t.Run("disabled", func(t *testing.T) {
		alice := startOffice(t, strict).wire("alice")
		for cipher, iv := range ciphers {
			alice.demand(alice.request(alice.encryptedBy(cipher, iv)), envelope.CodeDecryptionFailed)
		}
		alice.demand(recording(t, "store-aes128-cbc"), envelope.CodeDecryptionFailed)
	})
}

func TestConformance043OAEPWithBothDigests(t *testing.T) {
	alice := startOffice(t, strict).wire("alice")
	for _, digest := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		a := alice.demandRead(alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) {
			e.KeyTransport = xmlenc.OAEP(digest)
		})))
		if a.Encryption.KeyTransport != xmlenc.OAEP(digest) {
			t.Errorf("answered with %v", a.Encryption.KeyTransport)
		}
	}
	demandRecorded(t, alice, "store-encrypted-signed-1", "store-sha512-oaep512")
}

func TestConformance044RSA15IfEnabled(t *testing.T) {
	rsa15 := func(e *envelope.Encryption) { e.KeyTransport = xmlenc.KeyTransport{URI: xmlenc.RSA15} }
	_, alice := plainOffice(t)
	alice.demandRead(alice.request(alice.encryptedBy("aes256-gcm", 12, rsa15)))
	demandRecorded(t, alice, "store-rsa15")
	t.Run("disabled", func(t *testing.T) {
		alice := startOffice(t, strict).wire("alice")
		alice.demand(alice.request(alice.encryptedBy("aes256-gcm", 12, rsa15)), envelope.CodeDecryptionFailed)
	})
}

func TestConformance045Base64CipherPart(t *testing.T) {
	_, alice := plainOffice(t)
	octets := alice.request(alice.encryptedBy("aes256-gcm", 12))
	head, _, _ := strings.Cut(string(octets), "Content-ID: <osci_enc>\r\n\r\n")
	cipher := octets[len(head)+len("Content-ID: <osci_enc>\r\n\r\n"):]
	cipher = bytes.TrimSuffix(cipher, []byte("\r\n--"+boundaryOf(octets)+"--\r\n"))
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "one line": ""} {
		t.Run(name, func(t *testing.T) {
			text := wrap(base64.StdEncoding.EncodeToString(cipher), 76, end)
			message := edit(t, octets, string(cipher), text)
			message = edit(t, message, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary", "Content-Type: text/base64\r\nContent-Transfer-Encoding: 7bit")
			alice.in(t).demandRead(message)
		})
	}
	t.Run("recorded", func(t *testing.T) { // read, and of a kind that is not offered yet
		alice.in(t).demand(recording(t, "forward-base64"), envelope.CodeNotExecuted, envelope.CodeMessageIDUnknown)
	})
}

func TestConformance046BothFormsOfEncryptedData(t *testing.T) {
	_, alice := plainOffice(t)
	for _, form := range []string{`MimeType="Multipart/Related"`, `Id="Attachment" MimeType="text/xml"`, ``, `MimeType="text/xml" Type="http://www.w3.org/2001/04/xmlenc#Content"`} {
		octets := alice.request(alice.encryptedBy("aes256-gcm", 12))
		alice.demandRead(edit(t, octets, `<xenc:EncryptedData MimeType="Multipart/Related">`, `<xenc:EncryptedData `+form+`>`))
	}
}

func TestConformance047UnknownRecipientGets9200(t *testing.T) {
	_, alice := plainOffice(t)
	for _, other := range []string{"bob-cipher", "alice-cipher", "intermediary-signature"} {
		octets := alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) {
			e.Certificate = certificate(t, other)
		}))
		_, body := alice.post.post(bytes.NewReader(octets))
		if code := faultCode(t, body); code != envelope.CodeKeyUnknown {
			t.Errorf("%s: code %s", other, code)
		}
	}
}

// flipAt changes one bit.
func flipAt(octets []byte, at int) []byte {
	flipped := bytes.Clone(octets)
	flipped[at] ^= 1
	return flipped
}

func TestConformance048TamperedCiphertextChangesNothing(t *testing.T) {
	post, alice := plainOffice(t)
	bob := post.wire("bob")
	bob.dial(bob.encrypted())
	store := alice.octets(alice.store("bob"), alice.encrypted())
	fetch := bob.octets(bob.draft(envelope.FetchDelivery{}), bob.encrypted())
	for name, octets := range map[string][]byte{"store": store, "fetch": fetch} {
		start := bytes.Index(octets, []byte("Content-ID: <osci_enc>\r\n\r\n")) + len("Content-ID: <osci_enc>\r\n\r\n")
		end := bytes.LastIndex(octets, []byte("\r\n--"))
		for place, at := range map[string]int{"IV": start, "first": start + 12, "middle": (start + end) / 2, "last": end - 17, "tag": end - 16, "end": end - 1} {
			t.Run(name+" "+place, func(t *testing.T) {
				bob.in(t).demand(flipAt(octets, at), envelope.CodeDecryptionFailed)
			})
		}
		t.Run(name+" cut", func(t *testing.T) {
			bob.in(t).demand(append(bytes.Clone(octets[:end-1]), octets[end:]...), envelope.CodeDecryptionFailed)
		})
		t.Run(name+" key", func(t *testing.T) {
			at := bytes.Index(octets, []byte("<xenc:CipherValue>")) + 30
			changed := bytes.Clone(octets)
			changed[at] = map[bool]byte{true: 'B', false: 'A'}[changed[at] == 'A']
			bob.in(t).demand(changed, envelope.CodeDecryptionFailed)
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
	// Both are as good as they were: the id is unused, the dialog where it was.
	alice.demand(store, envelope.CodeExecuted)
	if code := bob.exchange(fetch).code(); code != envelope.CodeDialogOpen {
		t.Errorf("the dialog did not go on: %s", code)
	}
}

func TestConformance055NobodyToEncryptForGets9500(t *testing.T) {
	post, alice := plainOffice(t)
	id := alice.messageID()
	store := alice.storeAs(id, "bob")
	store.Certificates = store.Certificates[1:]
	if store.Certificates.First(envelope.CipherOriginator) != nil || store.Certificates.First(envelope.CipherAddressee) == nil {
		t.Fatal("the wrong certificate was taken away")
	}
	issue := alice.draft(envelope.GetMessageID{})
	issue.Certificates = nil
	for name, draft := range map[string]*envelope.Draft{
		"store": store, "message id": issue, "fetch without dialog": alice.draft(envelope.FetchDelivery{}),
	} {
		t.Run(name, func(t *testing.T) {
			_, body := post.post(bytes.NewReader(alice.in(t).octets(draft, alice.encrypted())))
			if code := faultCode(t, body); code != envelope.CodeClientCipherMissing {
				t.Errorf("code %s", code)
			}
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

func TestConformance056AllKeysOfARolloverWork(t *testing.T) {
	post := startOffice(t, strict)
	post.register("bob", mailbox.Rules{})
	alice := post.wire("alice")
	for _, name := range []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096"} {
		alice.demandRead(alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) {
			e.Certificate = certificate(t, name)
		})))
	}
	demandRecorded(t, alice, "store-encrypted-signed-1", "store-office-4096")
}
