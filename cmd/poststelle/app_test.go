package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// outside is an app with what it printed.
type outside struct {
	*app
	out, err *bytes.Buffer
}

// newOutside makes one with an environment of name, value, …
func newOutside(environment ...string) *outside {
	o := &outside{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	o.app = &app{
		Stdin: strings.NewReader(""), Stdout: o.out, Stderr: o.err, Now: time.Now, Rand: rand.Reader,
		Getenv: func(name string) string {
			for i := 0; i+1 < len(environment); i += 2 {
				if environment[i] == name {
					return environment[i+1]
				}
			}
			return ""
		},
	}
	return o
}

// does runs a command line that must end with code.
func (o *outside) does(t *testing.T, code int, args ...string) string {
	t.Helper()
	o.out.Reset()
	o.err.Reset()
	if got := o.run(context.Background(), args); got != code {
		t.Fatalf("poststelle %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, o.out, o.err)
	}
	return o.out.String()
}

func TestLanguageIsGermanForWhoSaysNothing(t *testing.T) {
	for _, c := range []struct {
		args, environment []string
		want              string
	}{
		{nil, nil, "de"},
		{nil, []string{"LANG", "de_AT.UTF-8"}, "de"},
		{nil, []string{"LANG", "en_GB.UTF-8"}, "en"},
		{nil, []string{"LANG", "pl_PL"}, "en"},
		{nil, []string{"LANG", "de_DE", "LC_ALL", "C.UTF-8"}, "en"},
		{nil, []string{"LC_ALL", "en_US", "POSTSTELLE_LANG", "de"}, "de"},
		{[]string{"serve", "--lang", "en"}, []string{"POSTSTELLE_LANG", "de"}, "en"},
		{[]string{"--lang=de", "serve"}, []string{"LANG", "en"}, "de"},
		{[]string{"send", "--", "--lang=en"}, nil, "de"},
	} {
		if got := languageOf(c.args, newOutside(c.environment...).Getenv); got != c.want {
			t.Errorf("%v %v: %s, want %s", c.args, c.environment, got, c.want)
		}
	}
}

func TestEveryCommandAndFlagIsExplainedInBothLanguages(t *testing.T) {
	parser, err := newOutside("LANG", "en").parser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(node *kong.Node, path string)
	walk = func(node *kong.Node, path string) {
		for _, value := range append(append([]*kong.Value{}, node.Positional...), flagValues(node)...) {
			if value.Name == "help" {
				continue
			}
			count++
			if value.Help == "" || value.Tag.Get("de") == "" || value.Help == value.Tag.Get("de") {
				t.Errorf("%s %s: %q, %q", path, value.Name, value.Help, value.Tag.Get("de"))
			}
		}
		for _, child := range node.Children {
			count++
			if child.Help == "" || child.Tag.Get("de") == "" {
				t.Errorf("%s %s: %q, %q", path, child.Name, child.Help, child.Tag.Get("de"))
			}
			walk(child, path+" "+child.Name)
		}
	}
	walk(parser.Model.Node, "poststelle")
	if count < 50 {
		t.Errorf("only %d commands, flags and arguments seen", count)
	}
}

func flagValues(node *kong.Node) []*kong.Value {
	var list []*kong.Value
	for _, flag := range node.Flags {
		list = append(list, flag.Value)
	}
	return list
}

func TestExitCodeTellsUsageFromFailure(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0}, {errors.New("x"), 1}, {usage("x"), 2}, {hinted(usage("x"), "y"), 2},
		{fmt.Errorf("x: %w", hinted(errors.New("y"), "z")), 1},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestErrorsStayOnOneLineWithoutControlCharacters(t *testing.T) {
	o := newOutside("LANG", "en")
	o.complain(hinted(errors.New("a\nb\x1b[31mc\n"), "type this"))
	if got, want := o.err.String(), "poststelle: error: a;b [31mc\npoststelle: hint: type this\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGermanHelpHasNoEnglishHeadings(t *testing.T) {
	o := newOutside("LANG", "de_DE.UTF-8")
	for _, args := range [][]string{nil, {"--help"}, {"mailbox", "--help"}, {"send", "--help"}, {"help", "init"}} {
		page := o.does(t, 0, args...)
		for _, english := range []string{"Usage:", "Flags:", "Commands:", "Arguments:", "Run \"", "Show context"} {
			if strings.Contains(page, english) {
				t.Errorf("%v: %q stands in\n%s", args, english, page)
			}
		}
	}
}
