package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd prints what this binary is.
type versionCmd struct {
	JSON bool `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// versionView is the JSON of version.
type versionView struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Standard string `json:"standard"`
}

// Run prints.
func (c *versionCmd) Run(a *app) error {
	v := versionOf()
	if c.JSON {
		return printJSON(a, v)
	}
	text := "poststelle " + v.Version
	if v.Revision != "" {
		text += " (" + v.Revision[:min(12, len(v.Revision))]
		if v.Modified {
			text += a.text(", modified", ", verändert")
		}
		text += ")"
	}
	fmt.Fprintf(a.Stdout, "%s, %s, %s %s\n", text, v.Standard, v.Go, v.Platform)
	return nil
}

// versionOf reads what the Go tools wrote into the binary.
func versionOf() versionView {
	v := versionView{
		Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Standard: "OSCI-Transport 1.2",
	}
	built, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if built.Main.Version != "" && built.Main.Version != "(devel)" {
		v.Version = built.Main.Version
	}
	for _, setting := range built.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}
