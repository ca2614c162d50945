package intermediary

import (
	"errors"
	"fmt"

	"poststelle/envelope"
)

// Sentinels: why the office refuses a letter. refusal.go has their codes.
var (
	// errKind says that the message is no request to an intermediary.
	errKind = errors.New("intermediary: message is no request to an intermediary")
	// errNotOffered says that this office does not carry out such orders.
	errNotOffered = errors.New("intermediary: order is not offered")
	// errPlain says that a plain request came where encryption is required.
	errPlain = errors.New("intermediary: request is not encrypted")
	// errDialog says that ConversationId, SequenceNumber or Response is wrong.
	errDialog = errors.New("intermediary: dialog data are wrong")
	// errDialogBusy says that a request of the same dialog is under way.
	errDialogBusy = errors.New("intermediary: dialog has a request under way")
	// errDialogParty says that a certificate differs from that of initDialog.
	errDialogParty = errors.New("intermediary: certificate is not that of the dialog")
	// errNoDialog says that the order needs an explicit dialog.
	errNoDialog = errors.New("intermediary: order needs an explicit dialog")
	// errNoClientCipher says that nobody knows for whom to encrypt the answer.
	errNoClientCipher = errors.New("intermediary: client's cipher certificate is missing or unusable")
	// errUnsigned says that a signature is required and missing.
	errUnsigned = errors.New("intermediary: request is not signed")
	// errSignature says that the transport signature is wrong.
	errSignature = errors.New("intermediary: signature is wrong")
	// errUnjudged says that the signature could not be checked: trouble of
	// ours, which the sender is told as such.
	errUnjudged = errors.New("intermediary: signature could not be checked")
	// errUncovered says that the signature leaves parts out.
	errUncovered = errors.New("intermediary: signature does not cover everything")
	// errNoID says that a delivery has no message id.
	errNoID = errors.New("intermediary: delivery without message id")
	// errForeignID says that the message id was not issued here or has expired.
	errForeignID = errors.New("intermediary: message id was not issued here")
	// errNoBox says that the addressee has no mailbox here.
	errNoBox = errors.New("intermediary: addressee has no mailbox here")
	// errTooLarge says that the letter is larger than the mailbox takes.
	errTooLarge = errors.New("intermediary: letter is larger than the mailbox takes")
	// errContentUnsigned says that content is visibly unsigned where the
	// mailbox demands author's signatures.
	errContentUnsigned = errors.New("intermediary: content is not signed")
)

// refusal is a letter's own fault: its code goes to the sender, its cause to
// the log and nowhere else.
type refusal struct {
	code  envelope.Code
	cause error
}

func (r *refusal) Error() string { return fmt.Sprintf("refused with %s: %v", r.code, r.cause) }
func (r *refusal) Unwrap() error { return r.cause }
