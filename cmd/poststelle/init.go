package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// initCmd makes the folder of an office.
type initCmd struct {
	Dir          string `arg:"" help:"Folder to make." de:"Ordner, der angelegt wird."`
	Listen       string `placeholder:"HOST:PORT" default:"127.0.0.1:8080" help:"Where letters come in; port 0 chooses a free one." de:"Wo Briefe ankommen; Port 0 wählt einen freien."`
	Admin        string `placeholder:"HOST:PORT" default:"127.0.0.1:0" help:"Where health and metrics are." de:"Wo Zustand und Metriken zu finden sind."`
	Open         bool   `help:"Take letters to anybody, also unsigned and unencrypted." de:"Briefe an alle annehmen, auch unsignierte und unverschlüsselte."`
	Cipher       string `placeholder:"P12" help:"Take over this cipher key." de:"Diesen Verschlüsselungsschlüssel übernehmen."`
	Signature    string `placeholder:"P12" help:"Take over this signature key." de:"Diesen Signaturschlüssel übernehmen."`
	SignatureKey string `name:"signature-key" default:"p-256" enum:"p-256,rsa-2048,rsa-3072,rsa-4096" placeholder:"KIND" help:"Kind of a new signature key: p-256, rsa-2048, rsa-3072 or rsa-4096." de:"Art eines neuen Signaturschlüssels: p-256, rsa-2048, rsa-3072 oder rsa-4096."`
	JSON         bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
	passwordFlags
}

// Run writes everything or nothing.
func (c *initCmd) Run(a *app) error {
	config := defaultConfig(c.Dir)
	config.Listen, config.Admin = c.Listen, c.Admin
	if c.Open {
		config.Mailboxes, config.Encryption, config.Signatures = boxesOpen, isOptional, isOptional
	}
	file := &configFile{config: config}
	if problems := file.problems(); len(problems) > 0 {
		return usage("--%s: %s", problems[0].Field, problems[0].Text)
	}
	if err := absent(filepath.Join(c.Dir, configName), config.path(config.Keys.PasswordFile)); err != nil {
		return hinted(err, a.text("choose another folder, or poststelle check ", "anderen Ordner wählen, oder poststelle check ")+c.Dir)
	}
	password, err := c.officePassword(a)
	if err != nil {
		return err
	}
	made, files, err := c.keyFiles(a, password)
	if err != nil {
		return err
	}
	text, err := config.render(a.Lang)
	if err != nil {
		return err
	}
	files = append(files,
		newFile{config.path(config.Keys.PasswordFile), []byte(password + "\n"), 0o600},
		newFile{filepath.Join(c.Dir, configName), text, 0o644})
	if err := writeNew(files...); err != nil {
		return err
	}
	return c.report(a, made)
}

// officePassword is the one given, needed for keys taken over, or a new one.
func (c *initCmd) officePassword(a *app) (string, error) {
	if c.Cipher != "" || c.Signature != "" {
		return c.wanted(a)
	}
	password, err := c.read(a)
	if err != nil || password != "" {
		return password, err
	}
	return a.newPassword()
}

// keyFiles makes new keys and takes over given ones.
func (c *initCmd) keyFiles(a *app, password string) ([]madeKey, []newFile, error) {
	prefix := filepath.Join(c.Dir, "intermediary")
	kinds := map[purpose]string{forCipher: rsa3072, forSignature: c.SignatureKey}
	var made []madeKey
	var files []newFile
	for p, from := range map[purpose]string{forCipher: c.Cipher, forSignature: c.Signature} {
		if from == "" {
			continue
		}
		kinds[p] = ""
		key, taken, err := takeOver(from, prefix+"-"+string(p), password, p)
		if err != nil {
			return nil, nil, err
		}
		made, files = append(made, key), append(files, taken...)
	}
	fresh, more, err := a.newKeys(prefix, "intermediary", password, kinds)
	return append(made, fresh...), append(files, more...), err
}

// takeOver copies a key as it is, after looking whether it does.
func takeOver(from, path, password string, p purpose) (madeKey, []newFile, error) {
	if err := absent(path+".p12", path+".cer"); err != nil {
		return madeKey{}, nil, err
	}
	var err error
	if p == forCipher {
		_, err = readCipher(from, password)
	} else {
		_, err = readSigner(from, password)
	}
	if err != nil {
		return madeKey{}, nil, err
	}
	_, certificate, err := readP12(from, password)
	if err != nil {
		return madeKey{}, nil, err
	}
	octets, err := os.ReadFile(from)
	if err != nil {
		return madeKey{}, nil, fmt.Errorf("taking over a key: %w", err)
	}
	if certificate == nil {
		return madeKey{}, nil, errors.New("taking over a key: no certificate in " + from)
	}
	return describe(p, path, certificate), []newFile{{path + ".p12", octets, 0o600}, {path + ".cer", certificate.Raw, 0o644}}, nil
}

// report tells what was made and what to do next.
func (c *initCmd) report(a *app, made []madeKey) error {
	if c.JSON {
		return printJSON(a, struct {
			Dir    string    `json:"dir"`
			Config string    `json:"config"`
			Keys   []madeKey `json:"keys"`
		}{c.Dir, filepath.Join(c.Dir, configName), made})
	}
	line := func(text, what string) { fmt.Fprintf(a.Stdout, "%-58s # %s\n", text, what) }
	fmt.Fprintf(a.Stdout, "%s %s\n\n", a.text("made", "angelegt:"), c.Dir)
	line(filepath.Join(c.Dir, configName), a.text("configuration, every field explained", "Konfiguration, jedes Feld erklärt"))
	for _, key := range made {
		line(key.Certificate, a.text("for everybody who sends or fetches", "für alle, die senden oder abholen"))
		line(key.P12, a.text("secret", "geheim"))
	}
	line(filepath.Join(c.Dir, "password"), a.text("secret: opens both keys", "geheim: öffnet beide Schlüssel"))
	fmt.Fprintf(a.Stdout, "\n%s\n\n", a.text("next:", "weiter mit:"))
	line("poststelle check "+c.Dir, a.text("look whether all is well", "nachsehen, ob alles stimmt"))
	line("poststelle serve "+c.Dir, a.text("open the office", "die Poststelle öffnen"))
	if !c.Open {
		line("poststelle mailbox add "+c.Dir+" --name NAME CERT.cer", a.text("let somebody receive letters", "jemanden Briefe empfangen lassen"))
	}
	return nil
}
