package intermediary

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"poststelle/envelope"
	"poststelle/signature"
)

// Office is the running post office. It may be used by many goroutines.
type Office struct {
	Options
	opener  *envelope.Opener
	ids     *ids
	dialogs keyring
	metrics *metrics
}

// New checks the options. It starts nothing.
func New(o Options) (*Office, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	return &Office{
		Options: o,
		opener: &envelope.Opener{
			Keys: o.Keys, Scratch: o.Scratch, Encryption: o.Encryption, Signatures: o.Signatures,
			Limits: o.Limits, MaxParts: o.MaxParts, Certificates: &signature.Cache{}, Now: o.Now, Rand: o.Rand,
		},
		ids:     &ids{host: o.Host, lifetime: o.IDLifetime, now: o.Now, rand: o.Rand, secrets: o.Secrets},
		metrics: newMetrics(o.Registerer),
	}, nil
}

// Run fetches what the office needs before its first letter, then waits for
// the end: an exchange is driven by whoever calls it.
func (o *Office) Run(ctx context.Context) error {
	if _, err := o.ids.key(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// Exchange is the road of every letter: open, admit, perform, commit, answer.
// Each step's result is the next one's only argument. It takes the letter
// over. An error is trouble: no answer could be made and nothing was said to
// be done; the sender may come again.
func (o *Office) Exchange(ctx context.Context, sealed envelope.Sealed) (parcel envelope.Parcel, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			o.bug(ctx, nil, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			parcel, err = envelope.NewFault(envelope.CodeInternal, nil).Parcel(o.Rand)
		}
	}()
	return o.road(ctx, sealed)
}

// road is Exchange without the net beneath it.
func (o *Office) road(ctx context.Context, sealed envelope.Sealed) (envelope.Parcel, error) {
	m, err := o.opener.Open(ctx, sealed)
	if err != nil {
		return o.fault(ctx, nil, err)
	}
	defer m.Close() // an answer holds nothing of the request
	a, err := o.admit(ctx, m)
	if err != nil {
		return o.fault(ctx, m, err)
	}
	defer a.release()
	parcel, err := o.answer(ctx, o.perform(ctx, a))
	if err != nil {
		return o.fault(ctx, m, err)
	}
	return parcel, nil
}

// Refuse answers a body that never became a letter: it was cut off or too
// large (9100).
func (o *Office) Refuse(cut error) (envelope.Parcel, error) {
	return o.fault(context.Background(), nil, &refusal{code: envelope.CodeMessageInvalid, cause: cut})
}

// fault answers on the level of the message. What is not the letter's fault is
// trouble, which has no answer here: the transport says "come again".
func (o *Office) fault(ctx context.Context, m *envelope.Message, err error) (envelope.Parcel, error) {
	r := refuse(err)
	if r == nil {
		o.metrics.troubles.Inc()
		o.Logger.WarnContext(ctx, "letter not handled", "kind", kindOf(m), "err", err)
		return nil, err
	}
	if !r.code.Fault() {
		bug := fmt.Errorf("order-level code %s outside of an answer: %w", r.code, err)
		o.bug(ctx, m, bug)
		r = &refusal{code: envelope.CodeInternal, cause: bug}
	}
	o.logRefusal(ctx, m, r)
	var languages []string
	if m != nil {
		languages = m.Languages
	}
	parcel, err := envelope.NewFault(r.code, languages).Parcel(o.Rand)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("writing a fault: %w", err), r)
	}
	return parcel, nil
}

// logRefusal writes the one line that says why a letter was refused.
func (o *Office) logRefusal(ctx context.Context, m *envelope.Message, r *refusal) {
	o.metrics.refusals.WithLabelValues(string(r.code)).Inc()
	o.Logger.InfoContext(ctx, "letter refused", "kind", kindOf(m), "dialog", dialogOf(m),
		"msg_id", messageIDOf(m), "code", string(r.code), "err", r.cause.Error())
}

// bug is our own fault: an alarm and a line that a human has to look at.
func (o *Office) bug(ctx context.Context, m *envelope.Message, err error) {
	o.metrics.bugs.Inc()
	o.Logger.ErrorContext(ctx, "impossible state", "kind", kindOf(m), "err", err)
}

func kindOf(m *envelope.Message) string {
	if m == nil {
		return ""
	}
	return m.Kind.String()
}

func dialogOf(m *envelope.Message) string {
	if m == nil {
		return ""
	}
	return m.Control.ConversationID
}

func messageIDOf(m *envelope.Message) string {
	if m == nil {
		return ""
	}
	if order, ok := m.Order.(envelope.StoreDelivery); ok {
		return order.MessageID
	}
	return ""
}
