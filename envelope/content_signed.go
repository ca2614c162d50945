package envelope

import (
	"maps"

	"poststelle/signature/xmltree"
)

// ContentSigned tells whether all content that can be seen is signed by an
// author. An office may ask for that (9602); it sees only what is not
// encrypted: known is false if nothing visible is unsigned and something is
// encrypted. Signatures are looked at, not verified: that each text and file
// is referred to by a ds:Signature of a container around it is all that is
// checked here, the rest is for the reader. A message without content is
// signed as far as this goes.
func ContentSigned(m *Message) (signed, known bool) {
	if m.Content == nil {
		return true, true
	}
	p := m.document.Root.Child(NSSOAP, "Body").Child(NSOSCI, "ContentPackage")
	v := &visible{}
	v.look(p, nil, false)
	return !v.unsigned, v.unsigned || !v.encrypted
}

// visible is what an office sees of content.
type visible struct{ unsigned, encrypted bool }

// look walks a package or container; around are the URIs that signatures of
// containers around it refer to, within tells that one of them is to an
// element around it.
func (v *visible) look(n *xmltree.Node, around map[string]bool, within bool) {
	signed := maps.Clone(around)
	if signed == nil {
		signed = map[string]bool{}
	}
	for _, child := range n.Elements() {
		if child.Is(NSDSig, "Signature") {
			for _, reference := range signedReferences(child) {
				uri, _ := reference.Attr("", "URI")
				signed[uri] = true
			}
		}
	}
	for _, child := range n.Elements() {
		switch {
		case child.Is(NSXEnc, "EncryptedData"):
			v.encrypted = v.encrypted || !isPartKey(child)
		case child.Is(NSOSCI, "ContentContainer"):
			v.look(child, signed, within)
		case child.Is(NSOSCI, "Content"):
			v.lookAtContent(child, signed, within)
		}
	}
}

func (v *visible) lookAtContent(n *xmltree.Node, signed map[string]bool, within bool) {
	refers := func(n *xmltree.Node) bool {
		id, ok := n.Attr("", "Id")
		return ok && signed["#"+id]
	}
	covered := within || refers(n)
	if href, ok := n.Attr("", "href"); ok {
		covered = covered && signed[href]
	} else if inner := n.Child(NSOSCI, "ContentContainer"); inner != nil {
		v.look(inner, signed, covered)
		return
	} else if text := n.Child(NSOSCI, "Base64Content"); text != nil {
		covered = covered || refers(text)
	}
	v.unsigned = v.unsigned || !covered
}
