package signature

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"strings"
)

// nameWords are the attribute types that RFC 2253, 2.3 abbreviates.
var nameWords = map[string]string{
	"2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU",
	"2.5.4.6": "C", "2.5.4.9": "STREET", "0.9.2342.19200300.100.1.25": "DC",
	"0.9.2342.19200300.100.1.1": "UID",
}

// rfc2253 writes a name as Java's X500Principal does in its RFC 2253 form:
// last part first, other types as OID with their DER in hex.
func rfc2253(raw []byte) string {
	var parts []asn1.RawValue
	if rest, err := asn1.Unmarshal(raw, &parts); err != nil || len(rest) > 0 {
		return ""
	}
	var out []string
	for i := len(parts) - 1; i >= 0; i-- {
		var set []pkix.AttributeTypeAndValue
		if _, err := asn1.UnmarshalWithParams(parts[i].FullBytes, &set, "set"); err != nil {
			return ""
		}
		var values []asn1.RawValue
		asn1.UnmarshalWithParams(parts[i].FullBytes, &values, "set")
		words := make([]string, 0, len(set))
		for j, a := range set {
			words = append(words, nameWord(a, values[j].Bytes))
		}
		out = append(out, strings.Join(words, "+"))
	}
	return strings.Join(out, ",")
}

func nameWord(a pkix.AttributeTypeAndValue, der []byte) string {
	text, isText := a.Value.(string)
	if word := nameWords[a.Type.String()]; word != "" && isText {
		return word + "=" + escapeName(text)
	}
	var oid asn1.ObjectIdentifier
	value, err := asn1.Unmarshal(der, &oid)
	if err != nil {
		return a.Type.String() + "="
	}
	return a.Type.String() + "=#" + hex.EncodeToString(value)
}

// escapeName escapes as RFC 2253, 2.4 wants it.
func escapeName(s string) string {
	var b strings.Builder
	for i, r := range s {
		leading := i == 0 && (r == ' ' || r == '#')
		trailing := r == ' ' && i == len(s)-1
		if leading || trailing || strings.ContainsRune(",+\"\\<>;", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
