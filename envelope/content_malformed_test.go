package envelope

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"poststelle/envelope/xmlenc"
)

// forDave encrypts any octets.
func forDave(t *testing.T, id string, plain []byte) ([]byte, Certificates) {
	t.Helper()
	composed, w := &Composed{}, &writer{}
	c := &composer{Writing: &Writing{Readers: []Reader{reader(t, CipherOtherReader, "dave-cipher")}}, ComposeOptions: ComposeOptions{Rand: rand.Reader}, out: composed}
	c.defaults()
	if err := c.certificates(); err != nil {
		t.Fatal(err)
	}
	if err := c.encrypt(w, plain); err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(w.buf, []byte(encryptedDataID), []byte(id), 1), composed.Certificates
}

// packed is a letter with any container, encrypted for dave if so wanted.
func packed(t *testing.T, contents string, encrypted bool, parts ...string) (*Opener, *Message) {
	t.Helper()
	inside, certificates := container([]byte(contents)), Certificates(nil)
	if encrypted {
		inside, certificates = forDave(t, "e", inside)
	}
	return letterOf(t, certificates, inside, parts...)
}

// letterOf is a letter with anything in its ContentPackage.
func letterOf(t *testing.T, certificates Certificates, inside []byte, parts ...string) (*Opener, *Message) {
	t.Helper()
	d := draftOf(t, &Composed{Certificates: certificates, Content: &Fragment{
		Space: NSOSCI, Local: "ContentPackage", Scope: ns5,
		Octets: slices.Concat([]byte("<osci:ContentPackage>"), inside, []byte("</osci:ContentPackage>")),
	}})
	for _, p := range parts {
		d.Attachments = append(d.Attachments, Attachment{ContentID: p, Freight: memoryFreight(p)})
	}
	o := contentOpener(t, "dave-cipher")
	return o, openMessage(t, o, sealed(t, d, SealOptions{}))
}

func TestOpenContentRefusesMalformedContainers(t *testing.T) {
	text := `<osci:Content><osci:Base64Content Id="a">QUJD</osci:Base64Content></osci:Content>`
	key := string((&composer{Writing: &Writing{Method: xmlenc.DefaultMethod()}, files: []composedFile{{name: "p", key: make([]byte, 32)}}}).partKeys())
	deep := strings.Repeat(`<osci:Content><osci:ContentContainer>`, 10) + strings.Repeat(`</osci:ContentContainer></osci:Content>`, 10)
	for name, row := range map[string]struct {
		contents string
		want     error
	}{
		"two equal Ids":         {text + text, ErrDuplicateID},
		"no base64":             {strings.Replace(text, "QUJD", "Q*", 1), ErrStructure},
		"comment in base64":     {strings.Replace(text, "QUJD", "QU<!-- -->JD", 1), ErrStructure},
		"foreign element":       {`<osci:Inhalt></osci:Inhalt>`, ErrStructure},
		"stray text":            {`Text`, ErrStructure},
		"href elsewhere":        {`<osci:Content href="http://localhost/"></osci:Content>`, ErrStructure},
		"href and content":      {`<osci:Content href="cid:a">Text</osci:Content>`, ErrStructure},
		"two keys":              {key + strings.Replace(key, "Attachment", "Anders", 1), ErrStructure},
		"too deep":              {deep, ErrStructure},
		"text around text":      {strings.Replace(text, "<osci:Content>", "<osci:Content>Text", 1), ErrStructure},
		"text around container": {`<osci:Content>Text<osci:ContentContainer></osci:ContentContainer></osci:Content>`, ErrStructure},
		"key without part":      {strings.Replace(key, "cid:p", "http:p", 1), ErrStructure},
		"key that is no base64": {strings.Replace(key, "<ds:MgmtData>", "<ds:MgmtData>*", 1), ErrStructure},
		"many signatures":       {strings.Repeat(`<ds:Signature></ds:Signature>`, 65), ErrStructure},
	} {
		t.Run(name, func(t *testing.T) {
			o, m := packed(t, row.contents, true)
			if c, err := o.OpenContent(context.Background(), m); !errors.Is(err, row.want) || c != nil {
				t.Errorf("error = %v, want %v", err, row.want)
			}
		})
	}
}

func TestOpenContentRefusesWhatIsNoContainer(t *testing.T) {
	for plain, want := range map[string]error{
		"<osci:ContentContainer>":                  ErrXML,
		`<a xmlns="urn:a"></a>`:                    ErrStructure,
		"<!DOCTYPE a><a></a>":                      ErrXML,
		`<ContentContainer></ContentContainer>`:    ErrStructure,
		string(container(nil)) + "<!-- danach -->": nil,
	} {
		octets, certificates := forDave(t, "e", []byte(plain))
		o, m := letterOf(t, certificates, octets)
		c, err := o.OpenContent(context.Background(), m)
		if !errors.Is(err, want) {
			t.Errorf("%s: error = %v, want %v", plain, err, want)
		}
		if c != nil {
			c.Close()
		}
	}
}

func TestOpenContentRefusesMalformedPackages(t *testing.T) {
	octets, certificates := forDave(t, "e", container(nil))
	for name, inside := range map[string]string{
		"CipherValue":        strings.ReplaceAll(string(octets), "<xenc:CipherValue>", "<xenc:CipherValue>*"),
		"second CipherValue": strings.Replace(string(octets), "</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>", "</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>*", 1),
		"no CipherData":      strings.ReplaceAll(string(octets), "CipherData", "CipherDatum"),
		"containers":         strings.Repeat(`<osci:ContentContainer></osci:ContentContainer>`, maxContainers+1),
		"foreign element":    `<osci:Base64Content></osci:Base64Content>`,
	} {
		t.Run(name, func(t *testing.T) {
			o, m := letterOf(t, certificates, []byte(inside))
			if _, err := o.OpenContent(context.Background(), m); !errors.Is(err, ErrStructure) {
				t.Errorf("error = %v, want ErrStructure", err)
			}
		})
	}
}

// TestOpenContentGivesOnePartOneKey: two containers may share a file under one
// key; another key would show its readers another file.
func TestOpenContentGivesOnePartOneKey(t *testing.T) {
	key := func(octets byte) []byte {
		c := &composer{Writing: &Writing{Method: xmlenc.DefaultMethod()}, files: []composedFile{{name: "eins.bin", key: bytes.Repeat([]byte{octets}, 32)}}}
		return container([]byte(`<osci:Content Id="x" href="cid:eins.bin"></osci:Content>`), c.partKeys())
	}
	first, certificates := forDave(t, "e1", key(1))
	same, _ := forDave(t, "e2", key(1))
	other, _ := forDave(t, "e3", key(2))
	for _, row := range []struct {
		second []byte
		want   error
	}{{same, ErrDecrypt}, {other, ErrStructure}} {
		o, m := letterOf(t, certificates, slices.Concat(first, row.second), "eins.bin")
		c := openedContent(t, o, m)
		if !errors.Is(c.Files[0].Err, ErrDecrypt) || !errors.Is(c.Files[1].Err, row.want) {
			t.Errorf("files %v, %v; want %v", c.Files[0].Err, c.Files[1].Err, row.want)
		}
	}
}

// TestOpenContentBoundsPrivateKeyOperations: a sender cannot make a reader
// decrypt without end.
func TestOpenContentBoundsPrivateKeyOperations(t *testing.T) {
	var all []byte
	one, certificates := forDave(t, "e", container(nil))
	for i := range maxUnwraps + 1 {
		all = append(all, bytes.Replace(one, []byte(`Id="e"`), fmt.Appendf(nil, `Id="e%d"`, i), 1)...)
	}
	o, m := letterOf(t, certificates, all)
	c := openedContent(t, o, m)
	if len(c.Unreadable) != 1 || !errors.Is(c.Unreadable[0].Err, ErrDecrypt) || len(c.Readers) != 1 {
		t.Errorf("unreadable %+v, %d readers", c.Unreadable, len(c.Readers))
	}
}

func TestOpenContentReportsStrayAndMissingParts(t *testing.T) {
	o, m := packed(t, `<osci:Content Id="a" href="cid:da"></osci:Content><osci:Content Id="b" href="cid:weg"></osci:Content>`, false, "da", "fremd")
	c := openedContent(t, o, m)
	if len(c.Stray) != 1 || c.Stray[0] != "fremd" {
		t.Errorf("stray %v", c.Stray)
	}
	if c.Files[0].Err != nil || !errors.Is(c.Files[1].Err, ErrPartMissing) || !errors.Is(c.Whole(), ErrPartMissing) {
		t.Errorf("files %v, %v", c.Files[0].Err, c.Files[1].Err)
	}
}

func TestOpenContentWithoutContent(t *testing.T) {
	o := contentOpener(t)
	if _, err := o.OpenContent(context.Background(), recordedLetter(t, o, "init-plain-signed")); !errors.Is(err, ErrNoContent) {
		t.Errorf("error = %v, want ErrNoContent", err)
	}
}

func TestOpenContentStopsWithItsContextAndKeepsNoScratch(t *testing.T) {
	o := contentOpener(t, "dave-cipher")
	m := recordedLetter(t, o, "store-700k")
	ctx, cancel := context.WithCancel(context.Background())
	var files []*contentScratch
	o.Scratch = func() (ScratchFile, error) {
		cancel()
		files = append(files, &contentScratch{})
		return files[len(files)-1], nil
	}
	if _, err := o.OpenContent(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if len(files) != 1 || !files[0].closed || files[0].Len() > 0 {
		t.Errorf("%d scratch files, the first: %+v", len(files), files[0])
	}
	if _, err := o.OpenContent(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err) // and not that it is encrypted for others
	}
}
