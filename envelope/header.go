package envelope

import (
	"fmt"
	"strings"

	"poststelle/signature/xmltree"
)

// readControl reads the ControlBlock (OSCI 1.2; dossier §6.1).
func (d *decoder) readControl(block *xmltree.Node) error {
	f := fieldsOf(block)
	c := &d.msg.Control
	c.Response, _ = f.text(NSOSCI, "Response")
	c.Challenge, _ = f.text(NSOSCI, "Challenge")
	if err := f.end(); err != nil {
		return err
	}
	if id, ok := block.Attr("", "ConversationId"); ok {
		if id == "" || len(id) > 64 || strings.Trim(id, "0123456789") != "" {
			return fmt.Errorf("%w: ConversationId is no number", ErrControl)
		}
		c.ConversationID = id
	}
	if text, ok := block.Attr("", "SequenceNumber"); ok {
		n, err := parseCount(text)
		if err != nil {
			return fmt.Errorf("%w: SequenceNumber is no number", ErrControl)
		}
		c.SequenceNumber = n
	}
	return nil
}

// checkControl holds the ControlBlock against the matrix of dossier §6.2. A
// request that needs a dialog but names none is let through whole: the office
// answers it on order level (9802), not with a fault.
func (d *decoder) checkControl(row kindRow) error {
	c := d.msg.Control
	stray := c.ConversationID == "" && row.response != KindUnknown && row.control[2] == required
	cells := [4]struct {
		name    string
		present bool
	}{
		{"Response", c.Response != ""},
		{"Challenge", c.Challenge != ""},
		{"ConversationId", c.ConversationID != ""},
		{"SequenceNumber", c.SequenceNumber != NoSequence},
	}
	for i, cell := range cells {
		switch {
		case row.control[i] == forbidden && cell.present:
			return fmt.Errorf("%w: %s in %s", ErrControl, cell.name, d.msg.Kind)
		case row.control[i] == required && !cell.present && (!stray || i == 1):
			return fmt.Errorf("%w: %s is missing in %s", ErrControl, cell.name, d.msg.Kind)
		}
	}
	return nil
}

// readLanguages reads DesiredLanguages (dossier §7.1).
func (d *decoder) readLanguages(block *xmltree.Node) error {
	list, _ := block.Attr("", "LanguagesList")
	d.msg.Languages = strings.Fields(list)
	if len(d.msg.Languages) > 64 {
		return fmt.Errorf("%w: too many languages", ErrStructure)
	}
	return fieldsOf(block).end()
}

// checkLanguages demands DesiredLanguages in requests, as the schema does.
func (d *decoder) checkLanguages(row kindRow) error {
	if row.response != KindUnknown && len(d.msg.Languages) == 0 {
		return fmt.Errorf("%w: DesiredLanguages is missing or empty", ErrStructure)
	}
	return nil
}

// readQuality reads one QualityOfTimestamp (dossier §7.2).
func (d *decoder) readQuality(block *xmltree.Node) error {
	text, _ := block.Attr("", "Quality")
	quality := Quality(text)
	if quality != QualityPlain && quality != QualityCryptographic {
		return fmt.Errorf("%w: unknown Quality of time stamp", ErrStructure)
	}
	switch service, _ := block.Attr("", "Service"); service {
	case "creation":
		d.msg.CreationQuality = quality
	case "reception":
		d.msg.ReceptionQuality = quality
	default:
		return fmt.Errorf("%w: unknown Service of QualityOfTimestamp", ErrStructure)
	}
	return fieldsOf(block).end()
}

// checkQualities holds the time stamp qualities against the kind.
func (d *decoder) checkQualities(row kindRow) error {
	creation, reception := d.msg.CreationQuality != "", d.msg.ReceptionQuality != ""
	var want [2]bool
	switch row.qualities {
	case bothQualities:
		want = [2]bool{true, true}
	case creationOnly:
		want = [2]bool{true, false}
	case bothIfMessageIDOnly:
		if creation != reception {
			return fmt.Errorf("%w: one QualityOfTimestamp without the other", ErrStructure)
		}
		if o, ok := d.msg.Order.(MediateDelivery); ok && creation != (o.MessageID != "") {
			return fmt.Errorf("%w: QualityOfTimestamp and MessageId go together", ErrStructure)
		}
		return nil
	}
	if creation != want[0] || reception != want[1] {
		return fmt.Errorf("%w: QualityOfTimestamp does not suit %s", ErrStructure, d.msg.Kind)
	}
	return nil
}

// readFeatures reads a FeatureDescription; unknown keys are kept, for they do
// no harm (dossier §7.4).
func (d *decoder) readFeatures(block *xmltree.Node) error {
	f := fieldsOf(block)
	features := &Features{
		MaxChunkSize:        f.count(block, "MaxChunkSize"),
		MinChunkSize:        f.count(block, "MinChunkSize"),
		MaxMessageSize:      f.count(block, "MaxMessageSize"),
		ChunkMessageTimeout: f.count(block, "ChunkMessageTimeout"),
	}
	if features.ChunkMessageTimeout == 0 { // the schema's own spelling
		features.ChunkMessageTimeout = f.count(block, "ChunkMessageTimeOut")
	}
	if list := f.take(NSOSCI2017, "SupportedFeatures"); list != nil {
		in := f.inside(list)
		for _, n := range in.takeAll(NSOSCI2017, "Feature") {
			key, _ := n.Attr("", "Key")
			version, _ := n.Attr("", "Version")
			features.Supported = append(features.Supported, Feature{Key: key, Version: version})
		}
		in.end()
	}
	d.msg.Features = features
	return f.end()
}

// maxScope bounds the declarations around what is handed on: they will all
// stand on one element.
const maxScope = 48

// fragment keeps a piece of the message as it arrived.
func (d *decoder) fragment(n *xmltree.Node) (*Fragment, error) {
	f := &Fragment{Space: n.Space, Local: n.Local, Octets: d.doc.Bytes(n)}
	if n.Parent != nil {
		f.Scope = n.Parent.Scope()
	}
	if inheritsXML(n) {
		return nil, fmt.Errorf("%w: xml: attribute around %s", ErrStructure, n.Local)
	}
	if len(f.Scope) > maxScope {
		return nil, fmt.Errorf("%w: %w: more than %d namespaces in scope", ErrStructure, ErrTooLarge, maxScope)
	}
	for _, ns := range f.Scope {
		if !portable(ns) {
			return nil, fmt.Errorf("%w: prefix %s is bound to a foreign namespace", ErrStructure, ns.Prefix)
		}
	}
	collectIDs(n, &f.IDs)
	return f, nil
}

// inheritsXML tells whether an element around n has an xml: attribute. C14N
// makes it part of what was signed inside (C14N 1.0, 2.4), but the libraries
// do not, and it would not be there where n is handed on (dossier §8.3).
func inheritsXML(n *xmltree.Node) bool {
	for around := n.Parent; around != nil; around = around.Parent {
		for _, a := range around.Attrs {
			if a.Space == xmlSpace {
				return true
			}
		}
	}
	return false
}

// portable tells whether a declaration can be in force around our own blocks,
// which write the prefixes of ns5 for their namespaces.
func portable(ns xmltree.Namespace) bool {
	for _, own := range ns5 {
		if own.Prefix == ns.Prefix {
			return own.URI == ns.URI
		}
	}
	return ns.Prefix != "osci2017" || ns.URI == NSOSCI2017
}

func collectIDs(n *xmltree.Node, ids *[]string) {
	if id, ok := n.Attr("", "Id"); ok {
		*ids = append(*ids, id)
	}
	for _, child := range n.Elements() {
		collectIDs(child, ids)
	}
}
