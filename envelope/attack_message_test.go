package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"poststelle/signature/xmltree"
)

const unsigned = "messageid-implicit-plain-unsigned"

// TestChangedLettersAreRefused changes one thing in a recorded letter and
// wants the sentinel whose code the sender gets (items 12 to 16, 33 to 36,
// 72, 99 to 103).
func TestChangedLettersAreRefused(t *testing.T) {
	type change struct {
		recording, old, new string
		want                []error
	}
	structure := []error{ErrStructure}
	control := []error{ErrControl}
	for name, c := range map[string]change{
		"no MIME header":              {unsigned, "MIME-Version: 1.0\r\nContent-Type: Multipart/Related", "<?xml", []error{ErrMIME}},
		"not multipart":               {unsigned, "Multipart/Related", "text/xml", []error{ErrMIME}},
		"no closing delimiter":        {unsigned, "--\r\n", "", nil},
		"other charset":               {unsigned, "charset=UTF-8", "charset=ISO-8859-1", []error{ErrMIME}},
		"document type":               {unsigned, "<soap:Envelope", "<!DOCTYPE a []><soap:Envelope", []error{ErrXML, xmltree.ErrDoctype}},
		"not well formed":             {unsigned, "</soap:Body>", "", []error{ErrXML, xmltree.ErrSyntax}},
		"other root element":          {unsigned, "soap:Envelope", "soap:Envelop", []error{ErrXML}},
		"unknown schema":              {unsigned, "soapGetMessageId.xsd", "soapGetMessageIds.xsd", []error{ErrKind}},
		"schema of another kind":      {unsigned, "soapGetMessageId.xsd", "soapStoreDelivery.xsd", structure},
		"schema of a fault":           {unsigned, "soapGetMessageId.xsd", "soapMessageFault.xsd", []error{ErrKind}},
		"wrapper without a wrapper":   {unsigned, "soapGetMessageId.xsd", "soapMessageEncrypted.xsd", []error{ErrEncrypted}},
		"Body without Id":             {unsigned, ` Id="body"`, "", structure},
		"Body with an empty Id":       {unsigned, ` Id="body"`, ` Id=""`, structure},
		"unknown element in Body":     {unsigned, "</soap:Body>", "<osci:other></osci:other></soap:Body>", structure},
		"second order in Body":        {unsigned, "</soap:Body>", "<osci:initDialog></osci:initDialog></soap:Body>", structure},
		"text in Body":                {unsigned, "</soap:Body>", "text</soap:Body>", structure},
		"comment in Body":             {unsigned, "</soap:Body>", "<!-- --></soap:Body>", structure},
		"instruction in Body":         {unsigned, "</soap:Body>", "<?a b?></soap:Body>", structure},
		"content where none belongs":  {unsigned, "</soap:Body>", "<osci:ContentPackage></osci:ContentPackage></soap:Body>", structure},
		"children of the order":       {unsigned, "</osci:getMessageId>", "<a/></osci:getMessageId>", structure},
		"no order":                    {unsigned, "<osci:getMessageId></osci:getMessageId>", "", structure},
		"header block without Id":     {unsigned, "</soap:Header>", `<x:a xmlns:x="urn:x"/></soap:Header>`, structure},
		"header block with empty Id":  {unsigned, "</soap:Header>", `<x:a xmlns:x="urn:x" Id=""/></soap:Header>`, structure},
		"header block twice":          {unsigned, "</soap:Header>", `<x:a xmlns:x="urn:x" Id="x1"/><x:a xmlns:x="urn:x" Id="x2"/></soap:Header>`, structure},
		"unknown osci block":          {unsigned, "</soap:Header>", `<osci:a Id="x"/></soap:Header>`, structure},
		"block of no namespace":       {unsigned, "</soap:Header>", `<a Id="x"/></soap:Header>`, structure},
		"second order in Header":      {unsigned, "</soap:Header>", `<osci:storeDelivery Id="x"/></soap:Header>`, structure},
		"text in Header":              {unsigned, "</soap:Header>", `text</soap:Header>`, structure},
		"Id of a block twice":         {unsigned, "</soap:Header>", `<x:a xmlns:x="urn:x" Id="body"/></soap:Header>`, []error{ErrDuplicateID}},
		"Id deep inside twice":        {unsigned, "</soap:Header>", `<x:a xmlns:x="urn:x" Id="x"><b><c Id="body"/></b></x:a></soap:Header>`, []error{ErrDuplicateID}},
		"Id in content twice":         {attacked, `Id="contentcontainer`, `Id="body"><a/><b x="`, []error{ErrXML}},
		"content's Id twice":          {attacked, `<osci:ContentPackage>`, `<osci:ContentPackage><osci:ContentContainer Id="body"/>`, []error{ErrDuplicateID}},
		"no ControlBlock":             {unsigned, between(t, recordingOctets(t, unsigned), "<osci:ControlBlock", "</osci:ControlBlock>"), "", structure},
		"ConversationId is empty":     {unsigned, `SequenceNumber="0"`, `ConversationId="" SequenceNumber="0"`, control},
		"ConversationId is too long":  {unsigned, `SequenceNumber="0"`, `ConversationId="` + strings.Repeat("1", 65) + `" SequenceNumber="0"`, control},
		"no languages":                {unsigned, `LanguagesList="de"`, `LanguagesList=""`, structure},
		"no Challenge":                {unsigned, between(t, recordingOctets(t, unsigned), "<osci:Challenge>", "</osci:Challenge>"), "", control},
		"empty Challenge":             {unsigned, between(t, recordingOctets(t, unsigned), "<osci:Challenge>", "</osci:Challenge>"), "<osci:Challenge></osci:Challenge>", control},
		"two Challenges":              {unsigned, "<osci:Challenge>", "<osci:Challenge>a</osci:Challenge><osci:Challenge>", structure},
		"no SequenceNumber":           {unsigned, ` SequenceNumber="0"`, "", control},
		"SequenceNumber is a word":    {unsigned, `SequenceNumber="0"`, `SequenceNumber="one"`, control},
		"SequenceNumber is negative":  {unsigned, `SequenceNumber="0"`, `SequenceNumber="-1"`, control},
		"SequenceNumber has a sign":   {unsigned, `SequenceNumber="0"`, `SequenceNumber="+1"`, control},
		"SequenceNumber is too large": {unsigned, `SequenceNumber="0"`, `SequenceNumber="2147483648"`, control},
		"ConversationId is a word":    {unsigned, `SequenceNumber="0"`, `ConversationId="x" SequenceNumber="0"`, control},
		"initDialog in a dialog":      {"init-plain-signed", `Id="controlblock"`, `ConversationId="1" Id="controlblock"`, control},
		"initDialog with a number":    {"init-plain-signed", `Id="controlblock"`, `SequenceNumber="0" Id="controlblock"`, control},
		"no addressee":                {attacked, "osci:CipherCertificateAddressee", "osci:CipherCertificateOtherReader", []error{ErrXML}},
		"unknown role":                {attacked, `<osci:CipherCertificateAddressee Id="`, `<osci:a Id="x"/><osci:CipherCertificateAddressee Id="`, structure},
		"certificate without Id":      {attacked, `<osci:CipherCertificateAddressee Id=`, `<osci:CipherCertificateAddressee x=`, structure},
		"certificate is no base64":    {attacked, `<ds:X509Certificate>`, `<ds:X509Certificate>!`, structure},
		"certificate is none":         {attacked, `<ds:X509Certificate>`, `<ds:X509Certificate>AAAA`, structure},
		"quality missing":             {attacked, between(t, recordingOctets(t, attacked), "<osci:QualityOfTimestamp", "</osci:QualityOfTimestamp>"), "", structure},
		"quality twice":               {attacked, `Service="creation"`, `Service="reception"`, structure},
		"quality unknown":             {attacked, `Quality="plain"`, `Quality="fine"`, structure},
		"service unknown":             {attacked, `Service="creation"`, `Service="other"`, structure},
		"MessageId is no base64":      {attacked, "<osci:MessageId>", "<osci:MessageId>!", structure},
		"MessageId is binary":         {attacked, between(t, recordingOctets(t, attacked), "<osci:MessageId>", "</osci:MessageId>"), "<osci:MessageId>AAAA</osci:MessageId>", structure},
		"markup in Subject":           {attacked, "<osci:Subject>Antrag", "<osci:Subject>An<b></b>trag", structure},
		"Subject too long":            {attacked, "<osci:Subject>Antrag", "<osci:Subject>" + strings.Repeat("a", maxSubject+1), structure},
		"no content":                  {attacked, between(t, recordingOctets(t, attacked), "<osci:ContentPackage>", "</osci:ContentPackage>"), "", structure},
		"xml attribute on the Body":   {attacked, "<soap:Body ", `<soap:Body xml:lang="de" `, structure},
		"xml attribute on the root":   {attacked, "<soap:Envelope ", `<soap:Envelope xml:space="preserve" `, structure},
		"two contents":                {attacked, "<osci:ContentPackage>", "<osci:ContentPackage></osci:ContentPackage><osci:ContentPackage>", structure},
		"part named as the root":      {attacked, "Content-ID: <anlage-1.bin>", "Content-ID: <osci@message>", []error{ErrMIME, ErrDuplicateID}},
		"part without a name":         {attacked, "Content-ID: <anlage-1.bin>\r\n", "", []error{ErrMIME}},
		"two rules":                   {"fetch-id-plain-unsigned", "</osci:SelectionRule>", "</osci:SelectionRule><osci:SelectionRule></osci:SelectionRule>", structure},
		"empty rule":                  {"fetch-id-plain-unsigned", between(t, recordingOctets(t, "fetch-id-plain-unsigned"), "<osci:MessageId>", "</osci:MessageId>"), "", structure},
		"rule with two ids":           {"fetch-id-plain-unsigned", "<osci:MessageId>", "<osci:MessageId>YQ==</osci:MessageId><osci:MessageId>", structure},
		"date is none":                {"fetch-date-plain-signed", "2026-11-24T05", "2026-13-24T05", structure},
	} {
		t.Run(name, func(t *testing.T) {
			octets := recordingOctets(t, c.recording)
			if c.want == nil {
				octets = bytes.TrimSuffix(octets, []byte(c.old))
				c.want = []error{ErrMIME, ErrTruncated}
			} else {
				octets = changed(t, octets, c.old, c.new)
			}
			err := openError(t, testOpener(t), octets)
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
		})
	}
}

// TestRearrangedLettersAreRefused: changes in more than one place.
func TestRearrangedLettersAreRefused(t *testing.T) {
	octets := recordingOctets(t, unsigned)
	header := between(t, octets, "<soap:Header>", "</soap:Header>")
	body := between(t, octets, "<soap:Body", "</soap:Body>")
	control := between(t, octets, "<osci:ControlBlock", "</osci:ControlBlock>")
	fetch := recordingOctets(t, "fetch-id-plain-unsigned")
	signed := between(t, recordingOctets(t, attacked), "<osci:ClientSignature", "</osci:ClientSignature>")
	supplier := strings.NewReplacer("ClientSignature", "SupplierSignature", "clientsignature", "suppliersignature").Replace(signed)
	for name, c := range map[string]struct {
		recording string
		replace   []string
		want      error
	}{
		"other root element":              {unsigned, []string{"soap:Envelope", "soap:Letter"}, ErrKind},
		"root of another namespace":       {unsigned, []string{"soap:Envelope", "osci:Envelope"}, ErrKind},
		"Body before Header":              {unsigned, []string{header, "", body, body + header}, ErrStructure},
		"unknown schema and no structure": {unsigned, []string{"soapGetMessageId.xsd", "soapOther.xsd", control, ""}, ErrKind},
		"two orders in the Header": {"fetch-id-plain-unsigned", []string{
			"xsi:schemaLocation", "other", "<osci:fetchDelivery", `<o7:partialFetchDelivery xmlns:o7="` + NSOSCI2017 + `" Id="x"/><osci:fetchDelivery`,
		}, ErrStructure},
		"two transport signatures": {attacked, []string{"<osci:ClientSignature", supplier + "<osci:ClientSignature"}, ErrStructure},
		"neither dialog nor Challenge": {"fetch-id-plain-unsigned", []string{
			between(t, fetch, ` ConversationId="`, `" `), " ", between(t, fetch, "<osci:Challenge>", "</osci:Challenge>"), "",
		}, ErrControl},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer(c.replace...).Replace(string(recordingOctets(t, c.recording)))
			if err := openError(t, testOpener(t), []byte(text)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestAttachmentNamedLikeOurRootIsRefused, also where the sender's own control
// part has another name: it could not be handed on.
func TestAttachmentNamedLikeOurRootIsRefused(t *testing.T) {
	text := string(foreignLetter(t, "", "", "", "", "<o:ContentPackage/>"))
	with := func(name string) []byte {
		return []byte(strings.Replace(text, "\r\n--x=y--", "\r\n--x=y\r\nContent-ID: <"+name+">\r\n\r\nx\r\n--x=y--", 1))
	}
	openOctets(t, testOpener(t), with("other"))
	if err := openError(t, testOpener(t), with(rootContentID)); !errors.Is(err, ErrMIME) || !errors.Is(err, ErrDuplicateID) {
		t.Error(err)
	}
}

// TestToleratedLettersOpen: what other senders write differently.
func TestToleratedLettersOpen(t *testing.T) {
	octets := recordingOctets(t, unsigned)
	controlBlock := between(t, octets, "<osci:ControlBlock", "</osci:ControlBlock>")
	for name, c := range map[string][2]string{
		"no schemaLocation":            {"xsi:schemaLocation=", "other="},
		"blanks in schemaLocation":     {" soapGetMessageId.xsd ", "\n   soapGetMessageId.xsd\t"},
		"white space between elements": {"<osci:getMessageId>", "\n  <osci:getMessageId>\n"},
		"custom header":                {"</soap:Header>", `<x:a xmlns:x="urn:x" Id="x">any <b/> thing</x:a></soap:Header>`},
		"ControlBlock last":            {controlBlock, ""},
		"stray Response":               {"<osci:Challenge>", "<osci:Response>old</osci:Response><osci:Challenge>"},
		"unknown feature":              {"<osci2017:SupportedFeatures>", `<osci2017:SupportedFeatures><osci2017:Feature Key="Later" Version="9"></osci2017:Feature>`},
		"schema's spelling of timeout": {`Id="featuredescription"`, `Id="featuredescription" ChunkMessageTimeOut="7"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := changed(t, octets, c[0], c[1])
			if c[1] == "" {
				text = changed(t, text, "</soap:Header>", controlBlock+"</soap:Header>")
			}
			m := openOctets(t, testOpener(t), text)
			if m.Kind != KindGetMessageID {
				t.Errorf("kind %s", m.Kind)
			}
			if name == "schema's spelling of timeout" && m.Features.ChunkMessageTimeout != 7 {
				t.Errorf("features %+v", m.Features)
			}
		})
	}
}

// TestRequestOutsideOfItsDialogOpens: such requests are answered on order
// level (9802), so they must come through (item 71).
func TestRequestOutsideOfItsDialogOpens(t *testing.T) {
	octets := recordingOctets(t, "fetch-id-plain-unsigned")
	octets = changed(t, octets, between(t, octets, ` ConversationId="`, `" `), " ")
	octets = changed(t, octets, between(t, octets, "<osci:Response>", "</osci:Response>"), "")
	if m := openOctets(t, testOpener(t), octets); m.Control.ConversationID != "" || m.Kind != KindFetchDelivery {
		t.Errorf("%+v", m.Control)
	}
}

// TestControlMatrix walks through dossier §6.2: what is required must be
// there, what is forbidden must not.
func TestControlMatrix(t *testing.T) {
	o := testOpener(t)
	names := []string{"Response", "Challenge", "ConversationId", "SequenceNumber"}
	for _, kind := range Kinds() {
		for cell, presence := range kind.row().control {
			if presence == optional {
				continue
			}
			d := exampleDraft(t, kind)
			before := []bool{d.Control.Response != "", d.Control.Challenge != "", d.Control.ConversationID != "", d.Control.SequenceNumber != NoSequence}
			if before[cell] != (presence == required) {
				t.Fatalf("%s: example has %s: %v", kind, names[cell], before[cell])
			}
			flip := func(there bool, text string) string {
				if there {
					return ""
				}
				return text
			}
			switch cell {
			case 0:
				d.Control.Response = flip(before[0], "r")
			case 1:
				d.Control.Challenge = flip(before[1], "c")
			case 2:
				d.Control.ConversationID = flip(before[2], "1")
			case 3:
				if d.Control.SequenceNumber = 0; before[3] {
					d.Control.SequenceNumber = NoSequence
				}
			}
			octets := sealDraft(t, d, SealOptions{})
			if kind.IsRequest() && cell == 2 && presence == required {
				openOctets(t, o, octets) // no dialog: for the office to refuse
				continue
			}
			if err := openError(t, o, octets); !errors.Is(err, ErrControl) {
				t.Errorf("%s with wrong %s: %v", kind, names[cell], err)
			}
		}
	}
}

// TestCertificateMatrix walks through dossier §7.3.
func TestCertificateMatrix(t *testing.T) {
	o, p := testOpener(t), loadPeople(t)
	for _, kind := range Kinds() {
		rule := kind.row().certificates
		for role := CipherOriginator; role <= SignatureAddressee; role++ {
			for count := range 3 {
				d := exampleDraft(t, kind)
				d.Certificates = nil
				for _, must := range rule.must {
					if must != role {
						d.Certificates = append(d.Certificates, p.in(must))
					}
				}
				for i := range count {
					c := p.in(role)
					c.ID += fmt.Sprint(i)
					d.Certificates = append(d.Certificates, c)
				}
				fits := rule.most[role] == many || count <= int(rule.most[role])
				fits = fits && (count > 0 || !contained(rule.must, role))
				octets := sealDraft(t, d, SealOptions{})
				if fits {
					openOctets(t, o, octets)
				} else if err := openError(t, o, octets); !isStructure(err) {
					t.Errorf("%s with %d of %s: %v", kind, count, role, err)
				}
			}
		}
	}
}

// TestIntermediaryCertificatesStandInItsOwnMessages: not in those of users,
// and one of each.
func TestIntermediaryCertificatesStandInItsOwnMessages(t *testing.T) {
	o, p := testOpener(t), loadPeople(t)
	for _, kind := range Kinds() {
		d := exampleDraft(t, kind)
		d.Certificates = append(d.Certificates, p.in(CipherIntermediary))
		octets := sealDraft(t, d, SealOptions{})
		if kind.IsRequest() && kind != KindAcceptDelivery && kind != KindProcessDelivery {
			if err := openError(t, o, octets); !isStructure(err) {
				t.Errorf("%s: %v", kind, err)
			}
			continue
		}
		openOctets(t, o, octets)
		for _, role := range []Role{CipherIntermediary, SignatureIntermediary} {
			twice := *d
			for i := range 2 {
				c := p.in(role)
				c.ID = fmt.Sprint("second", i)
				twice.Certificates = append(twice.Certificates[:len(twice.Certificates):len(twice.Certificates)], c)
			}
			if err := openError(t, o, sealDraft(t, &twice, SealOptions{})); !isStructure(err) {
				t.Errorf("%s with two of %s: %v", kind, role, err)
			}
		}
	}
}

// TestTimestampQualitiesGoWithTheMessageID of a mediateDelivery (dossier §7.2).
func TestTimestampQualitiesGoWithTheMessageID(t *testing.T) {
	o := testOpener(t)
	for _, c := range []struct {
		id                  string
		creation, reception Quality
		fits                bool
	}{
		{"", "", "", true}, {"", QualityPlain, QualityPlain, false}, {"id", "", "", false},
		{"id", QualityPlain, QualityPlain, true}, {"id", QualityPlain, "", false}, {"id", "", QualityPlain, false},
	} {
		d := exampleDraft(t, KindMediateDelivery)
		d.Order, d.CreationQuality, d.ReceptionQuality = MediateDelivery{Receiver: "http://x", MessageID: c.id}, c.creation, c.reception
		octets := sealDraft(t, d, SealOptions{})
		if c.fits {
			openOctets(t, o, octets)
		} else if err := openError(t, o, octets); !isStructure(err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestLimitsBoundTheControlPart: each limit is the opener's own.
func TestLimitsBoundTheControlPart(t *testing.T) {
	octets := recordingOctets(t, attacked)
	for name, limits := range map[string]xmltree.Limits{
		"octets": {MaxBytes: 1000}, "depth": {MaxDepth: 3}, "nodes": {MaxNodes: 20}, "attributes": {MaxAttributes: 1},
	} {
		o := testOpener(t)
		o.Limits = limits
		if err := openError(t, o, octets); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyChildrenCostLittle: a control part may hold tens of thousands of
// children of one element; looking at them must not cost their square.
func TestManyChildrenCostLittle(t *testing.T) {
	var rule strings.Builder
	rule.WriteString("<osci:SelectionRule>")
	for range 60_000 {
		rule.WriteString("<osci:MessageId>YWJj</osci:MessageId>")
	}
	rule.WriteString("</osci:SelectionRule>")
	octets := recordingOctets(t, "card-plain-unsigned")
	octets = changed(t, octets, "<osci:fetchProcessCard>", "<osci:fetchProcessCard>"+rule.String())
	m := openOctets(t, testOpener(t), octets)
	if n := len(m.Order.(FetchProcessCard).Rule.MessageIDs); n != 60_000 {
		t.Errorf("%d ids", n)
	}
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			openOctets(t, testOpener(t), octets)
		}
	})
	if got := allocated.AllocedBytesPerOp(); got > 200<<20 {
		t.Errorf("opening %d octets allocates %d", len(octets), got)
	}
}

// TestCutOffLettersAreTruncated cuts plain and encrypted letters at every
// kind of place.
func TestCutOffLettersAreTruncated(t *testing.T) {
	o := testOpener(t)
	for _, name := range []string{attacked, "store-encrypted-signed-1", "forward-base64", unsigned} {
		octets := recordingOctets(t, name)
		step := max(1, len(octets)/300)
		for cut := 0; cut < len(octets)-len("\r\n"); cut += step {
			err := openError(t, o, octets[:cut])
			if !errors.Is(err, ErrMIME) || errors.Is(err, ErrDecrypt) {
				t.Errorf("%s cut at %d of %d: %v", name, cut, len(octets), err)
			}
			if cut > 200 && !errors.Is(err, ErrTruncated) {
				t.Errorf("%s cut at %d of %d does not count as truncated: %v", name, cut, len(octets), err)
			}
		}
		for cut := len(octets) - 60; cut < len(octets)-len("\r\n"); cut++ {
			if err := openError(t, o, octets[:cut]); !errors.Is(err, ErrTruncated) {
				t.Errorf("%s cut at %d of %d: %v", name, cut, len(octets), err)
			}
		}
	}
}
