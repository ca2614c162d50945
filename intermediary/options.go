package intermediary

import (
	"errors"
	"io"
	"log/slog"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
	"poststelle/signature/xmltree"
)

// Options make an office. Zero durations and sizes have defaults.
type Options struct {
	// Keys open letters to the office; the first one is the current one.
	// Required.
	Keys []envelope.CipherKey
	// Signer signs answers. Required.
	Signer *signature.Signer
	// Boxes, Cards, Dialogs and Secrets are the mailboxes. Required.
	Boxes   Boxes
	Cards   Cards
	Dialogs Dialogs
	Secrets Secrets
	// Scratch takes decrypted octets. Required.
	Scratch envelope.Scratch
	// Encryption and Signatures say which algorithms are permitted.
	Encryption xmlenc.Policy
	Signatures signature.Policy
	// Limits bound the control part; MaxParts the attachments of one letter.
	Limits   xmltree.Limits
	MaxParts int
	// Open takes letters to any certificate; otherwise only to registered ones.
	Open bool
	// RequireEncryption refuses plain requests, RequireSignature unsigned ones.
	RequireEncryption, RequireSignature bool
	// SignAlways signs answers to unsigned requests, too.
	SignAlways bool
	// WarnUnchecked adds 3707 to every stored letter: issuers and revocation of
	// its certificates were not asked.
	WarnUnchecked bool
	// MaxDeliveryBytes bounds content and attachments of a letter; 0 = none
	// but that of the transport.
	MaxDeliveryBytes int64
	// DialogIdle is how long a dialog lives without a request; 0 = 15 min.
	DialogIdle time.Duration
	// IDLifetime is how long an unused message id can be used; 0 = 30 days.
	IDLifetime time.Duration
	// Host begins every message id: letters, digits, dots and hyphens; "" =
	// "poststelle".
	Host string
	// Now and Rand are clock and randomness. Required.
	Now        func() time.Time
	Rand       io.Reader
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$`)

// complete checks what is required and fills in defaults.
func (o *Options) complete() error {
	switch {
	case len(o.Keys) == 0 || o.Signer == nil:
		return errors.New("intermediary: office without keys")
	case o.Boxes == nil || o.Cards == nil || o.Dialogs == nil || o.Secrets == nil:
		return errors.New("intermediary: office without mailboxes")
	case o.Scratch == nil || o.Now == nil || o.Rand == nil:
		return errors.New("intermediary: office without scratch files, clock or randomness")
	}
	if o.DialogIdle == 0 {
		o.DialogIdle = 15 * time.Minute
	}
	if o.IDLifetime == 0 {
		o.IDLifetime = 30 * 24 * time.Hour
	}
	if o.Host == "" {
		o.Host = "poststelle"
	}
	if !hostForm.MatchString(o.Host) {
		return errors.New("intermediary: host of message ids has other characters than letters, digits, dots and hyphens")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
