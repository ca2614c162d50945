package main

import (
	"cmp"

	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"poststelle/signature"
)

// checkCmd looks at configuration and keys without starting anything.
type checkCmd struct {
	Dir     string `arg:"" optional:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	Explain bool   `help:"Print each field of the configuration with its meaning." de:"Jedes Feld der Konfiguration mit seiner Bedeutung ausgeben."`
	JSON    bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// soon is how long before its end a key or exception is worth a remark.
const soon = 30 * 24 * time.Hour

// Run prints a line for each field and each key.
func (c *checkCmd) Run(a *app) error {
	if c.Explain {
		defaultConfig(".").explain(a)
		return nil
	}
	if c.Dir == "" {
		return usage("expected \"<dir>\"")
	}
	file, err := a.readConfig(c.Dir)
	if err != nil {
		return err
	}
	findings := file.findings
	if len(findings) == 0 {
		findings = slices.Concat(file.problems(), file.keyFindings(a), file.fileFindings(), file.dateFindings(a))
		findings = append(findings, file.good(findings)...)
	}
	slices.SortStableFunc(findings, func(x, y finding) int { return cmp.Compare(x.Line, y.Line) })
	wrong := 0
	for _, one := range findings {
		if one.Wrong {
			wrong++
		}
	}
	if err := printFindings(a, file.path, findings, c.JSON); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%s: %d", a.text("wrong findings", "falsche Befunde"), wrong)
	}
	return nil
}

// printFindings prints each on a line of its own.
func printFindings(a *app, path string, findings []finding, asJSON bool) error {
	if asJSON {
		wrong := slices.ContainsFunc(findings, func(one finding) bool { return one.Wrong })
		return printJSON(a, struct {
			OK       bool      `json:"ok"`
			File     string    `json:"file"`
			Findings []finding `json:"findings"`
		}{!wrong, path, append([]finding{}, findings...)})
	}
	for _, one := range findings {
		word := "ok   "
		if one.Wrong {
			word = a.text("wrong", "falsch")
		}
		place := path
		if one.Line > 0 {
			place = fmt.Sprintf("%s:%d", path, one.Line)
		}
		fmt.Fprintf(a.Stdout, "%-6s %s: %s\n", strings.TrimSpace(word), place, strings.TrimPrefix(one.Field+": "+one.Text, ": "))
		if one.Fix != "" {
			fmt.Fprintf(a.Stdout, "       %s: %s\n", a.text("fix", "Abhilfe"), one.Fix)
		}
	}
	return nil
}

// good are the fields in the file that nothing is wrong with.
func (f *configFile) good(findings []finding) []finding {
	var list []finding
	for _, field := range f.config.fields("en") {
		line, there := f.lines[field.path]
		bad := slices.ContainsFunc(findings, func(one finding) bool {
			return one.Field == field.path || strings.HasPrefix(one.Field, field.path+"[")
		})
		if !there || !field.leaf || bad {
			continue
		}
		text, err := valueText(field.value)
		if err != nil {
			text = err.Error()
		}
		list = append(list, finding{Line: line, Field: field.path, Text: text})
	}
	return list
}

// keyFindings looks at each key and its certificate.
func (f *configFile) keyFindings(a *app) []finding {
	c := f.config
	password, err := c.password(a)
	if err != nil {
		return []finding{{Wrong: true, Line: f.line("keys.password_file"), Field: "keys.password_file", Text: err.Error()}}
	}
	var list []finding
	for i, name := range c.Keys.Cipher {
		field := fmt.Sprintf("keys.cipher[%d]", i)
		key, err := readCipher(c.path(name), password)
		list = append(list, f.keyFinding(a, field, name, key.Certificate, err)...)
	}
	if c.Keys.Signature != "" {
		var certificate *signature.Certificate
		signer, err := readSigner(c.path(c.Keys.Signature), password)
		if err == nil {
			certificate = signer.Certificate
			err = tryOut(a, signer)
		}
		list = append(list, f.keyFinding(a, "keys.signature", c.Keys.Signature, certificate, err)...)
	}
	return list
}

// keyFinding judges one key.
func (f *configFile) keyFinding(a *app, field, name string, c *signature.Certificate, err error) []finding {
	one := finding{Line: f.line(field), Field: field}
	if err != nil {
		one.Wrong, one.Text = true, err.Error()
		return []finding{one}
	}
	now, end := a.Now(), c.X509.NotAfter
	one.Text = fmt.Sprintf("%s: %s, %s %s", name, keyText(c), a.text("valid until", "gültig bis"), end.Format(time.DateOnly))
	switch {
	case now.Before(c.X509.NotBefore):
		one.Wrong, one.Fix = true, a.text("the certificate is not valid yet: is the clock right?", "das Zertifikat gilt noch nicht: stimmt die Uhr?")
	case now.After(end):
		one.Wrong, one.Fix = true, a.text("the certificate is over: make or get a new key", "das Zertifikat ist abgelaufen: neuen Schlüssel anlegen oder besorgen")
	case now.Add(soon).After(end):
		one.Fix = a.text("it ends soon: put a new key beside it", "es läuft bald ab: neuen Schlüssel danebenlegen")
	}
	list := []finding{one}
	if info, err := os.Stat(f.config.path(name)); err == nil && info.Mode().Perm()&0o077 != 0 {
		list = append(list, finding{Wrong: true, Line: one.Line, Field: field, Text: a.text("others may read the file", "andere dürfen die Datei lesen"), Fix: "chmod 600 " + f.config.path(name)})
	}
	return list
}

// fileFindings looks at the other files that are named.
func (f *configFile) fileFindings() []finding {
	var list []finding
	if f.config.TLS.Cert != "" && f.config.TLS.Key != "" {
		if _, err := f.config.tlsServer(); err != nil {
			list = append(list, finding{Wrong: true, Line: f.line("tls.cert"), Field: "tls.cert", Text: err.Error()})
		}
	}
	named := map[string]string{"nats.credentials": f.config.NATS.Credentials}
	for i, root := range f.config.NATS.RootCAs {
		named[fmt.Sprintf("nats.root_cas[%d]", i)] = root
	}
	for field, name := range named {
		if name == "" {
			continue
		}
		if _, err := os.ReadFile(f.config.path(name)); err != nil {
			list = append(list, finding{Wrong: true, Line: f.line(field), Field: field, Text: err.Error()})
		}
	}
	return list
}

// dateFindings tells which exceptions are over: they permit nothing any more.
func (f *configFile) dateFindings(a *app) []finding {
	var list []finding
	for i, e := range f.config.Algorithms.Exceptions {
		if e.Until.IsZero() {
			continue // told by problems
		}
		field := fmt.Sprintf("algorithms.exceptions[%d]", i)
		one := finding{Line: f.line(field), Field: field, Text: fmt.Sprintf("%s %s %s: %s", e.Algorithm, a.text("until", "bis"), e.Until, e.Reason)}
		switch {
		case e.over(a.Now()):
			one.Wrong, one.Fix = true, a.text("it is over: take it out, or decide anew", "sie ist abgelaufen: herausnehmen oder neu entscheiden")
		case e.over(a.Now().Add(soon)):
			one.Fix = a.text("it ends soon", "sie läuft bald ab")
		}
		list = append(list, one)
	}
	return list
}
