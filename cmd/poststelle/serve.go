package main

import (
	"fmt"
)

// serveCmd runs an office until it is asked to stop.
type serveCmd struct {
	Dir string `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
}

// Run prints one line when letters are taken and returns when all is stopped.
func (c *serveCmd) Run(a *app) error {
	config, err := a.loadConfig(c.Dir)
	if err != nil {
		return err
	}
	serving := *a
	if serving.Logger == nil {
		serving.Logger = config.newLogger(a)
	}
	ctx, stop := a.context()
	defer stop()
	office, err := startOffice(ctx, &serving, config)
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to stop while starting
		}
		return hinted(fmt.Errorf("starting the office: %w", err), "poststelle doctor "+c.Dir)
	}
	serving.Logger.InfoContext(ctx, "office is open", "osci", office.URL, "admin", office.AdminURL, "version", versionOf().Version)
	fmt.Fprintf(a.Stdout, "ready osci=%s admin=%s\n", office.URL, office.AdminURL)
	if err := office.wait(ctx); err != nil {
		return fmt.Errorf("running the office: %w", err)
	}
	serving.Logger.Info("office is closed")
	return nil
}
