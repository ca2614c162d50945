package envelope

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"poststelle/signature"
)

// verify judges the transport signature: every reference, and what no
// reference covers (OSCI 1.2; dossier §8).
func (d *decoder) verify(o *Opener, l *layer) *TransportSignature {
	verdict := &TransportSignature{}
	source := signature.Source{
		Elements:     d.blocks,
		Parts:        l.openPart,
		KnownDigests: l.known,
	}
	options := signature.TransportOptions()
	options.Policy = o.Signatures
	options.At = o.Now()
	options.Key = func(info signature.KeyInfo) (*signature.Certificate, error) {
		certificate, err := d.signer(info)
		verdict.Certificate = certificate
		return certificate, err
	}
	verdict.Report, verdict.Err = signature.Verify(d.doc, d.signature, source, options)
	if verdict.Report != nil {
		verdict.Uncovered = d.uncovered(verdict.Report, l)
	}
	return verdict
}

func (l *layer) openPart(contentID string) (io.ReadCloser, error) {
	part := l.part(contentID)
	if part == nil {
		return nil, fmt.Errorf("%w: no part %q", ErrStructure, contentID)
	}
	return l.mime.open(*part), nil
}

// signer resolves the RetrievalMethod to a certificate of this message in a
// role that may sign it: the originator signs requests, the office its
// responses, a passive recipient its own (dossier §8.5).
func (d *decoder) signer(info signature.KeyInfo) (*signature.Certificate, error) {
	id, ok := strings.CutPrefix(info.RetrievalURI, "#")
	if !ok || len(info.X509) > 0 {
		return nil, fmt.Errorf("%w: KeyInfo is not one RetrievalMethod to a certificate of the message", ErrStructure)
	}
	found := d.msg.Certificates.ByID(id)
	if found == nil {
		return nil, fmt.Errorf("%w: KeyInfo names an unknown certificate", ErrStructure)
	}
	for _, role := range signingRoles(d.msg.Kind) {
		if found.Role == role {
			return found.Certificate, nil
		}
	}
	return nil, fmt.Errorf("%w: %s does not sign %s", ErrStructure, found.Role, d.msg.Kind)
}

func signingRoles(kind Kind) []Role {
	switch {
	case kind == KindAcceptDelivery || kind == KindProcessDelivery:
		return []Role{SignatureIntermediary}
	case kind == KindResponseToAcceptDelivery:
		return []Role{SignatureAddressee, SignatureOriginator}
	case kind == KindResponseToProcessDelivery: // the roles are swapped there (dossier §14.4)
		return []Role{SignatureOriginator, SignatureAddressee}
	case kind.IsRequest():
		return []Role{SignatureOriginator}
	}
	return []Role{SignatureIntermediary}
}

// uncovered lists the blocks and parts that no reference names.
func (d *decoder) uncovered(report *signature.Report, l *layer) []string {
	var missing []string
	for id := range d.blocks {
		if !report.Covers("#" + id) {
			missing = append(missing, "#"+id)
		}
	}
	for _, p := range l.mime.parts {
		if !report.Covers("cid:" + p.contentID) {
			missing = append(missing, "cid:"+p.contentID)
		}
	}
	sort.Strings(missing)
	return missing
}
