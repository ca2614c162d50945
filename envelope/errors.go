package envelope

import "errors"

// Sentinels of this package. Every error of Open wraps at least one of them
// unless the world is at fault (a scratch file that cannot be read); the
// numbers are the codes an office answers with (OSCI 1.2; dossier §16, §19.1).
var (
	// ErrMIME says that the octets are no MIME message as OSCI frames it:
	// headers, boundary, parts, transfer encodings or Content-IDs (9100).
	ErrMIME = errors.New("envelope: no valid OSCI MIME message")

	// ErrTruncated says that the octets end before the closing delimiter: the
	// letter was cut off on its way. It comes together with ErrMIME (9100).
	ErrTruncated = errors.New("envelope: message ends before its closing delimiter")

	// ErrTooLarge says that a limit of ours was passed: the control part, a
	// header, or the number of parts, elements or attributes (9100).
	ErrTooLarge = errors.New("envelope: message exceeds a limit")

	// ErrXML says that the control part is not well formed, not UTF-8, or
	// holds a document type declaration (9100 outside, 9300 once decrypted).
	ErrXML = errors.New("envelope: control part is not acceptable XML")

	// ErrKind says that schemaLocation or message element name no kind we
	// know, or do not name the same one (9100 outside, 9300 once decrypted).
	ErrKind = errors.New("envelope: unknown kind of message")

	// ErrEncrypted says that the wrapper of an encrypted letter is not built
	// as the standard says, or that wrappers are nested (9100).
	ErrEncrypted = errors.New("envelope: encryption wrapper is malformed")

	// ErrUnknownKey says that the wrapper names a cipher certificate for which
	// no private key is here (9200).
	ErrUnknownKey = errors.New("envelope: no key for the named cipher certificate")

	// ErrDecrypt says that the content key or the content could not be
	// decrypted. It never tells which of the two, nor why (9202).
	ErrDecrypt = errors.New("envelope: decryption failed")

	// ErrStructure says that header blocks, Body or a block's children differ
	// from what the schema of the kind demands (9300).
	ErrStructure = errors.New("envelope: message structure is invalid")

	// ErrDuplicateID says that two elements have one Id, or two parts one
	// Content-ID: a reference would have two targets (9100).
	ErrDuplicateID = errors.New("envelope: identifier occurs twice")

	// ErrControl says that the ControlBlock is missing, malformed, or holds
	// what its kind must not hold (9300, or 9400 where the values are wrong).
	ErrControl = errors.New("envelope: ControlBlock is invalid")
)
