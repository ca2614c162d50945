package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

// Post carries a request to the office and brings its answer. It may read the
// parcel once and closes nothing of it.
type Post func(ctx context.Context, request envelope.Parcel) (envelope.Sealed, error)

// Options say who speaks to which office, and how.
type Options struct {
	// Post is required.
	Post Post
	// IntermediaryCipher is the office's cipher certificate; required unless
	// Plain.
	IntermediaryCipher *signature.Certificate
	// IntermediarySignature is the office's signature certificate. nil accepts
	// answers unsigned or signed by anybody, and every Answer says so.
	IntermediarySignature *signature.Certificate
	// Cipher is the own mailbox: answers and letters are encrypted for it.
	// Required unless Plain, and by Dial.
	Cipher envelope.CipherKey
	// Signer signs requests; required unless Unsigned.
	Signer *signature.Signer
	// Scratch takes decrypted answers and encrypted files. Required.
	Scratch envelope.Scratch
	// Plain sends requests unencrypted, Unsigned without a signature.
	Plain, Unsigned bool
	// Method and KeyTransport protect requests; zero = defaults.
	Method       xmlenc.Method
	KeyTransport xmlenc.KeyTransport
	// Encryption and Signatures say what answers and letters may use.
	Encryption xmlenc.Policy
	Signatures signature.Policy
	// Languages are wanted for the office's texts in order of preference; nil =
	// German.
	Languages []string
	// Now and Rand are the clock and the source of keys; nil = the system's.
	Now  func() time.Time
	Rand io.Reader
}

// Client speaks to one office for one owner of keys. It has no state: it may
// be used by many goroutines, and each Dialog by one at a time.
type Client struct {
	o      Options
	opener *envelope.Opener
}

// New makes a client; it sends nothing.
func New(o Options) (*Client, error) {
	switch {
	case o.Post == nil || o.Scratch == nil:
		return nil, fmt.Errorf("%w: Post and Scratch are required", ErrOptions)
	case !o.Plain && o.IntermediaryCipher == nil:
		return nil, fmt.Errorf("%w: encryption wants the office's cipher certificate", ErrOptions)
	case !o.Plain && (o.Cipher.Certificate == nil || o.Cipher.Key == nil):
		return nil, fmt.Errorf("%w: encrypted answers want an own cipher key", ErrOptions)
	case !o.Unsigned && o.Signer == nil:
		return nil, fmt.Errorf("%w: signing wants a Signer", ErrOptions)
	}
	complete(&o)
	opener := &envelope.Opener{
		Scratch: o.Scratch, Encryption: o.Encryption, Signatures: o.Signatures, Now: o.Now, Rand: o.Rand,
	}
	if o.Cipher.Key != nil {
		opener.Keys = []envelope.CipherKey{o.Cipher}
	}
	return &Client{o: o, opener: opener}, nil
}

func complete(o *Options) {
	if o.Method.Cipher.URI == "" {
		o.Method = xmlenc.DefaultMethod()
	}
	if o.KeyTransport.URI == "" {
		o.KeyTransport = xmlenc.DefaultKeyTransport()
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"de"}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
}
