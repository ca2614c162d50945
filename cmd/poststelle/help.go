package main

import "fmt"

// helpCmd prints help on a command or on the configuration.
type helpCmd struct {
	Topic []string `arg:"" optional:"" help:"A command, or config." de:"Ein Befehl, oder config."`
}

// Run prints.
func (c *helpCmd) Run(a *app) error {
	if len(c.Topic) == 1 && c.Topic[0] == "config" {
		defaultConfig(".").explain(a)
		return nil
	}
	parser, err := a.parser(&cli{})
	if err != nil {
		return err
	}
	// Parsing a command with --help prints and does not return.
	if _, err := parser.Parse(append(append([]string{}, c.Topic...), "--help")); err != nil {
		return usage("%s", lowerFirst(err.Error()))
	}
	return fmt.Errorf("no help on %q", c.Topic)
}
