package main

import (
	"fmt"
	"strings"
)

// print shows the message to a person.
func (v *messageView) print(a *app) {
	line := func(english, german, value string) {
		if value != "" {
			fmt.Fprintf(a.Stdout, "%-14s %s\n", a.text(english, german), printable(value))
		}
	}
	line("kind", "Art", v.Kind)
	if v.Kind == "fault" {
		line("code", "Code", v.Code)
		line("text", "Text", v.Text)
		return
	}
	line("encryption", "Verschlüsselt", v.encryptionText(a))
	line("signature", "Signatur", v.signatureText(a))
	line("message id", "Message-ID", v.MessageID)
	if v.Subject != nil {
		line("subject", "Betreff", *v.Subject)
	}
	line("dialog", "Dialog", v.controlText(a))
	line("languages", "Sprachen", strings.Join(v.languages, " "))
	for _, e := range v.Feedback {
		line("feedback", "Rückmeldung", e.Code+" "+e.Text)
	}
	for _, c := range v.Certificates {
		line("certificate", "Zertifikat", fmt.Sprintf("%s: %s (SHA-256 %.16s…)", c.Role, c.Subject, c.Fingerprint))
	}
	for _, h := range v.Headers {
		line("header", "Kopf", h)
	}
	for _, p := range v.Attachments {
		line("attachment", "Anlage", fmt.Sprintf("%s, %d B, SHA-256 %s, %s", p.ID, p.Size, p.SHA256, p.Encoding))
	}
	v.printContent(a, line)
	for i := range v.Cards {
		fmt.Fprintf(a.Stdout, "%s ", a.text("card", "Laufzettel"))
		printCard(a, &v.Cards[i])
	}
}

func (v *messageView) printContent(a *app, line func(english, german, value string)) {
	line("content", "Inhalt", v.ContentError)
	if v.ContentEncrypted {
		line("content for", "Inhalt für", strings.Join(v.Readers, ", "))
	}
	for _, author := range v.Authors {
		verdict := a.text("valid", "gültig")
		if !author.Valid {
			verdict = a.text("NOT VALID: ", "UNGÜLTIG: ") + author.Error
		}
		if len(author.Uncovered) > 0 {
			verdict += a.text("; not covered: ", "; nicht abgedeckt: ") + strings.Join(author.Uncovered, " ")
		}
		line("author", "Autor", fmt.Sprintf("%s, %s", author.Name, verdict))
	}
	for _, c := range v.Contents {
		text := fmt.Sprintf("%s %s, %d B, SHA-256 %s", c.Kind, c.Name, c.Size, c.SHA256)
		if c.Error != "" {
			text = fmt.Sprintf("%s %s: %s", c.Kind, c.Name, c.Error)
		} else if len(c.SignedBy) > 0 {
			text += a.text(", signed by ", ", signiert von ") + strings.Join(c.SignedBy, ", ")
		}
		line("content", "Inhalt", text)
	}
	for _, u := range v.Unreadable {
		line("unreadable", "Nicht lesbar", u)
	}
}

func (v *messageView) encryptionText(a *app) string {
	if !v.Encrypted {
		return a.text("no", "nein")
	}
	x := v.Algorithms
	text := fmt.Sprintf("%s iv=%d, %s", x.Cipher, x.IV, x.KeyTransport)
	if x.OAEP != "" {
		text += " " + x.OAEP
	}
	return fmt.Sprintf("%s, RSA-%d, %s", text, x.RSA, x.CipherPart)
}

func (v *messageView) signatureText(a *app) string {
	if !v.Signed {
		return a.text("none", "keine")
	}
	who := "?"
	if v.Signer != nil {
		who = v.Signer.Subject
	}
	verdict := fmt.Sprintf(a.text("valid, %d parts covered", "gültig, %d Teile abgedeckt"), len(v.SignedParts))
	if !v.SignatureValid {
		verdict = a.text("NOT VALID: ", "UNGÜLTIG: ") + v.SignatureError
	}
	return fmt.Sprintf("%s, %s, %s, %s", v.Algorithms.Signature, v.Algorithms.Digest, who, verdict)
}

func (v *messageView) controlText(a *app) string {
	c := v.Control
	if c == nil || c.ConversationID == "" {
		return a.text("none", "keiner")
	}
	text := c.ConversationID
	if c.SequenceNumber != nil {
		text += fmt.Sprintf(a.text(", number %d", ", Nummer %d"), *c.SequenceNumber)
	}
	return text
}
