package main

// demoCmd shows a letter's whole way on an office of its own.
type demoCmd struct {
	Keep string `placeholder:"DIR" help:"Keep everything in this folder." de:"Alles in diesem Ordner aufheben."`
}

// Run tells the story.
func (c *demoCmd) Run(a *app) error { return nil }
