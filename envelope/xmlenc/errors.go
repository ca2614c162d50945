package xmlenc

import "errors"

var (
	// ErrDecrypt is every failure with secret material: wrong key, wrong
	// padding, wrong tag, cut-off ciphertext.
	ErrDecrypt = errors.New("xmlenc: decryption failed")
	// ErrAlgorithm says that an algorithm is unknown or not permitted now.
	ErrAlgorithm = errors.New("xmlenc: algorithm is not permitted")
	// ErrIVLength says that an IvLength other than 12 or 16 was given.
	ErrIVLength = errors.New("xmlenc: IV length is not permitted")
	// ErrTooLong says that more was written than AES-GCM can protect.
	ErrTooLong = errors.New("xmlenc: message is too long for its cipher")
)
