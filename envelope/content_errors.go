package envelope

import "errors"

// Sentinels of content. They speak about what only authors and readers see:
// an office never meets them.
var (
	// ErrNoContent says that the message has no ContentPackage to open.
	ErrNoContent = errors.New("envelope: message has no content")

	// ErrOtherReaders says that content is encrypted, and for none of our keys.
	ErrOtherReaders = errors.New("envelope: content is encrypted for other readers")

	// ErrPartMissing says that content names a part that did not come along.
	ErrPartMissing = errors.New("envelope: part named by the content is missing")

	// ErrContentUnsigned says that a text or file is covered by no valid
	// signature of an author.
	ErrContentUnsigned = errors.New("envelope: content is covered by no valid signature")

	// ErrWriting says that a Writing cannot be composed as it is.
	ErrWriting = errors.New("envelope: content cannot be written")
)
