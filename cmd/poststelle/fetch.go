package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// fetchCmd takes letters out of the own mailbox.
type fetchCmd struct {
	clientFlags
	Out               string   `required:"" placeholder:"DIR" help:"Folder in which each letter gets a folder of its own." de:"Ordner, in dem jeder Brief einen eigenen Ordner bekommt."`
	ID                []string `name:"id" placeholder:"ID" sep:"none" xor:"which" help:"Fetch this letter, received before or not; may be repeated." de:"Diesen Brief holen, auch einen schon empfangenen; mehrfach möglich."`
	All               bool     `xor:"which" help:"Fetch until nothing is left." de:"Holen, bis nichts mehr da ist."`
	KeepMessage       bool     `help:"Keep the office's signed answer as message.osci beside the attachments." de:"Die signierte Antwort der Poststelle als message.osci beilegen."`
	ConfirmUnreadable bool     `help:"Confirm letters too that cannot be decrypted; they are kept as message.osci." de:"Auch Briefe bestätigen, die nicht zu entschlüsseln sind; sie werden als message.osci aufgehoben."`
	JSON              bool     `name:"json" help:"Print what was fetched as JSON." de:"Ausgeben, was geholt wurde, als JSON."`
}

// Run fetches, keeps and confirms.
func (c *fetchCmd) Run(a *app) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return fmt.Errorf("making --out: %w", err)
	}
	ctx, stop := a.context()
	defer stop()
	round := &fetchRound{cmd: c, app: a, letters: []letterView{}}
	err = round.run(ctx, s.client)
	if c.JSON {
		err = errors.Join(err, printJSON(a, round.letters))
	}
	return err
}

// fetchRound is one dialog in which letters are fetched.
type fetchRound struct {
	cmd     *fetchCmd
	app     *app
	letters []letterView
}

// run fetches in one dialog. Each further request, at last Exit, confirms the
// letter before, so a letter is safe on disk first (dossier §10.3).
func (r *fetchRound) run(ctx context.Context, c *client.Client) error {
	dialog, err := c.Dial(ctx)
	if err != nil {
		return explain(r.app, err)
	}
	if err := r.fetchAll(ctx, dialog); err != nil {
		if isRefusal(err) {
			return errors.Join(explain(r.app, err), dialog.Exit(ctx))
		}
		return explain(r.app, err)
	}
	if err := dialog.Exit(ctx); err != nil {
		return hinted(err, r.app.text("the last letter is kept but perhaps not confirmed: fetch again",
			"der letzte Brief ist gespeichert, aber vielleicht nicht bestätigt: noch einmal holen"))
	}
	if len(r.letters) == 0 && !r.cmd.JSON {
		remark(r.app, r.app.text("no letters waiting", "keine Briefe da"))
	}
	return nil
}

func (r *fetchRound) fetchAll(ctx context.Context, dialog *client.Dialog) error {
	for _, id := range r.cmd.ID {
		rule := &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: []string{id}}
		if _, err := r.fetch(ctx, dialog, rule); err != nil {
			return fmt.Errorf("fetching %s: %w", id, err)
		}
	}
	if len(r.cmd.ID) > 0 {
		return nil
	}
	seen := map[string]bool{}
	for {
		id, err := r.fetch(ctx, dialog, nil)
		switch {
		case client.IsCode(err, envelope.CodeNoDelivery):
			return nil
		case err != nil:
			return err
		case seen[id]:
			dialog.Abandon()
			return fmt.Errorf("the office hands out letter %s again though it was confirmed", id)
		case !r.cmd.All:
			return nil
		}
		seen[id] = true
	}
}

// fetch takes one letter and puts it in a safe place; on any trouble with that
// the dialog is abandoned, so that nothing confirms the letter.
func (r *fetchRound) fetch(ctx context.Context, dialog *client.Dialog, rule *envelope.SelectionRule) (string, error) {
	letter, err := dialog.Fetch(ctx, rule)
	if err != nil {
		return "", err
	}
	defer letter.Close()
	warnings(r.app, letter.Feedback)
	view, err := r.keep(ctx, letter)
	if err != nil {
		dialog.Abandon()
		return letter.MessageID, hinted(fmt.Errorf("letter %s is not confirmed: %w", letter.MessageID, err), hintFor(r.app, err))
	}
	r.letters = append(r.letters, *view)
	r.tell(view)
	if letter.More && !r.cmd.All && len(r.cmd.ID) == 0 {
		remark(r.app, r.app.text("more letters are waiting: --all fetches them", "es warten weitere Briefe: --all holt sie"))
	}
	return letter.MessageID, nil
}

// errUnreadable says that a letter is not for our key, or broken.
var errUnreadable = errors.New("the letter cannot be read")

func hintFor(a *app, err error) string {
	if errors.Is(err, errUnreadable) {
		return a.text("fetch --confirm-unreadable keeps it as it is and goes on",
			"fetch --confirm-unreadable hebt ihn auf, wie er ist, und macht weiter")
	}
	return a.text("fetch it again when the cause is gone", "noch einmal holen, wenn die Ursache behoben ist")
}

func (r *fetchRound) keep(ctx context.Context, letter *client.Received) (*letterView, error) {
	content, err := letter.OpenContent(ctx)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	whole := content.Whole()
	if whole != nil && !r.cmd.ConfirmUnreadable {
		return nil, fmt.Errorf("%w: %w", errUnreadable, whole)
	}
	box := letterBox{out: r.cmd.Out, letter: letter, content: content, raw: r.cmd.KeepMessage || whole != nil}
	return box.keep()
}

// tell prints one line per letter.
func (r *fetchRound) tell(v *letterView) {
	if r.cmd.JSON {
		return
	}
	a := r.app
	subject := a.text("(no subject)", "(kein Betreff)")
	if v.Subject != nil {
		subject = printable(*v.Subject)
	}
	size := int64(0)
	for _, f := range v.Attachments {
		size += f.Size
	}
	fmt.Fprintf(a.Stdout, "%s\n  %s\n  %s, %s; %s\n", v.Folder, subject, attachmentCount(a, len(v.Attachments)), sizeText(size), v.signers(a))
	if !v.Signed {
		remark(a, a.text("warning: not all of this letter carries a valid signature", "Warnung: nicht alles in diesem Brief ist gültig signiert"))
	}
}

func attachmentCount(a *app, n int) string {
	if n == 1 {
		return a.text("1 attachment", "1 Anlage")
	}
	return fmt.Sprintf(a.text("%d attachments", "%d Anlagen"), n)
}

// signers says who signed, for people.
func (v *letterView) signers(a *app) string {
	var parts []string
	for _, author := range v.Authors {
		verdict := a.text("valid", "gültig")
		if !author.Valid {
			verdict = a.text("NOT VALID", "UNGÜLTIG")
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", printable(author.Name), verdict))
	}
	if parts == nil {
		return a.text("unsigned", "unsigniert")
	}
	return a.text("signed by ", "signiert von ") + strings.Join(parts, ", ")
}
