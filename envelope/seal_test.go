package envelope

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"

	"poststelle/envelope/xmlenc"
	"poststelle/signature/xmltree"
)

const (
	nsMore     = "http://www.w3.org/2001/04/xmldsig-more#"
	nsMore2007 = "http://www.w3.org/2007/05/xmldsig-more#"
)

// storeDraft is a letter with everything: subject, custom header, freight.
func storeDraft(t testing.TB) *Draft {
	t.Helper()
	for _, d := range goldenDrafts(t) {
		if d.Order.Kind() == KindStoreDelivery {
			d.Custom = []Fragment{fragmentOf(t, ns5, `<a:Akte xmlns:a="urn:example:akte" Id="akte">12&#x2F;26</a:Akte>`)}
			d.Attachments = append(d.Attachments, attach("leer.bin", nil))
			return d
		}
	}
	t.Fatal("no storeDelivery among the golden letters")
	return nil
}

func encryptionFor(t testing.TB, name string, m xmlenc.Method, kt xmlenc.KeyTransport) *Encryption {
	t.Helper()
	return &Encryption{Method: m, KeyTransport: kt, Certificate: loadPerson(t, name).certificate}
}

// TestSealedLettersOpen walks through ways to protect a letter.
func TestSealedLettersOpen(t *testing.T) {
	o := testOpener(t)
	signers := []struct{ name, algorithm, digest string }{
		{}, {"alice-signature", "", ""},
		{"alice-signature", nsMore + "rsa-sha512", NSXEnc + "sha512"},
		{"alice-signature", nsMore2007 + "sha256-rsa-MGF1", ""},
		{"alice-signature", nsMore2007 + "sha512-rsa-MGF1", NSXEnc + "sha512"},
		{"alice-signature", nsMore2007 + "sha3-512-rsa-MGF1", nsMore2007 + "sha3-512"},
		{"alice-signature-ec", "", ""}, {"alice-signature-ec", nsMore + "ecdsa-sha512", NSXEnc + "sha512"},
	}
	for _, s := range signers {
		for _, e := range encryptions(t) {
			name := fmt.Sprintf("%s %s/%s", s.name, s.algorithm[strings.IndexByte(s.algorithm, '#')+1:], encryptionName(e))
			t.Run(name, func(t *testing.T) {
				d := storeDraft(t)
				options := SealOptions{Encryption: e}
				if s.name != "" {
					d.Certificates = nil
					d.Certificates = append(d.Certificates, loadPeople(t).in(CipherAddressee))
					options.Signer = signerNamed(t, s.name, s.algorithm, s.digest)
				}
				m := openOctets(t, o, sealDraft(t, d, options))
				checkSealed(t, m, d, options)
			})
		}
	}
}

func encryptions(t testing.TB) []*Encryption {
	sixteen := xmlenc.Method{Cipher: xmlenc.Ciphers()[2], IVSize: 16}
	cbc := xmlenc.Method{Cipher: xmlenc.Ciphers()[3], IVSize: 16}
	base64 := encryptionFor(t, "intermediary-cipher", sixteen, xmlenc.OAEP(crypto.SHA512))
	base64.Base64 = true
	return []*Encryption{
		nil,
		encryptionFor(t, "intermediary-cipher", xmlenc.DefaultMethod(), xmlenc.DefaultKeyTransport()),
		encryptionFor(t, "intermediary-cipher-4096", sixteen, xmlenc.OAEP(crypto.SHA512)),
		base64,
		encryptionFor(t, "bob-cipher", cbc, xmlenc.KeyTransport{URI: xmlenc.RSA15}),
	}
}

func encryptionName(e *Encryption) string {
	if e == nil {
		return "plain"
	}
	return fmt.Sprintf("%s-%d-%v", e.Method.Cipher.Name, e.Method.IVSize, e.Base64)
}

func checkSealed(t *testing.T, m *Message, d *Draft, o SealOptions) {
	t.Helper()
	want := looksOfDraft(t, d)
	if o.Signer != nil {
		want.Certificates = append(want.Certificates, RoleCertificate{
			Role: SignatureOriginator, ID: CertificateID(SignatureOriginator, 0, o.Signer.Certificate), Certificate: o.Signer.Certificate,
		})
		if !m.Signature.Complete() {
			t.Errorf("signature: %v %+v %v", m.Signature.Err, m.Signature.Report, m.Signature.Uncovered)
		}
	}
	got := looksOf(t, m)
	if diff := compareLooks(want, got); diff != "" {
		t.Errorf("-written +read\n%s", diff)
	}
	if (m.Encryption == nil) != (o.Encryption == nil) {
		t.Fatalf("encryption %+v, want %+v", m.Encryption, o.Encryption)
	}
	if e := m.Encryption; e != nil && (e.Method != o.Encryption.Method || e.KeyTransport != o.Encryption.KeyTransport || e.Base64 != o.Encryption.Base64 || !e.Certificate.Equal(o.Encryption.Certificate)) {
		t.Errorf("encryption %+v, want %+v", e, o.Encryption)
	}
}

// TestParcelCanBeWrittenTwice: a connection may break and the letter be sent
// again; no IV is used twice then.
func TestParcelCanBeWrittenTwice(t *testing.T) {
	parcel, err := storeDraft(t).Seal(SealOptions{Encryption: encryptions(t)[1], Rand: randomReader{}})
	if err != nil {
		t.Fatal(err)
	}
	one, two := parcelOctets(t, parcel), parcelOctets(t, parcel)
	if bytes.Equal(one, two) {
		t.Error("two writings have the same IV")
	}
	o := testOpener(t)
	openOctets(t, o, one)
	openOctets(t, o, two)
}

// TestWrapperIsAsClientsReadIt holds the root part of an encrypted message
// against dossier §4.1: what stands in EncryptionMethod, and in which order.
func TestWrapperIsAsClientsReadIt(t *testing.T) {
	root := func(e *Encryption) string {
		octets := sealDraft(t, storeDraft(t), SealOptions{Encryption: e})
		l, err := (&Opener{}).readLayer(sealedBytes(octets).Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(l.doc.Data)
	}
	all := encryptions(t)
	const oaep = `<ds:KeyInfo><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep">` +
		`<xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"></xenc11:MGF>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod></xenc:EncryptionMethod>`
	for _, c := range []struct {
		of   *Encryption
		want string
	}{
		{all[1], oaep},
		{all[1], `#aes256-gcm"><osci128:IvLength xmlns:osci128="http://xoev.de/transport/osci12/8" Value="12"></osci128:IvLength></xenc:EncryptionMethod>`},
		{all[2], `#aes128-gcm"></xenc:EncryptionMethod>`},
		{all[4], `#aes256-cbc"></xenc:EncryptionMethod>`},
		{all[4], `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"></xenc:EncryptionMethod>`},
		{all[1], `xsi:schemaLocation="` + schemaLocation("MessageEncrypted") + `"><soap:Body><xenc:EncryptedData MimeType="Multipart/Related">`},
	} {
		if text := root(c.of); !strings.Contains(text, c.want) {
			t.Errorf("%s lacks\n%s\nin\n%s", encryptionName(c.of), c.want, text)
		}
	}
}

// TestBlocksStandInSchemaOrder: ControlBlock first, the signature second
// (items 27 and 31), and each block declares what the libraries declare.
func TestBlocksStandInSchemaOrder(t *testing.T) {
	octets := sealDraft(t, storeDraft(t), SealOptions{Signer: signerNamed(t, "alice-signature", "", "")})
	l, err := (&Opener{}).readLayer(sealedBytes(octets).Body)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range l.doc.Root.Child(NSSOAP, "Header").Elements() {
		names = append(names, n.Local)
	}
	want := "ControlBlock ClientSignature DesiredLanguages QualityOfTimestamp QualityOfTimestamp storeDelivery NonIntermediaryCertificates Akte"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("order %s\nwant  %s", got, want)
	}
	if got := l.doc.Root.Namespaces; !equalScopes(got, ns5) {
		t.Errorf("Envelope declares %v", got)
	}
	if root := l.doc.Data; bytes.ContainsAny(root[len(prolog):], "\r") || bytes.Contains(root, []byte("<!")) || bytes.Contains(root[5:], []byte("<?")) {
		t.Error("Envelope holds CR, CDATA, comment or processing instruction")
	}
}

func equalScopes(a, b []xmltree.Namespace) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestSealRefusesWhatItCouldNotRead: a letter that nobody can open must fail
// here and not at the recipient.
func TestSealRefusesWhatItCouldNotRead(t *testing.T) {
	control := "tab\x01"
	signer := signerNamed(t, "alice-signature", "", "")
	for name, c := range map[string]struct {
		change func(*Draft, *SealOptions)
		want   error
	}{
		"control character in Subject": {func(d *Draft, _ *SealOptions) { d.Order = StoreDelivery{"id", &control} }, xmltree.ErrSyntax},
		"no UTF-8 in Response":         {func(d *Draft, _ *SealOptions) { d.Control.Response = "\xff" }, nil},
		"two parts of one name":        {func(d *Draft, _ *SealOptions) { d.Attachments = append(d.Attachments, d.Attachments[0]) }, ErrDuplicateID},
		"part named like the root":     {func(d *Draft, _ *SealOptions) { d.Attachments[0].ContentID = rootContentID }, ErrDuplicateID},
		"two certificates with one Id": {func(d *Draft, _ *SealOptions) { d.Certificates = append(d.Certificates, d.Certificates[0]) }, ErrDuplicateID},
		"one custom header twice":      {func(d *Draft, _ *SealOptions) { d.Custom = append(d.Custom, d.Custom[0]) }, ErrDuplicateID},
		"blocks of two scopes": {func(d *Draft, _ *SealOptions) {
			for _, uri := range []string{"urn:a", "urn:b"} {
				scope := union(ns5, []xmltree.Namespace{{Prefix: "a", URI: uri}})
				d.Custom = append(d.Custom, fragmentOf(t, scope, `<a:Other Id="`+uri+`"></a:Other>`))
			}
		}, ErrStructure},
		"certificates beside a block": {func(d *Draft, _ *SealOptions) {
			d.CertificateBlock = &Fragment{Octets: []byte("<osci:NonIntermediaryCertificates Id=\"n\"></osci:NonIntermediaryCertificates>"), Scope: ns5, IDs: []string{"n"}}
		}, ErrStructure},
		"certificate of another signer": {func(d *Draft, o *SealOptions) {
			d.Certificates[0] = RoleCertificate{Role: SignatureOriginator, ID: "x", Certificate: loadPerson(t, "bob-signature").certificate}
			o.Signer = signer
		}, nil},
		"cipher certificate without RSA": {func(_ *Draft, o *SealOptions) {
			o.Encryption = encryptionFor(t, "alice-signature-ec", xmlenc.DefaultMethod(), xmlenc.DefaultKeyTransport())
		}, ErrUnknownKey},
	} {
		t.Run(name, func(t *testing.T) {
			d := storeDraft(t)
			d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
			options := SealOptions{Rand: randomReader{}}
			c.change(d, &options)
			parcel, err := d.Seal(options)
			if err == nil || parcel != nil {
				t.Fatalf("sealed, parcel %v, error %v", parcel, err)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestSignersStandInTheirRole: a passive recipient signs as addressee, in the
// answer to a processDelivery as originator (dossier §14.4).
func TestSignersStandInTheirRole(t *testing.T) {
	for kind, want := range map[Kind]Role{
		KindStoreDelivery: SignatureOriginator, KindResponseToStoreDelivery: SignatureIntermediary, KindAcceptDelivery: SignatureIntermediary,
		KindProcessDelivery: SignatureIntermediary, KindResponseToAcceptDelivery: SignatureAddressee, KindResponseToProcessDelivery: SignatureOriginator,
	} {
		d := exampleDraft(t, kind)
		d.Certificates = nil
		if kind == KindStoreDelivery {
			d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
		}
		m := openOctets(t, testOpener(t), sealDraft(t, d, SealOptions{Signer: signerNamed(t, "bob-signature", "", "")}))
		if c := m.Certificates.First(want); c == nil || !m.Signature.Complete() || !m.Signature.Certificate.Equal(c.Certificate) {
			t.Errorf("%s is not signed by %s", kind, want)
		}
	}
}

// TestOpenerHasItsPolicy of signatures.
func TestOpenerHasItsPolicy(t *testing.T) {
	o := testOpener(t)
	o.Signatures.MinRSA = 3072
	if m := openRecording(t, o, "store-plain-signed-1"); m.Signature.Valid() { // alice has 2048 bits
		t.Error("a key that the policy forbids")
	}
	if m := openRecording(t, o, "init-by-bob"); !m.Signature.Complete() {
		t.Error("a key that it permits")
	}
}

// TestPartsAreDigestedAsReferencesWant, whatever other signatures in the
// header say of the same part: they only steer which digests are taken early.
func TestPartsAreDigestedAsReferencesWant(t *testing.T) {
	const decoy = `<a:Akte xmlns:a="urn:a" Id="decoy"><ds:Signature><ds:SignedInfo><ds:Reference URI="cid:Größe.txt"><ds:DigestMethod Algorithm="` +
		nsMore2007 + `sha3-512"></ds:DigestMethod></ds:Reference></ds:SignedInfo></ds:Signature></a:Akte>`
	for _, digest := range []string{"", NSXEnc + "sha512", nsMore2007 + "sha3-512"} {
		d := storeDraft(t)
		d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
		d.Custom = []Fragment{fragmentOf(t, ns5, decoy)}
		m := openOctets(t, testOpener(t), sealDraft(t, d, SealOptions{Signer: signerNamed(t, "alice-signature", "", digest)}))
		if !m.Signature.Complete() {
			t.Errorf("digest %q: %v", digest, worst(m.Signature.Report))
		}
	}
}

// TestSealLeavesTheDraftAlone: it may be sealed again for somebody else.
func TestSealLeavesTheDraftAlone(t *testing.T) {
	d := storeDraft(t)
	d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
	for _, name := range []string{"alice-signature", "bob-signature"} {
		m := openOctets(t, testOpener(t), sealDraft(t, d, SealOptions{Signer: signerNamed(t, name, "", "")}))
		if !m.Signature.Complete() || len(d.Certificates) != 1 {
			t.Errorf("%s: complete %v, draft has %d certificates", name, m.Signature.Complete(), len(d.Certificates))
		}
	}
}

// TestSealManyParts: more references than a signature usually has.
func TestSealManyParts(t *testing.T) {
	d := storeDraft(t)
	d.Attachments = nil
	for i := range 400 {
		d.Attachments = append(d.Attachments, attach(fmt.Sprint("part ", i), []byte{byte(i)}))
	}
	m := openOctets(t, testOpener(t), sealDraft(t, d, SealOptions{Signer: signerNamed(t, "alice-signature", "", "")}))
	if !m.Signature.Complete() || len(m.Attachments) != 400 {
		t.Errorf("complete %v, %v, %d attachments", m.Signature.Complete(), m.Signature.Err, len(m.Attachments))
	}
	o := testOpener(t)
	o.MaxParts = 399
	if err := openError(t, o, sealDraft(t, d, SealOptions{})); !errors.Is(err, ErrTooLarge) {
		t.Errorf("400 parts where 399 are permitted: %v", err)
	}
	o.MaxParts = 400
	openOctets(t, o, sealDraft(t, d, SealOptions{}))
}

// TestSavedAnswerVerifiesOffline: the plain octets of an answer are evidence.
// Whoever keeps them can verify them later without any key.
func TestSavedAnswerVerifiesOffline(t *testing.T) {
	var d *Draft
	for _, one := range goldenDrafts(t) {
		if one.Order.Kind() == KindResponseToFetchProcessCard {
			d = one
		}
	}
	sealed := sealDraft(t, d, SealOptions{
		Signer: signerNamed(t, "intermediary-signature", "", ""), Encryption: encryptionFor(t, "alice-cipher", xmlenc.DefaultMethod(), xmlenc.DefaultKeyTransport()),
	})
	saved := plainOctets(t, openOctets(t, testOpener(t), sealed))

	offline := &Opener{Scratch: newMemoryFile, Now: testOpener(t).Now, Rand: randomReader{}}
	m := openOctets(t, offline, saved)
	if !m.Signature.Complete() || m.Encryption != nil {
		t.Fatalf("complete %v, encryption %v", m.Signature.Complete(), m.Encryption)
	}
	if !m.Signature.Certificate.Equal(loadPerson(t, "intermediary-signature").certificate) {
		t.Error("signed by somebody else")
	}
	if cards := m.Order.(ResponseToFetchProcessCard).Cards; len(cards) != 2 || cards[0].MessageID != "poststelle-1" {
		t.Errorf("cards %+v", cards)
	}
	if again := plainOctets(t, m); !bytes.Equal(again, saved) {
		t.Error("Plain of a plain message is another one")
	}
	forged := bytes.Replace(saved, []byte("22:05:00+01:00</osci:Plain></osci:Creation>"), []byte("21:05:00+01:00</osci:Plain></osci:Creation>"), 1)
	if bytes.Equal(forged, saved) {
		t.Fatal("nothing was forged")
	}
	if m := openOctets(t, offline, forged); m.Signature.Valid() {
		t.Error("a changed card verifies")
	}
	if _, err := offline.Open(context.Background(), sealedBytes(sealed)); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("without a key: %v", err)
	}
}
