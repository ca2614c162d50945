package envelope

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// tampered seals plainWriting, changes what an attacker without keys can
// change, and opens the content.
func tampered(t *testing.T, readers []Reader, change func(*Draft)) *Content {
	t.Helper()
	w := plainWriting(t)
	w.Readers = readers
	d := draftOf(t, compose(t, w))
	change(d)
	o := contentOpener(t, "dave-cipher")
	return openedContent(t, o, openMessage(t, o, sealed(t, d, SealOptions{})))
}

// replace changes the octets of the ContentPackage in one place.
func replace(t *testing.T, d *Draft, pattern, by string) {
	t.Helper()
	at := regexp.MustCompile(`(?s)` + pattern).FindIndex(d.Content.Octets)
	if at == nil {
		t.Fatalf("content has no %q", pattern)
	}
	octets := slices.Clone(d.Content.Octets[:at[0]])
	octets = append(octets, by...)
	f := *d.Content
	f.Octets = append(octets, d.Content.Octets[at[1]:]...)
	d.Content = &f
}

// otherOctets exchanges an attachment's octets and digest.
func otherOctets(t *testing.T, a *Attachment, change func([]byte)) {
	t.Helper()
	octets := readFreight(t, a.Freight)
	change(octets)
	a.Freight = memoryFreight(octets)
}

func TestOpenContentSeesWhatWasTamperedWith(t *testing.T) {
	dave := loadPerson(t, "dave-signature").certificate
	for name, row := range map[string]struct {
		change func(*Draft)
		want   error // of the author's verdict
	}{
		"a byte of a text": {func(d *Draft) { replace(t, d, `>R3V0ZW4`, ">S3V0ZW4") }, signature.ErrDigest},
		"a byte of a file": {func(d *Draft) { otherOctets(t, &d.Attachments[0], func(b []byte) { b[3] ^= 1 }) }, signature.ErrDigest},
		"exchanged files": {func(d *Draft) {
			d.Attachments[0].Freight, d.Attachments[1].Freight = d.Attachments[1].Freight, d.Attachments[0].Freight
			d.Attachments[0].SHA256, d.Attachments[1].SHA256 = d.Attachments[1].SHA256, d.Attachments[0].SHA256
		}, signature.ErrDigest},
		"a renamed file": {func(d *Draft) {
			d.Attachments[0].ContentID = "drei.bin"
			replace(t, d, `href="cid:eins.bin"`, `href="cid:drei.bin"`)
		}, signature.ErrDigest},
		"a missing file": {func(d *Draft) { d.Attachments = d.Attachments[1:] }, ErrPartMissing},
		"a removed Content": {func(d *Draft) {
			replace(t, d, `<osci:Content Id="content1"[^>]*></osci:Content>`, "")
		}, signature.ErrDangling},
		"another digest": {func(d *Draft) { replace(t, d, `<ds:DigestValue>....`, "<ds:DigestValue>AAAA") }, signature.ErrDigest},
		"a removed reference": {func(d *Draft) {
			replace(t, d, `<ds:Reference URI="cid:eins.bin">.*?</ds:Reference>`, "")
		}, signature.ErrValue},
		"another certificate": {func(d *Draft) {
			for i := range d.Certificates {
				if d.Certificates[i].Role == SignatureOtherAuthor {
					d.Certificates[i].Certificate = dave
				}
			}
		}, signature.ErrValue},
		"an unknown certificate": {func(d *Draft) { replace(t, d, `RetrievalMethod URI="#author0`, `RetrievalMethod URI="#author9`) }, signature.ErrKey},
		"a reader's certificate": {func(d *Draft) {
			replace(t, d, `RetrievalMethod URI="[^"]*"`, `RetrievalMethod URI="#`+d.Certificates.First(CipherAddressee).ID+`"`)
		}, signature.ErrKey},
		"a weaker algorithm": {func(d *Draft) { replace(t, d, contentMore+"rsa-sha256", NSDSig+"rsa-sha1") }, signature.ErrAlgorithm},
		"a transform that is a program": {func(d *Draft) {
			replace(t, d, string(xmltree.C14N)+`"></ds:Transform>`, `http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>`)
		}, signature.ErrTransform},
	} {
		t.Run(name, func(t *testing.T) {
			c := tampered(t, nil, row.change)
			if len(c.Authors) != 1 {
				t.Fatalf("%d authors", len(c.Authors))
			}
			if a := c.Authors[0]; a.Valid || !errors.Is(a.Err, row.want) || errors.Is(row.want, signature.ErrDigest) && len(a.Uncovered) == 0 {
				t.Errorf("valid %t, error %v, want %v; uncovered %v", a.Valid, a.Err, row.want, a.Uncovered)
			}
			for _, text := range c.Texts {
				if len(text.SignedBy) > 0 {
					t.Errorf("text %s counts as signed", text.Name)
				}
			}
			for _, f := range c.Files {
				if len(f.SignedBy) > 0 {
					t.Errorf("file %s counts as signed", f.Name)
				}
			}
			if !errors.Is(c.Signed(), row.want) || !errors.Is(c.Signed(), ErrContentUnsigned) {
				t.Errorf("Signed = %v", c.Signed())
			}
		})
	}
}

func TestOpenContentWithoutSignatureHasNoAuthor(t *testing.T) {
	c := tampered(t, nil, func(d *Draft) { replace(t, d, `<ds:Signature>.*</ds:Signature>`, "") })
	if len(c.Authors) > 0 || !errors.Is(c.Signed(), ErrContentUnsigned) || c.Whole() != nil {
		t.Errorf("%d authors, Signed = %v, Whole = %v", len(c.Authors), c.Signed(), c.Whole())
	}
}

// TestOpenContentMarksWhatNobodySigned adds content beside and around what
// was signed: the signature stays valid and covers only what it covered.
func TestOpenContentMarksWhatNobodySigned(t *testing.T) {
	evil := `<osci:Content><osci:Base64Content Id="boese">Ym9lc2U=</osci:Base64Content></osci:Content>`
	original := `<osci:Content><osci:Base64Content Id="content0">([^<]*)</osci:Base64Content></osci:Content>`
	for name, change := range map[string]func(*Draft){
		"text beside": func(d *Draft) { replace(t, d, `</osci:ContentContainer>`, evil+`</osci:ContentContainer>`) },
		"container beside": func(d *Draft) {
			replace(t, d, `</osci:ContentPackage>`, `<osci:ContentContainer Id="c9">`+evil+`</osci:ContentContainer></osci:ContentPackage>`)
		},
		"signed text wrapped away": func(d *Draft) {
			inner := regexp.MustCompile(original).Find(d.Content.Octets)
			replace(t, d, original, evil+`<osci:Content Id="huelle"><osci:ContentContainer Id="c9">`+string(inner)+`</osci:ContentContainer></osci:Content>`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := tampered(t, nil, change)
			i := slices.IndexFunc(c.Texts, func(text ReadText) bool { return text.Name == "boese" })
			if i < 0 || len(c.Texts) != 2 || len(c.Texts[i].SignedBy) > 0 || len(c.Texts[1-i].SignedBy) != 1 {
				t.Fatalf("texts %+v", c.Texts)
			}
			if !errors.Is(c.Signed(), ErrContentUnsigned) {
				t.Errorf("Signed = %v", c.Signed())
			}
			inside := name != "container beside"
			if a := c.Authors[0]; !a.Valid || slices.Contains(a.Uncovered, "boese") != inside {
				t.Errorf("valid %t, uncovered %v", a.Valid, a.Uncovered)
			}
		})
	}
}

func TestOpenContentReportsTamperedCiphertext(t *testing.T) {
	readers := []Reader{reader(t, CipherOtherReader, "dave-cipher")}
	flip := func(b []byte) { b[len(b)/2] ^= 1 }
	t.Run("file", func(t *testing.T) {
		c := tampered(t, readers, func(d *Draft) { otherOctets(t, &d.Attachments[1], flip) })
		if f := c.Files[1]; !errors.Is(f.Err, ErrDecrypt) || f.Freight != nil || len(f.SignedBy) > 0 {
			t.Errorf("file %+v", f)
		}
		if c.Files[0].Err != nil || c.Authors[0].Valid || !errors.Is(c.Whole(), ErrDecrypt) {
			t.Errorf("file 0 %v, author valid %t", c.Files[0].Err, c.Authors[0].Valid)
		}
	})
	t.Run("exchanged files", func(t *testing.T) {
		c := tampered(t, readers, func(d *Draft) {
			d.Attachments[0].Freight, d.Attachments[1].Freight = d.Attachments[1].Freight, d.Attachments[0].Freight
		})
		if !errors.Is(c.Files[0].Err, ErrDecrypt) || !errors.Is(c.Files[1].Err, ErrDecrypt) {
			t.Errorf("files %v, %v", c.Files[0].Err, c.Files[1].Err)
		}
	})
	t.Run("container", func(t *testing.T) {
		c := tampered(t, readers, func(d *Draft) {
			at := bytes.LastIndex(d.Content.Octets, []byte("<xenc:CipherValue>"))
			o := slices.Clone(d.Content.Octets)
			if o[at+100]++; o[at+100] == '0' || o[at+100] == '[' || o[at+100] == '{' || o[at+100] == ':' || o[at+100] == ',' {
				o[at+100] = 'B'
			}
			d.Content.Octets = o
		})
		if len(c.Unreadable) != 1 || !errors.Is(c.Unreadable[0].Err, ErrDecrypt) || len(c.Texts) > 0 {
			t.Errorf("unreadable %+v", c.Unreadable)
		}
		if len(c.Stray) != 2 || !errors.Is(c.Signed(), ErrDecrypt) {
			t.Errorf("stray %v, Signed = %v", c.Stray, c.Signed())
		}
	})
}

func TestOpenContentLeavesOthersContentClosed(t *testing.T) {
	o := contentOpener(t) // neither bob nor dave
	c := openedContent(t, o, recordedLetter(t, o, "store-encrypted-signed-1"))
	if !c.Encrypted || len(c.Unreadable) != 1 || !errors.Is(c.Unreadable[0].Err, ErrOtherReaders) {
		t.Fatalf("content %+v", c)
	}
	dave := loadPerson(t, "dave-cipher").certificate
	if r := c.Unreadable[0].Readers; len(r) != 1 || !r[0].Certificate.Equal(dave) || r[0].Role != CipherOtherReader {
		t.Errorf("readers %+v", r)
	}
	if !errors.Is(c.Whole(), ErrOtherReaders) || len(c.Files)+len(c.Texts)+len(c.Authors) > 0 {
		t.Errorf("Whole = %v", c.Whole())
	}
}

func TestOpenContentRefusesForbiddenAlgorithms(t *testing.T) {
	lax := contentOpener(t)
	for _, name := range []string{"store-aes128-cbc", "store-rsa15"} {
		m := recordedLetter(t, lax, name)
		strict := contentOpener(t, "dave-cipher")
		strict.Encryption = xmlenc.Policy{}
		c := openedContent(t, strict, m)
		if len(c.Unreadable) != 1 || !errors.Is(c.Unreadable[0].Err, xmlenc.ErrAlgorithm) || !errors.Is(c.Unreadable[0].Err, ErrDecrypt) {
			t.Errorf("%s: unreadable %+v", name, c.Unreadable)
		}
	}
}

func TestOpenContentRefusesForbiddenCiphersOfFiles(t *testing.T) {
	cbc, _ := xmlenc.CipherByURI(NSXEnc + "aes128-cbc")
	c := &composer{Writing: &Writing{Method: xmlenc.Method{Cipher: cbc, IVSize: 16}}, files: []composedFile{{name: "p", key: make([]byte, 16)}}}
	o, m := packed(t, `<osci:Content href="cid:p"></osci:Content>`+string(c.partKeys()), true, "p")
	o.Encryption = xmlenc.Policy{}
	if f := openedContent(t, o, m).Files[0]; !errors.Is(f.Err, xmlenc.ErrAlgorithm) || f.Freight != nil {
		t.Errorf("file %+v", f)
	}
}

// signedPackage signs contents with the references given and packs them.
func signedPackage(t *testing.T, contents string, references func(find func(id string) *xmltree.Node) []signature.Reference) *Composed {
	t.Helper()
	carol := author(t, SignatureOtherAuthor, "carol-signature")
	doc, err := xmltree.Parse(container([]byte(contents)), xmltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) *xmltree.Node {
		ids, err := doc.IDs(func(_ *xmltree.Node, a xmltree.Attr) bool { return a.Local == "Id" })
		if err != nil || ids[id] == nil {
			t.Fatalf("no element %s: %v", id, err)
		}
		return ids[id]
	}
	certificate := RoleCertificate{SignatureOtherAuthor, "author0_signature_x", carol.Signer.Certificate}
	octets, err := carol.Signer.Sign(signature.SignInput{
		References: references(find), KeyURI: "#" + certificate.ID, Scope: doc.Root.Scope(), Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &Fragment{Space: NSOSCI, Local: "ContentPackage", Scope: ns5}
	f.Octets = []byte("<osci:ContentPackage>" + string(container(octets, []byte(contents))) + "</osci:ContentPackage>")
	return &Composed{Content: f, Certificates: Certificates{certificate}}
}

// TestOpenContentDemandsTheRightReferences shows what does not cover a file
// or text although the signature is valid.
func TestOpenContentDemandsTheRightReferences(t *testing.T) {
	file := memoryFreight("Datei")
	sum := signature.Digest{}
	sum, _ = signature.DigestByURI(signature.SHA256)
	h := sum.New()
	h.Write(file)
	part := signature.Reference{URI: "cid:a.bin", Digest: h.Sum(nil)}
	const c14n = string(xmltree.C14N)
	contents := `<osci:Content Id="t"><osci:Base64Content Id="b">QUJD</osci:Base64Content></osci:Content>` +
		`<osci:Content Id="f" href="cid:a.bin"></osci:Content><osci:Content Id="x"><b>fett<!-- nicht signiert --></b></osci:Content>`
	type find = func(string) *xmltree.Node
	element := func(f find, id, transform string) signature.Reference {
		return signature.Reference{URI: "#" + id, Element: f(id), Transforms: []string{transform}}
	}
	for name, row := range map[string]struct {
		references func(find) []signature.Reference
		covered    string
	}{
		"all": {func(f find) []signature.Reference {
			return []signature.Reference{element(f, "b", transformBase64), element(f, "f", c14n), part, element(f, "x", c14n)}
		}, "b f x"},
		"around a text": {func(f find) []signature.Reference { return []signature.Reference{element(f, "t", c14n)} }, "b"},
		"exclusive": {func(f find) []signature.Reference {
			return []signature.Reference{element(f, "t", string(xmltree.ExcC14N))}
		}, "b"},
		"part only": {func(find) []signature.Reference { return []signature.Reference{part} }, ""},
		"name only": {func(f find) []signature.Reference { return []signature.Reference{element(f, "f", c14n)} }, ""},
		"name as base64": {func(f find) []signature.Reference {
			return []signature.Reference{element(f, "f", transformBase64), part}
		}, ""},
		"text only": {func(f find) []signature.Reference { return []signature.Reference{element(f, "b", c14n)} }, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			d := draftOf(t, signedPackage(t, contents, row.references))
			d.Attachments = []Attachment{{ContentID: "a.bin", Freight: file}}
			o := contentOpener(t)
			c := openedContent(t, o, openMessage(t, o, sealed(t, d, SealOptions{})))
			if !c.Authors[0].Valid {
				t.Fatalf("signature: %v", c.Authors[0].Err)
			}
			var covered []string
			for i, name := range []string{"b", "f", "x"} {
				var by []*AuthorVerdict
				switch i {
				case 0:
					by = c.Texts[0].SignedBy
				case 1:
					by = c.Files[0].SignedBy
				case 2:
					by = c.Texts[1].SignedBy
				}
				if len(by) > 0 {
					covered = append(covered, name)
				}
			}
			if got := strings.Join(covered, " "); got != row.covered || len(c.Authors[0].Uncovered) != 3-len(covered) {
				t.Errorf("covered %q, want %q; uncovered %v", got, row.covered, c.Authors[0].Uncovered)
			}
			if x := c.Texts[1]; !x.XML || !bytes.Contains(x.Octets, []byte("<b>fett</b>")) {
				t.Errorf("XML content %q", x.Octets)
			}
		})
	}
}

// TestOpenContentBelievesNoMarkupThatIsSignedAsText: the base64 transform
// covers what text decodes to and not the element around it.
func TestOpenContentBelievesNoMarkupThatIsSignedAsText(t *testing.T) {
	d := draftOf(t, signedPackage(t, `<osci:Content Id="u" a="1">QUJD</osci:Content>`, func(find func(string) *xmltree.Node) []signature.Reference {
		return []signature.Reference{{URI: "#u", Element: find("u"), Transforms: []string{transformBase64}}}
	}))
	o := contentOpener(t)
	c := openedContent(t, o, openMessage(t, o, sealed(t, d, SealOptions{})))
	if a := c.Authors[0]; !a.Valid || len(a.Uncovered) != 1 || len(c.Texts[0].SignedBy) > 0 {
		t.Errorf("author %+v, texts %+v", a, c.Texts)
	}
}

func TestOpenContentHoldsSignaturesAgainstThePolicy(t *testing.T) {
	o := contentOpener(t)
	m := recordedLetter(t, o, "store-plain-signed-1")
	o.Signatures.MinRSA = 8192
	if a := openedContent(t, o, m).Authors[0]; a.Valid || !errors.Is(a.Err, signature.ErrKey) {
		t.Errorf("valid %t, error %v", a.Valid, a.Err)
	}
}

// TestOpenContentFollowsNoReferenceOutOfTheContainer: a signature speaks about
// its container only.
func TestOpenContentFollowsNoReferenceOutOfTheContainer(t *testing.T) {
	text := `<osci:Content><osci:Base64Content Id="b">QUJD</osci:Base64Content></osci:Content>`
	beside := `<osci:ContentContainer Id="c9"><osci:Content Id="z"></osci:Content><osci:Content Id="y" href="cid:a.bin"></osci:Content></osci:ContentContainer>`
	for _, uri := range []string{"#body", "#z", "#contentcontainer0", "#c9", "#storedelivery", "cid:a.bin"} {
		t.Run(uri, func(t *testing.T) {
			composed := signedPackage(t, text, func(find func(string) *xmltree.Node) []signature.Reference {
				outside := signature.Reference{URI: uri, Digest: make([]byte, 32)}
				if strings.HasPrefix(uri, "#") {
					outside.Transforms = []string{string(xmltree.C14N)}
				}
				return []signature.Reference{{URI: "#b", Element: find("b"), Transforms: []string{transformBase64}}, outside}
			})
			d := draftOf(t, composed)
			replace(t, d, `</osci:ContentPackage>`, beside+`</osci:ContentPackage>`)
			d.Attachments = []Attachment{{ContentID: "a.bin", Freight: memoryFreight("A")}}
			o := contentOpener(t)
			c := openedContent(t, o, openMessage(t, o, sealed(t, d, SealOptions{})))
			if a := c.Authors[0]; a.Valid || !errors.Is(a.Err, signature.ErrDangling) {
				t.Errorf("valid %t, error %v", a.Valid, a.Err)
			}
		})
	}
}
