package mailbox

import "errors"

// Sentinels. Every other error is trouble: the world is at fault and nothing
// was acknowledged.
var (
	// ErrNoBox says that no such mailbox is registered.
	ErrNoBox = errors.New("mailbox: no such mailbox")
	// ErrBoxExists says that the certificate has a mailbox already.
	ErrBoxExists = errors.New("mailbox: mailbox exists")
	// ErrBoxInUse says that a mailbox still holds letters nobody confirmed.
	ErrBoxInUse = errors.New("mailbox: mailbox holds unconfirmed letters")
	// ErrIDUsed says that a delivery with that message id was taken before (9801).
	ErrIDUsed = errors.New("mailbox: message id was used")
	// ErrNoDelivery says that no letter fits the query (9803).
	ErrNoDelivery = errors.New("mailbox: no such delivery")
	// ErrNoCard says that no card fits the query (9804).
	ErrNoCard = errors.New("mailbox: no such process card")
	// ErrNoDialog says that the dialog is unknown, ended or expired (9400).
	ErrNoDialog = errors.New("mailbox: no such dialog")
	// ErrDialogMoved says that somebody else advanced the dialog meanwhile (9400).
	ErrDialogMoved = errors.New("mailbox: dialog was advanced by another request")
	// ErrDamaged says that a stored letter is not what was put in. It is never
	// handed out.
	ErrDamaged = errors.New("mailbox: stored letter is damaged")
)

// errOther says that freight does not have the size and digest it announced: a
// fault of the caller, who had it from its own reading of the letter.
var errOther = errors.New("mailbox: content is not what was announced")
