package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/transport"
)

// inspectCmd shows what a message on disk is.
type inspectCmd struct {
	File string `arg:"" help:"Any OSCI message, as it travels or as it was kept." de:"Irgendeine OSCI-Nachricht, wie sie reist oder aufgehoben wurde."`
	Keys string `placeholder:"DIR" help:"Folder whose .p12 files are tried." de:"Ordner, dessen .p12-Dateien probiert werden."`
	passwordFlags
	JSON bool `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// Run opens the message as far as the keys go and prints what is in it.
func (c *inspectCmd) Run(a *app) error {
	keys, err := c.keys(a)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "poststelle-inspect-")
	if err != nil {
		return fmt.Errorf("making a folder for scratch files: %w", err)
	}
	defer os.RemoveAll(folder)
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: folder})
	if err != nil {
		return err
	}
	ctx, stop := a.context()
	defer stop()
	opener := inspector(a, keys, func() (envelope.ScratchFile, error) { return spool.New() })
	view, err := inspectFile(ctx, opener, c.File)
	if err != nil {
		if errors.Is(err, envelope.ErrUnknownKey) {
			return hinted(err, a.text("--keys DIR: none of the keys tried is the one it is encrypted for",
				"--keys DIR: keiner der probierten Schlüssel ist der, für den verschlüsselt wurde"))
		}
		return err
	}
	if c.JSON {
		return printJSON(a, view)
	}
	view.print(a)
	return nil
}

// inspector opens everything that can be opened: old algorithms too, for
// looking at a message is not believing it. They are named in the view.
func inspector(a *app, keys []envelope.CipherKey, scratch envelope.Scratch) *envelope.Opener {
	o := &envelope.Opener{Keys: keys, Scratch: scratch, Now: a.Now, Rand: a.Rand}
	until, reason := a.Now().Add(time.Hour), "inspection"
	for _, cipher := range xmlenc.Ciphers() {
		o.Encryption.Exceptions = append(o.Encryption.Exceptions, xmlenc.Exception{Algorithm: cipher.URI, Until: until, Reason: reason})
	}
	for _, uri := range []string{xmlenc.RSA15, xmlenc.RSAOAEPMGF1P, sha1URI} {
		o.Encryption.Exceptions = append(o.Encryption.Exceptions, xmlenc.Exception{Algorithm: uri, Until: until, Reason: reason})
	}
	for _, uri := range []string{sha1URI, envelope.NSDSig + "rsa-sha1"} {
		o.Signatures.Exceptions = append(o.Signatures.Exceptions, signature.Exception{Algorithm: uri, Until: until, Reason: reason})
	}
	o.Signatures.MinRSA = 1024
	return o
}

const sha1URI = envelope.NSDSig + "sha1"

// keys reads every .p12 of the folder that the password opens and that can
// decrypt. Files that it does not open are told, not fatal.
func (c *inspectCmd) keys(a *app) ([]envelope.CipherKey, error) {
	if c.Keys == "" {
		return nil, nil
	}
	password, err := c.read(a)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(globQuote(c.Keys), "*.p12"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, hinted(fmt.Errorf("no .p12 files in %s", c.Keys), "name the folder that holds NAME-cipher.p12")
	}
	sort.Strings(paths)
	var keys []envelope.CipherKey
	for _, path := range paths {
		octets, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		key, certificate, _, err := pkcs12.DecodeChain(octets, password)
		if err != nil {
			remark(a, fmt.Sprintf("%s: %s: %v", a.text("key skipped", "Schlüssel übergangen"), path, err))
			continue
		}
		if decrypter, ok := key.(crypto.Decrypter); ok {
			keys = append(keys, envelope.CipherKey{Certificate: signature.NewCertificate(certificate), Key: decrypter})
		}
	}
	return keys, nil
}

// globQuote makes a folder's name stand for itself in a pattern.
func globQuote(path string) string {
	quoted := make([]rune, 0, len(path))
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			quoted = append(quoted, '\\')
		}
		quoted = append(quoted, r)
	}
	return string(quoted)
}

// inspectFile opens a file and describes it; a fault is a message like others.
func inspectFile(ctx context.Context, opener *envelope.Opener, path string) (*messageView, error) {
	body, err := openDisk(path)
	if err != nil {
		return nil, err
	}
	m, err := opener.Open(ctx, envelope.Sealed{Body: body})
	if fault := (*envelope.Fault)(nil); errors.As(err, &fault) {
		return &messageView{Kind: "fault", Code: string(fault.Code), Text: fault.Text, Attachments: []attachmentView{}, Contents: []contentView{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	defer m.Close()
	view := viewMessage(m)
	if m.Content == nil {
		return view, nil
	}
	content, err := opener.OpenContent(ctx, m)
	if err != nil {
		view.ContentError = err.Error()
		return view, nil
	}
	defer content.Close()
	view.addContent(content)
	return view, nil
}
