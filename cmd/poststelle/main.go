// Command poststelle is the post office and its clients in one binary: it makes
// keys, runs an office, looks after its mailboxes, sends and fetches letters and
// checks process cards without the office (OSCI 1.2, dossier §23, for what all
// of it is measured by).
//
// It promises that nothing is asked interactively, that nothing is overwritten,
// and that the exit code says how it went: 0 fine, 1 failed, 2 wrong usage.
//
// It decides nothing about letters: it reads configuration and keys, builds the
// packages and hands them to each other.
//
// Start with wiring.go; then a file per command.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

// cli is the grammar of the command line. The German help stands beside the
// English one in the tag de.
type cli struct {
	Lang string `placeholder:"de|en" enum:",de,en" default:"" help:"Language of help and texts; else $POSTSTELLE_LANG, $LC_ALL, $LANG." de:"Sprache von Hilfe und Texten; sonst $POSTSTELLE_LANG, $LC_ALL, $LANG."`

	Demo    demoCmd    `cmd:"" help:"Show a letter's whole way on an office of its own." de:"Den ganzen Weg eines Briefs an einer eigenen Poststelle zeigen."`
	Init    initCmd    `cmd:"" help:"Make keys and configuration of an office." de:"Schlüssel und Konfiguration einer Poststelle anlegen."`
	Serve   serveCmd   `cmd:"" help:"Run an office." de:"Eine Poststelle betreiben."`
	Mailbox mailboxCmd `cmd:"" help:"Look after the mailboxes of an office." de:"Die Postfächer einer Poststelle verwalten."`
	Check   checkCmd   `cmd:"" help:"Check configuration and keys, line by line." de:"Konfiguration und Schlüssel Zeile für Zeile prüfen."`
	Doctor  doctorCmd  `cmd:"" help:"Find what is wrong with an office and say how to cure it." de:"Herausfinden, woran eine Poststelle krankt, und sagen, was hilft."`
	Keys    keysCmd    `cmd:"" help:"Make keys of a sender or an addressee." de:"Schlüssel für Absender oder Empfänger anlegen."`
	Send    sendCmd    `cmd:"" help:"Send a letter." de:"Einen Brief senden."`
	Fetch   fetchCmd   `cmd:"" help:"Fetch letters, check and confirm them." de:"Briefe abholen, prüfen und bestätigen."`
	Card    cardCmd    `cmd:"" help:"Ask for process cards." de:"Laufzettel abrufen."`
	Verify  verifyCmd  `cmd:"" help:"Check a saved process card without the office." de:"Einen aufgehobenen Laufzettel ohne die Poststelle prüfen."`
	Inspect inspectCmd `cmd:"" help:"Take an OSCI message from disk apart." de:"Eine OSCI-Nachricht von der Platte zerlegen."`
	Version versionCmd `cmd:"" help:"Print the version." de:"Die Version ausgeben."`
	Help    helpCmd    `cmd:"" help:"Print help; help config explains the configuration." de:"Hilfe ausgeben; help config erklärt die Konfiguration."`
}

func main() {
	a := &app{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: time.Now, Rand: rand.Reader, Getenv: os.Getenv,
	}
	os.Exit(a.run(context.Background(), os.Args[1:]))
}

// run carries out one command line and gives the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	a.base = ctx
	a.Lang = languageOf(args, a.Getenv)
	err := a.execute(args)
	a.complain(err)
	return exitCode(err)
}

// helpShown ends parsing after help was printed.
type helpShown struct{}

// execute parses and runs. Kong leaves the process to say that help was asked
// for; here that is a panic caught in the same function.
func (a *app) execute(args []string) (err error) {
	defer func() {
		if shown := recover(); shown != nil {
			if _, ok := shown.(helpShown); !ok {
				panic(shown)
			}
		}
	}()
	grammar := &cli{}
	parser, err := a.parser(grammar)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return a.usageOf(err)
	}
	return parsed.Run(a)
}

func (a *app) parser(grammar *cli) (*kong.Kong, error) {
	parser, err := kong.New(grammar,
		kong.Name("poststelle"), kong.Description(a.text("A post office for OSCI-Transport 1.2.", "Eine Poststelle für OSCI-Transport 1.2.")),
		kong.Writers(a.Stdout, a.Stderr), kong.Exit(func(int) { panic(helpShown{}) }),
		kong.Help(printHelp(a)), kong.UsageOnError(),
	)
	if err != nil {
		return nil, fmt.Errorf("reading the grammar: %w", err)
	}
	translate(parser.Model.Node, a.Lang)
	return parser, nil
}

// usageOf makes a wrong command line an error with a hint.
func (a *app) usageOf(err error) error {
	wrong := usage("%s", lowerFirst(err.Error()))
	var parse *kong.ParseError
	command := ""
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		command = " " + parse.Context.Selected().Path()
	}
	return hinted(wrong, "poststelle"+command+" --help")
}

// complain prints an error and its hint.
func (a *app) complain(err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(a.Stderr, "poststelle: error: %s\n", oneLine(err.Error()))
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(a.Stderr, "poststelle: hint: %s\n", h.hint)
	}
}
