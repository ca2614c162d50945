package signature

import "errors"

// Sentinels. Verify wraps the first four when a signature is not acceptable
// at all; the others stand in a Report.
var (
	// ErrStructure says that ds:Signature is not built as the schema and this
	// program's limits want it.
	ErrStructure = errors.New("signature: structure is not acceptable")
	// ErrAlgorithm says that an algorithm is unknown or not permitted now.
	ErrAlgorithm = errors.New("signature: algorithm is not permitted")
	// ErrTransform says that a reference has a transform that is not followed.
	ErrTransform = errors.New("signature: transform is not permitted")
	// ErrKey says that no usable key was found for the signature.
	ErrKey = errors.New("signature: no usable key")
	// ErrKeyUsage says that the certificate is not meant for signing.
	ErrKeyUsage = errors.New("signature: certificate is not for signing")
	// ErrDangling says that a reference names nothing that may be referenced.
	ErrDangling = errors.New("signature: reference leads nowhere")
	// ErrUnread says that a part was opened and could not be read to its end:
	// whether its digest is right is not known.
	ErrUnread = errors.New("signature: part cannot be read")
	// ErrDigest says that what is referenced is not what was signed.
	ErrDigest = errors.New("signature: digest does not match")
	// ErrValue says that the signature value is wrong.
	ErrValue = errors.New("signature: value is wrong")
	// ErrCertificate says that octets are no X.509 certificate.
	ErrCertificate = errors.New("signature: no X.509 certificate")
)
