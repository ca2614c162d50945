package envelope

import (
	"encoding/base64"
	"strconv"

	"poststelle/signature/xmltree"
)

// writer writes elements in canonical form: no empty-element tags, canonical
// escaping, attributes in the order given. Official clients and this program
// then agree on the octets of a block without canonicalising it (dossier §5.5).
type writer struct {
	buf  []byte
	open []string
}

type attr struct{ name, value string }

// start opens an element; attributes are given in canonical order.
func (w *writer) start(name string, attrs ...attr) {
	w.startIn(name, nil, attrs...)
}

// startIn opens an element that declares namespaces.
func (w *writer) startIn(name string, declared []xmltree.Namespace, attrs ...attr) {
	w.buf = append(w.buf, '<')
	w.buf = append(w.buf, name...)
	for _, ns := range declared {
		w.declare(ns)
	}
	for _, a := range attrs {
		w.attribute(a.name, a.value)
	}
	w.buf = append(w.buf, '>')
	w.open = append(w.open, name)
}

func (w *writer) declare(ns xmltree.Namespace) {
	if ns.Prefix == "" {
		w.attribute("xmlns", ns.URI)
		return
	}
	w.attribute("xmlns:"+ns.Prefix, ns.URI)
}

func (w *writer) attribute(name, value string) {
	w.buf = append(w.buf, ' ')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '=', '"')
	w.buf = xmltree.AppendAttr(w.buf, value)
	w.buf = append(w.buf, '"')
}

// end closes the innermost open element.
func (w *writer) end() {
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.buf = append(w.buf, '<', '/')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '>')
}

func (w *writer) text(s string) { w.buf = xmltree.AppendText(w.buf, s) }

// raw writes octets that are XML already.
func (w *writer) raw(octets []byte) { w.buf = append(w.buf, octets...) }

func (w *writer) base64(octets []byte) { w.buf = base64.StdEncoding.AppendEncode(w.buf, octets) }

// element writes an element that holds only text.
func (w *writer) element(name, text string) {
	w.start(name)
	w.text(text)
	w.end()
}

// count appends an attribute unless the number is 0, which means absent.
func count(attrs []attr, name string, n int) []attr {
	if n == 0 {
		return attrs
	}
	return append(attrs, attr{name, strconv.Itoa(n)})
}

// subject writes the optional Subject.
func (w *writer) subject(s *string) {
	if s != nil {
		w.element("osci:Subject", *s)
	}
}

// messageID writes an id unless it is "".
func (w *writer) messageID(name, id string) {
	if id != "" {
		w.element(name, encodeMessageID(id))
	}
}
