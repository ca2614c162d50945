package intermediary

import (
	"errors"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// codeRow says which code a sentinel has at the sender.
type codeRow struct {
	sentinel error
	code     envelope.Code
}

// codeTable is the one place where codes are chosen (dossier §16, §17, §19.1).
// The first row that fits counts, so finer sentinels stand before coarser ones.
// A sentinel that is in no row is not the letter's fault.
func codeTable() []codeRow {
	return []codeRow{
		{envelope.ErrUnknownKey, envelope.CodeKeyUnknown},
		{envelope.ErrDecrypt, envelope.CodeDecryptionFailed},
		{envelope.ErrDuplicateID, envelope.CodeMessageInvalid},
		{envelope.ErrTruncated, envelope.CodeMessageInvalid},
		{envelope.ErrMIME, envelope.CodeMessageInvalid},
		{envelope.ErrTooLarge, envelope.CodeMessageInvalid},
		{envelope.ErrXML, envelope.CodeMessageInvalid},
		{envelope.ErrKind, envelope.CodeMessageInvalid},
		{envelope.ErrEncrypted, envelope.CodeMessageInvalid},
		{envelope.ErrControl, envelope.CodeRequestInvalid},
		{envelope.ErrStructure, envelope.CodeRequestInvalid},

		{errKind, envelope.CodeRequestInvalid},
		{errNotOffered, envelope.CodeNotExecuted},
		{errPlain, envelope.CodeRequestInvalid},
		{errDialog, envelope.CodeDialogWrong},
		{errDialogBusy, envelope.CodeDialogWrong},
		{errDialogParty, envelope.CodeDialogWrong},
		{mailbox.ErrNoDialog, envelope.CodeDialogWrong},
		{mailbox.ErrDialogMoved, envelope.CodeDialogWrong},
		{errNoClientCipher, envelope.CodeClientCipherMissing},

		{errNoDialog, envelope.CodeDialogRequired},
		{errUnsigned, envelope.CodeSignatureMissing},
		{errSignature, envelope.CodeSignatureWrong},
		{errUnjudged, envelope.CodeSignatureInternal},
		{errUncovered, envelope.CodeSignatureIncomplete},
		{errContentUnsigned, envelope.CodeSignatureMissing},
		{errNoID, envelope.CodeMessageIDMissing},
		{errForeignID, envelope.CodeMessageIDUnknown},
		{mailbox.ErrIDUsed, envelope.CodeMessageIDUnknown},
		{errNoBox, envelope.CodeRecipientRefused},
		{mailbox.ErrNoBox, envelope.CodeRecipientRefused},
		{errTooLarge, envelope.CodeRecipientRefused},
		{mailbox.ErrNoDelivery, envelope.CodeNoDelivery},
		{mailbox.ErrNoCard, envelope.CodeNoProcessCard},
	}
}

// refuse makes a refusal of an error whose sentinel has a code; nil if the
// error is not the letter's fault.
func refuse(err error) *refusal {
	var made *refusal
	if errors.As(err, &made) {
		return made
	}
	for _, row := range codeTable() {
		if errors.Is(err, row.sentinel) {
			return &refusal{code: row.code, cause: err}
		}
	}
	return nil
}
