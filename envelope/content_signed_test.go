package envelope

import (
	"strings"
	"testing"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

func TestContentSignedSeesWhatIsNotEncrypted(t *testing.T) {
	o := contentOpener(t)
	for _, row := range []struct {
		name          string
		signed, known bool
	}{
		{"store-plain-signed-1", true, true},
		{"store-plain-3-raw", true, true},
		{"store-two-authors-clear", true, true},
		{"store-nested", true, true},
		{"store-encrypted-signed-1", true, false},
		{"init-plain-signed", true, true}, // no content
	} {
		m := recordedLetter(t, o, row.name)
		if signed, known := ContentSigned(m); signed != row.signed || known != row.known {
			t.Errorf("%s: signed %t, known %t", row.name, signed, known)
		}
	}
}

func TestContentSignedSeesVisibleUnsignedContent(t *testing.T) {
	for name, change := range map[string]func(*Draft){
		"no signature": func(d *Draft) { replace(t, d, `<ds:Signature>.*</ds:Signature>`, "") },
		"text beside": func(d *Draft) {
			replace(t, d, `</osci:ContentContainer>`, `<osci:Content><osci:Base64Content Id="b">QQ==</osci:Base64Content></osci:Content></osci:ContentContainer>`)
		},
		"text without Id": func(d *Draft) {
			replace(t, d, `</osci:ContentContainer>`, `<osci:Content><osci:Base64Content>QQ==</osci:Base64Content></osci:Content></osci:ContentContainer>`)
		},
		"other file":    func(d *Draft) { replace(t, d, `href="cid:eins.bin"`, `href="cid:drei.bin"`) },
		"other element": func(d *Draft) { replace(t, d, `Id="content1"`, `Id="content9"`) },
		"container beside": func(d *Draft) {
			replace(t, d, `</osci:ContentPackage>`, `<osci:ContentContainer><osci:Content>Text</osci:Content></osci:ContentContainer></osci:ContentPackage>`)
		},
		"container inside": func(d *Draft) {
			replace(t, d, `</osci:ContentContainer>`, `<osci:Content><osci:ContentContainer><osci:Content>Text</osci:Content></osci:ContentContainer></osci:Content></osci:ContentContainer>`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := draftOf(t, compose(t, plainWriting(t)))
			change(d)
			m := openMessage(t, contentOpener(t), sealed(t, d, SealOptions{}))
			if signed, known := ContentSigned(m); signed || !known {
				t.Errorf("signed %t, known %t", signed, known)
			}
		})
	}
}

// TestContentSignedFollowsContainersInContainers: who signs the Content around
// a container signs its texts, but its files only by their own references.
func TestContentSignedFollowsContainersInContainers(t *testing.T) {
	contents := `<osci:Content Id="a"><osci:ContentContainer>` +
		`<osci:Content><osci:Base64Content>QQ==</osci:Base64Content></osci:Content>FILE</osci:ContentContainer></osci:Content>`
	keyOfFile := `<xenc:EncryptedData><xenc:CipherData><xenc:CipherReference URI="cid:a.bin"></xenc:CipherReference></xenc:CipherData></xenc:EncryptedData>`
	file := `<osci:Content href="cid:a.bin"></osci:Content>`
	for _, row := range []struct {
		contents string
		part     bool
		signed   bool
	}{
		{strings.Replace(contents, "FILE", "", 1), false, true},
		{strings.Replace(contents, "FILE", file, 1), false, false},
		{strings.Replace(contents, "FILE", file, 1), true, true},
		{strings.Replace(contents, "FILE", keyOfFile, 1), false, true},
	} {
		d := draftOf(t, signedPackage(t, row.contents, func(find func(string) *xmltree.Node) []signature.Reference {
			list := []signature.Reference{{URI: "#a", Element: find("a"), Transforms: []string{string(xmltree.C14N)}}}
			if row.part {
				list = append(list, signature.Reference{URI: "cid:a.bin", Digest: make([]byte, 32)})
			}
			return list
		}))
		d.Attachments = []Attachment{{ContentID: "a.bin", Freight: memoryFreight("A")}}
		m := openMessage(t, contentOpener(t), sealed(t, d, SealOptions{}))
		if signed, known := ContentSigned(m); signed != row.signed || !known {
			t.Errorf("signed %t, known %t, want %t", signed, known, row.signed)
		}
	}
}
