package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// demoCmd shows a letter's whole way on an office of its own.
type demoCmd struct {
	Keep string `placeholder:"DIR" help:"Keep everything in this folder, which must not be there yet." de:"Alles in diesem Ordner aufheben, den es noch nicht geben darf."`
}

// Run tells the story. Every command in it is carried out as it is shown; every
// figure is measured or taken from what the commands print.
func (c *demoCmd) Run(a *app) error {
	folder, err := c.folder()
	if err != nil {
		return err
	}
	ctx, stop := a.context()
	defer stop()
	teller := *a
	teller.base = ctx
	s := newStory(&teller, folder)
	err = s.tell()
	if c.Keep == "" {
		return errors.Join(err, os.RemoveAll(folder))
	}
	if err != nil {
		return hinted(err, a.text("what was made so far lies in ", "was bisher entstand, liegt in ")+folder)
	}
	s.kept()
	return nil
}

// folder is a new one: the story overwrites nothing.
func (c *demoCmd) folder() (string, error) {
	if c.Keep == "" {
		folder, err := os.MkdirTemp("", "poststelle-demo-")
		if err != nil {
			return "", fmt.Errorf("making a folder: %w", err)
		}
		return folder, nil
	}
	folder, err := filepath.Abs(c.Keep)
	if err != nil {
		return "", err
	}
	if err := absent(folder); err != nil {
		return "", hinted(err, "--keep names a folder that is to be made")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("making --keep: %w", err)
	}
	return folder, nil
}
