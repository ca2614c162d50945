package envelope

import (
	"strings"
	"time"

	"poststelle/signature/xmltree"
)

// SelectionMode says by what a SelectionRule selects.
type SelectionMode uint8

// The three modes (dossier §13.2, §13.3).
const (
	ByMessageID    SelectionMode = iota + 1
	ByReception                  // ReceptionOfDelivery: taken by the office at or after Since
	ByModification               // RecentModification: card changed at or after Since
)

// CardRole is the attribute Role of a card selection.
type CardRole string

// The requester's part in the deliveries whose cards are wanted.
const (
	AnyRole        CardRole = ""
	RoleAddressee  CardRole = "Addressee"
	RoleOriginator CardRole = "Originator"
)

// SelectionRule selects deliveries or cards; a nil rule selects what is due.
type SelectionRule struct {
	Mode       SelectionMode
	MessageIDs []string // decoded; exactly one in a fetchDelivery
	// Since is the date of the two date modes, SinceText how it was written:
	// the echo repeats the sender's own spelling.
	Since     time.Time
	SinceText string
	// NoReception restricts to cards without a Reception stamp.
	NoReception bool
	// Role restricts to deliveries in which the requester plays that part.
	Role CardRole
}

// decodeSelection reads the SelectionRule among f's children, nil if absent.
// forCards permits what only a fetchProcessCard may say.
func decodeSelection(f *fields, forCards bool) *SelectionRule {
	node := f.take(NSOSCI, "SelectionRule")
	if node == nil {
		return nil
	}
	in := f.inside(node)
	rule := &SelectionRule{}
	for _, child := range in.node.Elements() {
		switch {
		case child.Is(NSOSCI, "MessageId"):
			in.drop(child)
			rule.addID(in, child, forCards)
		case child.Is(NSOSCI, "ReceptionOfDelivery"):
			in.drop(child)
			rule.setDate(in, child, ByReception, forCards)
		case child.Is(NSOSCI, "RecentModification") && forCards:
			in.drop(child)
			rule.setDate(in, child, ByModification, forCards)
		}
	}
	in.end()
	if rule.Mode == 0 {
		in.fail("empty SelectionRule")
	}
	return rule
}

func (r *SelectionRule) addID(f *fields, n *xmltree.Node, several bool) {
	if r.Mode != 0 && (r.Mode != ByMessageID || !several) {
		f.fail("SelectionRule holds more than one choice")
	}
	r.Mode = ByMessageID
	r.MessageIDs = append(r.MessageIDs, f.messageIDOf(n))
}

func (r *SelectionRule) setDate(f *fields, n *xmltree.Node, mode SelectionMode, forCards bool) {
	if r.Mode != 0 {
		f.fail("SelectionRule holds more than one choice")
	}
	r.Mode = mode
	r.SinceText = strings.TrimSpace(f.textOf(n))
	since, err := ParseTime(r.SinceText)
	if err != nil {
		f.fail("date of the selection: " + err.Error())
	}
	r.Since = since
	if !forCards {
		return
	}
	switch value, _ := n.Attr("", "NoReception"); value {
	case "", "false", "0":
	case "true", "1":
		r.NoReception = true
	default:
		f.fail("NoReception is neither true nor false")
	}
	switch value, given := n.Attr("", "Role"); {
	case !given:
	case value == string(RoleAddressee), value == string(RoleOriginator):
		r.Role = CardRole(value)
	default:
		f.fail("unknown Role")
	}
}

// encodeSelection writes the rule; prefix osci because clients in the field
// match the qualified name (dossier §13.2).
func encodeSelection(w *writer, r *SelectionRule) {
	if r == nil {
		return
	}
	w.start("osci:SelectionRule")
	switch r.Mode {
	case ByMessageID:
		for _, id := range r.MessageIDs {
			w.element("osci:MessageId", encodeMessageID(id))
		}
	case ByReception:
		r.encodeDate(w, "osci:ReceptionOfDelivery")
	case ByModification:
		r.encodeDate(w, "osci:RecentModification")
	}
	w.end()
}

func (r *SelectionRule) encodeDate(w *writer, name string) {
	var attrs []attr
	if r.NoReception {
		attrs = append(attrs, attr{"NoReception", "true"})
	}
	if r.Role != AnyRole {
		attrs = append(attrs, attr{"Role", string(r.Role)})
	}
	text := r.SinceText
	if text == "" {
		text = FormatTime(r.Since)
	}
	w.start(name, attrs...)
	w.text(text)
	w.end()
}
