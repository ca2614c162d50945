package envelope

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"poststelle/signature/xmltree"
)

// fields reads the children of one element. Children are taken by name in any
// order, for older senders order them otherwise (dossier §14.2); what nobody
// took is an error. The first error sticks and is shared with fields made by
// inside, so a decoder reads on and asks once at the end.
type fields struct {
	node *xmltree.Node
	rest []*xmltree.Node
	err  *error
}

// fieldsOf starts reading below n. Text other than white space is an error,
// and so are comments and processing instructions: text around them would
// read differently for different readers.
func fieldsOf(n *xmltree.Node) *fields {
	var err error
	f := &fields{err: &err}
	return f.inside(n)
}

func (f *fields) inside(n *xmltree.Node) *fields {
	in := &fields{node: n, err: f.err}
	for _, child := range n.Children {
		switch child.Type {
		case xmltree.Element:
			in.rest = append(in.rest, child)
		case xmltree.Text:
			if strings.Trim(child.Text, " \t\r\n") != "" {
				in.fail("stray text")
			}
		default:
			in.fail("comment or processing instruction")
		}
	}
	return in
}

func (f *fields) fail(what string) {
	if *f.err == nil {
		*f.err = fmt.Errorf("%w: %s: %s", ErrStructure, f.node.Local, what)
	}
}

// take removes and returns the first child of that name, nil if there is none.
func (f *fields) take(space, local string) *xmltree.Node {
	for i, n := range f.rest {
		if n.Is(space, local) {
			f.remove(i)
			return n
		}
	}
	return nil
}

// remove takes one child out. The first one costs nothing: most children are
// taken in their order, and there may be very many.
func (f *fields) remove(i int) {
	if i == 0 {
		f.rest = f.rest[1:]
		return
	}
	f.rest = slices.Delete(f.rest, i, i+1)
}

// must is take for a child that has to be there; it returns an empty element
// in its place so that the caller can read on.
func (f *fields) must(space, local string) *xmltree.Node {
	if n := f.take(space, local); n != nil {
		return n
	}
	f.fail("misses " + local)
	return &xmltree.Node{Type: xmltree.Element, Local: local, Space: space}
}

// takeAll removes and returns every child of that name.
func (f *fields) takeAll(space, local string) []*xmltree.Node {
	var all, rest []*xmltree.Node
	for _, n := range f.rest {
		if n.Is(space, local) {
			all = append(all, n)
		} else {
			rest = append(rest, n)
		}
	}
	f.rest = rest
	return all
}

func (f *fields) drop(n *xmltree.Node) {
	for i := range f.rest {
		if f.rest[i] == n {
			f.remove(i)
			return
		}
	}
}

// end demands that every child was taken and reports the first error.
func (f *fields) end() error {
	if len(f.rest) > 0 {
		f.fail("unexpected " + f.rest[0].Local)
	}
	return *f.err
}

// textOf is the text of an element that may hold nothing else.
func (f *fields) textOf(n *xmltree.Node) string {
	for _, child := range n.Children {
		if child.Type != xmltree.Text {
			f.fail(n.Local + " holds more than text")
			return ""
		}
	}
	return n.TextContent()
}

// text takes a child and returns its text; ok is false if it is absent.
func (f *fields) text(space, local string) (text string, ok bool) {
	n := f.take(space, local)
	if n == nil {
		return "", false
	}
	return f.textOf(n), true
}

// messageID takes a child that holds an id; "" if absent.
func (f *fields) messageID(space, local string) string {
	n := f.take(space, local)
	if n == nil {
		return ""
	}
	return f.messageIDOf(n)
}

func (f *fields) messageIDOf(n *xmltree.Node) string {
	id, err := decodeMessageID(f.textOf(n))
	if err != nil {
		f.fail(n.Local + ": " + err.Error())
	}
	return id
}

// maxSubject bounds a Subject in octets: it stands on the card, and cards are
// handed out by the hundred.
const maxSubject = 16 << 10

// subject takes the optional Subject.
func (f *fields) subject() *string {
	text, ok := f.text(NSOSCI, "Subject")
	if len(text) > maxSubject {
		f.fail("Subject is too long")
	}
	if !ok {
		return nil
	}
	return &text
}

// count reads an attribute that is a positive decimal number; 0 if absent.
func (f *fields) count(n *xmltree.Node, name string) int {
	value, ok := n.Attr("", name)
	if !ok {
		return 0
	}
	number, err := parseCount(value)
	if err != nil {
		f.fail(name + " is no number")
	}
	return number
}

// parseCount reads a non-negative number that fits 32 bits, digits only:
// strconv would also take signs, which the schema does not.
func parseCount(text string) (int, error) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err
}
