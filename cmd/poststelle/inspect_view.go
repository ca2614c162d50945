package main

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"poststelle/envelope"
	"poststelle/signature"
)

// messageView is the JSON of inspect.
type messageView struct {
	Kind           string           `json:"kind"`
	Encrypted      bool             `json:"encrypted"`
	Signed         bool             `json:"signed"`
	SignatureValid bool             `json:"signatureValid"`
	SignatureError string           `json:"signatureError,omitempty"`
	Uncovered      []string         `json:"uncovered,omitempty"`
	Signer         *certificateView `json:"signer,omitempty"`
	// SignedParts has one line per reference of the transport signature.
	SignedParts []partView             `json:"signedParts,omitempty"`
	Algorithms  algorithmsView         `json:"algorithms"`
	Control     *controlView           `json:"control,omitempty"`
	MessageID   string                 `json:"messageId,omitempty"`
	Subject     *string                `json:"subject"`
	Feedback    []entryView            `json:"feedback,omitempty"`
	Cards       []envelope.ProcessCard `json:"cards,omitempty"`
	// Code and Text are of a fault.
	Code         string           `json:"code,omitempty"`
	Text         string           `json:"text,omitempty"`
	Certificates []roleView       `json:"certificates,omitempty"`
	Headers      []string         `json:"headers,omitempty"`
	Attachments  []attachmentView `json:"attachments"`
	// ContentEncrypted, Authors, Readers, Contents are what a reader sees.
	ContentEncrypted bool          `json:"contentEncrypted,omitempty"`
	ContentError     string        `json:"contentError,omitempty"`
	Authors          []authorView  `json:"authors,omitempty"`
	Readers          []string      `json:"readers,omitempty"`
	Contents         []contentView `json:"contents"`
	Unreadable       []string      `json:"unreadable,omitempty"`

	languages []string
}

// algorithmsView names the algorithms of transport; "" where there is none.
type algorithmsView struct {
	Cipher       string `json:"sym,omitempty"`
	IV           int    `json:"iv,omitempty"`
	KeyTransport string `json:"key,omitempty"`
	OAEP         string `json:"oaep,omitempty"`
	RSA          int    `json:"rsa,omitempty"`
	CipherPart   string `json:"cipherpart,omitempty"`
	Signature    string `json:"sig,omitempty"`
	Digest       string `json:"digest,omitempty"`
}

type controlView struct {
	Challenge      string `json:"challenge,omitempty"`
	Response       string `json:"response,omitempty"`
	ConversationID string `json:"conversationId,omitempty"`
	SequenceNumber *int   `json:"sequenceNumber,omitempty"`
}

type partView struct {
	URI   string `json:"uri"`
	Valid bool   `json:"valid"`
	Error string `json:"error,omitempty"`
}

type roleView struct {
	Role string `json:"role"`
	certificateView
}

// attachmentView is a MIME part as everybody on the way sees it.
type attachmentView struct {
	ID       string `json:"id"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Type     string `json:"type,omitempty"`
	Encoding string `json:"encoding"`
}

// contentView is a text or a file as its readers see it.
type contentView struct {
	Kind      string   `json:"kind"` // text, xml, file
	Name      string   `json:"name"`
	Size      int64    `json:"size"`
	SHA256    string   `json:"sha256,omitempty"`
	Encrypted bool     `json:"encrypted"`
	SignedBy  []string `json:"signedBy"`
	Error     string   `json:"error,omitempty"`
}

func viewMessage(m *envelope.Message) *messageView {
	v := &messageView{
		Kind: m.Kind.String(), Encrypted: m.Encryption != nil, Signed: m.Signature != nil,
		Control: viewControl(m.Control), Attachments: []attachmentView{}, Contents: []contentView{}, languages: m.Languages,
	}
	v.Algorithms.transport(m)
	v.addSignature(m.Signature)
	v.addOrder(m.Order)
	for _, c := range m.Certificates {
		v.Certificates = append(v.Certificates, roleView{c.Role.String(), *viewCertificate(c.Certificate)})
	}
	for _, f := range m.Custom {
		v.Headers = append(v.Headers, "{"+f.Space+"}"+f.Local)
	}
	for _, a := range m.Attachments {
		encoding := "binary"
		if a.Base64 {
			encoding = "base64"
		}
		v.Attachments = append(v.Attachments, attachmentView{
			ID: a.ContentID, Size: a.Freight.Size(), SHA256: hex.EncodeToString(a.SHA256[:]), Type: a.ContentType, Encoding: encoding,
		})
	}
	return v
}

func viewControl(c envelope.ControlBlock) *controlView {
	v := &controlView{Challenge: c.Challenge, Response: c.Response, ConversationID: c.ConversationID}
	if c.SequenceNumber != envelope.NoSequence {
		v.SequenceNumber = &c.SequenceNumber
	}
	return v
}

func (v *algorithmsView) transport(m *envelope.Message) {
	if e := m.Encryption; e != nil {
		v.Cipher, v.IV = e.Method.Cipher.Name, e.Method.IVSize
		v.KeyTransport = lastPart(e.KeyTransport.URI)
		if e.KeyTransport.Digest != "" {
			v.OAEP = lastPart(e.KeyTransport.Digest) + "/" + lastPart(e.KeyTransport.MGF)
		}
		if public, ok := e.Certificate.PublicKey().(*rsa.PublicKey); ok {
			v.RSA = public.N.BitLen()
		}
		v.CipherPart = "binary"
		if e.Base64 {
			v.CipherPart = "base64"
		}
	}
	if s := m.Signature; s != nil && s.Report != nil {
		v.Signature = s.Report.Algorithm.ShortName()
		if len(s.Report.References) > 0 {
			v.Digest = s.Report.References[0].Digest.ShortName()
		}
	}
}

func lastPart(uri string) string { return uri[strings.LastIndexAny(uri, "#/")+1:] }

func (v *messageView) addSignature(s *envelope.TransportSignature) {
	if s == nil {
		return
	}
	v.SignatureValid, v.Uncovered, v.Signer = s.Complete(), s.Uncovered, viewCertificate(s.Certificate)
	switch {
	case s.Err != nil:
		v.SignatureError = s.Err.Error()
	case s.Report.Err() != nil:
		v.SignatureError = s.Report.Err().Error()
	case len(s.Uncovered) > 0:
		v.SignatureError = "signature does not cover all parts"
	}
	if s.Report != nil {
		v.SignedParts = viewReferences(s.Report)
	}
}

func viewReferences(r *signature.Report) []partView {
	var parts []partView
	for _, reference := range r.References {
		part := partView{URI: reference.URI, Valid: reference.Err == nil}
		if reference.Err != nil {
			part.Error = reference.Err.Error()
		}
		parts = append(parts, part)
	}
	return parts
}

// addContent adds what a reader sees.
func (v *messageView) addContent(c *envelope.Content) {
	v.ContentEncrypted, v.Authors = c.Encrypted, viewAuthors(c.Authors)
	for _, r := range c.Readers {
		v.Readers = append(v.Readers, nameOf(r.Certificate))
	}
	for _, t := range c.Texts {
		kind := "text"
		if t.XML {
			kind = "xml"
		}
		sum := sha256.Sum256(t.Octets)
		v.Contents = append(v.Contents, contentView{
			Kind: kind, Name: t.Name, Size: int64(len(t.Octets)), SHA256: hex.EncodeToString(sum[:]),
			Encrypted: c.Encrypted, SignedBy: signerNames(t.SignedBy),
		})
	}
	for i := range c.Files {
		f := &c.Files[i]
		view := contentView{Kind: "file", Name: f.Name, Encrypted: f.Encrypted, SignedBy: signerNames(f.SignedBy)}
		if f.Err != nil {
			view.Error = f.Err.Error()
		} else {
			view.Size, view.SHA256 = f.Size, hex.EncodeToString(f.SHA256[:])
		}
		v.Contents = append(v.Contents, view)
	}
	for _, u := range c.Unreadable {
		v.Unreadable = append(v.Unreadable, u.Err.Error())
	}
}
