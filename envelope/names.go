package envelope

import "poststelle/signature/xmltree"

// Namespaces of OSCI messages (OSCI 1.2; dossier §0).
const (
	NSDSig     = "http://www.w3.org/2000/09/xmldsig#"
	NSOSCI     = "http://www.osci.de/2002/04/osci"
	NSOSCI2017 = "http://xoev.de/transport/osci12/7"
	NSOSCI128  = "http://xoev.de/transport/osci12/8"
	NSSOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	NSXEnc     = "http://www.w3.org/2001/04/xmlenc#"
	NSXEnc11   = "http://www.w3.org/2009/xmlenc11#"
	NSXSI      = "http://www.w3.org/2001/XMLSchema-instance"
)

const (
	actorNext = "http://schemas.xmlsoap.org/soap/actor/next"
	actorNone = "http://www.w3.org/2001/12/soap-envelope/actor/none"
)

// ns5 are the five declarations that the official libraries write on the
// Envelope and on every block, in canonical order.
var ns5 = []xmltree.Namespace{
	{Prefix: "ds", URI: NSDSig},
	{Prefix: "osci", URI: NSOSCI},
	{Prefix: "soap", URI: NSSOAP},
	{Prefix: "xenc", URI: NSXEnc},
	{Prefix: "xsi", URI: NSXSI},
}

// ns6 is ns5 with the 2017 extension, for blocks that need it.
var ns6 = []xmltree.Namespace{
	{Prefix: "ds", URI: NSDSig},
	{Prefix: "osci", URI: NSOSCI},
	{Prefix: "osci2017", URI: NSOSCI2017},
	{Prefix: "soap", URI: NSSOAP},
	{Prefix: "xenc", URI: NSXEnc},
	{Prefix: "xsi", URI: NSXSI},
}
