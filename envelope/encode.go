package envelope

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"poststelle/signature/xmltree"
)

// prolog is how every message begins; the empty line is the libraries' habit.
const prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n"

// schemaLocation is compared by clients as an exact text (dossier §5.2).
func schemaLocation(word string) string {
	return NSSOAP + " soap" + word + ".xsd " + NSDSig + " oscisig.xsd " + NSXEnc + " oscienc.xsd"
}

// block is one encoded header block or the Body.
type block struct {
	id     string
	octets []byte
}

// layout is a draft in encoded pieces, in the order of the schema: the
// signature goes between control and rest.
type layout struct {
	kind    Kind
	taken   map[string]bool // Ids of fragments handed on
	header  []xmltree.Namespace
	control block
	rest    []block
	body    block
}

// layOut encodes a draft without its signature (dossier §5.11).
func (d *Draft) layOut() (*layout, error) {
	l := &layout{kind: d.Order.Kind(), taken: map[string]bool{}}
	if err := l.collect(d); err != nil {
		return nil, err
	}
	if l.kind == KindUnknown {
		return nil, fmt.Errorf("%w: draft without a kind", ErrKind)
	}
	l.control = l.encodeControl(d.Control)
	if d.Languages != nil {
		l.add(l.simple("osci:DesiredLanguages", "desiredlanguages", attr{"LanguagesList", strings.Join(d.Languages, " ")}))
	}
	l.quality("creation", d.CreationQuality)
	l.quality("reception", d.ReceptionQuality)
	if !l.kind.row().inBody {
		l.add(l.encodeOrder(d.Order))
	}
	if d.Certificates.hasRole(CipherIntermediary, SignatureIntermediary) {
		l.add(l.certificates("osci:IntermediaryCertificates", d.Certificates, CipherIntermediary, SignatureIntermediary))
	}
	switch {
	case d.CertificateBlock != nil:
		l.add(handOn(d.CertificateBlock))
	case d.Certificates.hasRole(CipherOriginator, SignatureAddressee):
		l.add(l.certificates("osci:NonIntermediaryCertificates", d.Certificates, CipherOriginator, SignatureAddressee))
	}
	if d.Features != nil {
		l.add(l.encodeFeatures(d.Features))
	}
	for i := range d.Custom {
		l.add(handOn(&d.Custom[i]))
	}
	l.body = l.encodeBody(d)
	return l, nil
}

func (l *layout) add(b block) { l.rest = append(l.rest, b) }

// collect notes the Ids of what is handed on and the declarations that its
// octets rely on (dossier §9.2).
func (l *layout) collect(d *Draft) error {
	around := map[string]string{}
	note := func(f *Fragment, inHeader bool) error {
		for _, id := range f.IDs {
			l.taken[id] = true
		}
		for _, ns := range f.Scope {
			if !portable(ns) {
				return fmt.Errorf("%w: prefix %s is bound to a foreign namespace", ErrStructure, ns.Prefix)
			}
			if inHeader && !contains(ns5, ns) {
				around[ns.Prefix] = ns.URI
			}
		}
		return nil
	}
	for i := range d.Custom {
		if err := note(&d.Custom[i], true); err != nil {
			return err
		}
	}
	for _, f := range []*Fragment{d.CertificateBlock, d.Content} {
		if f == nil {
			continue
		}
		if err := note(f, f == d.CertificateBlock); err != nil {
			return err
		}
	}
	for prefix, uri := range around {
		l.header = append(l.header, xmltree.Namespace{Prefix: prefix, URI: uri})
	}
	sort.Slice(l.header, func(i, j int) bool { return l.header[i].Prefix < l.header[j].Prefix })
	return nil
}

func contains(list []xmltree.Namespace, ns xmltree.Namespace) bool {
	for _, have := range list {
		if have == ns {
			return true
		}
	}
	return false
}

// handOn is a fragment as a block: its octets are not touched.
func handOn(f *Fragment) block {
	b := block{octets: f.Octets}
	if len(f.IDs) > 0 {
		b.id = f.IDs[0]
	}
	return b
}

// id is the wanted Id, or the next one that nothing handed on uses already.
func (l *layout) id(wanted string) string {
	id := wanted
	for n := 2; l.taken[id]; n++ {
		id = wanted + "-" + strconv.Itoa(n)
	}
	l.taken[id] = true
	return id
}

// open starts a header block with its declarations, Id, actor and flag; more
// attributes are sorted in between as canonical form wants them.
func (l *layout) open(w *writer, name, id string, declared []xmltree.Namespace, actor string, more ...attr) {
	attrs := append([]attr{{"Id", id}}, more...)
	sort.Slice(attrs, func(i, j int) bool { return attrs[i].name < attrs[j].name })
	if actor != "" {
		attrs = append(attrs, attr{"soap:actor", actor}, attr{"soap:mustUnderstand", "1"})
	}
	w.startIn(name, declared, attrs...)
}

// simple is a block without content.
func (l *layout) simple(name, id string, more ...attr) block {
	w := &writer{}
	id = l.id(id)
	l.open(w, name, id, ns5, actorNext, more...)
	w.end()
	return block{id: id, octets: w.buf}
}

func (l *layout) quality(service string, q Quality) {
	if q != "" {
		l.add(l.simple("osci:QualityOfTimestamp", "qualityoftimestamp_"+service, attr{"Quality", string(q)}, attr{"Service", service}))
	}
}

func (l *layout) encodeControl(c ControlBlock) block {
	var more []attr
	if c.ConversationID != "" {
		more = append(more, attr{"ConversationId", c.ConversationID})
	}
	if c.SequenceNumber != NoSequence {
		more = append(more, attr{"SequenceNumber", strconv.Itoa(c.SequenceNumber)})
	}
	w := &writer{}
	id := l.id("controlblock")
	l.open(w, "osci:ControlBlock", id, ns5, actorNext, more...)
	if c.Response != "" {
		w.element("osci:Response", c.Response)
	}
	if c.Challenge != "" {
		w.element("osci:Challenge", c.Challenge)
	}
	w.end()
	return block{id: id, octets: w.buf}
}

// elementName is the order's element with its prefix, and the declarations
// that its block carries.
func (l *layout) elementName() (string, []xmltree.Namespace) {
	row := l.kind.row()
	if row.space == NSOSCI2017 {
		return "osci2017:" + row.name, ns6
	}
	return "osci:" + row.name, ns5
}

func (l *layout) encodeOrder(o Order) block {
	w := &writer{}
	name, declared := l.elementName()
	id := l.id(strings.ToLower(l.kind.row().name))
	l.open(w, name, id, declared, actorNext)
	o.encode(w)
	w.end()
	return block{id: id, octets: w.buf}
}

func (l *layout) certificates(name string, all Certificates, first, last Role) block {
	w := &writer{}
	id := l.id(strings.ToLower(strings.TrimPrefix(name, "osci:")))
	l.open(w, name, id, ns5, actorNone)
	encodeCertificates(w, all, first, last)
	w.end()
	return block{id: id, octets: w.buf}
}

func (l *layout) encodeFeatures(f *Features) block {
	more := count(nil, "ChunkMessageTimeout", f.ChunkMessageTimeout)
	more = count(more, "MaxChunkSize", f.MaxChunkSize)
	more = count(more, "MaxMessageSize", f.MaxMessageSize)
	more = count(more, "MinChunkSize", f.MinChunkSize)
	w := &writer{}
	id := l.id("featuredescription")
	l.open(w, "osci2017:FeatureDescription", id, ns6, "", more...)
	w.start("osci2017:SupportedFeatures")
	for _, feature := range f.Supported {
		w.start("osci2017:Feature", attr{"Key", feature.Key}, attr{"Version", feature.Version})
		w.end()
	}
	w.end()
	w.end()
	return block{id: id, octets: w.buf}
}

// encodeBody writes the Body. Around a ContentPackage that is handed on the
// map of declarations must be the one it was signed in: no more, no fewer.
func (l *layout) encodeBody(d *Draft) block {
	w := &writer{}
	id := l.id("body")
	declared := ns5
	if d.Content != nil {
		declared = d.Content.Scope
	}
	w.startIn("soap:Body", declared, attr{"Id", id})
	if l.kind.row().inBody {
		name, _ := l.elementName()
		w.start(name)
		d.Order.encode(w)
		w.end()
	}
	if d.Content != nil {
		w.raw(d.Content.Octets)
	}
	w.end()
	return block{id: id, octets: w.buf}
}

// envelopeScope is what the Envelope may declare: ns5, but around foreign
// content only what that content had in scope as well, and the two prefixes
// that the envelope itself cannot do without.
func (d *Draft) envelopeScope() []xmltree.Namespace {
	if d.Content == nil {
		return ns5
	}
	var scope []xmltree.Namespace
	for _, ns := range ns5 {
		if ns.Prefix == "soap" || ns.Prefix == "xsi" || contains(d.Content.Scope, ns) {
			scope = append(scope, ns)
		}
	}
	return scope
}

// document joins the pieces; signatureBlock may be nil.
func (l *layout) document(scope []xmltree.Namespace, signatureBlock []byte) []byte {
	w := &writer{}
	w.raw([]byte(prolog))
	w.startIn("soap:Envelope", scope, attr{"xsi:schemaLocation", schemaLocation(l.kind.schemaName())})
	w.startIn("soap:Header", l.header)
	w.raw(l.control.octets)
	w.raw(signatureBlock)
	for _, b := range l.rest {
		w.raw(b.octets)
	}
	w.end()
	w.raw(l.body.octets)
	w.end()
	return w.buf
}
