package intermediary

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

func TestConformance071OrdersThatNeedADialogGet9802(t *testing.T) {
	for _, order := range []envelope.Order{envelope.FetchDelivery{}, envelope.FetchProcessCard{}} {
		s := newDesk(t).talk("bob")
		octets := s.octets(&envelope.Draft{Control: envelope.ControlBlock{
			Response: "r", Challenge: "c0", ConversationID: "1",
		}, Order: order})
		octets = []byte(strings.Replace(string(octets), ` ConversationId="1"`, "", 1))
		octets = []byte(strings.Replace(string(octets), "<osci:Response>r</osci:Response>", "", 1))
		r := s.d.raw("bob", octets).want(t, "9802")
		if c := r.m.Control; c.ConversationID == "" || c.Response != "c0" || c.Challenge == "" || c.SequenceNumber != 0 {
			t.Errorf("control block %+v", c)
		}
	}
}

func TestConformance075InitDialogWithoutCipherCertificateGets9500(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true // so that there is a block of certificates
	r := s.send(&envelope.Draft{
		Control: envelope.ControlBlock{Challenge: "c0", SequenceNumber: envelope.NoSequence}, Order: envelope.InitDialog{},
	})
	r.want(t, "fault 9500")
}

func TestEncryptedRequestWithoutClientCertificateGets9500(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.encrypted = true
	s.send(&envelope.Draft{Control: single(), Order: envelope.GetMessageID{}}).want(t, "fault 9500")
}

func TestConformance084UnsignedRequestsGet9600WhereSignaturesAreDemanded(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.RequireSignature = true }).talk("alice")
	s.ask(envelope.GetMessageID{}).want(t, "9600")
	s.signed = true
	s.ask(envelope.GetMessageID{}).want(t, "0800")
}

func TestPlainRequestsAreRefusedWhereEncryptionIsDemanded(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.RequireEncryption = true }).talk("alice")
	s.ask(envelope.GetMessageID{}).want(t, "fault 9300")
	s.encrypted = true
	s.getID()
}

func TestTamperedSignedRequestsGet9601(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true
	octets := strings.Replace(string(s.octets(&envelope.Draft{Control: single(), Order: envelope.GetMessageID{}})), ">c0<", ">c1<", 1)
	s.d.raw("alice", []byte(octets)).want(t, "9601")
}

// rottenFile cannot be read from a place on; reads that begin before it work.
type rottenFile struct {
	memoryFile
	from int64
}

func (r *rottenFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= r.from {
		return 0, errors.New("disk of secret-host is broken")
	}
	return r.memoryFile.ReadAt(p, off)
}

// TestTroubleWithASignatureGets9603 has a part that must be read again to be
// digested, since a decoy in the header asked for another digest of it.
func TestTroubleWithASignatureGets9603(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true
	s.dial()
	letter := s.letter("not issued here", "bob")
	letter.Custom = []envelope.Fragment{{
		Space: "urn:x", Local: "Decoy", IDs: []string{"decoy"},
		Octets: []byte(`<x:Decoy xmlns:x="urn:x" xmlns:ds="` + envelope.NSDSig + `" Id="decoy"><ds:Signature><ds:SignedInfo><ds:Reference URI="cid:annex.txt">` +
			`<ds:DigestMethod Algorithm="` + signature.SHA256 + `"></ds:DigestMethod></ds:Reference></ds:SignedInfo></ds:Signature></x:Decoy>`),
	}}
	by := signer(t, "alice-signature")
	by.Digest = envelope.NSXEnc + "sha512"
	octets := sealed(t, letter, envelope.SealOptions{Signer: by})
	part := bytes.LastIndex(octets, []byte("annex"))
	r, err := s.d.exchange("alice", &rottenFile{memoryFile{octets}, int64(part)})
	check(t, err)
	s.follow(r).want(t, "9603")
	if strings.Contains(string(r.octets), "secret-host") {
		t.Error("the cause went to the sender")
	}
	if log := s.d.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "secret-host") || s.d.refusals("9603") != 0 {
		t.Errorf("not logged as trouble: %s", log)
	}
	letter.Control = s.next // the dialog goes on, and nothing is wrong with the letter's signature
	s.follow(s.d.raw("alice", sealed(t, letter, envelope.SealOptions{Signer: by}))).want(t, "9801")
}

func TestUncoveredBlocksGet9602(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.signed = true
	octets := string(s.octets(&envelope.Draft{Control: single(), Order: envelope.GetMessageID{}}))
	octets = strings.Replace(octets, "</soap:Header>", `<x:a xmlns:x="urn:x" Id="extra"></x:a></soap:Header>`, 1)
	s.d.raw("alice", []byte(octets)).want(t, "9602")
}

func TestResponsesAndPassiveOrdersAreNoRequests(t *testing.T) {
	s := newDesk(t).talk("alice")
	s.send(&envelope.Draft{
		Control: envelope.ControlBlock{Response: "c0", ConversationID: "1"},
		Order: envelope.ResponseToGetMessageID{Feedback: envelope.Feedback{
			envelope.NewEntry("0800", nil),
		}, MessageID: "x"},
	}).want(t, "fault 9300")
}

func TestAnswersMirrorProtection(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		for _, signed := range []bool{false, true} {
			s := newDesk(t).talk("alice")
			s.encrypted, s.signed = encrypted, signed
			r := s.dial().last
			if (r.m.Encryption != nil) != encrypted || (r.m.Signature != nil) != signed {
				t.Errorf("encrypted %t, signed %t: answer %v, %v", encrypted, signed, r.m.Encryption, r.m.Signature)
			}
			if signed && !r.m.Signature.Complete() {
				t.Errorf("uncovered %v", r.m.Signature.Uncovered)
			}
			if encrypted && r.m.Encryption.Method != xmlenc.DefaultMethod() {
				t.Errorf("method %+v", r.m.Encryption.Method)
			}
			if r.m.Features != nil {
				t.Error("features for a client that described none")
			}
		}
	}
}

func TestSignAlwaysSignsAnswersToUnsignedRequests(t *testing.T) {
	s := newDesk(t, func(o *Options) { o.SignAlways = true }).talk("alice")
	if r := s.ask(envelope.GetMessageID{}); !r.m.Signature.Complete() {
		t.Error("unsigned")
	}
}

func TestConformance146FeedbackSpeaksTheDesiredLanguage(t *testing.T) {
	s := newDesk(t).talk("alice")
	for wanted, language := range map[string]string{"en": "en", "de": "de", "fr": "de", "fr en-US": "en"} {
		r := s.send(&envelope.Draft{Control: single(), Order: envelope.GetMessageID{}, Languages: strings.Fields(wanted)})
		if got := r.feedback[0]; !strings.HasPrefix(got.Language, language) || got.Text != got.Code.Text(language) {
			t.Errorf("%q: %+v", wanted, got)
		}
	}
}

func recording(t testing.TB, name string) []byte {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(recordingFolder, name+".osci"))
	check(t, err)
	return octets
}

// TestRecordedRequestsAreAnswered sends what the official client wrote.
func TestRecordedRequestsAreAnswered(t *testing.T) {
	for name, code := range map[string]envelope.Code{
		"init-encrypted-signed": "0801", "init-plain-signed": "0801", "init-no-features": "0801",
		"init-sha512-oaep512": "0801", "init-legacy-cbc-rsa15": "0801",
		"messageid-implicit-encrypted-signed": "0800", "messageid-implicit-plain-unsigned": "0800",
		"store-encrypted-signed-1": "9801", "store-plain-signed-1": "9801", "store-custom-header": "9801",
		"store-explicit": "fault 9400", "fetch-none-encrypted-signed": "fault 9400",
		"card-plain-unsigned": "fault 9400", "exit-plain-signed": "fault 9400",
		"forward-implicit": "9811", "partialstore-implicit": "9811", "passive-accept-refused": "fault 9300",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.raw("alice", recording(t, name)).want(t, code)
			if r.m != nil && strings.HasPrefix(name, "init-") && name != "init-no-features" && name != "init-legacy-cbc-rsa15" && r.m.Features == nil {
				t.Error("no features for a client that described its own")
			}
		})
	}
}

// TestCiphersAreMirrored: the official client goes on with whatever an answer
// uses, and who describes no features may know nothing newer (dossier §4.2).
func TestCiphersAreMirrored(t *testing.T) {
	r := newDesk(t).raw("alice", recording(t, "init-legacy-cbc-rsa15"))
	if r.m.Encryption.Method.Cipher.GCM || r.m.Encryption.KeyTransport.URI != xmlenc.RSA15 {
		t.Errorf("answer with %+v", r.m.Encryption)
	}
	r = newDesk(t).raw("alice", recording(t, "init-sha512-oaep512"))
	if got := r.m.Encryption.KeyTransport; got == xmlenc.DefaultKeyTransport() {
		t.Errorf("OAEP is not mirrored: %+v", got)
	}
}

// TestClientsThatKnowGCMAreLiftedToIt although they wrote CBC.
func TestClientsThatKnowGCMAreLiftedToIt(t *testing.T) {
	for _, c := range []struct {
		features []string
		iv       int
	}{{[]string{envelope.FeatureGCM}, 16}, {[]string{envelope.FeatureGCM, envelope.FeatureIV12}, 12}} {
		s := newDesk(t).talk("alice")
		features := &envelope.Features{}
		for _, key := range c.features {
			features.Supported = append(features.Supported, envelope.Feature{Key: key, Version: "1.7.0"})
		}
		var cbc xmlenc.Method
		for _, cipher := range xmlenc.Ciphers() {
			if cipher.Name == "aes256-cbc" {
				cbc = xmlenc.Method{Cipher: cipher, IVSize: 16}
			}
		}
		e := s.d.office.encryption(&performed{admitted: &admitted{m: &envelope.Message{
			Features: features, Encryption: &envelope.Encryption{Method: cbc, KeyTransport: xmlenc.DefaultKeyTransport()},
		}}})
		if !e.Method.Cipher.GCM || e.Method.IVSize != c.iv {
			t.Errorf("%v: %+v", c.features, e.Method)
		}
	}
}

func TestRefuseIsAFault9100(t *testing.T) {
	d := newDesk(t)
	parcel, err := d.office.Refuse(errors.New("cut off"))
	check(t, err)
	var out memoryFile
	_, err = parcel.WriteTo(&out)
	check(t, err)
	if !strings.Contains(string(out.octets), "<osci:Code>9100</osci:Code>") || d.refusals("9100") != 1 {
		t.Errorf("answer %s, log %s", out.octets, d.log)
	}
}

// TestABugIsA9000WithAnAlarm: an office without cards panics in the middle.
func TestABugIsA9000WithAnAlarm(t *testing.T) {
	s := newDesk(t).talk("alice").dial()
	s.d.office.Cards = nil
	s.ask(envelope.FetchProcessCard{}).want(t, "fault 9000")
	if !strings.Contains(s.d.log.String(), "level=ERROR") {
		t.Error("no alarm")
	}
	s.ask(envelope.GetMessageID{}).want(t, "0801") // the dialog is not locked
}

func TestNewDemandsWhatItNeeds(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("an office of nothing")
	}
	d := newDesk(t)
	o := d.office.Options
	o.Host = "a_b"
	if _, err := New(o); err == nil {
		t.Error("a host with an underscore")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	check(t, d.office.Run(ctx))
}

func TestAnswersAreNotEncryptedForShortKeys(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	check(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)},
		&x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	check(t, err)
	short, err := signature.ParseCertificate(der)
	check(t, err)
	a := &admitted{m: &envelope.Message{
		Certificates: envelope.Certificates{{Role: envelope.CipherOriginator, Certificate: short}}, Encryption: &envelope.Encryption{},
	}}
	if err := newDesk(t).office.judgeCipher(a); !errors.Is(err, errNoClientCipher) {
		t.Errorf("error %v", err)
	}
}
