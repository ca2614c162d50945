package envelope

import (
	"slices"

	"poststelle/signature/xmltree"
)

// WithoutRole is a block of certificates without those in one role: a
// SignatureCertificateAddressee must not reach the recipient of a delivery
// (OSCI 1.2; dossier §7.3, §13.2). Every other octet stays as it is; a block
// that holds no such certificate is given back itself.
func (f *Fragment) WithoutRole(role Role) (*Fragment, error) {
	limits := xmltree.DefaultLimits()
	limits.MaxBytes = len(f.Octets)
	doc, err := parseFragment(f, limits)
	if err != nil {
		return nil, err
	}
	block := doc.Root.Elements()[0]
	rest := &Fragment{Space: f.Space, Local: f.Local, Scope: f.Scope}
	kept := block.Start
	var gone []string
	for _, n := range block.Elements() {
		if !n.Is(NSOSCI, role.String()) {
			continue
		}
		rest.Octets = append(rest.Octets, doc.Data[kept:n.Start]...)
		kept = n.End
		collectIDs(n, &gone)
	}
	if kept == block.Start {
		return f, nil
	}
	rest.Octets = append(rest.Octets, doc.Data[kept:block.End]...)
	rest.IDs = slices.DeleteFunc(slices.Clone(f.IDs), func(id string) bool { return slices.Contains(gone, id) })
	return rest, nil
}
