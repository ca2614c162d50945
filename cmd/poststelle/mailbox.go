package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"poststelle/mailbox"
)

// mailboxCmd looks after the mailboxes of an office, running or not.
type mailboxCmd struct {
	Add    mailboxAddCmd    `cmd:"" help:"Register an addressee's cipher certificate." de:"Verschlüsselungszertifikat eines Empfängers eintragen."`
	List   mailboxListCmd   `cmd:"" help:"List the mailboxes." de:"Postfächer auflisten."`
	Show   mailboxShowCmd   `cmd:"" help:"Show a mailbox and its rules." de:"Ein Postfach und seine Regeln zeigen."`
	Remove mailboxRemoveCmd `cmd:"" help:"Remove a mailbox." de:"Ein Postfach entfernen."`
}

// mailboxAddCmd registers an addressee.
type mailboxAddCmd struct {
	Dir                string  `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	Certificate        string  `arg:"" name:"cer" help:"The addressee's cipher certificate, DER or PEM." de:"Verschlüsselungszertifikat des Empfängers, DER oder PEM."`
	Name               string  `placeholder:"NAME" help:"Name for people; else the certificate's." de:"Name für Menschen; sonst der des Zertifikats."`
	TransportSignature *bool   `negatable:"" help:"Refuse letters without transport signature; else as in the configuration." de:"Briefe ohne Transportsignatur abweisen; sonst wie in der Konfiguration."`
	ContentSignature   bool    `help:"Refuse letters whose content can be seen to be unsigned." de:"Briefe abweisen, deren Inhalt erkennbar unsigniert ist."`
	MaxBytes           size    `placeholder:"SIZE" help:"Largest letter, such as 50MiB; 0 = the office's limit." de:"Größter Brief, etwa 50MiB; 0 = Grenze der Poststelle."`
	Retention          *period `placeholder:"TIME" help:"How long confirmed letters keep their content, such as 90d; 0s = for ever; else as in the configuration." de:"Wie lange bestätigte Briefe ihren Inhalt behalten, etwa 90d; 0s = immer; sonst wie in der Konfiguration."`
	JSON               bool    `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// mailboxListCmd lists.
type mailboxListCmd struct {
	Dir  string `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	JSON bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// mailboxShowCmd shows one.
type mailboxShowCmd struct {
	Dir  string `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	Box  string `arg:"" name:"mailbox" help:"Name, address, fingerprint or certificate file." de:"Name, Adresse, Fingerabdruck oder Zertifikatsdatei."`
	JSON bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// mailboxRemoveCmd removes one.
type mailboxRemoveCmd struct {
	Dir   string `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	Box   string `arg:"" name:"mailbox" help:"Name, address, fingerprint or certificate file." de:"Name, Adresse, Fingerabdruck oder Zertifikatsdatei."`
	Force bool   `help:"Even if letters wait in it; they stay and can be fetched." de:"Auch wenn Briefe darin warten; sie bleiben und sind abrufbar."`
}

// Run registers.
func (c *mailboxAddCmd) Run(a *app) error {
	certificate, err := readCertificate(c.Certificate)
	if err != nil {
		return err
	}
	return a.withBoxes(c.Dir, func(ctx context.Context, config *config, all boxes) error {
		box := mailbox.Box{
			Address: mailbox.AddressOf(certificate), Name: c.Name, Certificate: certificate, Rules: c.rules(config), CreatedAt: a.Now().UTC(),
		}
		if box.Name == "" {
			box.Name = nameOf(certificate)
		}
		err := all.Register(ctx, box)
		if errors.Is(err, mailbox.ErrBoxExists) {
			return hinted(fmt.Errorf("registering %s: the certificate has a mailbox already", c.Certificate),
				fmt.Sprintf("poststelle mailbox show %s %s", c.Dir, c.Certificate))
		}
		if err != nil {
			return fmt.Errorf("registering %s: %w", c.Certificate, err)
		}
		if c.JSON {
			return printJSON(a, viewBox(box))
		}
		fmt.Fprintf(a.Stdout, "%s  %s\n", box.Address, printable(box.Name))
		return nil
	})
}

func (c *mailboxAddCmd) rules(config *config) mailbox.Rules {
	rules := mailbox.Rules{
		TransportSignature: config.Signatures == isRequired, ContentSignature: c.ContentSignature,
		MaxBytes: int64(c.MaxBytes), Retention: time.Duration(config.Retention),
	}
	if c.TransportSignature != nil {
		rules.TransportSignature = *c.TransportSignature
	}
	if c.Retention != nil {
		rules.Retention = time.Duration(*c.Retention)
	}
	return rules
}

// Run lists.
func (c *mailboxListCmd) Run(a *app) error {
	return a.withBoxes(c.Dir, func(ctx context.Context, _ *config, all boxes) error {
		list, err := all.Boxes(ctx)
		if err != nil {
			return fmt.Errorf("listing mailboxes: %w", err)
		}
		views := []boxView{}
		for _, box := range list {
			views = append(views, viewBox(box))
		}
		if c.JSON {
			return printJSON(a, views)
		}
		table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
		for _, view := range views {
			fmt.Fprintf(table, "%s\t%s\t%s\n", view.Address, printable(view.Name), printable(view.Certificate.Subject))
		}
		return table.Flush()
	})
}

// Run shows.
func (c *mailboxShowCmd) Run(a *app) error {
	return a.withBoxes(c.Dir, func(ctx context.Context, config *config, all boxes) error {
		box, err := findBox(ctx, a, all, c.Dir, c.Box)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(a, viewBox(*box))
		}
		printBox(a, config, *box)
		return nil
	})
}

// Run removes.
func (c *mailboxRemoveCmd) Run(a *app) error {
	return a.withBoxes(c.Dir, func(ctx context.Context, _ *config, all boxes) error {
		box, err := findBox(ctx, a, all, c.Dir, c.Box)
		if err != nil {
			return err
		}
		err = all.Unregister(ctx, box.Address, c.Force)
		if errors.Is(err, mailbox.ErrBoxInUse) {
			return hinted(fmt.Errorf("removing mailbox %q: letters wait in it", box.Name), a.text("fetch them first, or --force", "zuerst abholen, oder --force"))
		}
		if err != nil {
			return fmt.Errorf("removing mailbox %q: %w", box.Name, err)
		}
		fmt.Fprintf(a.Stdout, "%s  %s  %s\n", box.Address, printable(box.Name), a.text("removed", "entfernt"))
		return nil
	})
}

// withBoxes opens the mailboxes of an office for one command.
func (a *app) withBoxes(dir string, use func(context.Context, *config, boxes) error) error {
	config, err := a.loadConfig(dir)
	if err != nil {
		return err
	}
	ctx, stop := a.context()
	defer stop()
	all, done, err := a.openBoxes(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(use(ctx, config, all), done())
}

// findBox finds a mailbox by what a person has at hand.
func findBox(ctx context.Context, a *app, all boxes, dir, wanted string) (*mailbox.Box, error) {
	list, err := all.Boxes(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for mailbox %q: %w", wanted, err)
	}
	var address mailbox.Address
	if _, err := os.Stat(wanted); err == nil {
		if certificate, err := readCertificate(wanted); err == nil {
			address = mailbox.AddressOf(certificate)
		}
	}
	var found []mailbox.Box
	for _, box := range list {
		if box.Address == address || string(box.Address) == wanted || box.Name == wanted || strings.EqualFold(box.Certificate.Fingerprint(), wanted) {
			found = append(found, box)
		}
	}
	switch len(found) {
	case 0:
		return nil, hinted(fmt.Errorf("there is no mailbox %q", wanted), "poststelle mailbox list "+dir)
	case 1:
		return &found[0], nil
	}
	return nil, hinted(fmt.Errorf("%d mailboxes are called %q", len(found), wanted),
		a.text("name one by its address: poststelle mailbox list ", "eines mit seiner Adresse nennen: poststelle mailbox list ")+dir)
}
