package intermediary

import (
	"context"
	"crypto/rsa"
	"fmt"

	"poststelle/envelope"
	"poststelle/signature"
)

// admitted is a request whose dialog and signature were judged. Only admit
// makes one, and only an admitted request is performed.
type admitted struct {
	m *envelope.Message
	// dialog is the explicit dialog, nil for a request by itself and for
	// initDialog.
	dialog *dialog
	// cipher is the client's cipher certificate; nil if it has shown none.
	cipher *signature.Certificate
	// signer is the certificate of a valid and complete transport signature;
	// nil if the request is unsigned.
	signer *signature.Certificate
	// warnings go with a success.
	warnings []envelope.Code
	// refused is set if the order must not be carried out: the answer says why,
	// on the level of the order.
	refused *refusal
}

// release unlocks the dialog.
func (a *admitted) release() {
	if a.dialog != nil && a.dialog.release != nil {
		a.dialog.release()
	}
}

// admit judges a request (dossier §19.1, steps 8 to 13). An error is answered
// with a fault and changes no dialog; a refusal on the level of the order is
// in the result.
func (o *Office) admit(ctx context.Context, m *envelope.Message) (*admitted, error) {
	if err := o.offered(m); err != nil {
		return nil, err
	}
	a := &admitted{m: m}
	if m.Control.ConversationID != "" {
		d, err := o.resume(ctx, m)
		if err != nil {
			return nil, err
		}
		a.dialog = d
	}
	if err := o.judge(ctx, a); err != nil {
		a.release()
		return nil, err
	}
	return a, nil
}

// offered says whether such a message is for an office at all.
func (o *Office) offered(m *envelope.Message) error {
	if !m.Kind.IsRequest() || m.Kind == envelope.KindAcceptDelivery || m.Kind == envelope.KindProcessDelivery {
		return fmt.Errorf("%w: %s", errKind, m.Kind)
	}
	if o.RequireEncryption && m.Encryption == nil {
		return errPlain
	}
	return nil
}

// judge runs the checks after the dialog was found, in the dossier's order.
func (o *Office) judge(ctx context.Context, a *admitted) error {
	if err := o.judgeCipher(a); err != nil {
		return err
	}
	if a.dialog == nil && a.m.Kind != envelope.KindInitDialog && !a.m.Kind.AllowsImplicit() {
		a.refused = refuse(errNoDialog)
		return nil
	}
	if err := o.judgeSignature(a); err != nil {
		if a.refused = refuse(err); a.refused == nil {
			return err
		}
		return nil
	}
	if a.dialog != nil {
		return o.confirm(ctx, a.dialog)
	}
	return nil
}

// minCipherBits is the shortest RSA key for which an answer is encrypted.
const minCipherBits = 2048

// judgeCipher finds for whom an answer is encrypted (steps 9 and 10): the
// certificate of this request, else that of its dialog.
func (o *Office) judgeCipher(a *admitted) error {
	if c := a.m.Certificates.First(envelope.CipherOriginator); c != nil {
		a.cipher = c.Certificate
	} else if a.dialog != nil {
		cipher, err := a.dialog.cipher()
		if err != nil {
			return fmt.Errorf("%w: %w", errNoClientCipher, err)
		}
		a.cipher = cipher
	}
	needed := a.m.Encryption != nil || a.m.Kind == envelope.KindInitDialog
	if a.cipher == nil {
		if needed {
			return errNoClientCipher
		}
		return nil
	}
	if key, ok := a.cipher.PublicKey().(*rsa.PublicKey); a.m.Encryption != nil && (!ok || key.N.BitLen() < minCipherBits) {
		return fmt.Errorf("%w: no RSA key of %d bits or more", errNoClientCipher, minCipherBits)
	}
	if a.cipher.X509 != nil && !a.cipher.ValidAt(o.Now()) {
		a.warnings = append(a.warnings, envelope.CodeClientCipherOutdated)
	}
	return nil
}

// judgeSignature applies the signature policy (steps 11 and 12). A signature
// that is there must be right and cover everything, required or not.
func (o *Office) judgeSignature(a *admitted) error {
	s := a.m.Signature
	switch {
	case s == nil && o.RequireSignature:
		return errUnsigned
	case s == nil:
		return nil
	// The causes are told but not wrapped: some of them have a code of their
	// own where they happen elsewhere (a missing part, an unknown certificate).
	case s.Trouble() != nil:
		return fmt.Errorf("%w: %v", errUnjudged, s.Trouble())
	case s.Err != nil:
		return fmt.Errorf("%w: %v", errSignature, s.Err)
	case !s.Valid():
		return fmt.Errorf("%w: %v", errSignature, s.Report.Err())
	case !s.Complete():
		return fmt.Errorf("%w: %v", errUncovered, s.Uncovered)
	}
	a.signer = s.Certificate
	if !a.signer.ValidAt(o.Now()) {
		a.warnings = append(a.warnings, envelope.CodeClientSignatureOutdated)
	}
	return nil
}
