package envelope

import (
	"fmt"
	"io"
	"strings"

	"poststelle/signature/xmltree"
)

// Fault is an answer on the level of the message: a SOAP fault in place of a
// response (OSCI 1.2; dossier §16). It goes out unsigned and unencrypted.
type Fault struct {
	// Code is of four digits; "" if a peer's fault had none.
	Code Code
	// Text is for people: of the catalogue in what we send, the peer's own
	// words in what we received.
	Text string
}

// NewFault makes the fault for a code of the catalogue in the first language
// of DesiredLanguages that we have; where the request could not be read, its
// languages are nil and the text is German.
func NewFault(code Code, languages []string) Fault {
	return Fault{Code: code, Text: code.Text(chooseLanguage(languages))}
}

// Error says the code and the text, of which a peer may send any length.
func (f Fault) Error() string {
	return fmt.Sprintf("envelope: fault %.4q: %.200q", string(f.Code), f.Text)
}

// Parcel frames the fault. It carries the catalogue's text in place of any
// other one, so that no cause ever reaches the sender; a code that is not an
// error of the catalogue cannot be sent.
func (f Fault) Parcel(rand io.Reader) (Parcel, error) {
	if !f.Code.Known() || f.Code.Severity() != SeverityError {
		return nil, fmt.Errorf("framing a fault: code %.4q is no error of the catalogue", string(f.Code))
	}
	out, err := newMIME(rand)
	if err != nil {
		return nil, err
	}
	return out, out.addRoot(f.document())
}

// document is the SOAP message as both official libraries read it: without
// schemaLocation, with which the Java client reports 9100 in place of our
// code, and with unqualified children.
func (f Fault) document() []byte {
	text := f.Code.Text(german)
	if f.Text == f.Code.Text(english) {
		text = f.Text
	}
	w := &writer{}
	w.raw([]byte(prolog))
	w.startIn("soap:Envelope", []xmltree.Namespace{{Prefix: "soap", URI: NSSOAP}, {Prefix: "osci", URI: NSOSCI}})
	w.start("soap:Body")
	w.start("soap:Fault")
	w.element("faultcode", f.party())
	w.element("faultstring", text)
	w.start("detail")
	w.element("osci:Code", string(f.Code))
	for len(w.open) > 0 {
		w.end()
	}
	return w.buf
}

// party says whose fault it is: ours for the two internal errors of the
// message level, the sender's for everything else (dossier §16).
func (f Fault) party() string {
	if f.Code == CodeInternal || f.Code == CodeClientCipherInternal {
		return "soap:Server"
	}
	return "soap:Client"
}

// decodeFault reads a peer's SOAP fault; false if the message is none. The
// examples of 2002 qualify the children with the SOAP namespace, the
// libraries do not: both are read. A Code that is not of four digits is left
// out, for it must not be taken for one of the catalogue.
func decodeFault(doc *xmltree.Document) (*Fault, bool) {
	body := doc.Root.Child(NSSOAP, "Body")
	if body == nil || !doc.Root.Is(NSSOAP, "Envelope") {
		return nil, false
	}
	soap := body.Child(NSSOAP, "Fault")
	if soap == nil {
		return nil, false
	}
	fault := &Fault{}
	if text := eitherChild(soap, NSSOAP, "faultstring"); text != nil {
		fault.Text = strings.TrimSpace(text.TextContent())
	}
	detail := eitherChild(soap, NSSOAP, "detail")
	if detail == nil {
		return fault, true
	}
	if code := eitherChild(detail, NSOSCI, "Code"); code != nil {
		fault.Code = faultCode(strings.TrimSpace(code.TextContent()))
	}
	return fault, true
}

// eitherChild finds a child with or without its namespace.
func eitherChild(n *xmltree.Node, space, local string) *xmltree.Node {
	if child := n.Child(space, local); child != nil {
		return child
	}
	return n.Child("", local)
}

func faultCode(text string) Code {
	if len(text) != 4 || strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return Code(text)
}
