package envelope

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"poststelle/signature"
)

// looks is what of a message must come back as it was written.
type looks struct {
	Kind                Kind
	Control             ControlBlock
	Order               Order
	Languages           []string
	Creation, Reception Quality
	Certificates        Certificates
	Features            *Features
	Custom              []Fragment
	Content             *Fragment
	Attachments         []string
}

func looksOf(t testing.TB, m *Message) looks {
	l := looks{m.Kind, m.Control, m.Order, m.Languages, m.CreationQuality, m.ReceptionQuality, m.Certificates, m.Features, m.Custom, m.Content, nil}
	for _, a := range m.Attachments {
		l.Attachments = append(l.Attachments, a.ContentID+" "+string(readFreight(t, a.Freight)))
	}
	return l
}

func looksOfDraft(t testing.TB, d *Draft) looks {
	l := looks{d.Order.Kind(), d.Control, d.Order, d.Languages, d.CreationQuality, d.ReceptionQuality, d.Certificates, d.Features, d.Custom, d.Content, nil}
	for _, a := range d.Attachments {
		l.Attachments = append(l.Attachments, a.ContentID+" "+string(readFreight(t, a.Freight)))
	}
	return l
}

func compareLooks(want, got looks) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b *signature.Certificate) bool { return a.Equal(b) }),
		cmpopts.IgnoreFields(Fragment{}, "IDs"))
}

// TestEveryKindComesBack writes drafts of every kind and reads them again.
func TestEveryKindComesBack(t *testing.T) {
	o, p := testOpener(t), loadPeople(t)
	for _, kind := range Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				d := drafts(p, kind).Draw(r, "draft")
				m := openOctets(t, o, sealDraft(t, d, SealOptions{}))
				if diff := compareLooks(looksOfDraft(t, d), looksOf(t, m)); diff != "" {
					r.Fatalf("-written +read\n%s", diff)
				}
				if m.Signature != nil || m.Encryption != nil {
					r.Fatalf("unsigned and plain comes back as signed or encrypted")
				}
			})
		})
	}
}

// TestEveryKindComesBackSigned also signs, once per kind: each signature is
// complete and in the element that the kind wants.
func TestEveryKindComesBackSigned(t *testing.T) {
	o := testOpener(t)
	for _, kind := range Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			d := exampleDraft(t, kind)
			owner := roleOwners[signingRoles(kind)[0]]
			m := openOctets(t, o, sealDraft(t, d, SealOptions{Signer: signerNamed(t, owner, "", "")}))
			if !m.Signature.Complete() {
				t.Errorf("not complete: %v %+v, uncovered %v", m.Signature.Err, m.Signature.Report, m.Signature.Uncovered)
			}
			if got, want := m.Signature.Certificate.Fingerprint(), loadPerson(t, owner).certificate.Fingerprint(); got != want {
				t.Errorf("signed by %s, want %s", got, want)
			}
		})
	}
}
