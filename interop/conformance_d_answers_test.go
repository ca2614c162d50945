package interop

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
)

var embedded = regexp.MustCompile(`<ds:X509Certificate>([^<]*)</ds:X509Certificate>`)

// wantEncryptedFor demands that an answer is encrypted and names exactly the
// person's certificate in its wrapper.
func wantEncryptedFor(t *testing.T, a *answer, name string) {
	t.Helper()
	if a.Encryption == nil || bytes.Contains(a.octets, []byte("ControlBlock")) {
		t.Fatal("the answer is not encrypted")
	}
	found := embedded.FindAllStringSubmatch(controlPart(string(a.octets)), -1)
	if len(found) != 1 {
		t.Fatalf("%d certificates in the wrapper", len(found))
	}
	der, err := base64.StdEncoding.DecodeString(found[0][1])
	check(t, err)
	if !bytes.Equal(der, certificate(t, name+"-cipher").Raw) {
		t.Error("another certificate is in the wrapper")
	}
}

func TestConformance049AnswersAreEncryptedForTheClient(t *testing.T) {
	_, alice := plainOffice(t)
	wantEncryptedFor(t, alice.demandRead(alice.request(alice.encrypted())), "alice")
	refused := alice.send(alice.storeAs("fremd", "bob"), alice.encrypted())
	wantEncryptedFor(t, refused, "alice")
	if refused.code() != envelope.CodeMessageIDUnknown {
		t.Errorf("code %s", refused.code())
	}
}

func TestConformance050PlainRequestsGetPlainAnswers(t *testing.T) {
	_, alice := plainOffice(t)
	for name, o := range map[string]envelope.SealOptions{"unsigned": {}, "signed": alice.signed()} {
		a := alice.demandRead(alice.request(o))
		if a.Encryption != nil || bytes.Contains(a.octets, []byte("EncryptedData")) {
			t.Errorf("%s: the answer is encrypted", name)
		}
	}
}

// TestConformance051GCMForWhoeverKnowsIt has all combinations of what the
// client uses and what it says it can do.
func TestConformance051GCMForWhoeverKnowsIt(t *testing.T) {
	_, alice := plainOffice(t)
	gcm := envelope.Feature{Key: envelope.FeatureGCM, Version: "1.7.0"}
	for _, c := range []struct {
		cipher   string
		iv       int
		features *envelope.Features
		want     string
	}{
		{"aes256-gcm", 12, nil, "aes256-gcm"},
		{"aes128-gcm", 16, nil, "aes128-gcm"},
		{"aes192-gcm", 12, &envelope.Features{}, "aes192-gcm"},
		{"aes256-cbc", 16, &envelope.Features{Supported: []envelope.Feature{gcm}}, "aes256-gcm"},
		{"tripledes-cbc", 8, &envelope.Features{Supported: []envelope.Feature{gcm}}, "aes256-gcm"},
		{"aes128-cbc", 16, &envelope.Features{}, "aes128-cbc"},
		{"aes256-cbc", 16, nil, "aes256-cbc"},
	} {
		alice.features = c.features
		a := alice.demandRead(alice.request(alice.encryptedBy(c.cipher, c.iv)))
		if a.Encryption.Method.Cipher.URI != cipherNamed(t, c.want).URI {
			t.Errorf("%s with %v was answered with %s", c.cipher, c.features, a.Encryption.Method.Cipher.URI)
		}
	}
}

func TestConformance052IVLengthIsMirrored(t *testing.T) {
	_, alice := plainOffice(t)
	both := &envelope.Features{Supported: []envelope.Feature{{Key: envelope.FeatureGCM, Version: "1.7.0"}, {Key: envelope.FeatureIV12, Version: "1.9.0"}}}
	for _, features := range []*envelope.Features{nil, both} {
		alice.features = features
		for _, iv := range []int{12, 16} {
			octets := alice.request(alice.encryptedBy("aes256-gcm", iv))
			if iv == 16 {
				octets = withIVLength(t, octets, "16")
			}
			a := alice.demandRead(octets)
			named := strings.Contains(controlPart(string(a.octets)), fmt.Sprintf(ivLength, "12"))
			if a.Encryption.Method.IVSize != iv || named != (iv == 12) || strings.Contains(string(a.octets), `Value="16"`) {
				t.Errorf("IV of %d octets was answered with one of %d, IvLength 12: %t", iv, a.Encryption.Method.IVSize, named)
			}
		}
	}
	alice.features = &envelope.Features{Supported: both.Supported[:1]} // GCM as it was before IvLength
	if a := alice.demandRead(alice.request(alice.encryptedBy("aes256-cbc", 16))); a.Encryption.Method.IVSize != 16 {
		t.Errorf("a client without 12-octet IVs got one of %d", a.Encryption.Method.IVSize)
	}
}

func TestConformance053EncryptedKeyNamesMGFThenDigest(t *testing.T) {
	_, alice := plainOffice(t)
	for _, digest := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		a := alice.demandRead(alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) { e.KeyTransport = xmlenc.OAEP(digest) })))
		_, rest, _ := strings.Cut(controlPart(string(a.octets)), "<xenc:EncryptedKey>")
		have, _, _ := strings.Cut(rest, "<ds:KeyInfo>")
		short := strings.ToLower(strings.ReplaceAll(digest.String(), "-", ""))
		want := `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep">` +
			`<xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1` + short + `"></xenc11:MGF>` +
			`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#` + short + `"></ds:DigestMethod></xenc:EncryptionMethod>`
		if have != want {
			t.Errorf("%s\nwant\n%s", have, want)
		}
	}
	rsa15 := alice.demandRead(alice.request(alice.encryptedBy("aes256-gcm", 12, func(e *envelope.Encryption) {
		e.KeyTransport = xmlenc.KeyTransport{URI: xmlenc.RSA15}
	})))
	if !strings.Contains(controlPart(string(rsa15.octets)), `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"></xenc:EncryptionMethod>`) {
		t.Error("RSA-1_5 has children")
	}
}

func TestConformance054DialogsKeepTheClientCertificate(t *testing.T) {
	post, _ := plainOffice(t)
	for _, name := range []string{"alice", "bob"} {
		w := post.wire(name)
		w.dial(w.encrypted())
		for _, order := range []envelope.Order{
			envelope.FetchDelivery{}, envelope.GetMessageID{}, envelope.FetchProcessCard{}, envelope.ExitDialog{},
		} {
			draft := w.draft(order)
			if len(draft.Certificates) != 0 {
				t.Fatalf("%s carries a certificate", order.Kind())
			}
			wantEncryptedFor(t, w.send(draft, w.encrypted()), name)
		}
	}
}
