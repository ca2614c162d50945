package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unicode"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
)

// verifyCmd checks a saved answer without the office.
type verifyCmd struct {
	File                  string `arg:"" help:"The answer that card --save kept." de:"Die Antwort, die card --save aufgehoben hat."`
	IntermediarySignature string `required:"" placeholder:"CER" help:"The office's signature certificate." de:"Signaturzertifikat der Poststelle."`
	JSON                  bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// verifyView is the JSON of verify.
type verifyView struct {
	Valid     bool                   `json:"valid"`
	Error     string                 `json:"error,omitempty"`
	Kind      string                 `json:"kind,omitempty"`
	Algorithm string                 `json:"algorithm,omitempty"`
	Signer    *certificateView       `json:"signer"`
	Feedback  []entryView            `json:"feedback"`
	Cards     []envelope.ProcessCard `json:"cards"`
}

// Run verifies and prints the cards, or fails.
func (c *verifyCmd) Run(a *app) error {
	office, err := readCertificate(c.IntermediarySignature)
	if err != nil {
		return err
	}
	evidence, err := verifyFile(a, c.File, office)
	if err != nil {
		if c.JSON {
			view := verifyView{Error: err.Error(), Signer: viewCertificate(office), Feedback: []entryView{}, Cards: []envelope.ProcessCard{}}
			return errors.Join(explain(a, err), printJSON(a, view))
		}
		return explain(a, err)
	}
	report := evidence.Signature.Report
	if c.JSON {
		return printJSON(a, verifyView{
			Valid: true, Kind: evidence.Kind.String(), Algorithm: report.Algorithm.ShortName(),
			Signer: viewCertificate(evidence.Signature.Certificate), Feedback: viewFeedback(evidence.Feedback), Cards: evidence.Cards,
		})
	}
	fmt.Fprintf(a.Stdout, "%s %s, %s, %d %s\n", a.text("valid: signed by", "gültig: signiert von"),
		printable(nameOf(office)), report.Algorithm.ShortName(), len(report.References), a.text("parts covered", "Teile abgedeckt"))
	for i := range evidence.Cards {
		printCard(a, &evidence.Cards[i])
	}
	return nil
}

// verifyFile checks a file against the office's certificate.
func verifyFile(a *app, path string, office *signature.Certificate) (*client.Evidence, error) {
	ctx, stop := a.context()
	defer stop()
	saved, err := openDisk(path)
	if err != nil {
		return nil, err
	}
	v := &client.Verifier{IntermediarySignature: office, Scratch: noScratch, Now: a.Now, Rand: a.Rand}
	evidence, err := v.Verify(ctx, envelope.Sealed{Body: saved})
	if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", path, err)
	}
	return evidence, nil
}

// noScratch is for answers that were kept as they were signed: nothing in them
// is encrypted.
func noScratch() (envelope.ScratchFile, error) {
	return nil, errors.New("the file is encrypted: inspect --keys reads it")
}

// diskBody is a file on disk as a sealed letter.
type diskBody struct {
	*os.File
	size int64
}

func openDisk(path string) (*diskBody, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &diskBody{file, info.Size()}, nil
}

// Size is the file's length when it was opened.
func (d *diskBody) Size() int64 { return d.size }

// Write refuses: a saved letter is not changed.
func (d *diskBody) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func isControl(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }
