// Package xmltree is the strict gate for XML: a parser for XML 1.0 with
// namespaces that accepts no document type, an ordered tree that remembers
// where each node stood in the input, and Canonical XML 1.0, inclusive and
// exclusive.
//
// It promises that a Document is well formed and namespace-well-formed, that
// values are what XML 1.0 says they are (line ends and attribute values
// normalised, references replaced), that Start and End of a node give the
// octets that arrived, and that canonical forms are those of the
// recommendations. It is linear in the input and bounded by Limits.
//
// It does not validate, knows no DTD and no entity but the predefined five,
// fetches nothing and gives no meaning to any attribute.
//
// Start with Parse and Canonicalizer.Write.
package xmltree
