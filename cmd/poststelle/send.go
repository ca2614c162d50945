package main

import (
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
)

// sendCmd sends one letter.
type sendCmd struct {
	clientFlags
	To             string   `required:"" placeholder:"CER" help:"The addressee's cipher certificate." de:"Verschlüsselungszertifikat des Empfängers."`
	Reader         []string `placeholder:"CER" sep:"none" help:"Cipher certificate of a further reader; may be repeated." de:"Verschlüsselungszertifikat eines weiteren Lesers; mehrfach möglich."`
	Subject        string   `placeholder:"TEXT" help:"Subject; the office can read it." de:"Betreff; die Poststelle kann ihn lesen."`
	Text           string   `placeholder:"TEXT" help:"The letter's text." de:"Text des Briefs."`
	Attach         []string `placeholder:"FILE" sep:"none" help:"File to go along; may be repeated." de:"Beizulegende Datei; mehrfach möglich."`
	ID             string   `name:"id" placeholder:"ID" help:"Message id issued before; else the office is asked for one." de:"Zuvor vergebene Message-ID; sonst wird die Poststelle um eine gebeten."`
	ContentInClear bool     `help:"Do not encrypt the content." de:"Inhaltsdaten nicht verschlüsseln."`
	JSON           bool     `name:"json" help:"Print the whole answer as JSON." de:"Die ganze Antwort als JSON ausgeben."`
	More           []string `arg:"" optional:"" name:"file" help:"More files to attach." de:"Weitere beizulegende Dateien."`
}

// Run sends the letter and prints its message id.
func (c *sendCmd) Run(a *app) error {
	files := append(append([]string(nil), c.Attach...), c.More...)
	if len(files) == 0 && c.Text == "" {
		return usage("a letter wants --text or --attach")
	}
	addressee, err := readCertificate(c.To)
	if err != nil {
		return err
	}
	s, err := c.open(a)
	if err != nil {
		return err
	}
	defer s.Close()
	letter := client.Letter{MessageID: c.ID, Addressee: addressee}
	if c.Subject != "" {
		letter.Subject = &c.Subject
	}
	if letter.Content, err = c.content(a, s.signer, addressee, files); err != nil {
		return err
	}
	return c.send(a, s, letter)
}

// content is signed by the sender and encrypted for addressee and readers.
func (c *sendCmd) content(a *app, signer *signature.Signer, addressee *signature.Certificate, files []string) (envelope.Writing, error) {
	w := envelope.Writing{Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: signer, SignedAt: a.Now()}}}
	if c.Text != "" {
		w.Texts = []envelope.Text{{Octets: []byte(c.Text)}}
	}
	taken := names{}
	for _, path := range files {
		file, err := fileOf(path, taken)
		if err != nil {
			return w, err
		}
		w.Files = append(w.Files, file)
	}
	if c.ContentInClear {
		return w, nil
	}
	w.Readers = []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: addressee}}
	for _, path := range c.Reader {
		certificate, err := readCertificate(path)
		if err != nil {
			return w, err
		}
		w.Readers = append(w.Readers, envelope.Reader{Role: envelope.CipherOtherReader, Certificate: certificate})
	}
	return w, nil
}

// send asks for an id first: whoever loses the answer can ask for the card.
func (c *sendCmd) send(a *app, s *session, letter client.Letter) error {
	ctx, stop := a.context()
	defer stop()
	if letter.MessageID == "" {
		id, err := s.client.GetMessageID(ctx)
		if err != nil {
			return explain(a, err)
		}
		letter.MessageID = id
	}
	answer, err := s.client.Store(ctx, letter)
	if err != nil {
		return lostAnswer(a, err, letter.MessageID)
	}
	defer answer.Close()
	warnings(a, answer.Feedback)
	if c.JSON {
		return printJSON(a, sendView{answer.MessageID, viewAnswer(&answer.Answer), answer.Card, s.sent.Load()})
	}
	fmt.Fprintln(a.Stdout, answer.MessageID)
	return nil
}

// sendView is the JSON of send.
type sendView struct {
	MessageID string `json:"messageId"`
	answerView
	Card *envelope.ProcessCard `json:"card"`
	// Sent are the octets of all requests.
	Sent int64 `json:"octetsSent"`
}

// lostAnswer adds how to learn whether the letter arrived.
func lostAnswer(a *app, err error, id string) error {
	if isRefusal(err) {
		return explain(a, err)
	}
	return hinted(err, a.text("the letter may have arrived: ask with poststelle card --id "+id,
		"der Brief kann angekommen sein: mit poststelle card --id "+id+" nachfragen"))
}

// diskFile is a file as freight.
type diskFile struct {
	path string
	size int64
}

func (f diskFile) Size() int64                  { return f.size }
func (f diskFile) Open() (io.ReadCloser, error) { return os.Open(f.path) }

// fileOf makes an attachment of a file. Its name on the wire is the file's own
// as far as readers can take it: "&" is digested wrongly by the official
// library.
func fileOf(path string, taken names) (envelope.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return envelope.File{}, fmt.Errorf("reading an attachment: %w", err)
	}
	if !info.Mode().IsRegular() {
		return envelope.File{}, fmt.Errorf("attachment %s is no file", path)
	}
	name := taken.take(strings.ReplaceAll(filepath.Base(path), "&", "_"))
	return envelope.File{Name: name, ContentType: typeOf(name), Freight: diskFile{path, info.Size()}}, nil
}

func typeOf(name string) string {
	kind, _, err := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
	if err != nil {
		return "application/octet-stream"
	}
	return kind
}
