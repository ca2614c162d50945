package main

import (
	"fmt"
	"runtime/debug"
)

// collectAt is how much of the living heap may become garbage before it is
// collected, in percent. Letters leave much garbage on a small heap: this costs
// some 20 MB and saves a tenth of the processor. GOGC in the environment wins.
const collectAt = 400

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
	if a.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(collectAt))
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
