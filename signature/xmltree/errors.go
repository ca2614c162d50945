package xmltree

import "errors"

// Sentinels of Parse and IDs. Errors carry the offset in their text.
var (
	// ErrSyntax says that the input is not well-formed XML 1.0.
	ErrSyntax = errors.New("xmltree: not well formed")
	// ErrDoctype says that it has a document type declaration.
	ErrDoctype = errors.New("xmltree: document type declaration")
	// ErrEncoding says that it is not UTF-8 or says so of itself.
	ErrEncoding = errors.New("xmltree: not UTF-8")
	// ErrNamespace says that it breaks Namespaces in XML 1.0.
	ErrNamespace = errors.New("xmltree: namespace error")
	// ErrLimit says that a limit was passed.
	ErrLimit = errors.New("xmltree: limit exceeded")
	// ErrDuplicateID says that an identifier stands twice.
	ErrDuplicateID = errors.New("xmltree: duplicate identifier")
)
