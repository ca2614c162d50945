package envelope

import (
	"fmt"
	"strings"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// decoder turns the root part's tree into a Message.
type decoder struct {
	doc *xmltree.Document
	msg *Message
	// header and body are the two parts of the SOAP envelope.
	header, body *xmltree.Node
	// blocks are the header blocks that a signature must cover, by Id.
	blocks map[string]*xmltree.Node
	// signature is the ds:Signature of the transport signature, nil if none.
	signature *xmltree.Node
	// client says that it is a ClientSignature.
	client bool
	// order is the message element.
	order *xmltree.Node
	seen  map[string]bool
	// parse reads a certificate.
	parse func([]byte) (*signature.Certificate, error)
}

// decode reads a tree that is no encryption wrapper. Everything that the
// schema of the kind demands is checked here; what it means is for others.
func decode(doc *xmltree.Document, known *signature.Cache) (*decoder, error) {
	d := &decoder{
		parse: known.Parse,
		doc:   doc, msg: &Message{document: doc, Control: ControlBlock{SequenceNumber: NoSequence}},
		blocks: map[string]*xmltree.Node{}, seen: map[string]bool{},
	}
	if _, _, err := schemaKind(doc.Root); err != nil {
		return nil, err
	}
	if err := uniqueIDs(doc); err != nil {
		return nil, err
	}
	steps := []func() error{d.split, d.readHeader, d.readBody, d.checkKind, d.readOrder}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// uniqueIDs refuses two equal Ids anywhere in the message: whoever resolves a
// reference must find one element only (dossier §5.7).
func uniqueIDs(doc *xmltree.Document) error {
	_, err := doc.IDs(func(_ *xmltree.Node, a xmltree.Attr) bool {
		return a.Local == "Id" && a.Space == ""
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDuplicateID, err)
	}
	return nil
}

// split finds Header and Body (SOAP 1.1, 4; dossier §5.1).
func (d *decoder) split() error {
	if !d.doc.Root.Is(NSSOAP, "Envelope") {
		return fmt.Errorf("%w: root element is %s", ErrKind, d.doc.Root.Local)
	}
	f := fieldsOf(d.doc.Root)
	d.header = f.must(NSSOAP, "Header")
	d.body = f.must(NSSOAP, "Body")
	if err := f.end(); err != nil {
		return err
	}
	if d.header.Start > d.body.Start {
		return fmt.Errorf("%w: Body before Header", ErrStructure)
	}
	id, ok := d.body.Attr("", "Id")
	if !ok || id == "" {
		return fmt.Errorf("%w: Body without Id", ErrStructure)
	}
	d.blocks[id] = d.body
	return nil
}

// readHeader takes the header blocks in whatever order they come.
func (d *decoder) readHeader() error {
	f := fieldsOf(d.header)
	for _, block := range d.header.Elements() {
		f.drop(block)
		if err := d.readBlock(block); err != nil {
			return err
		}
	}
	if err := f.end(); err != nil {
		return err
	}
	if !d.seen[blockKey(NSOSCI, "ControlBlock")] {
		return fmt.Errorf("%w: ControlBlock is missing", ErrStructure)
	}
	return nil
}

func blockKey(space, local string) string { return "{" + space + "}" + local }

// readBlock reads one header block. Each name may stand once, except that
// QualityOfTimestamp may stand once for each service.
func (d *decoder) readBlock(block *xmltree.Node) error {
	id, ok := block.Attr("", "Id")
	if !ok || id == "" {
		return fmt.Errorf("%w: header block %s without Id", ErrStructure, block.Local)
	}
	key := blockKey(block.Space, block.Local)
	if block.Is(NSOSCI, "QualityOfTimestamp") {
		service, _ := block.Attr("", "Service")
		key += service
	}
	if d.seen[key] {
		return fmt.Errorf("%w: header block %s stands twice", ErrStructure, block.Local)
	}
	d.seen[key] = true
	if block.Is(NSOSCI, "ClientSignature") || block.Is(NSOSCI, "SupplierSignature") {
		return d.readSignature(block)
	}
	d.blocks[id] = block
	if read := d.blockReader(block); read != nil {
		return read(block)
	}
	return d.readOther(block)
}

// blockReader finds the reader of a block that the standard knows.
func (d *decoder) blockReader(block *xmltree.Node) func(*xmltree.Node) error {
	switch {
	case block.Is(NSOSCI, "ControlBlock"):
		return d.readControl
	case block.Is(NSOSCI, "DesiredLanguages"):
		return d.readLanguages
	case block.Is(NSOSCI, "QualityOfTimestamp"):
		return d.readQuality
	case block.Is(NSOSCI, "NonIntermediaryCertificates"):
		return d.readCertificates
	case block.Is(NSOSCI, "IntermediaryCertificates"):
		return d.readOfficeCertificates
	case block.Is(NSOSCI2017, "FeatureDescription"):
		return d.readFeatures
	}
	return nil
}

// readOther takes the message element or a custom header (dossier §5.10).
func (d *decoder) readOther(block *xmltree.Node) error {
	if kind, ok := kindOfElement(block.Space, block.Local); ok && !kind.row().inBody {
		if d.order != nil {
			return fmt.Errorf("%w: two orders in one message", ErrStructure)
		}
		d.order, d.msg.Kind = block, kind
		return nil
	}
	switch block.Space {
	case NSOSCI, NSOSCI2017, NSSOAP, NSDSig, NSXEnc, "":
		return fmt.Errorf("%w: unknown header block %s", ErrStructure, block.Local)
	}
	fragment, err := d.fragment(block)
	if err != nil {
		return err
	}
	d.msg.Custom = append(d.msg.Custom, *fragment)
	return nil
}

func (d *decoder) readSignature(block *xmltree.Node) error {
	if d.signature != nil {
		return fmt.Errorf("%w: two transport signatures", ErrStructure)
	}
	f := fieldsOf(block)
	d.signature = f.must(NSDSig, "Signature")
	d.client = block.Local == "ClientSignature"
	return f.end()
}

// checkSignature demands ClientSignature in requests and SupplierSignature in
// responses (dossier §8.1).
func (d *decoder) checkSignature(kindRow) error {
	if d.signature != nil && d.client != d.msg.Kind.IsRequest() {
		return fmt.Errorf("%w: transport signature of the other side", ErrStructure)
	}
	return nil
}

// readBody takes the message element or the ContentPackage.
func (d *decoder) readBody() error {
	f := fieldsOf(d.body)
	for _, child := range d.body.Elements() {
		f.drop(child)
		if err := d.readBodyChild(child); err != nil {
			return err
		}
	}
	return f.end()
}

func (d *decoder) readBodyChild(child *xmltree.Node) error {
	if child.Is(NSOSCI, "ContentPackage") && d.msg.Content == nil {
		fragment, err := d.fragment(child)
		d.msg.Content = fragment
		return err
	}
	kind, ok := kindOfElement(child.Space, child.Local)
	if !ok || !kind.row().inBody || d.order != nil {
		return fmt.Errorf("%w: unexpected %s in Body", ErrStructure, child.Local)
	}
	d.order, d.msg.Kind = child, kind
	return nil
}

// checkKind holds xsi:schemaLocation against the message element. Without the
// attribute the element decides; a contradiction is refused (dossier §5.2).
func (d *decoder) checkKind() error {
	named, given, err := schemaKind(d.doc.Root)
	switch {
	case err != nil:
		return err
	case d.order == nil:
		return fmt.Errorf("%w: no order in the message", ErrStructure)
	case given && named != d.msg.Kind:
		return fmt.Errorf("%w: schemaLocation says %s, the message is %s", ErrStructure, named, d.msg.Kind)
	}
	return nil
}

const encryptedSchema = "MessageEncrypted"

// schemaWord is the word between "soap" and ".xsd" in xsi:schemaLocation.
func schemaWord(root *xmltree.Node) (string, bool) {
	location, ok := root.Attr(NSXSI, "schemaLocation")
	if !ok {
		return "", false
	}
	words := strings.Fields(location)
	for i := 0; i+1 < len(words); i += 2 {
		if words[i] == NSSOAP {
			return strings.TrimSuffix(strings.TrimPrefix(words[i+1], "soap"), ".xsd"), true
		}
	}
	return "", true
}

func schemaKind(root *xmltree.Node) (kind Kind, given bool, err error) {
	word, given := schemaWord(root)
	if !given {
		return KindUnknown, false, nil
	}
	kind, ok := kindOfSchema(word)
	if !ok {
		return KindUnknown, true, fmt.Errorf("%w: schemaLocation names %q", ErrKind, word)
	}
	return kind, true, nil
}

// readOrder decodes the message element and checks the kind's row.
func (d *decoder) readOrder() error {
	row := d.msg.Kind.row()
	f := fieldsOf(d.order)
	d.msg.Order = row.decode(f)
	if err := f.end(); err != nil {
		return err
	}
	checks := []func(kindRow) error{
		d.checkControl, d.checkLanguages, d.checkContent, d.checkQualities, d.checkRoles, d.checkSignature,
	}
	for _, check := range checks {
		if err := check(row); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) checkContent(row kindRow) error {
	switch {
	case row.content == required && d.msg.Content == nil:
		return fmt.Errorf("%w: ContentPackage is missing", ErrStructure)
	case row.content == forbidden && d.msg.Content != nil:
		return fmt.Errorf("%w: ContentPackage is out of place", ErrStructure)
	}
	return nil
}
