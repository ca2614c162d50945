package envelope

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// sealDraft gives the octets of a sealed draft and holds its size against
// what it announced.
func sealDraft(t testing.TB, d *Draft, o SealOptions) []byte {
	t.Helper()
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	parcel, err := d.Seal(o)
	if err != nil {
		t.Fatalf("sealing %s: %v", d.Order.Kind(), err)
	}
	defer parcel.Close()
	return parcelOctets(t, parcel)
}

func parcelOctets(t testing.TB, parcel Parcel) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := parcel.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || n != parcel.Size() {
		t.Fatalf("wrote %d octets of %d announced, %d arrived: %v", n, parcel.Size(), b.Len(), err)
	}
	return b.Bytes()
}

// openOctets opens what must open.
func openOctets(t testing.TB, o *Opener, octets []byte) *Message {
	t.Helper()
	m, err := o.Open(context.Background(), sealedBytes(octets))
	if err != nil {
		t.Fatalf("opening: %v\n%.600s", err, octets)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// openError opens what must not open.
func openError(t testing.TB, o *Opener, octets []byte) error {
	t.Helper()
	m, err := o.Open(context.Background(), sealedBytes(octets))
	if err == nil {
		m.Close()
		t.Fatalf("opened, though it must not:\n%.600s", octets)
	}
	return err
}

func plainOctets(t testing.TB, m *Message) []byte {
	t.Helper()
	return readFreight(t, m.Plain)
}

// attach is an attachment in memory.
func attach(name string, octets []byte) Attachment {
	return Attachment{ContentID: name, ContentType: octetStream, SHA256: sha256.Sum256(octets), Freight: memoryFreight(octets)}
}

// packageOf is a ContentPackage in the scope of the official libraries.
func packageOf(inside string) *Fragment {
	return &Fragment{
		Space: NSOSCI, Local: "ContentPackage", Scope: ns5,
		Octets: []byte("<osci:ContentPackage>" + inside + "</osci:ContentPackage>"),
	}
}

// signerNamed signs with a key of the recordings.
func signerNamed(t testing.TB, name, algorithm, digest string) *signature.Signer {
	t.Helper()
	p := loadPerson(t, name)
	return &signature.Signer{Key: p.key, Certificate: p.certificate, Algorithm: algorithm, Digest: digest}
}

// people are the certificates that drafts are made with.
type people map[string]*signature.Certificate

func loadPeople(t testing.TB) people {
	t.Helper()
	p := people{}
	for _, name := range []string{"alice-cipher", "bob-cipher", "carol-cipher", "dave-cipher", "alice-signature", "bob-signature", "carol-signature", "intermediary-cipher", "intermediary-signature"} {
		p[name] = loadPerson(t, name).certificate
	}
	return p
}

var roleOwners = [roleEnd]string{
	CipherOriginator: "alice-cipher", CipherOtherAuthor: "carol-cipher", CipherAddressee: "bob-cipher",
	CipherOtherReader: "dave-cipher", SignatureOriginator: "alice-signature", SignatureOtherAuthor: "carol-signature",
	SignatureAddressee: "bob-signature", CipherIntermediary: "intermediary-cipher", SignatureIntermediary: "intermediary-signature",
}

func (p people) in(role Role) RoleCertificate {
	c := p[roleOwners[role]]
	return RoleCertificate{Role: role, ID: CertificateID(role, 0, c), Certificate: c}
}

// texts are what people write: umlauts, markup, line ends, other scripts.
func texts() *rapid.Generator[string] {
	runes := rapid.OneOf(
		rapid.SampledFrom([]rune("abc xyz<>&\"'äöüßÄÖÜ€–é📨\n\r\t]")),
		rapid.Rune().Filter(func(r rune) bool {
			return r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
		}),
	)
	return rapid.StringOfN(runes, 0, 40, -1)
}

func subjects() *rapid.Generator[*string] { return rapid.Ptr(texts(), true) }

func ids() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019-._/ äß&<;")), 1, 40, -1)
}

func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("", 3600*rapid.IntRange(-12, 14).Draw(t, "zone"))
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "time"), 0).In(zone)
	})
}

// fragmentOf reads a block out of a document, as Open does.
func fragmentOf(t testing.TB, scope []xmltree.Namespace, octets string) Fragment {
	t.Helper()
	doc, err := parseFragment(&Fragment{Octets: []byte(octets), Scope: scope}, xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := (&decoder{doc: doc, msg: &Message{}}).fragment(doc.Root.Elements()[0])
	if err != nil {
		t.Fatal(err)
	}
	f.Octets = bytes.Clone(f.Octets)
	return *f
}

// countingRand is a source of the same octets every time, for golden files.
type countingRand struct{ n byte }

func (c *countingRand) Read(p []byte) (int, error) {
	for i := range p {
		c.n += 37
		p[i] = c.n
	}
	return len(p), nil
}

var _ io.Reader = (*countingRand)(nil)

// randomReader is crypto/rand as a value.
type randomReader struct{}

func (randomReader) Read(p []byte) (int, error) { return rand.Read(p) }
