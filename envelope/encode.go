package envelope

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// prolog is how every message begins; the empty line is the libraries' habit.
const prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n"

// schemaLocation is compared by clients as an exact text (dossier §5.2).
func schemaLocation(word string) string {
	return NSSOAP + " soap" + word + ".xsd " + NSDSig + " oscisig.xsd " + NSXEnc + " oscienc.xsd"
}

// layout is a draft in encoded pieces, in the order of the schema: the
// signature goes between control and rest.
type layout struct {
	kind  Kind
	taken map[string]bool // Ids that are in use
	// scope is declared on the Envelope, header on the Header besides.
	scope, header []xmltree.Namespace
	// certificates are the draft's and the signer's, under the Ids they get.
	certificates Certificates
	control      []byte
	rest         [][]byte
	body         []byte
}

// layOut encodes a draft without its signature (dossier §5.11); signer may be
// nil.
func (d *Draft) layOut(signer *signature.Certificate) (*layout, error) {
	l := &layout{kind: d.Order.Kind(), taken: map[string]bool{}}
	if l.kind == KindUnknown {
		return nil, fmt.Errorf("%w: draft without a kind", ErrKind)
	}
	if err := l.collect(d); err != nil {
		return nil, err
	}
	if err := l.nameCertificates(d, signer); err != nil {
		return nil, err
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
	if l.certificates.hasRole(CipherIntermediary, SignatureIntermediary) {
		l.add(l.encodeRoles("osci:IntermediaryCertificates", CipherIntermediary, SignatureIntermediary))
	}
	switch {
	case d.CertificateBlock != nil:
		l.add(d.CertificateBlock.Octets)
	case l.certificates.hasRole(CipherOriginator, SignatureAddressee):
		l.add(l.encodeRoles("osci:NonIntermediaryCertificates", CipherOriginator, SignatureAddressee))
	}
	if d.Features != nil {
		l.add(l.encodeFeatures(d.Features))
	}
	for i := range d.Custom {
		l.add(d.Custom[i].Octets)
	}
	l.body = l.encodeBody(d)
	return l, nil
}

func (l *layout) add(octets []byte) { l.rest = append(l.rest, octets) }

// collect notes the Ids of what is handed on and the declarations that its
// octets rely on (dossier §9.2). What stands in the Header sees exactly the
// declarations it saw before, and so does the content in the Body, except for
// the two prefixes that the Envelope itself cannot do without.
func (l *layout) collect(d *Draft) error {
	blocks := make([]*Fragment, 0, len(d.Custom)+1)
	for i := range d.Custom {
		blocks = append(blocks, &d.Custom[i])
	}
	if d.CertificateBlock != nil {
		blocks = append(blocks, d.CertificateBlock)
	}
	all := blocks
	if d.Content != nil {
		all = append(all[:len(all):len(all)], d.Content)
	}
	for _, f := range all {
		if err := l.take(f); err != nil {
			return err
		}
	}
	l.scope = commonScope(all)
	return l.declareAround(blocks)
}

// take claims the Ids of a fragment; that none stands twice is seen when the
// whole draft is read again.
func (l *layout) take(f *Fragment) error {
	for _, id := range f.IDs {
		l.taken[id] = true
	}
	for _, ns := range f.Scope {
		if !portable(ns) {
			return fmt.Errorf("%w: prefix %s is bound to a foreign namespace", ErrStructure, ns.Prefix)
		}
	}
	return nil
}

// commonScope is what the Envelope declares: of ns5 what every fragment had in
// scope, soap and xsi in any case.
func commonScope(fragments []*Fragment) []xmltree.Namespace {
	var scope []xmltree.Namespace
	for _, ns := range ns5 {
		common := true
		for _, f := range fragments {
			common = common && slices.Contains(f.Scope, ns)
		}
		if common || ns.Prefix == "soap" || ns.Prefix == "xsi" {
			scope = append(scope, ns)
		}
	}
	return scope
}

// declareAround notes what the Header has to declare for the blocks in it.
func (l *layout) declareAround(blocks []*Fragment) error {
	around := map[string]string{}
	for _, f := range blocks {
		for _, ns := range f.Scope {
			if uri, given := around[ns.Prefix]; given && uri != ns.URI {
				return fmt.Errorf("%w: two blocks need prefix %q differently", ErrStructure, ns.Prefix)
			}
			around[ns.Prefix] = ns.URI
		}
	}
	for prefix, uri := range around {
		if ns := (xmltree.Namespace{Prefix: prefix, URI: uri}); !slices.Contains(l.scope, ns) {
			l.header = append(l.header, ns)
		}
	}
	sort.Slice(l.header, func(i, j int) bool { return l.header[i].Prefix < l.header[j].Prefix })
	return nil
}

// nameCertificates settles under which Ids certificates stand. Content refers
// to the Ids of parties, so these are never changed; to the office's own only
// our signature refers, so it steps aside: its Id is no secret, and a sender
// who puts it into a letter must not spoil the answers (dossier §5.12).
func (l *layout) nameCertificates(d *Draft, signer *signature.Certificate) error {
	l.certificates = append(l.certificates, d.Certificates...)
	role := signingRoles(l.kind)[0]
	if signer != nil && l.certificates.First(role) == nil {
		l.certificates = append(l.certificates, RoleCertificate{Role: role, ID: CertificateID(role, 0, signer), Certificate: signer})
	}
	for i := range l.certificates {
		c := &l.certificates[i]
		switch {
		case c.Role >= CipherIntermediary:
			c.ID = l.id(c.ID)
		case d.CertificateBlock != nil:
			return fmt.Errorf("%w: certificates beside a block that is handed on", ErrStructure)
		}
		l.taken[c.ID] = true
	}
	return nil
}

// signerID is the Id of the signer's certificate in its role, "" if another
// certificate stands there.
func (l *layout) signerID(signer *signature.Certificate) string {
	key := l.certificates.First(signingRoles(l.kind)[0])
	if key == nil || !key.Certificate.Equal(signer) {
		return ""
	}
	return key.ID
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
func (l *layout) simple(name, id string, more ...attr) []byte {
	w := &writer{}
	l.open(w, name, l.id(id), ns5, actorNext, more...)
	w.end()
	return w.buf
}

func (l *layout) quality(service string, q Quality) {
	if q != "" {
		l.add(l.simple("osci:QualityOfTimestamp", "qualityoftimestamp_"+service, attr{"Quality", string(q)}, attr{"Service", service}))
	}
}

func (l *layout) encodeControl(c ControlBlock) []byte {
	var more []attr
	if c.ConversationID != "" {
		more = append(more, attr{"ConversationId", c.ConversationID})
	}
	if c.SequenceNumber != NoSequence {
		more = append(more, attr{"SequenceNumber", strconv.Itoa(c.SequenceNumber)})
	}
	w := &writer{}
	l.open(w, "osci:ControlBlock", l.id("controlblock"), ns5, actorNext, more...)
	if c.Response != "" {
		w.element("osci:Response", c.Response)
	}
	if c.Challenge != "" {
		w.element("osci:Challenge", c.Challenge)
	}
	w.end()
	return w.buf
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

func (l *layout) encodeOrder(o Order) []byte {
	w := &writer{}
	name, declared := l.elementName()
	l.open(w, name, l.id(strings.ToLower(l.kind.row().name)), declared, actorNext)
	o.encode(w)
	w.end()
	return w.buf
}

func (l *layout) encodeRoles(name string, first, last Role) []byte {
	w := &writer{}
	l.open(w, name, l.id(strings.ToLower(strings.TrimPrefix(name, "osci:"))), ns5, actorNone)
	encodeCertificates(w, l.certificates, first, last)
	w.end()
	return w.buf
}

func (l *layout) encodeFeatures(f *Features) []byte {
	more := count(nil, "ChunkMessageTimeout", f.ChunkMessageTimeout)
	more = count(more, "MaxChunkSize", f.MaxChunkSize)
	more = count(more, "MaxMessageSize", f.MaxMessageSize)
	more = count(more, "MinChunkSize", f.MinChunkSize)
	w := &writer{}
	l.open(w, "osci2017:FeatureDescription", l.id("featuredescription"), ns6, "", more...)
	w.start("osci2017:SupportedFeatures")
	for _, feature := range f.Supported {
		w.start("osci2017:Feature", attr{"Key", feature.Key}, attr{"Version", feature.Version})
		w.end()
	}
	w.end()
	w.end()
	return w.buf
}

// encodeBody writes the Body. Around a ContentPackage that is handed on the
// map of declarations must be the one it was signed in: no more, no fewer.
func (l *layout) encodeBody(d *Draft) []byte {
	w := &writer{}
	declared := ns5
	if d.Content != nil {
		declared = d.Content.Scope
	}
	w.startIn("soap:Body", declared, attr{"Id", l.id("body")})
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
	return w.buf
}

// document joins the pieces; signatureBlock may be nil.
func (l *layout) document(signatureBlock []byte) []byte {
	w := &writer{}
	w.raw([]byte(prolog))
	w.startIn("soap:Envelope", l.scope, attr{"xsi:schemaLocation", schemaLocation(l.kind.schemaName())})
	w.startIn("soap:Header", l.header)
	w.raw(l.control)
	w.raw(signatureBlock)
	for _, b := range l.rest {
		w.raw(b)
	}
	w.end()
	w.raw(l.body)
	w.end()
	return w.buf
}
