package interop

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/signature/xmltree"
)

func TestConformance026SchemaLocationIsExact(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.answer == nil {
			return // item 144 is about faults
		}
		kind := s.answer.Kind.String()
		want := fmt.Sprintf(` xsi:schemaLocation="http://schemas.xmlsoap.org/soap/envelope/ soap%s.xsd http://www.w3.org/2000/09/xmldsig# oscisig.xsd http://www.w3.org/2001/04/xmlenc# oscienc.xsd">`,
			strings.ToUpper(kind[:1])+kind[1:])
		if tag := startTag(s.answer.xml(), "soap:Envelope"); !strings.HasSuffix(tag, want) {
			t.Errorf("envelope %s", tag)
		}
		if len(s.layers) == 2 && !strings.Contains(startTag(controlPart(string(s.layers[0])), "soap:Envelope"), " soapMessageEncrypted.xsd ") {
			t.Error("the wrapper has another schema")
		}
	})
}

// startTag is the first start tag of the name.
func startTag(xml, name string) string {
	_, rest, _ := strings.Cut(xml, "<"+name)
	tag, _, _ := strings.Cut(rest, ">")
	return "<" + name + tag + ">"
}

const (
	ns5 = `xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:osci="http://www.osci.de/2002/04/osci" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ` +
		`xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	xmlnsX = ` xmlns:x="urn:example:fach"`
)

func TestConformance027EnvelopeDeclaresFiveNamespaces(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.answer == nil {
			return
		}
		if tag := startTag(s.answer.xml(), "soap:Envelope"); !strings.HasPrefix(tag, "<soap:Envelope "+ns5+" xsi:schemaLocation=") {
			t.Errorf("envelope %s", tag)
		}
	})
	t.Run("content of a foreign sender", foreignScope)
}

// foreignScope stores content under another map of declarations; the fetched
// content must stand under the same one, or its signatures break (§9.2).
func foreignScope(t *testing.T) {
	post, alice := plainOffice(t)
	octets := alice.octets(alice.store("bob"), envelope.SealOptions{})
	octets = edit(t, octets, "<soap:Envelope ", "<soap:Envelope"+xmlnsX+" ")
	alice.demand(octets, envelope.CodeExecuted)
	bob := post.wire("bob")
	bob.dial(envelope.SealOptions{})
	fetched := bob.send(bob.draft(envelope.FetchDelivery{}), envelope.SealOptions{})
	want, have := packageScope(t, octets), packageScope(t, fetched.plain)
	if want != have || !strings.Contains(have, "urn:example:fach") {
		t.Errorf("scope\n%s\nwant\n%s", have, want)
	}
}

// packageScope is the map in force around the ContentPackage.
func packageScope(t *testing.T, message []byte) string {
	t.Helper()
	found := parse(t, message).Root.Child(envelope.NSSOAP, "Body").Child(envelope.NSOSCI, "ContentPackage")
	return fmt.Sprint(found.Parent.Scope())
}

var entity = regexp.MustCompile(`&(amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);`)

func TestConformance028EnvelopesAreSimpleXML(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			_, xml, _ := strings.Cut(controlPart(string(layer)), "<soap:Envelope")
			for _, bad := range []string{"\r", "<![CDATA[", "<!--", "<!", "<?"} {
				if strings.Contains(xml, bad) {
					t.Errorf("envelope contains %q", bad)
				}
			}
			if rest := entity.ReplaceAllString(xml, ""); strings.Contains(rest, "&") {
				t.Errorf("envelope has an unusual entity near %.40q", rest[strings.Index(rest, "&"):])
			}
		}
	})
}

func TestConformance029IdsAreUnique(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			wantUniqueIDs(t, parse(t, layer))
		}
	})
	t.Run("against content", idsAgainstContent)
}

// ownIDs are the Ids that answers like to use.
var ownIDs = []string{
	"body", "controlblock", "suppliersignature", "responsetofetchdelivery", "intermediarycertificates", "featuredescription",
}

// idsAgainstContent stores content whose Ids are those of our own blocks.
func idsAgainstContent(t *testing.T) {
	post, alice := plainOffice(t)
	store := alice.store("bob")
	text := string(store.Content.Octets)
	for _, id := range ownIDs {
		text = strings.Replace(text, "</osci:ContentContainer>",
			`<osci:Content Id="`+id+`"><osci:Base64Content>YQ==</osci:Base64Content></osci:Content></osci:ContentContainer>`, 1)
	}
	store.Content.Octets = []byte(text)
	store.Content.IDs = append(store.Content.IDs, ownIDs...)
	if code := alice.send(store, envelope.SealOptions{}).code(); code != envelope.CodeExecuted {
		t.Fatalf("code %s", code)
	}
	bob := post.wire("bob")
	bob.features = &envelope.Features{}
	bob.dial(bob.signed())
	fetched := bob.send(bob.draft(envelope.FetchDelivery{}), bob.signed())
	for _, id := range ownIDs {
		if n := strings.Count(fetched.xml(), ` Id="`+id+`"`); n != 1 {
			t.Errorf("Id %s stands %d times", id, n)
		}
	}
	wantUniqueIDs(t, parse(t, fetched.plain))
	if !fetched.Signature.Complete() {
		t.Error("the signature of the answer is wrong")
	}
}

func wantUniqueIDs(t *testing.T, doc *xmltree.Document) {
	t.Helper()
	seen := map[string]bool{}
	doc.Walk(func(n *xmltree.Node) bool {
		if id, ok := n.Attr("", "Id"); ok {
			if seen[id] {
				t.Errorf("Id %s occurs twice", id)
			}
			seen[id] = true
		}
		return true
	})
}

func TestConformance030BodyHasAnId(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.answer == nil {
			return
		}
		if id, _ := parse(t, s.answer.plain).Root.Child(envelope.NSSOAP, "Body").Attr("", "Id"); id == "" {
			t.Error("no Id")
		}
	})
}

func TestConformance031ControlBlockThenSignature(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.answer == nil {
			return
		}
		blocks := parse(t, s.answer.plain).Root.Child(envelope.NSSOAP, "Header").Elements()
		if !blocks[0].Is(envelope.NSOSCI, "ControlBlock") {
			t.Errorf("first block is %s", blocks[0].Local)
		}
		if signed := s.answer.Signature != nil; signed && !blocks[1].Is(envelope.NSOSCI, "SupplierSignature") {
			t.Errorf("second block is %s", blocks[1].Local)
		}
	})
}

// headerOf takes a message's header apart.
func headerOf(t *testing.T, octets []byte) (before string, blocks []string, after string) {
	t.Helper()
	text := string(octets)
	at := strings.Index(text, "<?xml")
	doc := parse(t, octets)
	header := doc.Root.Child(envelope.NSSOAP, "Header")
	elements := header.Elements()
	for _, n := range elements {
		blocks = append(blocks, string(doc.Bytes(n)))
	}
	start := at + strings.Index(text[at:], blocks[0])
	end := start
	for _, block := range blocks {
		end += strings.Index(text[end:], block) + len(block)
	}
	return text[:start], blocks, text[end:]
}

// TestConformance032HeaderOrderIsFree sends the blocks backwards and turned
// round by each number of places, unsigned and signed.
func TestConformance032HeaderOrderIsFree(t *testing.T) {
	post, alice := plainOffice(t)
	alice.features = &envelope.Features{Supported: []envelope.Feature{{Key: envelope.FeatureGCM, Version: "1.7.0"}}}
	for name, o := range map[string]envelope.SealOptions{"plain": {}, "signed": alice.signed()} {
		_, blocks, _ := headerOf(t, alice.octets(alice.store("bob"), o))
		for turn := range len(blocks) + 1 {
			t.Run(fmt.Sprint(name, turn), func(t *testing.T) {
				before, blocks, after := headerOf(t, alice.in(t).octets(alice.in(t).store("bob"), o))
				if turn == len(blocks) {
					for i := range len(blocks) / 2 {
						blocks[i], blocks[len(blocks)-1-i] = blocks[len(blocks)-1-i], blocks[i]
					}
					turn = 0
				}
				turned := strings.Join(append(blocks[turn:], blocks[:turn]...), "\n ")
				alice.in(t).demand([]byte(before+turned+after), envelope.CodeExecuted)
			})
		}
	}
	if post.deliveries(t, "bob") == 0 {
		t.Error("nothing was stored")
	}
}

// insert puts a block at the end of the header.
func insert(t *testing.T, octets []byte, block string) []byte {
	t.Helper()
	return edit(t, octets, "</soap:Header>", block+"</soap:Header>")
}

func TestConformance033UnknownHeadersNeedAnId(t *testing.T) {
	post, alice := plainOffice(t)
	store := alice.store("bob")
	const custom = `<x:Fach xmlns:x="urn:example:fach" Id="fach">wert</x:Fach>`
	alice.demand(insert(t, alice.octets(store, envelope.SealOptions{}), custom), envelope.CodeExecuted)
	d := post.delivery(t, "bob", storeID(store))
	if len(d.Custom) != 1 || string(d.Custom[0].Octets) != custom {
		t.Errorf("custom headers %v", d.Custom)
	}
	for name, block := range map[string]string{
		"none":  `<x:Fach xmlns:x="urn:example:fach">wert</x:Fach>`,
		"empty": `<x:Fach xmlns:x="urn:example:fach" Id="">wert</x:Fach>`,
		"other": `<x:Fach xmlns:x="urn:example:fach" x:Id="fach">wert</x:Fach>`,
	} {
		t.Run(name, func(t *testing.T) {
			alice.in(t).demand(insert(t, alice.octets(alice.store("bob"), envelope.SealOptions{}), block), envelope.CodeRequestInvalid)
		})
	}
	if n := post.deliveries(t, "bob"); n != 1 {
		t.Errorf("%d deliveries", n)
	}
}

func TestConformance034DuplicateIdsAreRefused(t *testing.T) {
	post, alice := plainOffice(t)
	for name, change := range map[string][2]string{
		"two blocks":            {`Id="desiredlanguages"`, `Id="controlblock"`},
		"body and block":        {`Id="body"`, `Id="controlblock"`},
		"content and block":     {`Id="brief"`, `Id="storedelivery"`},
		"certificate and block": {`CipherCertificateOriginator Id="`, `CipherCertificateOriginator Id="body" x="`},
	} {
		t.Run(name, func(t *testing.T) {
			octets := alice.in(t).octets(alice.in(t).store("bob"), envelope.SealOptions{})
			alice.in(t).demand(edit(t, octets, change[0], change[1]), envelope.CodeMessageInvalid)
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

func TestConformance035SchemaAndElementHaveToAgree(t *testing.T) {
	post, alice := plainOffice(t)
	for _, word := range []string{"GetMessageId", "FetchDelivery", "ResponseToStoreDelivery", "ForwardDelivery", "PartialStoreDelivery"} {
		t.Run(word, func(t *testing.T) {
			octets := alice.in(t).octets(alice.in(t).store("bob"), envelope.SealOptions{})
			alice.in(t).demand(edit(t, octets, "soapStoreDelivery.xsd", "soap"+word+".xsd"), envelope.CodeRequestInvalid)
		})
	}
	if n := post.deliveries(t, "bob"); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

// TestConformance036OtherPrefixesAreRead renames every prefix of a store and
// fetches what came of it.
func TestConformance036OtherPrefixesAreRead(t *testing.T) {
	post, alice := plainOffice(t)
	bob := post.wire("bob")
	for name, prefixes := range map[string][]string{
		"osci":             {"osci", "o"},
		"soap":             {"soap", "SOAP-ENV"},
		"xsi":              {"xsi", "i"},
		"all":              {"osci", "ns0", "soap", "ns1", "xsi", "ns2", "ds", "ns3", "xenc", "ns4"},
		"osci as standard": {"osci", ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := alice.in(t).store("bob", textFile("teil.bin", "Inhalt"))
			text := string(alice.octets(store, envelope.SealOptions{}))
			for i := 0; i < len(prefixes); i += 2 {
				text = renamePrefix(text, prefixes[i], prefixes[i+1])
			}
			alice.in(t).demand([]byte(text), envelope.CodeExecuted)
			again := bob.in(t)
			again.dial(again.signed())
			fetched := again.send(again.draft(envelope.FetchDelivery{Rule: byID(storeID(store))}), again.signed())
			if fetched.code() != envelope.CodeDialogOpen || fetched.Attachment("teil.bin") == nil || !fetched.Signature.Complete() {
				t.Errorf("fetched: %s", fetched.code())
			}
		})
	}
}

// renamePrefix gives a namespace another prefix; "" makes it the default.
func renamePrefix(text, old, by string) string {
	colon := by + ":"
	declared := "xmlns:" + by + "="
	if by == "" {
		colon, declared = "", "xmlns="
	}
	return strings.NewReplacer("<"+old+":", "<"+colon, "</"+old+":", "</"+colon, " "+old+":", " "+colon, "xmlns:"+old+"=", declared).Replace(text)
}
