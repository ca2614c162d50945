package envelope

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

const (
	contentMore7 = "http://www.w3.org/2007/05/xmldsig-more#"
	contentMore  = "http://www.w3.org/2001/04/xmldsig-more#"
)

func author(t testing.TB, role Role, name string) Author {
	t.Helper()
	p := loadPerson(t, name)
	return Author{Role: role, Signer: &signature.Signer{Key: p.key, Certificate: p.certificate}}
}

func reader(t testing.TB, role Role, name string) Reader {
	t.Helper()
	return Reader{Role: role, Certificate: loadPerson(t, name).certificate}
}

// plainWriting is a text and two files by one author, in the clear.
func plainWriting(t testing.TB) *Writing {
	t.Helper()
	return &Writing{
		Texts: []Text{{Octets: []byte("Guten Tag & <willkommen>, Größe €")}},
		Files: []File{
			{Name: "eins.bin", ContentType: "application/pdf", Freight: memoryFreight("erste Datei")},
			{Name: "zwei, drei ä.bin", Freight: memoryFreight(bytes.Repeat([]byte("zweite"), 50_000))},
		},
		Authors: []Author{author(t, SignatureOtherAuthor, "carol-signature")},
	}
}

func compose(t testing.TB, w *Writing) *Composed {
	t.Helper()
	c, err := w.Compose(ComposeOptions{Scratch: newContentScratch, Rand: rand.Reader})
	if err != nil {
		t.Fatalf("Compose: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// draftOf puts content into a storeDelivery to bob.
func draftOf(t testing.TB, c *Composed) *Draft {
	t.Helper()
	d := &Draft{
		Control: ControlBlock{Challenge: "123", SequenceNumber: 0},
		Order:   StoreDelivery{MessageID: "id-1"}, Languages: []string{"de"},
		CreationQuality: QualityPlain, ReceptionQuality: QualityPlain,
		Certificates: slices.Clone(c.Certificates), Content: c.Content, Attachments: c.Attachments,
	}
	if d.Certificates.First(CipherAddressee) == nil {
		bob := loadPerson(t, "bob-cipher").certificate
		d.Certificates = append(d.Certificates, RoleCertificate{CipherAddressee, CertificateID(CipherAddressee, 0, bob), bob})
	}
	return d
}

func sealed(t testing.TB, d *Draft, o SealOptions) []byte {
	t.Helper()
	o.Rand = rand.Reader
	parcel, err := d.Seal(o)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	defer parcel.Close()
	var b bytes.Buffer
	if _, err := parcel.WriteTo(&b); err != nil {
		t.Fatalf("WriteTo: %v", err)
	}
	return b.Bytes()
}

// delivered composes, seals and opens.
func delivered(t testing.TB, o *Opener, w *Writing) *Content {
	t.Helper()
	m := openMessage(t, o, sealed(t, draftOf(t, compose(t, w)), SealOptions{}))
	return openedContent(t, o, m)
}

// sameContent holds what was read against what was written.
func sameContent(t *testing.T, w *Writing, c *Content) {
	t.Helper()
	if err := c.Whole(); err != nil {
		t.Fatalf("Whole = %v", err)
	}
	if len(c.Texts) != len(w.Texts) || len(c.Files) != len(w.Files) || len(c.Authors) != len(w.Authors) || len(c.Stray) > 0 {
		t.Fatalf("%d texts, %d files, %d authors, stray %v", len(c.Texts), len(c.Files), len(c.Authors), c.Stray)
	}
	for i, text := range w.Texts {
		if !bytes.Equal(c.Texts[i].Octets, text.Octets) || len(c.Texts[i].SignedBy) != len(w.Authors) {
			t.Errorf("text %d: %q signed by %d", i, c.Texts[i].Octets, len(c.Texts[i].SignedBy))
		}
	}
	for i, f := range w.Files {
		got, want := c.Files[i], readFreight(t, f.Freight)
		if got.Name != f.Name || got.Size != int64(len(want)) || got.SHA256 != sha256.Sum256(want) || len(got.SignedBy) != len(w.Authors) {
			t.Errorf("file %d: %q of %d, signed by %d", i, got.Name, got.Size, len(got.SignedBy))
		}
		if !bytes.Equal(readFreight(t, got.Freight), want) || got.Encrypted != (len(w.Readers) > 0) {
			t.Errorf("file %d: other octets, or encrypted %t", i, got.Encrypted)
		}
	}
	for i, a := range w.Authors {
		got := c.Authors[i]
		if !got.Valid || got.Err != nil || len(got.Uncovered) > 0 || got.Role != a.Role || !got.Certificate.Equal(a.Signer.Certificate) {
			t.Errorf("author %d: %+v", i, got)
		}
	}
	if len(c.Readers) != len(w.Readers) || c.Encrypted != (len(w.Readers) > 0) {
		t.Errorf("%d readers, encrypted %t", len(c.Readers), c.Encrypted)
	}
}

func TestComposedContentOpensAsWritten(t *testing.T) {
	for name, change := range map[string]func(*Writing){
		"clear":    func(*Writing) {},
		"unsigned": func(w *Writing) { w.Authors = nil },
		"one reader": func(w *Writing) {
			w.Readers = []Reader{reader(t, CipherAddressee, "bob-cipher")}
		},
		"two readers, two authors": func(w *Writing) {
			w.Readers = []Reader{reader(t, CipherAddressee, "bob-cipher"), reader(t, CipherOtherReader, "dave-cipher")}
			w.Authors = append(w.Authors, author(t, SignatureOriginator, "alice-signature"))
		},
		"encrypted, unsigned": func(w *Writing) {
			w.Readers = []Reader{reader(t, CipherOtherReader, "dave-cipher")}
			w.Authors = nil
		},
		"no file":          func(w *Writing) { w.Files = nil },
		"no text":          func(w *Writing) { w.Texts = nil },
		"empty":            func(w *Writing) { w.Texts[0].Octets = nil; w.Files[1].Freight = memoryFreight(nil) },
		"named text":       func(w *Writing) { w.Texts[0].Name = "content0"; w.Texts = append(w.Texts, Text{Name: "Anschreiben"}) },
		"named as a block": func(w *Writing) { w.Texts[0].Name = "body"; w.Texts = append(w.Texts, Text{Name: "controlblock"}) },
		"empty, encrypted": func(w *Writing) {
			w.Texts[0].Octets, w.Files[1].Freight = nil, memoryFreight(nil)
			w.Readers = []Reader{reader(t, CipherOtherReader, "dave-cipher")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := plainWriting(t)
			change(w)
			sameContent(t, w, delivered(t, contentOpener(t, "bob-cipher", "dave-cipher"), w))
			if len(w.Readers) > 1 { // each alone
				sameContent(t, w, delivered(t, contentOpener(t, "bob-cipher"), w))
				sameContent(t, w, delivered(t, contentOpener(t, "dave-cipher"), w))
			}
		})
	}
}

func TestComposedContentSurvivesEveryCipher(t *testing.T) {
	for _, cipher := range xmlenc.Ciphers() {
		sizes := []int{cipher.BlockSize}
		if cipher.GCM {
			sizes = []int{12, 16}
		}
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%d", cipher.Name, size), func(t *testing.T) {
				w := plainWriting(t)
				w.Method = xmlenc.Method{Cipher: cipher, IVSize: size}
				w.Readers = []Reader{reader(t, CipherOtherReader, "dave-cipher")}
				sameContent(t, w, delivered(t, contentOpener(t, "dave-cipher"), w))
			})
		}
	}
}

func TestComposedContentVerifiesForEverySignatureAlgorithm(t *testing.T) {
	for _, row := range []struct{ person, algorithm, digest string }{
		{"carol-signature", "", ""},
		{"carol-signature", contentMore + "rsa-sha512", NSXEnc + "sha512"},
		{"carol-signature", contentMore7 + "sha256-rsa-MGF1", NSXEnc + "sha256"},
		{"carol-signature", contentMore7 + "sha512-rsa-MGF1", NSXEnc + "sha512"},
		{"carol-signature", contentMore7 + "sha3-256-rsa-MGF1", contentMore7 + "sha3-256"},
		{"carol-signature", contentMore7 + "sha3-384-rsa-MGF1", contentMore7 + "sha3-384"},
		{"carol-signature", contentMore7 + "sha3-512-rsa-MGF1", contentMore7 + "sha3-512"},
		{"alice-signature-ec", "", ""},
		{"alice-signature-ec", contentMore + "ecdsa-sha512", NSXEnc + "sha512"},
	} {
		t.Run(row.person+row.algorithm, func(t *testing.T) {
			w := plainWriting(t)
			w.Authors = []Author{author(t, SignatureOtherAuthor, row.person)}
			w.Authors[0].Signer.Algorithm, w.Authors[0].Signer.Digest = row.algorithm, row.digest
			sameContent(t, w, delivered(t, contentOpener(t), w))
			w.Readers = []Reader{reader(t, CipherOtherReader, "dave-cipher")}
			if strings.HasSuffix(row.digest, "sha512") {
				w.KeyTransport = xmlenc.OAEP(crypto.SHA512)
			}
			sameContent(t, w, delivered(t, contentOpener(t, "dave-cipher"), w))
		})
	}
}

func TestComposedSigningTimeIsSigned(t *testing.T) {
	w := plainWriting(t)
	at := time.Date(2026, 11, 25, 7, 30, 0, 0, time.UTC)
	w.Authors[0].SignedAt = at
	w.Authors = append(w.Authors, author(t, SignatureOriginator, "alice-signature"))
	o := contentOpener(t)
	octets := sealed(t, draftOf(t, compose(t, w)), SealOptions{})
	c := openedContent(t, o, openMessage(t, o, octets))
	sameContent(t, w, c)
	if got := c.Authors[0].SigningTime; got == nil || !got.Equal(at) || c.Authors[1].SigningTime != nil {
		t.Errorf("signing times %v, %v", c.Authors[0].SigningTime, c.Authors[1].SigningTime)
	}
	forged := bytes.Replace(octets, []byte(FormatTime(at)), []byte(FormatTime(at.Add(time.Hour))), 1)
	c = openedContent(t, o, openMessage(t, o, forged))
	if c.Authors[0].Valid || c.Authors[0].SigningTime != nil && c.Authors[0].SigningTime.Equal(at.Add(time.Hour)) {
		t.Errorf("forged signing time: valid %t, %v", c.Authors[0].Valid, c.Authors[0].SigningTime)
	}
}

// TestComposedContentTravelsSealed signs and encrypts the letter as well, and
// opens it as a delivery from a store.
func TestComposedContentTravelsSealed(t *testing.T) {
	w := plainWriting(t)
	w.Readers = []Reader{reader(t, CipherAddressee, "bob-cipher")}
	office, alice := loadPerson(t, "intermediary-cipher"), loadPerson(t, "alice-signature")
	w.Authors = append(w.Authors, author(t, SignatureOriginator, "alice-signature"))
	octets := sealed(t, draftOf(t, compose(t, w)), SealOptions{
		Signer: &signature.Signer{Key: alice.key, Certificate: alice.certificate},
		Encryption: &Encryption{
			Method: xmlenc.DefaultMethod(), KeyTransport: xmlenc.DefaultKeyTransport(), Certificate: office.certificate,
		},
	})
	o := contentOpener(t, "bob-cipher")
	m := openMessage(t, o, octets)
	if !m.Signature.Complete() {
		t.Errorf("transport signature %v", m.Signature)
	}
	sameContent(t, w, openedContent(t, o, m))
	c, err := o.OpenDelivery(context.Background(), &Delivery{
		Content: m.Content, Certificates: m.CertificateBlock, Attachments: m.Attachments,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sameContent(t, w, c)
}

func TestComposeRefusesWhatCannotBeToldApart(t *testing.T) {
	for name, change := range map[string]func(*Writing){
		"nothing":             func(w *Writing) { *w = Writing{} },
		"two equal files":     func(w *Writing) { w.Files[1].Name = w.Files[0].Name },
		"the root's name":     func(w *Writing) { w.Files[0].Name = "osci@message" },
		"the wrapper's name":  func(w *Writing) { w.Files[0].Name = "osci_enc" },
		"an ampersand":        func(w *Writing) { w.Files[0].Name = "a&b" },
		"an angle bracket":    func(w *Writing) { w.Files[0].Name = "a>b" },
		"a quotation mark":    func(w *Writing) { w.Files[0].Name = `a"b` },
		"a line end":          func(w *Writing) { w.Files[0].Name = "a\r\nb" },
		"no file name":        func(w *Writing) { w.Files[0].Name = "" },
		"no media type":       func(w *Writing) { w.Files[0].ContentType = "a\r\nb" },
		"two equal texts":     func(w *Writing) { w.Texts = []Text{{Name: "a"}, {Name: "a"}} },
		"no XML name":         func(w *Writing) { w.Texts[0].Name = "1 a" },
		"the container's Id":  func(w *Writing) { w.Texts[0].Name = "contentcontainer0" },
		"a key's Id":          func(w *Writing) { w.Texts[0].Name = "Attachmenteins.bin" },
		"a reader as author":  func(w *Writing) { w.Authors[0].Role = CipherOtherReader },
		"an author as reader": func(w *Writing) { w.Readers = []Reader{reader(t, SignatureOtherAuthor, "dave-cipher")} },
		"no certificate":      func(w *Writing) { w.Readers = []Reader{{Role: CipherOtherReader}} },
		"two addressees": func(w *Writing) {
			w.Readers = []Reader{reader(t, CipherAddressee, "dave-cipher"), reader(t, CipherAddressee, "bob-cipher")}
		},
		"different digests": func(w *Writing) {
			w.Authors = append(w.Authors, author(t, SignatureOriginator, "alice-signature"))
			w.Authors[1].Signer.Digest = contentMore7 + "sha3-512"
		},
		"no signer":  func(w *Writing) { w.Authors[0].Signer = nil },
		"no RSA key": func(w *Writing) { w.Readers = []Reader{reader(t, CipherOtherReader, "alice-signature-ec")} },
	} {
		t.Run(name, func(t *testing.T) {
			w := plainWriting(t)
			change(w)
			_, err := w.Compose(ComposeOptions{Scratch: newContentScratch, Rand: rand.Reader})
			if !errors.Is(err, ErrWriting) {
				t.Errorf("error = %v, want ErrWriting", err)
			}
		})
	}
}

// growing is a file that has one octet more than it announced.
type growing struct{ memoryFreight }

func (g growing) Size() int64 { return g.memoryFreight.Size() - 1 }

func TestComposeRefusesFilesOfAnotherSizeAndKeepsNoScratch(t *testing.T) {
	w := plainWriting(t)
	w.Readers = []Reader{reader(t, CipherOtherReader, "dave-cipher")}
	w.Files[1].Freight = growing{memoryFreight("abc")}
	var files []*contentScratch
	_, err := w.Compose(ComposeOptions{Rand: rand.Reader, Scratch: func() (ScratchFile, error) {
		files = append(files, &contentScratch{})
		return files[len(files)-1], nil
	}})
	if !errors.Is(err, errFreightSize) {
		t.Errorf("error = %v", err)
	}
	for i, f := range files {
		if !f.closed {
			t.Errorf("scratch file %d was kept", i)
		}
	}
}
