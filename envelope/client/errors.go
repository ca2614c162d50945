package client

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"poststelle/envelope"
)

// Sentinels. Faults of the office are *envelope.Fault, orders that it did not
// carry out *FeedbackError; what the poster gives is wrapped as it is.
var (
	// ErrOptions says that New was given too little.
	ErrOptions = errors.New("client: options are incomplete")

	// ErrDialog says that an answer does not answer our request: another
	// challenge, conversation or number (OSCI 1.2; dossier §6.3).
	ErrDialog = errors.New("client: answer belongs to another request")

	// ErrAnswer says that an answer is of another kind than the request's, or
	// misses what it must have.
	ErrAnswer = errors.New("client: answer is not what was asked for")

	// ErrUnencrypted says that an encrypted request was answered in the clear.
	ErrUnencrypted = errors.New("client: answer to an encrypted request is not encrypted")

	// ErrUnsigned says that an answer is not signed though the office's
	// certificate is known.
	ErrUnsigned = errors.New("client: answer is not signed")

	// ErrSignature says that the signature of an answer is wrong or does not
	// cover all of it.
	ErrSignature = errors.New("client: signature of the answer does not hold")

	// ErrSigner says that an answer is signed by somebody else than the office.
	ErrSigner = errors.New("client: answer is signed by somebody else")

	// ErrEnded says that the dialog is over: it was left, abandoned, or an
	// answer in it could not be understood.
	ErrEnded = errors.New("client: dialog is over")
)

// FeedbackError is an order that the office understood and did not carry out.
// The dialog goes on after it.
type FeedbackError struct {
	// Order is the kind of the request.
	Order    envelope.Kind
	Feedback envelope.Feedback
}

// Code is the decisive code, such as envelope.CodeNoDelivery.
func (e *FeedbackError) Code() envelope.Code { return e.Feedback.Decisive() }

// Error says code and text; of the text, which is the office's, so much as is
// fit to be shown.
func (e *FeedbackError) Error() string {
	code := e.Code()
	for _, entry := range e.Feedback {
		if entry.Code == code {
			return fmt.Sprintf("client: %s was refused: %.4s (%s)", e.Order, code, showable(entry.Text))
		}
	}
	return fmt.Sprintf("client: %s was refused: %.4s", e.Order, code)
}

// showable is a stranger's text on one line, of bounded length.
func showable(text string) string {
	line := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	if len(line) > 300 {
		line = append(line[:300], '…')
	}
	return string(line)
}

// IsCode tells whether err is a refusal with that code on either level: of the
// order or of the message.
func IsCode(err error, code envelope.Code) bool {
	if refused := (*FeedbackError)(nil); errors.As(err, &refused) {
		return refused.Code() == code
	}
	fault := (*envelope.Fault)(nil)
	return errors.As(err, &fault) && fault.Code == code
}
