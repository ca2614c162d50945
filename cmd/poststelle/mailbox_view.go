package main

import (
	"fmt"
	"time"

	"poststelle/mailbox"
)

// boxView is the JSON of a mailbox.
type boxView struct {
	Name        string           `json:"name"`
	Address     mailbox.Address  `json:"address"`
	Certificate *certificateView `json:"certificate"`
	Rules       rulesView        `json:"rules"`
	CreatedAt   time.Time        `json:"createdAt"`
}

// rulesView has durations as people write them.
type rulesView struct {
	TransportSignature bool   `json:"transportSignature"`
	ContentSignature   bool   `json:"contentSignature"`
	MaxBytes           int64  `json:"maxBytes"`
	Retention          string `json:"retention"`
}

func viewBox(b mailbox.Box) boxView {
	return boxView{
		Name: b.Name, Address: b.Address, Certificate: viewCertificate(b.Certificate), CreatedAt: b.CreatedAt,
		Rules: rulesView{b.Rules.TransportSignature, b.Rules.ContentSignature, b.Rules.MaxBytes, period(b.Rules.Retention).String()},
	}
}

// printBox tells a person about a mailbox and what it demands of letters.
func printBox(a *app, c *config, b mailbox.Box) {
	row := func(english, german, value string) {
		fmt.Fprintf(a.Stdout, "%-24s %s\n", a.text(english, german)+":", value)
	}
	demand := func(required bool) string {
		if required {
			return a.text("required", "verlangt")
		}
		return a.text("not required", "nicht verlangt")
	}
	limit := a.text("the office's limit, ", "Grenze der Poststelle, ") + c.Limits.MessageBytes.String()
	if b.Rules.MaxBytes > 0 {
		limit = size(b.Rules.MaxBytes).String()
	}
	retention := a.text("for ever", "unbegrenzt")
	if b.Rules.Retention > 0 {
		retention = period(b.Rules.Retention).String() + a.text(" after confirmation", " nach Bestätigung")
	}
	view := viewCertificate(b.Certificate)
	row("name", "Name", printable(b.Name))
	row("address", "Adresse", string(b.Address))
	row("owner", "Inhaber", printable(view.Subject))
	row("fingerprint", "Fingerabdruck", view.Fingerprint)
	row("certificate valid until", "Zertifikat gültig bis", view.NotAfter.Format(time.DateOnly))
	row("registered", "eingetragen", b.CreatedAt.Format(time.RFC3339))
	row("transport signature", "Transportsignatur", demand(b.Rules.TransportSignature))
	row("content signature", "Inhaltssignatur", demand(b.Rules.ContentSignature))
	row("largest letter", "größter Brief", limit)
	row("content is kept", "Inhalt wird behalten", retention)
}
