package envelope

import (
	"encoding/base64"
	"time"

	"poststelle/signature/xmltree"
)

// maxInspections bounds the inspections on one card.
const maxInspections = 1000

// decodeCard takes a process card bundle of that name, nil if absent
// (OSCI 1.2; dossier §10.1).
func decodeCard(f *fields, name string) *ProcessCard {
	n := f.take(NSOSCI, name)
	if n == nil {
		return nil
	}
	return decodeBundle(f, n)
}

func decodeBundle(f *fields, bundle *xmltree.Node) *ProcessCard {
	in := f.inside(bundle)
	card := &ProcessCard{MessageID: in.messageIDOf(in.must(NSOSCI, "MessageId"))}
	node := in.must(NSOSCI, "ProcessCard")
	body := in.inside(node)
	if text, ok := node.Attr("", "RecentModification"); ok {
		card.RecentModification = in.timeOf(text)
	}
	card.Creation = body.timestamp("Creation")
	card.Forwarding = body.timestamp("Forwarding")
	card.Reception = body.timestamp("Reception")
	card.Subject = body.subject()
	body.end()
	report := in.inside(in.must(NSOSCI, "InspectionReport"))
	for _, n := range report.takeAll(NSOSCI, "Inspection") {
		card.Inspections = append(card.Inspections, decodeInspection(report.inside(n)))
		if len(card.Inspections) > maxInspections {
			in.fail("too many inspections")
			break
		}
	}
	report.end()
	in.end()
	return card
}

func (f *fields) timeOf(text string) time.Time {
	t, err := ParseTime(text)
	if err != nil {
		f.fail(err.Error())
	}
	return t
}

// timestamp takes a child that holds Plain or Cryptographic.
func (f *fields) timestamp(name string) *Timestamp {
	n := f.take(NSOSCI, name)
	if n == nil {
		return nil
	}
	in := f.inside(n)
	stamp := &Timestamp{}
	if text, ok := in.text(NSOSCI, "Plain"); ok {
		stamp.At = in.timeOf(text)
	} else {
		token := in.must(NSOSCI, "Cryptographic")
		stamp.Algorithm, _ = token.Attr("", "Algorithm")
		raw, err := decodeBase64(in.textOf(token))
		if err != nil || stamp.Algorithm == "" {
			in.fail("Cryptographic is no base64 token with an Algorithm")
		}
		stamp.Token = raw
	}
	in.end()
	return stamp
}

func decodeInspection(in *fields) Inspection {
	var i Inspection
	if stamp := in.timestamp("Timestamp"); stamp != nil {
		i.Timestamp = *stamp
	} else {
		in.fail("misses Timestamp")
	}
	i.Subject, _ = in.text(NSOSCI, "X509SubjectName")
	i.Issuer, _ = in.text(NSOSCI, "X509IssuerName")
	i.Serial, _ = in.text(NSOSCI, "X509SerialNumber")
	i.CertType, _ = in.must(NSOSCI, "CertType").Attr("", "Type")
	i.Math, _ = in.must(NSOSCI, "MathResult").Attr("", "Result")
	i.Offline, _ = in.must(NSOSCI, "OfflineResult").Attr("", "Result")
	if n := in.take(NSOSCI, "OnlineResult"); n != nil {
		i.Online = decodeOnline(in.inside(n))
	}
	in.end()
	return i
}

func decodeOnline(in *fields) *OnlineResult {
	online := &OnlineResult{}
	online.Result, _ = in.node.Attr("", "Result")
	online.OCSP = in.binary("OCSP")
	if text, ok := in.text(NSOSCI, "CRL"); ok {
		at := in.timeOf(text)
		online.CRL = &at
	}
	online.LDAP = in.binary("LDAP")
	in.end()
	return online
}

func (f *fields) binary(name string) []byte {
	text, ok := f.text(NSOSCI, name)
	if !ok {
		return nil
	}
	raw, err := decodeBase64(text)
	if err != nil {
		f.fail(name + " is no base64")
	}
	return raw
}

// encodeCard writes a bundle; nil writes nothing.
func encodeCard(w *writer, name string, card *ProcessCard) {
	if card == nil {
		return
	}
	w.start(name)
	w.element("osci:MessageId", encodeMessageID(card.MessageID))
	w.start("osci:ProcessCard", attr{"RecentModification", FormatTime(card.RecentModification)})
	encodeTimestamp(w, "osci:Creation", card.Creation)
	encodeTimestamp(w, "osci:Forwarding", card.Forwarding)
	encodeTimestamp(w, "osci:Reception", card.Reception)
	w.subject(card.Subject)
	w.end()
	w.start("osci:InspectionReport")
	for i := range card.Inspections {
		encodeInspection(w, &card.Inspections[i])
	}
	w.end()
	w.end()
}

func encodeTimestamp(w *writer, name string, t *Timestamp) {
	if t == nil {
		return
	}
	w.start(name)
	if t.Algorithm == "" {
		w.element("osci:Plain", FormatTime(t.At))
	} else {
		w.start("osci:Cryptographic", attr{"Algorithm", t.Algorithm})
		w.text(base64.StdEncoding.EncodeToString(t.Token))
		w.end()
	}
	w.end()
}

func encodeInspection(w *writer, i *Inspection) {
	w.start("osci:Inspection")
	encodeTimestamp(w, "osci:Timestamp", &i.Timestamp)
	w.element("osci:X509SubjectName", i.Subject)
	w.element("osci:X509IssuerName", i.Issuer)
	w.element("osci:X509SerialNumber", i.Serial)
	encodeResult(w, "osci:CertType", "Type", i.CertType)
	encodeResult(w, "osci:MathResult", "Result", i.Math)
	encodeResult(w, "osci:OfflineResult", "Result", i.Offline)
	if o := i.Online; o != nil {
		w.start("osci:OnlineResult", attr{"Result", o.Result})
		// The schema spells it OSCP; the libraries demand OCSP (dossier §10.1).
		encodeBinary(w, "osci:OCSP", o.OCSP)
		if o.CRL != nil {
			w.element("osci:CRL", FormatTime(*o.CRL))
		}
		encodeBinary(w, "osci:LDAP", o.LDAP)
		w.end()
	}
	w.end()
}

func encodeResult(w *writer, name, attribute, value string) {
	w.start(name, attr{attribute, value})
	w.end()
}

func encodeBinary(w *writer, name string, raw []byte) {
	if raw != nil {
		w.element(name, base64.StdEncoding.EncodeToString(raw))
	}
}
