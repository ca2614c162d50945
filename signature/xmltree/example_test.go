package xmltree_test

import (
	"fmt"
	"os"

	"poststelle/signature/xmltree"
)

func ExampleParse() {
	doc, err := xmltree.Parse([]byte(`<r xmlns:a="urn:a"><a:s Id="x">1 &lt; 2</a:s></r>`), xmltree.DefaultLimits())
	if err != nil {
		fmt.Println(err)
		return
	}
	s := doc.Root.Child("urn:a", "s")
	fmt.Println(s.TextContent())
	fmt.Printf("%s\n", doc.Bytes(s))
	_, err = xmltree.Parse([]byte(`<!DOCTYPE r><r/>`), xmltree.DefaultLimits())
	fmt.Println(err)
	// Output:
	// 1 < 2
	// <a:s Id="x">1 &lt; 2</a:s>
	// xmltree: document type declaration: declaration at octet 0
}

func ExampleCanonicalizer_Write() {
	doc, err := xmltree.Parse([]byte(`<r xmlns:b='urn:b' xmlns:a='urn:a'><s z='2' a='1'/></r>`), xmltree.DefaultLimits())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := (xmltree.Canonicalizer{Algorithm: xmltree.C14N}).Write(os.Stdout, doc.Root.Elements()[0]); err != nil {
		fmt.Println(err)
	}
	// Output: <s xmlns:a="urn:a" xmlns:b="urn:b" a="1" z="2"></s>
}
