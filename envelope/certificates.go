package envelope

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// maxCertificates bounds the certificates of one message.
const maxCertificates = 128

// readCertificates reads NonIntermediaryCertificates and keeps its octets:
// content refers to the Ids in it (OSCI 1.2; dossier §7.3).
func (d *decoder) readCertificates(block *xmltree.Node) error {
	fragment, err := d.fragment(block)
	if err != nil {
		return err
	}
	d.msg.CertificateBlock = fragment
	return d.readRoles(block, CipherOriginator, SignatureAddressee)
}

func (d *decoder) readOfficeCertificates(block *xmltree.Node) error {
	return d.readRoles(block, CipherIntermediary, SignatureIntermediary)
}

func (d *decoder) readRoles(block *xmltree.Node, first, last Role) error {
	f := fieldsOf(block)
	for _, n := range block.Elements() {
		f.drop(n)
		role, ok := roleOf(n, first, last)
		if !ok {
			return fmt.Errorf("%w: %s among the certificates", ErrStructure, n.Local)
		}
		certificate, err := decodeCertificate(f.inside(n), d.parse)
		if err != nil {
			return err
		}
		id, given := n.Attr("", "Id")
		if !given || id == "" {
			return fmt.Errorf("%w: %s without Id", ErrStructure, n.Local)
		}
		d.msg.Certificates = append(d.msg.Certificates, RoleCertificate{Role: role, ID: id, Certificate: certificate})
		if len(d.msg.Certificates) > maxCertificates {
			return fmt.Errorf("%w: too many certificates", ErrStructure)
		}
	}
	return f.end()
}

func roleOf(n *xmltree.Node, first, last Role) (Role, bool) {
	for role := first; role <= last; role++ {
		if n.Is(NSOSCI, roleNames[role]) {
			return role, true
		}
	}
	return 0, false
}

// decodeCertificate reads the one X509Certificate of X509Data.
func decodeCertificate(f *fields, parse func([]byte) (*signature.Certificate, error)) (*signature.Certificate, error) {
	list := f.inside(f.must(NSDSig, "X509Data"))
	text, _ := list.text(NSDSig, "X509Certificate")
	list.end()
	if err := f.end(); err != nil {
		return nil, err
	}
	der, err := decodeBase64(text)
	if err != nil {
		return nil, fmt.Errorf("%w: X509Certificate is no base64", ErrStructure)
	}
	certificate, err := parse(der)
	if err != nil {
		return nil, fmt.Errorf("%w: X509Certificate: %w", ErrStructure, err)
	}
	return certificate, nil
}

// checkRoles holds the roles against the kind's row (dossier §7.3).
func (d *decoder) checkRoles(row kindRow) error {
	var count [roleEnd]int
	for _, c := range d.msg.Certificates {
		count[c.Role]++
	}
	for role, most := range row.certificates.most {
		if most != many && count[role] > int(most) {
			return fmt.Errorf("%w: %s does not suit %s", ErrStructure, Role(role), d.msg.Kind)
		}
	}
	for _, role := range row.certificates.must {
		if count[role] == 0 {
			return fmt.Errorf("%w: %s is missing", ErrStructure, role)
		}
	}
	if count[CipherIntermediary] > 1 || count[SignatureIntermediary] > 1 {
		return fmt.Errorf("%w: two certificates of the intermediary in one role", ErrStructure)
	}
	office := count[CipherIntermediary] + count[SignatureIntermediary]
	if office > 0 && row.response != KindUnknown && d.msg.Kind != KindAcceptDelivery && d.msg.Kind != KindProcessDelivery {
		return fmt.Errorf("%w: IntermediaryCertificates in %s", ErrStructure, d.msg.Kind)
	}
	return nil
}

// idWords are the role words of Ids as the official libraries write them.
var idWords = [roleEnd]string{
	CipherOriginator: "originator_cipher", CipherOtherAuthor: "author%_cipher",
	CipherAddressee: "addressee_cipher", CipherOtherReader: "reader%_cipher",
	SignatureOriginator: "originator_signature", SignatureOtherAuthor: "author%_signature",
	SignatureAddressee: "addressee_signature",
	CipherIntermediary: "intermed_cipher", SignatureIntermediary: "intermed_signature",
}

// CertificateID makes the Id under which a certificate stands in a message,
// in the form the official libraries use (dossier §7.3). n counts the authors
// and readers from 0 and is ignored for other roles.
func CertificateID(role Role, n int, certificate *signature.Certificate) string {
	word := []byte(nil)
	for i := 0; i < len(idWords[role]); i++ {
		if c := idWords[role][i]; c != '%' {
			word = append(word, c)
		} else {
			word = strconv.AppendInt(word, int64(n), 10)
		}
	}
	return string(word) + "_" + certificate.Fingerprint()
}

// encodeCertificates writes the roles from first to last in schema order.
func encodeCertificates(w *writer, all Certificates, first, last Role) {
	for role := first; role <= last; role++ {
		for _, c := range all {
			if c.Role != role {
				continue
			}
			w.start("osci:"+role.String(), attr{"Id", c.ID})
			w.start("ds:X509Data")
			w.element("ds:X509Certificate", base64.StdEncoding.EncodeToString(c.Certificate.Raw))
			w.end()
			w.end()
		}
	}
}

// hasRole tells whether any certificate has a role in the range.
func (c Certificates) hasRole(first, last Role) bool {
	for i := range c {
		if c[i].Role >= first && c[i].Role <= last {
			return true
		}
	}
	return false
}
