package interop

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/signature"
)

const dsig = "http://www.w3.org/2000/09/xmldsig#"

// fullStore is a signed store with every header block there is, a part that
// the content names and one that it does not.
func fullStore(w *wire) []byte {
	w.t.Helper()
	with := *w
	with.features = &envelope.Features{Supported: []envelope.Feature{{Key: envelope.FeatureGCM, Version: "1.7.0"}}}
	store := with.store("bob", textFile("teil.bin", "Inhalt"))
	store.Custom = []envelope.Fragment{customHeader()}
	store.Attachments = append(store.Attachments, envelope.Attachment{
		ContentID: "frei.bin", SHA256: sha256.Sum256([]byte("frei")), Freight: memory("frei"),
	})
	return with.octets(store, with.signed())
}

// demandUnstored sends bad stores and demands the code; good as they were
// before, none of them may leave anything in bob's box.
func demandUnstored(t *testing.T, cases []framed, want ...envelope.Code) {
	t.Helper()
	post, alice := plainOffice(t)
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			alice.in(t).demand(one.change(t, fullStore(alice.in(t))), want...)
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
	alice.demand(fullStore(alice), envelope.CodeExecuted)
}

func TestConformance076LettersOfTheLibraryVerify(t *testing.T) {
	alice := startOffice(t, lenient).wire("alice")
	octets := recording(t, "init-plain-signed")
	a := alice.exchange(octets)
	if a.code() != envelope.CodeDialogOpen || a.Signature == nil {
		t.Errorf("code %s", a.code())
	}
	alice.demand(edit(t, octets, `LanguagesList="de"`, `LanguagesList="en"`), envelope.CodeSignatureWrong)
	alice.demand(recording(t, "init-encrypted-signed"), envelope.CodeDialogOpen)
	demandRecorded(t, alice, "store-plain-signed-1", "store-encrypted-signed-1", "store-two-authors-clear", "store-custom-header")
}

func TestConformance077AllModernAlgorithmsVerify(t *testing.T) {
	_, alice := plainOffice(t, strict)
	for _, algorithm := range []string{
		dsigMore + "rsa-sha256", dsigMore + "rsa-sha512",
		dsigMore07 + "sha256-rsa-MGF1", dsigMore07 + "sha512-rsa-MGF1",
		dsigMore07 + "sha3-256-rsa-MGF1", dsigMore07 + "sha3-384-rsa-MGF1", dsigMore07 + "sha3-512-rsa-MGF1",
		dsigMore + "ecdsa-sha256", dsigMore + "ecdsa-sha512",
	} {
		t.Run(algorithm, func(t *testing.T) {
			name := "alice-signature"
			if strings.Contains(algorithm, "ecdsa") {
				name = "alice-signature-ec"
			}
			s := signer(t, name)
			s.Algorithm = algorithm
			octets := alice.in(t).octets(alice.in(t).store("bob"), envelope.SealOptions{Signer: s})
			if !strings.Contains(string(octets), `<ds:SignatureMethod Algorithm="`+algorithm+`">`) {
				t.Fatal("the request is signed otherwise")
			}
			alice.in(t).demand(edit(t, octets, "Bauantrag", "Bauvertrag"), envelope.CodeSignatureWrong)
			alice.in(t).demand(octets, envelope.CodeExecuted)
		})
	}
	demandRecorded(t, alice, "store-plain-sha512", "store-sha512-oaep512", "store-pss512", "store-sha3-512", "store-ecdsa512")
}

func TestConformance078FlippedBytesGet9601(t *testing.T) {
	demandUnstored(t, []framed{
		changed("ControlBlock", ">from alice<", ">From alice<"),
		changed("DesiredLanguages", `LanguagesList="de"`, `LanguagesList="en"`),
		changed("QualityOfTimestamp creation", `Quality="plain" Service="creation"`, `Quality="cryptographic" Service="creation"`),
		changed("QualityOfTimestamp reception", `Id="qualityoftimestamp_reception" Quality="plain"`, `Id="qualityoftimestamp_reception" Quality="cryptographic"`),
		changed("message", "Bauantrag", "Bauantrbg"),
		changed("certificates", `Id="originator_cipher_`, `Id="originator_ciphes_`),
		changed("features", `Version="1.7.0"`, `Version="1.7.1"`),
		changed("custom header", ">wert<", ">wart<"),
		changed("Body", "R3V0ZW4gVGFn", "R3V0ZW4gVGFm"),
		changed("white space", "<osci:ContentPackage>", "<osci:ContentPackage> "),
		changed("attachment", "\r\n\r\nInhalt", "\r\n\r\nInhblt"),
		changed("attachment's end", "Inhalt\r\n", "Inhalt\r\n\r\n"),
		changed("SignedInfo", "<ds:SignedInfo>", "<ds:SignedInfo> "),
		{"digest", func(t *testing.T, octets []byte) []byte { return flipBase64(t, octets, "<ds:DigestValue>") }},
		{"signature value", func(t *testing.T, octets []byte) []byte { return flipBase64(t, octets, "<ds:SignatureValue>") }},
	}, envelope.CodeSignatureWrong)
}

// flipBase64 changes a character of the base64 text after a tag.
func flipBase64(t *testing.T, octets []byte, tag string) []byte {
	t.Helper()
	at := strings.Index(string(octets), tag) + len(tag) + 5
	flipped := append([]byte(nil), octets...)
	flipped[at] = map[bool]byte{true: 'B', false: 'A'}[flipped[at] == 'A']
	return flipped
}

func TestConformance079UnsignedHeadersGet9602(t *testing.T) {
	demandUnstored(t, []framed{
		changed("custom", "</soap:Header>", `<y:Mehr xmlns:y="urn:example:mehr" Id="mehr">x</y:Mehr></soap:Header>`),
		{"no reference", func(t *testing.T, octets []byte) []byte { return withoutReference(t, octets, "#featuredescription") }},
		{"message not signed", func(t *testing.T, octets []byte) []byte { return withoutReference(t, octets, "#storedelivery") }},
		{"Body not signed", func(t *testing.T, octets []byte) []byte { return withoutReference(t, octets, "#body") }},
	}, envelope.CodeSignatureIncomplete)
}

// withoutReference is a message that alice signed without one reference.
func withoutReference(t *testing.T, octets []byte, uri string) []byte {
	t.Helper()
	alice := &wire{t: t, name: "alice"}
	return resign(t, alice, octets, func(info string) string {
		before, rest, found := strings.Cut(info, `<ds:Reference URI="`+uri+`">`)
		_, after, closed := strings.Cut(rest, "</ds:Reference>")
		if !found || !closed {
			t.Fatalf("no reference to %s", uri)
		}
		return before + after
	})
}

func TestConformance080UnsignedAttachmentsGet9602(t *testing.T) {
	demandUnstored(t, []framed{
		{"one more", func(t *testing.T, octets []byte) []byte {
			boundary := boundaryOf(octets)
			return edit(t, octets, "\r\n--"+boundary+"--", "\r\n--"+boundary+"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <mehr>\r\n\r\nx\r\n--"+boundary+"--")
		}},
		{"no reference", func(t *testing.T, octets []byte) []byte { return withoutReference(t, octets, "cid:teil.bin") }},
	}, envelope.CodeSignatureIncomplete)
}

func TestConformance081DanglingReferencesGet9601(t *testing.T) {
	cases := []framed{
		{"header taken away", func(t *testing.T, octets []byte) []byte {
			return edit(t, octets, string(customHeader().Octets), "")
		}},
		{"attachment taken away", func(t *testing.T, octets []byte) []byte {
			text := string(octets)
			at := strings.LastIndex(text[:strings.Index(text, "Content-ID: <frei.bin>")], "\r\n--")
			return []byte(text[:at] + text[strings.LastIndex(text, "\r\n--"):])
		}},
		changed("attachment renamed", "Content-ID: <frei.bin>", "Content-ID: <Frei.bin>"),
	}
	cases = append(cases, framed{"certificate unknown", func(t *testing.T, octets []byte) []byte {
		return edit(t, octets, `<ds:RetrievalMethod URI="#originator_signature_`, `<ds:RetrievalMethod URI="#nobody_signature_`)
	}})
	for _, uri := range []string{"#nichts", "cid:nichts", "", "#", "http://127.0.0.1:9/", "#xpointer(/)", "teil.bin"} {
		cases = append(cases, framed{"added " + uri, func(t *testing.T, octets []byte) []byte { return withReference(t, octets, uri, nil) }})
	}
	demandUnstored(t, cases, envelope.CodeSignatureWrong)
}

// withReference is a message that alice signed with one reference more.
func withReference(t *testing.T, octets []byte, uri string, digest []byte) []byte {
	t.Helper()
	if digest == nil {
		digest = make([]byte, sha256.Size)
	}
	more := fmt.Sprintf(referenceTo, uri, base64.StdEncoding.EncodeToString(digest))
	return resign(t, &wire{t: t, name: "alice"}, octets, func(info string) string {
		return strings.Replace(info, signedInfoEnd, more+signedInfoEnd, 1)
	})
}

// TestConformance082RepeatedReferencesGet9601 repeats references as they are:
// each by itself is right.
func TestConformance082RepeatedReferencesGet9601(t *testing.T) {
	var cases []framed
	for _, uri := range []string{"#body", "#storedelivery", "cid:teil.bin"} {
		cases = append(cases, framed{uri, func(t *testing.T, octets []byte) []byte {
			return resign(t, &wire{t: t, name: "alice"}, octets, func(info string) string {
				_, rest, found := strings.Cut(info, `<ds:Reference URI="`+uri+`">`)
				one, _, _ := strings.Cut(rest, "</ds:Reference>")
				if !found {
					t.Fatalf("no reference to %s", uri)
				}
				return strings.Replace(info, signedInfoEnd, `<ds:Reference URI="`+uri+`">`+one+"</ds:Reference>"+signedInfoEnd, 1)
			})
		}})
	}
	demandUnstored(t, cases, envelope.CodeSignatureWrong, envelope.CodeRequestInvalid)
}

// TestConformance083WrappedElementsGet9601 moves what was signed to where it
// means nothing and puts something else in its place.
func TestConformance083WrappedElementsGet9601(t *testing.T) {
	demandUnstored(t, []framed{
		{"message into a custom header", func(t *testing.T, octets []byte) []byte {
			before, blocks, after := headerOf(t, octets)
			for i, block := range blocks {
				if strings.HasPrefix(block, "<osci:storeDelivery") {
					other := strings.NewReplacer("Bauantrag", "Anderes", `Id="storedelivery"`, `Id="other"`).Replace(block)
					blocks[i] = other + `<y:Wrap xmlns:y="urn:example:wrap" Id="wrap">` + block + `</y:Wrap>`
				}
			}
			return []byte(before + strings.Join(blocks, "") + after)
		}},
		{"Body into a custom header", func(t *testing.T, octets []byte) []byte {
			_, rest, _ := strings.Cut(string(octets), "<soap:Body")
			inside, _, _ := strings.Cut(rest, "</soap:Body>")
			body := "<soap:Body" + inside + "</soap:Body>"
			other := strings.NewReplacer(`Id="body"`, `Id="other"`, "R3V0ZW4gVGFn", "R3V0ZW4gVGFm", `Id="brief"`, `Id="brief2"`, `Id="cont`, `Id="cent`).Replace(body)
			changed := edit(t, octets, body, other)
			return edit(t, changed, "</soap:Header>", `<y:Wrap xmlns:y="urn:example:wrap" Id="wrap">`+body+`</y:Wrap></soap:Header>`)
		}},
		{"reference into the Body", func(t *testing.T, octets []byte) []byte {
			_, rest, _ := strings.Cut(string(octets), `<osci:Base64Content Id="brief">`)
			text, _, _ := strings.Cut(rest, "<")
			canonical := `<osci:Base64Content ` + ns5 + ` Id="brief">` + text + `</osci:Base64Content>`
			digest := sha256.Sum256([]byte(canonical))
			return withReference(t, octets, "#brief", digest[:])
		}},
	}, envelope.CodeSignatureWrong)
}

func TestConformance084UnsignedRequestsGet9600(t *testing.T) {
	post, alice := plainOffice(t, func(o *officeOptions) { o.office.RequireSignature = true })
	for _, order := range []envelope.Order{envelope.InitDialog{}, envelope.GetMessageID{}} {
		alice.demand(alice.octets(alice.draft(order), envelope.SealOptions{}), envelope.CodeSignatureMissing)
	}
	id := alice.send(alice.draft(envelope.GetMessageID{}), alice.signed()).Order.(envelope.ResponseToGetMessageID).MessageID
	alice.demand(alice.octets(alice.storeAs(id, "bob"), envelope.SealOptions{}), envelope.CodeSignatureMissing)
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
	alice.demand(alice.octets(alice.storeAs(id, "bob"), alice.signed()), envelope.CodeExecuted)
}

// TestConformance085OldDigestsAreRefusedUnlessEnabled has SHA-1 in both
// places. RIPEMD-160 is not built in at all: there is no way to enable it.
func TestConformance085OldDigestsAreRefusedUnlessEnabled(t *testing.T) {
	exceptions := func(until time.Time) setting {
		return func(o *officeOptions) {
			for _, uri := range []string{dsig + "rsa-sha1", dsig + "sha1"} {
				o.office.Signatures.Exceptions = append(o.office.Signatures.Exceptions, signature.Exception{Algorithm: uri, Until: until, Reason: "old client"})
			}
		}
	}
	for name, c := range map[string]struct {
		set  setting
		want envelope.Code
	}{
		"refused":   {func(*officeOptions) {}, envelope.CodeSignatureWrong},
		"enabled":   {exceptions(time.Now().Add(time.Hour)), envelope.CodeExecuted},
		"no longer": {exceptions(time.Now().Add(-time.Hour)), envelope.CodeSignatureWrong},
	} {
		t.Run(name, func(t *testing.T) {
			_, alice := plainOffice(t, c.set)
			alice.demand(withSHA1Value(t, alice), c.want)
			alice.demand(withSHA1Digest(t, alice), c.want)
			for _, uri := range []string{dsigMore + "rsa-ripemd160", dsigMore07 + "ripemd160-rsa-MGF1", dsigMore + "rsa-md5"} {
				octets := resign(t, alice, fullStore(alice), func(info string) string {
					return strings.Replace(info, dsigMore+"rsa-sha256", uri, 1)
				})
				alice.demand(octets, envelope.CodeSignatureWrong)
			}
		})
	}
}

// withSHA1Value is a store signed with rsa-sha1.
func withSHA1Value(t *testing.T, w *wire) []byte {
	return resign(t, w, fullStore(w), func(info string) string {
		return strings.Replace(info, dsigMore+"rsa-sha256", dsig+"rsa-sha1", 1)
	})
}

// withSHA1Digest is a store signed with rsa-sha256, one digest of which is
// SHA-1, and right.
func withSHA1Digest(t *testing.T, w *wire) []byte {
	digest := sha1.Sum([]byte("Inhalt"))
	return resign(t, w, fullStore(w), func(info string) string {
		before, rest, found := strings.Cut(info, `<ds:Reference URI="cid:teil.bin">`)
		_, after, closed := strings.Cut(rest, "</ds:Reference>")
		if !found || !closed {
			t.Fatal("no reference to the part")
		}
		return before + `<ds:Reference URI="cid:teil.bin"><ds:DigestMethod Algorithm="` + dsig + `sha1"></ds:DigestMethod><ds:DigestValue>` +
			base64.StdEncoding.EncodeToString(digest[:]) + "</ds:DigestValue></ds:Reference>" + after
	})
}

func TestConformance086KeyUsageHasToAllowSigning(t *testing.T) {
	_, alice := plainOffice(t)
	for usage, want := range map[x509.KeyUsage]envelope.Code{
		x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment: envelope.CodeSignatureWrong,
		x509.KeyUsageCertSign:                                        envelope.CodeSignatureWrong,
		x509.KeyUsageDigitalSignature:                                envelope.CodeExecuted,
		x509.KeyUsageContentCommitment:                               envelope.CodeExecuted,
		x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature: envelope.CodeExecuted,
		0: envelope.CodeExecuted, // no KeyUsage at all
	} {
		t.Run(fmt.Sprintf("%b", usage), func(t *testing.T) {
			octets := alice.in(t).octets(alice.in(t).store("bob"), envelope.SealOptions{Signer: freshSigner(t, usage)})
			alice.in(t).demand(octets, want)
		})
	}
}

// TestConformance087WrappedBase64IsRead relies on the recordings for signed
// certificates: the official client wraps both.
func TestConformance087WrappedBase64IsRead(t *testing.T) {
	_, alice := plainOffice(t)
	octets := alice.octets(alice.store("bob"), alice.signed())
	value := base64.StdEncoding.EncodeToString(valueOf(t, octets))
	alice.demand(edit(t, octets, value, wrap(value, 76, "\n")+"\n"), envelope.CodeExecuted)
	unsigned := alice.octets(alice.store("bob"), envelope.SealOptions{})
	for _, name := range []string{"alice-cipher", "bob-cipher"} {
		text := base64.StdEncoding.EncodeToString(certificate(t, name).Raw)
		unsigned = edit(t, unsigned, text, wrap(text, 76, "\n"))
	}
	alice.demand(unsigned, envelope.CodeExecuted)
	recorded := recording(t, "init-plain-signed")
	if !strings.Contains(string(recorded), "MIIDRDCCAiygAwIBAgIJALY7wXsnuDjyMA0GCSqGSIb3DQEBCwUAMEgxCzAJBgNVBAYTAkRFMRMw\n") {
		t.Fatal("the recording is not wrapped")
	}
	alice.demand(recorded, envelope.CodeDialogOpen)
}
