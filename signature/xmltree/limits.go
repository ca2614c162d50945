package xmltree

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	MaxBytes      int // octets of input
	MaxDepth      int // nested elements
	MaxNodes      int // elements, texts, comments, processing instructions
	MaxAttributes int // attributes of one element
	MaxNamespaces int // declarations on one element
	MaxNameLength int // octets of one name, prefix included
}

// DefaultLimits suit the control part of a letter.
func DefaultLimits() Limits {
	return Limits{
		MaxBytes: 4 << 20, MaxDepth: 64, MaxNodes: 200_000,
		MaxAttributes: 64, MaxNamespaces: 64, MaxNameLength: 1024,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, otherwise *int }{
		{&l.MaxBytes, &d.MaxBytes}, {&l.MaxDepth, &d.MaxDepth}, {&l.MaxNodes, &d.MaxNodes},
		{&l.MaxAttributes, &d.MaxAttributes}, {&l.MaxNamespaces, &d.MaxNamespaces},
		{&l.MaxNameLength, &d.MaxNameLength},
	} {
		if *f.have == 0 {
			*f.have = *f.otherwise
		}
	}
	return l
}
