package intermediary

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/signature"
)

// dialogState is what is kept of an explicit dialog (dossier §19.2). Its form
// is versioned; an unknown version counts as an unknown dialog.
type dialogState struct {
	Version int `json:"v"`
	// Cipher and Signature are the client's certificates of initDialog.
	Cipher    []byte `json:"cipher"`
	Signature []byte `json:"signature,omitempty"`
	// Sequence is that of the last request, -1 after initDialog.
	Sequence int `json:"sequence"`
	// Challenge is the last one we sent.
	Challenge string `json:"challenge"`
	// Pending is the message id of the delivery handed out last.
	Pending  string    `json:"pending,omitempty"`
	OpenedAt time.Time `json:"openedAt"`
	UsedAt   time.Time `json:"usedAt"`
}

const dialogVersion = 1

// dialog is an explicit dialog while one request of it is worked on.
type dialog struct {
	id       string
	revision uint64 // 0 = not saved yet
	state    dialogState
	release  func()
}

// keyring locks dialogs by their id: one request at a time (dossier §6.3.6).
type keyring struct {
	mu   sync.Mutex
	held map[string]bool
}

// try gives a function that unlocks, or nil if the dialog is locked.
func (k *keyring) try(id string) func() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held[id] {
		return nil
	}
	if k.held == nil {
		k.held = map[string]bool{}
	}
	k.held[id] = true
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.held, id)
	}
}

// resume finds the dialog of a request and checks that the request is the next
// one in it. Nothing of the dialog changes here (dossier §6.3.5).
func (o *Office) resume(ctx context.Context, m *envelope.Message) (*dialog, error) {
	id := m.Control.ConversationID
	release := o.dialogs.try(id)
	if release == nil {
		return nil, errDialogBusy
	}
	d, err := o.load(ctx, id)
	if err == nil {
		err = d.accepts(m)
	}
	if err != nil {
		release()
		return nil, err
	}
	d.release = release
	return d, nil
}

func (o *Office) load(ctx context.Context, id string) (*dialog, error) {
	octets, revision, err := o.Dialogs.Dialog(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("finding dialog: %w", err)
	}
	d := &dialog{id: id, revision: revision}
	if err := json.Unmarshal(octets, &d.state); err != nil || d.state.Version != dialogVersion {
		return nil, fmt.Errorf("%w: state of version %d", errDialog, d.state.Version)
	}
	if o.Now().Sub(d.state.UsedAt) > o.DialogIdle {
		return nil, fmt.Errorf("%w: expired", errDialog)
	}
	return d, nil
}

// accepts checks Response and SequenceNumber, and that a certificate in the
// request is that of initDialog (dossier §6.3.5, §6.3.8).
func (d *dialog) accepts(m *envelope.Message) error {
	if d.state.Challenge == "" || subtle.ConstantTimeCompare([]byte(m.Control.Response), []byte(d.state.Challenge)) != 1 {
		return fmt.Errorf("%w: Response", errDialog)
	}
	if m.Control.SequenceNumber != d.state.Sequence+1 {
		return fmt.Errorf("%w: SequenceNumber %d after %d", errDialog, m.Control.SequenceNumber, d.state.Sequence)
	}
	if c := m.Certificates.First(envelope.CipherOriginator); c != nil && !bytes.Equal(c.Certificate.Raw, d.state.Cipher) {
		return fmt.Errorf("%w: cipher", errDialogParty)
	}
	c := m.Certificates.First(envelope.SignatureOriginator)
	if c != nil && d.state.Signature != nil && !bytes.Equal(c.Certificate.Raw, d.state.Signature) {
		return fmt.Errorf("%w: signature", errDialogParty)
	}
	return nil
}

// cipher is the client's cipher certificate.
func (d *dialog) cipher() (*signature.Certificate, error) {
	return signature.ParseCertificate(d.state.Cipher)
}

// save keeps the state under the revision that was read.
func (o *Office) save(ctx context.Context, d *dialog) error {
	d.state.UsedAt = o.Now()
	octets, err := json.Marshal(d.state)
	if err != nil {
		return fmt.Errorf("writing dialog: %w", err)
	}
	revision, err := o.Dialogs.SaveDialog(ctx, d.id, octets, d.revision)
	if err != nil {
		return err
	}
	d.revision = revision
	return nil
}

// confirm notes that the delivery handed out last was received: the request
// at hand belongs to the same dialog and has passed its checks (dossier
// §10.3, §19.1 step 13).
func (o *Office) confirm(ctx context.Context, d *dialog) error {
	if d.state.Pending == "" {
		return nil
	}
	fact := mailbox.Fact{Reception: envelope.PlainTimestamp(o.Now())}
	if _, err := o.Cards.Record(ctx, d.state.Pending, fact); err != nil && !errors.Is(err, mailbox.ErrNoCard) {
		return fmt.Errorf("confirming %s: %w", d.state.Pending, err)
	}
	d.state.Pending = ""
	return nil
}

// newConversationID makes an unguessable number (dossier §6.3.2).
func (o *Office) newConversationID() (string, error) {
	var octets [8]byte
	if _, err := io.ReadFull(o.Rand, octets[:]); err != nil {
		return "", fmt.Errorf("making a ConversationId: %w", err)
	}
	return strconv.FormatUint(binary.BigEndian.Uint64(octets[:])>>1, 10), nil
}

// newChallenge makes fresh random text.
func (o *Office) newChallenge() (string, error) {
	var octets [24]byte
	if _, err := io.ReadFull(o.Rand, octets[:]); err != nil {
		return "", fmt.Errorf("making a Challenge: %w", err)
	}
	return base64.StdEncoding.EncodeToString(octets[:]), nil
}
