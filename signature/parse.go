package signature

import (
	"encoding/base64"
	"fmt"
	"strings"

	"poststelle/signature/xmltree"
)

// parsed is a ds:Signature taken apart, nothing verified.
type parsed struct {
	info       *xmltree.Node
	c14n       xmltree.Canonicalizer
	algorithm  Algorithm
	references []reference
	value      []byte
	key        KeyInfo
	objects    []*xmltree.Node
}

// reference is a ds:Reference.
type reference struct {
	uri        string
	transforms []transform
	digest     Digest
	value      []byte
}

type transform struct {
	uri      string
	prefixes []string // of exclusive C14N
}

const (
	transformBase64    = nsDSig + "base64"
	transformEnveloped = nsDSig + "enveloped-signature"
	nsExcC14N          = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// children gives the element children of n, all in the ds namespace, and
// refuses anything else between them but white space and comments.
func children(n *xmltree.Node) ([]*xmltree.Node, error) {
	for _, c := range n.Children {
		switch {
		case c.Type == xmltree.Text && strings.Trim(c.Text, " \t\r\n") != "":
			return nil, fmt.Errorf("%w: text in %s", ErrStructure, n.Local)
		case c.Type == xmltree.ProcInst:
			return nil, fmt.Errorf("%w: processing instruction in %s", ErrStructure, n.Local)
		case c.Type == xmltree.Element && c.Space != nsDSig:
			return nil, fmt.Errorf("%w: foreign %s in %s", ErrStructure, c.Local, n.Local)
		}
	}
	return n.Elements(), nil
}

// sequence takes the children in the order of names; a name that ends in "?"
// may be absent, in "*" may stand any number of times.
func sequence(n *xmltree.Node, names ...string) (map[string][]*xmltree.Node, error) {
	list, err := children(n)
	if err != nil {
		return nil, err
	}
	found := map[string][]*xmltree.Node{}
	for _, pattern := range names {
		name := strings.TrimRight(pattern, "?*")
		for len(list) > 0 && list[0].Local == name {
			found[name] = append(found[name], list[0])
			list = list[1:]
			if !strings.HasSuffix(pattern, "*") {
				break
			}
		}
		if len(found[name]) == 0 && name == pattern {
			return nil, fmt.Errorf("%w: %s misses %s", ErrStructure, n.Local, name)
		}
	}
	if len(list) > 0 {
		return nil, fmt.Errorf("%w: unexpected %s in %s", ErrStructure, list[0].Local, n.Local)
	}
	return found, nil
}

// parse reads a ds:Signature (XML-DSig 1.1, 4). Algorithms are looked up and
// held against the options here, before anything is computed with them.
func parse(sig *xmltree.Node, o Options) (*parsed, error) {
	if sig == nil || !sig.Is(nsDSig, "Signature") {
		return nil, fmt.Errorf("%w: not a ds:Signature", ErrStructure)
	}
	parts, err := sequence(sig, "SignedInfo", "SignatureValue", "KeyInfo?", "Object*")
	if err != nil {
		return nil, err
	}
	p := &parsed{info: parts["SignedInfo"][0], objects: parts["Object"]}
	if p.value, err = binaryText(parts["SignatureValue"][0]); err != nil {
		return nil, err
	}
	if list := parts["KeyInfo"]; len(list) > 0 {
		if p.key, err = parseKeyInfo(list[0]); err != nil {
			return nil, err
		}
	}
	return p, p.parseInfo(o)
}

func (p *parsed) parseInfo(o Options) error {
	info, err := sequence(p.info, "CanonicalizationMethod", "SignatureMethod", "Reference*")
	if err != nil {
		return err
	}
	method, err := parseTransform(info["CanonicalizationMethod"][0])
	if err != nil {
		return err
	}
	p.c14n = xmltree.Canonicalizer{Algorithm: xmltree.Algorithm(method.uri), InclusivePrefixes: method.prefixes}
	if !o.permitsC14N(p.c14n.Algorithm) {
		return fmt.Errorf("%w: canonicalisation %.100q", ErrAlgorithm, method.uri)
	}
	if p.algorithm, err = parseAlgorithm(info["SignatureMethod"][0], o); err != nil {
		return err
	}
	limit := o.MaxReferences
	if limit == 0 {
		limit = 256
	}
	if n := len(info["Reference"]); n == 0 || n > limit {
		return fmt.Errorf("%w: %d references", ErrStructure, n)
	}
	seen := map[string]bool{}
	for _, n := range info["Reference"] {
		r, err := parseReference(n, o)
		if err != nil {
			return err
		}
		if seen[r.uri] {
			return fmt.Errorf("%w: two references to %.100q", ErrStructure, r.uri)
		}
		seen[r.uri] = true
		p.references = append(p.references, r)
	}
	return nil
}

func parseAlgorithm(n *xmltree.Node, o Options) (Algorithm, error) {
	// HMACOutputLength and parameters of other methods are never accepted.
	if list, err := children(n); err != nil || len(list) > 0 {
		return Algorithm{}, fmt.Errorf("%w: parameters of SignatureMethod", ErrStructure)
	}
	uri, _ := n.Attr("", "Algorithm")
	if err := o.Policy.Permits(uri, o.At); err != nil {
		return Algorithm{}, err
	}
	algorithm, ok := AlgorithmByURI(uri)
	if !ok {
		return Algorithm{}, fmt.Errorf("%w: %.100q does not sign", ErrAlgorithm, uri)
	}
	return algorithm, nil
}

// maxTransforms bounds the transforms of one reference, maxPrefixes the
// PrefixList of exclusive canonicalisation.
const (
	maxTransforms = 2
	maxPrefixes   = 64
)

func parseReference(n *xmltree.Node, o Options) (reference, error) {
	uri, given := n.Attr("", "URI")
	r := reference{uri: uri}
	if !given || !strings.HasPrefix(uri, "#") && !strings.HasPrefix(uri, "cid:") {
		return r, fmt.Errorf("%w: reference to %.100q", ErrStructure, uri)
	}
	parts, err := sequence(n, "Transforms?", "DigestMethod", "DigestValue")
	if err != nil {
		return r, err
	}
	if list := parts["Transforms"]; len(list) > 0 {
		if r.transforms, err = parseTransforms(list[0]); err != nil {
			return r, err
		}
	}
	name, _ := parts["DigestMethod"][0].Attr("", "Algorithm")
	if err := o.Policy.Permits(name, o.At); err != nil {
		return r, err
	}
	digest, ok := DigestByURI(name)
	if !ok {
		return r, fmt.Errorf("%w: %.100q is no digest", ErrAlgorithm, name)
	}
	r.digest = digest
	r.value, err = binaryText(parts["DigestValue"][0])
	return r, err
}

func parseTransforms(n *xmltree.Node) ([]transform, error) {
	found, err := sequence(n, "Transform*")
	if err != nil {
		return nil, err
	}
	if count := len(found["Transform"]); count == 0 || count > maxTransforms {
		return nil, fmt.Errorf("%w: %d transforms", ErrStructure, count)
	}
	var list []transform
	for _, t := range found["Transform"] {
		one, err := parseTransform(t)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// parseTransform reads a Transform or CanonicalizationMethod. Only exclusive
// canonicalisation has a parameter here; parameters of others (XPath, XSLT)
// are programs and make the transform one that is not followed.
func parseTransform(n *xmltree.Node) (transform, error) {
	uri, _ := n.Attr("", "Algorithm")
	t := transform{uri: uri}
	for _, c := range n.Elements() {
		if !xmltree.Algorithm(uri).Exclusive() || !c.Is(nsExcC14N, "InclusiveNamespaces") || t.prefixes != nil {
			return t, fmt.Errorf("%w: %.100q with parameters", ErrTransform, uri)
		}
		list, _ := c.Attr("", "PrefixList")
		if t.prefixes = strings.Fields(list); len(t.prefixes) > maxPrefixes {
			return t, fmt.Errorf("%w: %d prefixes", ErrTransform, len(t.prefixes))
		}
	}
	return t, nil
}

func parseKeyInfo(n *xmltree.Node) (KeyInfo, error) {
	var info KeyInfo
	list, err := children(n)
	if err != nil {
		return info, err
	}
	for _, c := range list {
		switch {
		case c.Local == "RetrievalMethod" && info.RetrievalURI == "" && len(c.Elements()) == 0:
			info.RetrievalURI, _ = c.Attr("", "URI")
		case c.Local == "X509Data":
			if err := info.addX509(c); err != nil {
				return info, err
			}
		case c.Local == "KeyName":
		default: // KeyValue above all: a key that anybody can put there
			return info, fmt.Errorf("%w: %s in KeyInfo", ErrStructure, c.Local)
		}
	}
	return info, nil
}

func (k *KeyInfo) addX509(n *xmltree.Node) error {
	list, err := children(n)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Local != "X509Certificate" {
			continue // issuer, serial, subject name: hints that are not needed
		}
		der, err := binaryText(c)
		if err != nil {
			return err
		}
		k.X509 = append(k.X509, der)
	}
	return nil
}

// binaryText decodes base64 in which white space may stand anywhere.
func binaryText(n *xmltree.Node) ([]byte, error) {
	for _, c := range n.Children {
		if c.Type != xmltree.Text {
			return nil, fmt.Errorf("%w: %s holds more than text", ErrStructure, n.Local)
		}
	}
	text := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, n.TextContent())
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("%w: %s is no base64", ErrStructure, n.Local)
	}
	return raw, nil
}
