package envelope

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"poststelle/signature/xmltree"
)

// Bounds on what one message may make its reader do.
const (
	maxContainerDepth = 8
	maxContainers     = 256
	maxUnwraps        = 64 // private key operations
	maxContentSigns   = 64
)

// OpenContent opens the content of a message as one of its readers: it
// decrypts what is encrypted for one of o.Keys, files into scratch files, and
// checks every reference of every content signature (OSCI 1.2; dossier §9).
//
// What is encrypted for others is no error: it is listed in Unreadable, and
// Content.Whole tells. Errors wrap ErrNoContent, ErrXML, ErrStructure or
// ErrDuplicateID where the content is malformed; any other error is trouble of
// ours. The Content has to be closed, and before the message.
func (o *Opener) OpenContent(ctx context.Context, m *Message) (*Content, error) {
	if m.Content == nil {
		return nil, ErrNoContent
	}
	node := m.document.Root.Child(NSSOAP, "Body").Child(NSOSCI, "ContentPackage")
	return o.openContent(ctx, m.document, node, m.Certificates, m.Attachments)
}

// OpenDelivery is OpenContent for a delivery that comes from a store.
func (o *Opener) OpenDelivery(ctx context.Context, d *Delivery) (*Content, error) {
	if d.Content == nil {
		return nil, ErrNoContent
	}
	doc, err := parseFragment(d.Content, o.limits())
	if err != nil {
		return nil, err
	}
	reader := &decoder{msg: &Message{}, parse: o.Certificates.Parse}
	if d.Certificates != nil {
		block, err := parseFragment(d.Certificates, o.limits())
		if err != nil {
			return nil, err
		}
		if err := reader.readRoles(block.Root.Elements()[0], CipherOriginator, SignatureAddressee); err != nil {
			return nil, err
		}
	}
	return o.openContent(ctx, doc, doc.Root.Elements()[0], reader.msg.Certificates, d.Attachments)
}

func (o *Opener) openContent(ctx context.Context, doc *xmltree.Document, node *xmltree.Node, c Certificates, a []Attachment) (*Content, error) {
	r := &contentReader{
		ctx: ctx, opener: o, certificates: c, attachments: a,
		content: &Content{}, parts: map[string]*contentPart{},
	}
	if err := r.read(&contentDoc{tree: doc}, node); err != nil {
		return nil, errors.Join(fmt.Errorf("opening content: %w", err), r.content.Close())
	}
	return r.content, nil
}

// contentReader opens one ContentPackage in three passes: containers are
// found and decrypted, then files, then signatures are judged.
type contentReader struct {
	ctx          context.Context
	opener       *Opener
	certificates Certificates
	attachments  []Attachment
	content      *Content
	containers   []*contentContainer
	parts        map[string]*contentPart
	unwraps      int
	signs        int
}

// contentDoc is the message or a decrypted container: Ids are unique in it,
// and references do not leave it.
type contentDoc struct {
	tree   *xmltree.Document
	parent *contentDoc // in which it was encrypted
	keys   map[string]*partKey
}

// contentContainer is a ContentContainer.
type contentContainer struct {
	doc    *contentDoc
	parent *contentContainer // in the same document
	// within are the Content elements around it in the same document: who
	// signs one of them signs this container.
	within     []*xmltree.Node
	signatures []*xmltree.Node
	// elements may be referenced by its signatures; items are what there is
	// to cover. Both include those of inner containers.
	elements map[string]*xmltree.Node
	items    []*contentItem
	parts    map[string]*contentPart // of the files, by name
}

// contentItem is a text or a file.
type contentItem struct {
	name string
	// nodes are the elements that stand for it: itself and those around it.
	nodes []*xmltree.Node
	text  *ReadText
	file  *ReadFile
	part  *contentPart // of a file
	doc   *contentDoc
}

func (r *contentReader) read(doc *contentDoc, node *xmltree.Node) error {
	f := fieldsOf(node)
	encrypted := f.takeAll(NSXEnc, "EncryptedData")
	containers := f.takeAll(NSOSCI, "ContentContainer")
	if err := f.end(); err != nil {
		return err
	}
	for _, n := range encrypted {
		if err := r.readEncrypted(doc, n, 0); err != nil {
			return err
		}
	}
	for _, n := range containers {
		if err := r.readContainer(&contentContainer{doc: doc}, n, 0); err != nil {
			return err
		}
	}
	if err := r.readParts(); err != nil {
		return err
	}
	return r.judge()
}

// readContainer reads a container into c, which knows its surroundings.
func (r *contentReader) readContainer(c *contentContainer, n *xmltree.Node, depth int) error {
	if depth >= maxContainerDepth || len(r.containers) >= maxContainers {
		return fmt.Errorf("%w: too many containers in each other", ErrStructure)
	}
	r.containers = append(r.containers, c)
	c.elements = map[string]*xmltree.Node{}
	f := fieldsOf(n)
	c.signatures = f.takeAll(NSDSig, "Signature")
	contents := f.takeAll(NSOSCI, "Content")
	encrypted := f.takeAll(NSXEnc, "EncryptedData")
	if err := f.end(); err != nil {
		return err
	}
	for _, content := range contents {
		if err := r.readItem(c, content, depth); err != nil {
			return err
		}
	}
	for _, e := range encrypted {
		c.offer(e)
		if isPartKey(e) {
			if err := c.doc.addKey(e); err != nil {
				return err
			}
		} else if err := r.readEncrypted(c.doc, e, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// offer lets signatures of this container and those around it refer to n.
func (c *contentContainer) offer(n *xmltree.Node) {
	id, ok := n.Attr("", "Id")
	for at := c; ok && at != nil; at = at.parent {
		at.elements[id] = n
	}
}

func (c *contentContainer) add(item *contentItem, own ...*xmltree.Node) {
	item.doc = c.doc
	item.nodes = append(own, c.within...)
	for at := c; at != nil; at = at.parent {
		at.items = append(at.items, item)
	}
}

// readItem reads one Content in the forms that the libraries write, or any
// other XML, which the schema allows (dossier §9.2).
func (r *contentReader) readItem(c *contentContainer, n *xmltree.Node, depth int) error {
	c.offer(n)
	href, isFile := n.Attr("", "href")
	children := n.Elements()
	switch {
	case isFile:
		return r.readFileItem(c, n, href)
	case len(children) == 1 && children[0].Is(NSOSCI, "Base64Content"):
		return r.readTextItem(c, n, children[0])
	case len(children) == 1 && children[0].Is(NSOSCI, "ContentContainer"):
		f := fieldsOf(n)
		f.drop(children[0])
		if err := f.end(); err != nil {
			return err
		}
		inner := &contentContainer{doc: c.doc, parent: c, within: append([]*xmltree.Node{n}, c.within...)}
		return r.readContainer(inner, children[0], depth+1)
	}
	// What arrived may hold comments, which no signature covers: the canonical
	// form is what was digested.
	id, _ := n.Attr("", "Id")
	var canonical bytes.Buffer
	if err := (xmltree.Canonicalizer{Algorithm: xmltree.C14N}).Write(&canonical, n); err != nil {
		return err
	}
	c.add(&contentItem{name: id, text: &ReadText{Name: id, Octets: canonical.Bytes(), XML: true}}, n)
	return nil
}

func (r *contentReader) readFileItem(c *contentContainer, n *xmltree.Node, href string) error {
	if err := fieldsOf(n).end(); err != nil {
		return err
	}
	name, ok := strings.CutPrefix(href, "cid:")
	if !ok || name == "" {
		return fmt.Errorf("%w: Content refers to %.80q", ErrStructure, href)
	}
	c.add(&contentItem{name: "cid:" + name, file: &ReadFile{Name: name}}, n)
	return nil
}

func (r *contentReader) readTextItem(c *contentContainer, n, inner *xmltree.Node) error {
	f := fieldsOf(n)
	f.drop(inner)
	text := f.textOf(inner)
	if err := f.end(); err != nil {
		return err
	}
	octets, err := decodeBase64(text)
	if err != nil {
		return fmt.Errorf("%w: Base64Content is no base64", ErrStructure)
	}
	c.offer(inner)
	id, _ := inner.Attr("", "Id")
	c.add(&contentItem{name: id, text: &ReadText{Name: id, Octets: octets}}, inner, n)
	return nil
}
