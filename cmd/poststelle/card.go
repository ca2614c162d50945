package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// cardCmd asks for process cards.
type cardCmd struct {
	clientFlags
	ID       []string `name:"id" placeholder:"ID" sep:"none" xor:"which" help:"Card of this letter; may be repeated." de:"Laufzettel dieses Briefs; mehrfach möglich."`
	Sent     bool     `xor:"which" help:"Cards of letters you sent." de:"Laufzettel gesendeter Briefe."`
	Received bool     `xor:"which" help:"Cards of letters sent to you." de:"Laufzettel empfangener Briefe."`
	Since    string   `placeholder:"TIME" help:"Only cards changed since then, as 2026-11-25 or 2026-11-25T12:00:00+01:00." de:"Nur seitdem geänderte, als 2026-11-25 oder 2026-11-25T12:00:00+01:00."`
	Pending  bool     `help:"Only cards of letters not yet received." de:"Nur Laufzettel noch nicht abgeholter Briefe."`
	Limit    int      `placeholder:"N" help:"At most so many." de:"Höchstens so viele."`
	Save     string   `placeholder:"FILE" help:"Keep the office's signed answer, for poststelle verify." de:"Signierte Antwort der Poststelle aufheben, für poststelle verify."`
	JSON     bool     `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// Run prints the cards and keeps the signed answer.
func (c *cardCmd) Run(a *app) error {
	order, err := c.order()
	if err != nil {
		return err
	}
	s, err := c.open(a)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := a.context()
	defer stop()
	dialog, err := s.client.Dial(ctx)
	if err != nil {
		return explain(a, err)
	}
	answer, err := dialog.Cards(ctx, order)
	if client.IsCode(err, envelope.CodeNoProcessCard) && len(c.ID) == 0 && c.Save == "" {
		return errors.Join(c.none(a), dialog.Exit(ctx))
	}
	if err != nil {
		if isRefusal(err) {
			err = errors.Join(err, dialog.Exit(ctx))
		}
		return explain(a, err)
	}
	defer answer.Close()
	warnings(a, answer.Feedback)
	if c.Save != "" {
		if err := c.save(a, answer); err != nil {
			return errors.Join(err, dialog.Exit(ctx))
		}
	}
	if err := dialog.Exit(ctx); err != nil {
		return explain(a, err)
	}
	return c.print(a, answer)
}

// order is what to ask for. Role and reception belong to the two date modes
// only, so the whole past is asked for where no date is given (dossier §13.3).
func (c *cardCmd) order() (envelope.FetchProcessCard, error) {
	order := envelope.FetchProcessCard{Limit: c.Limit}
	if c.Limit < 0 {
		return order, usage("--limit %d is no number of cards", c.Limit)
	}
	if len(c.ID) > 0 {
		if c.Since != "" || c.Pending {
			return order, usage("--id goes with neither --since nor --pending")
		}
		order.Rule = &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: c.ID}
		return order, nil
	}
	if !c.Sent && !c.Received && !c.Pending && c.Since == "" {
		return order, nil
	}
	rule := &envelope.SelectionRule{Mode: envelope.ByModification, NoReception: c.Pending, Since: time.Unix(0, 0).UTC()}
	if c.Since != "" {
		since, err := parseSince(c.Since)
		if err != nil {
			return order, err
		}
		rule.Since = since
	}
	rule.SinceText = envelope.FormatTime(rule.Since)
	switch {
	case c.Sent:
		rule.Role = envelope.RoleOriginator
	case c.Received:
		rule.Role = envelope.RoleAddressee
	}
	order.Rule = rule
	return order, nil
}

func parseSince(text string) (time.Time, error) {
	if day, err := time.ParseInLocation("2006-01-02", text, time.Local); err == nil {
		return day, nil
	}
	at, err := envelope.ParseTime(text)
	if err != nil {
		return at, usage("--since %q is no time such as 2026-11-25 or 2026-11-25T12:00:00+01:00", text)
	}
	return at, nil
}

// save keeps the octets that the office signed.
func (c *cardCmd) save(a *app, answer *client.CardAnswer) error {
	if answer.Signer == nil {
		return hinted(errors.New("the answer is not signed: there is nothing to keep"),
			a.text("the office signs no answers", "die Poststelle signiert ihre Antworten nicht"))
	}
	if err := keepFreight(c.Save, answer.Message.Plain); err != nil {
		return fmt.Errorf("keeping the answer: %w", err)
	}
	return nil
}

// keepFreight writes freight to a file that must not be there yet, and makes sure
// that it stays.
func keepFreight(path string, freight envelope.Freight) error {
	source, err := freight.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	return writeStream(path, source)
}

func writeStream(path string, source io.Reader) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return hinted(err, "name a file that is not there yet: nothing is overwritten")
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(file, source)
	return errors.Join(err, file.Sync(), file.Close())
}

func (c *cardCmd) none(a *app) error {
	if c.JSON {
		return printJSON(a, cardsView{Cards: []envelope.ProcessCard{}, answerView: answerView{Feedback: []entryView{}}})
	}
	remark(a, a.text("no process cards", "keine Laufzettel"))
	return nil
}

// cardsView is the JSON of card.
type cardsView struct {
	Cards []envelope.ProcessCard `json:"cards"`
	More  bool                   `json:"more"`
	Saved string                 `json:"saved,omitempty"`
	answerView
}

func (c *cardCmd) print(a *app, answer *client.CardAnswer) error {
	if c.JSON {
		return printJSON(a, cardsView{Cards: answer.Cards, More: answer.More, Saved: c.Save, answerView: viewAnswer(&answer.Answer)})
	}
	for i := range answer.Cards {
		printCard(a, &answer.Cards[i])
	}
	if answer.More {
		remark(a, a.text("there are more cards: use --since or --limit", "es gibt weitere Laufzettel: --since oder --limit verwenden"))
	}
	if c.Save != "" {
		remark(a, a.text("signed answer kept in ", "signierte Antwort aufgehoben in ")+c.Save)
	}
	return nil
}

// printCard prints one process card.
func printCard(a *app, card *envelope.ProcessCard) {
	line := func(english, german, value string) {
		if value != "" {
			fmt.Fprintf(a.Stdout, "  %-12s %s\n", a.text(english, german), value)
		}
	}
	fmt.Fprintln(a.Stdout, printable(card.MessageID))
	if card.Subject != nil {
		line("subject", "Betreff", printable(*card.Subject))
	}
	line("created", "Eingang", stampText(card.Creation))
	line("handed out", "Weitergabe", stampText(card.Forwarding))
	line("received", "Empfang", stampText(card.Reception))
	for i := range card.Inspections {
		inspection := &card.Inspections[i]
		line("checked", "geprüft", fmt.Sprintf("%s: math %s, offline %s", printable(inspection.Subject), inspection.Math, inspection.Offline))
	}
}

func stampText(t *envelope.Timestamp) string {
	switch {
	case t == nil:
		return ""
	case t.Algorithm != "":
		return "token " + printable(t.Algorithm)
	}
	return t.At.Local().Format("2006-01-02 15:04:05.999 -07:00")
}

// printable takes from a stranger's text what would drive a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u200d' || !isControl(r) {
			return r
		}
		return '�'
	}, text)
}
