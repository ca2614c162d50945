package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// languageOf decides between German and English before the command line is
// parsed, because the help is printed while parsing. German is for who says
// nothing: the offices that use this are German.
func languageOf(args []string, getenv func(string) string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return tongue(value)
		}
		if arg == "--lang" && i+1 < len(args) {
			return tongue(args[i+1])
		}
	}
	for _, name := range []string{"POSTSTELLE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			return tongue(value)
		}
	}
	return "de"
}

// tongue is "de" for anything German and "en" for everything else.
func tongue(locale string) string {
	if strings.HasPrefix(strings.ToLower(locale), "de") {
		return "de"
	}
	return "en"
}

// text chooses between English and German.
func (a *app) text(english, german string) string {
	if a.Lang == "en" {
		return english
	}
	return german
}

// translate puts the German help in the place of the English one.
func translate(node *kong.Node, lang string) {
	if lang != "de" {
		return
	}
	if node.Tag != nil && node.Tag.Has("de") {
		node.Help = node.Tag.Get("de")
	}
	values := node.Positional
	for _, flag := range node.Flags {
		values = append(values, flag.Value)
		if flag.Name == "help" {
			flag.Help = "Diese Hilfe zeigen."
		}
	}
	for _, value := range values {
		if value.Tag != nil && value.Tag.Has("de") {
			value.Help = value.Tag.Get("de")
		}
	}
	for _, child := range node.Children {
		translate(child, lang)
	}
}

// printHelp is kong's help with headings in the reader's language.
func printHelp(a *app) kong.HelpPrinter {
	return func(options kong.HelpOptions, ctx *kong.Context) error {
		options.Compact = true
		plain := ctx.Stdout
		page := &strings.Builder{}
		ctx.Stdout = page
		err := kong.DefaultHelpPrinter(options, ctx)
		ctx.Stdout = plain
		if err != nil {
			return err
		}
		text := page.String()
		if a.Lang == "de" {
			text = germanHeadings(text)
		}
		_, err = fmt.Fprint(plain, text)
		return err
	}
}

// germanHeadings translates kong's own words. They stand at the start of a line.
func germanHeadings(page string) string {
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "Usage: "):
			line = "Aufruf: " + strings.TrimPrefix(line, "Usage: ")
		case line == "Flags:":
			line = "Schalter:"
		case line == "Commands:":
			line = "Befehle:"
		case line == "Arguments:":
			line = "Argumente:"
		case strings.HasPrefix(line, `Run "`) && strings.HasSuffix(line, `for more information on a command.`):
			line = `„poststelle BEFEHL --help“ erklärt einen Befehl.`
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
