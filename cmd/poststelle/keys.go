package main

import (
	"crypto/x509"
	"fmt"
	"path/filepath"
	"time"

	"poststelle/signature"
)

// keysCmd is about the keys of senders and addressees.
type keysCmd struct {
	New keysNewCmd `cmd:"" help:"Make cipher and signature key with self-signed certificates." de:"Verschlüsselungs- und Signaturschlüssel mit selbst signierten Zertifikaten anlegen."`
}

// keysNewCmd makes NAME-cipher and NAME-signature, each .p12 and .cer.
type keysNewCmd struct {
	Name string `arg:"" help:"Path prefix of the four files; its last part names the owner." de:"Anfang des Pfads der vier Dateien; sein letzter Teil nennt den Inhaber."`
	RSA  int    `name:"rsa" default:"3072" enum:"2048,3072,4096" placeholder:"BITS" help:"Length of both keys: 2048, 3072 or 4096." de:"Länge beider Schlüssel: 2048, 3072 oder 4096."`
	JSON bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
	passwordFlags
}

// madeKey is what is told about a key that was made.
type madeKey struct {
	Purpose     purpose   `json:"purpose"`
	P12         string    `json:"p12"`
	Certificate string    `json:"certificate"`
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"notAfter"`
}

// Run makes the keys; it never overwrites.
func (c *keysNewCmd) Run(a *app) error {
	password, err := c.wanted(a)
	if err != nil {
		return err
	}
	owner := filepath.Base(c.Name)
	if owner == "." || owner == string(filepath.Separator) {
		return usage("NAME %q ends in no name", c.Name)
	}
	made, files, err := a.newKeys(c.Name, owner, password, map[purpose]string{
		forCipher: fmt.Sprintf("rsa-%d", c.RSA), forSignature: fmt.Sprintf("rsa-%d", c.RSA),
	})
	if err != nil {
		return err
	}
	if err := writeNew(files...); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a, made)
	}
	for _, key := range made {
		fmt.Fprintf(a.Stdout, "%s %s  %s %s\n", key.P12, key.Certificate,
			a.text("valid until", "gültig bis"), key.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// wanted is the password, which may not be empty where a key is written.
func (f *passwordFlags) wanted(a *app) (string, error) {
	password, err := f.read(a)
	if err != nil {
		return "", err
	}
	if password == "" {
		return "", hinted(usage("no password for the .p12 files"),
			a.text("set POSTSTELLE_PASSWORD or give --password-file FILE", "POSTSTELLE_PASSWORD setzen oder --password-file FILE angeben"))
	}
	return password, nil
}

// newKeys makes the two keys of one owner and the files they will be in, but
// writes nothing. A kind of "" leaves that key out.
func (a *app) newKeys(prefix, owner, password string, kinds map[purpose]string) ([]madeKey, []newFile, error) {
	var made []madeKey
	var files []newFile
	for _, p := range []purpose{forCipher, forSignature} {
		if kinds[p] == "" {
			continue
		}
		path := prefix + "-" + string(p)
		if err := absent(path+".p12", path+".cer"); err != nil {
			return nil, nil, hinted(err, a.text("choose another name or move the file away", "anderen Namen wählen oder die Datei wegräumen"))
		}
		pair, err := a.newPair(owner, kinds[p], p)
		if err != nil {
			return nil, nil, err
		}
		octets, err := pair.encode(a, password)
		if err != nil {
			return nil, nil, err
		}
		files = append(files,
			newFile{path + ".p12", octets, 0o600},
			newFile{path + ".cer", pair.certificate.Raw, 0o644})
		made = append(made, describe(p, path, pair.certificate))
	}
	return made, files, nil
}

func describe(p purpose, path string, c *x509.Certificate) madeKey {
	return madeKey{p, path + ".p12", path + ".cer", signature.NewCertificate(c).Fingerprint(), c.NotAfter}
}
