package interop

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/mailbox"
	"poststelle/signature"
)

// clockedOffice is a plain office whose clock the test sets.
func clockedOffice(t testing.TB) (*office, *clock) {
	t.Helper()
	now := newClock()
	post, _ := plainOffice(t, now.by)
	return post, now
}

// letter stores a letter and gives its id.
func (o *office) letter(t testing.TB, from, to string) string {
	t.Helper()
	w := o.wire(from).in(t)
	d := w.store(to)
	if code := w.send(d, envelope.SealOptions{}).code(); code != envelope.CodeExecuted {
		t.Fatalf("storing: code %s", code)
	}
	return storeID(d)
}

// dialled is a person in a fresh dialog.
func (o *office) dialled(t testing.TB, name string) *wire {
	t.Helper()
	w := o.wire(name).in(t)
	w.dial(envelope.SealOptions{})
	return w
}

// ask sends an order in the dialog.
func (w *wire) ask(order envelope.Order) *answer {
	w.t.Helper()
	return w.send(w.draft(order), envelope.SealOptions{})
}

// codes are all codes of an answer, with blanks between.
func (a *answer) codes() string {
	var all []string
	for _, e := range a.feedback() {
		all = append(all, string(e.Code))
	}
	return strings.Join(all, " ")
}

// wantFetch fetches by the rule and demands the codes and the letter; "" = none.
func (w *wire) wantFetch(rule *envelope.SelectionRule, codes, id string) *answer {
	w.t.Helper()
	a := w.ask(envelope.FetchDelivery{Rule: rule})
	order, have := a.Order.(envelope.ResponseToFetchDelivery), ""
	if order.Card != nil {
		have = order.Card.MessageID
	}
	if a.codes() != codes || have != id || (a.Content != nil) != (id != "") {
		w.t.Errorf("codes %s with letter %q, want %s with %q", a.codes(), have, codes, id)
	}
	return a
}

// card is a letter's process card in the store.
func (o *office) card(t testing.TB, to, id string) envelope.ProcessCard {
	t.Helper()
	e, _, err := o.store.Select(context.Background(), mailbox.Query{
		Mailbox: mailbox.AddressOf(certificate(t, to+"-cipher")), MessageID: id,
	})
	check(t, err)
	return e.Card
}

func (o *office) wantReceived(t testing.TB, when, id string, want bool) {
	t.Helper()
	if have := o.card(t, "bob", id).Reception != nil; have != want {
		t.Errorf("%s: received is %t", when, have)
	}
}

// since is a rule by date, spelt as it is.
func since(t testing.TB, mode envelope.SelectionMode, text string) *envelope.SelectionRule {
	t.Helper()
	at, err := envelope.ParseTime(text)
	check(t, err)
	return &envelope.SelectionRule{Mode: mode, Since: at, SinceText: text}
}

// TestConformance106TheOldestUnconfirmedOfThreeComesFirst works through a box
// and skips what was confirmed out of turn.
func TestConformance106TheOldestUnconfirmedOfThreeComesFirst(t *testing.T) {
	post, now := clockedOffice(t)
	var ids []string
	for n := range 3 {
		now.set(time.Duration(n) * time.Minute)
		ids = append(ids, post.letter(t, "alice", "bob"))
	}
	bob := post.dialled(t, "bob")
	bob.wantFetch(byID(ids[1]), "0801", ids[1])
	bob.wantFetch(nil, "0801 3800", ids[0])
	bob.wantFetch(nil, "0801", ids[2])
	bob.wantFetch(nil, "9803", "")
}

// twin is another key with the subject, issuer and serial of a certificate.
func twin(t testing.TB, of *signature.Certificate) envelope.CipherKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	form := &x509.Certificate{
		SerialNumber: of.X509.SerialNumber, RawSubject: of.X509.RawSubject,
		NotBefore: of.X509.NotBefore, NotAfter: of.X509.NotAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, k.Public(), k)
	check(t, err)
	c, err := signature.ParseCertificate(der)
	check(t, err)
	if c.SubjectRFC2253() != of.SubjectRFC2253() || c.IssuerRFC2253() != of.IssuerRFC2253() || c.Serial().Cmp(of.Serial()) != 0 {
		t.Fatal("no twin")
	}
	return envelope.CipherKey{Certificate: c, Key: k}
}

// TestConformance107TwinsOfACertificateGetNothing tries with another client,
// and with one whose certificate looks like the addressee's.
func TestConformance107TwinsOfACertificateGetNothing(t *testing.T) {
	post, _ := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	thief := post.wire("carol")
	thief.cipher = twin(t, certificate(t, "bob-cipher"))
	for name, w := range map[string]*wire{"carol": post.wire("carol"), "sender": post.wire("alice"), "twin": thief} {
		t.Run(name, func(t *testing.T) {
			w = w.in(t)
			w.dial(envelope.SealOptions{})
			w.wantFetch(nil, "9803", "")
			w.wantFetch(byID(id), "9803", "")
			w.wantFetch(since(t, envelope.ByReception, "2000-01-01T00:00:00Z"), "9803", "")
		})
	}
	if post.card(t, "bob", id).Forwarding != nil {
		t.Error("handed out")
	}
}

func TestConformance108FetchByMessageIDFindsConfirmedLettersToo(t *testing.T) {
	post, _ := clockedOffice(t)
	post.letter(t, "alice", "bob")
	second, foreign := post.letter(t, "alice", "bob"), post.letter(t, "alice", "carol")
	bob := post.dialled(t, "bob")
	bob.wantFetch(byID(second), "0801", second)
	again := bob.wantFetch(byID(second), "0801", second)
	post.wantReceived(t, "after the next fetch", second, true)
	if card := again.Order.(envelope.ResponseToFetchDelivery).Card; card.Reception != nil {
		t.Errorf("Reception in the answer to a fetch: %+v", card)
	}
	for _, id := range []string{foreign, "unknown", second + "x", strings.ToUpper(second)} {
		bob.wantFetch(byID(id), "9803", "")
	}
}

func TestConformance109FetchByDateRespectsZones(t *testing.T) {
	post, now := clockedOffice(t)
	first := post.letter(t, "alice", "bob") // at 12:00 UTC
	now.set(time.Hour)
	second := post.letter(t, "alice", "bob")
	for text, want := range map[string]struct{ codes, id string }{
		"2026-11-25T12:00:00Z":             {"0801 3800", first},
		"2026-11-25T13:00:00+01:00":        {"0801 3800", first},
		"2026-11-25T06:30:00.000-05:30":    {"0801 3800", first},
		"2026-11-25T13:00:00.001+01:00":    {"0801", second},
		"2026-11-25T12:00:01Z":             {"0801", second},
		"2026-11-25T07:30:00-05:30":        {"0801", second},
		"2026-11-25T13:00:00":              {"0801 3800", first}, // German time
		"2026-11-25T14:00:01":              {"9803", ""},
		"2026-11-25T12:00:00-02:00":        {"9803", ""},
		"2026-11-26T03:00:00.500000+14:00": {"9803", ""},
	} {
		t.Run(text, func(t *testing.T) {
			post.dialled(t, "bob").wantFetch(since(t, envelope.ByReception, text), want.codes, want.id)
		})
	}
}

// TestConformance110NoMatchHasTheEchoAndNothingElse and 112: the echo is that
// of the request to the letter, whatever was found.
func TestConformance110NoMatchHasTheEchoAndNothingElse(t *testing.T) {
	post, _ := clockedOffice(t)
	bob := post.dialled(t, "bob")
	for name, rule := range map[string]*envelope.SelectionRule{
		"no rule": nil, "id": byID("unknown"), "date": since(t, envelope.ByReception, "2026-11-25T13:00:00.5+01:00"),
	} {
		t.Run(name, func(t *testing.T) {
			bob.t = t
			a := bob.wantFetch(rule, "9803", "")
			if len(a.Attachments) != 0 || a.CertificateBlock != nil || strings.Contains(a.xml(), "ProcessCard") {
				t.Errorf("more than the echo: %s", a.xml())
			}
			wantEcho(t, a, rule)
		})
	}
}

// wantEcho compares the octets of the echo with those of a request.
func wantEcho(t *testing.T, a *answer, rule *envelope.SelectionRule) {
	t.Helper()
	_, rest, _ := strings.Cut(a.xml(), "<osci:fetchDelivery>")
	have, _, found := strings.Cut(rest, "</osci:fetchDelivery>")
	want := ""
	if rule != nil && rule.Mode == envelope.ByMessageID {
		want = "<osci:SelectionRule><osci:MessageId>" + base64Of(rule.MessageIDs[0]) + "</osci:MessageId></osci:SelectionRule>"
	} else if rule != nil {
		want = "<osci:SelectionRule><osci:ReceptionOfDelivery>" + rule.SinceText + "</osci:ReceptionOfDelivery></osci:SelectionRule>"
	}
	if !found || have != want {
		t.Errorf("echo %q, want %q", have, want)
	}
}

func TestConformance111MoreIsSaidExactlyIfThereIsMore(t *testing.T) {
	post, now := clockedOffice(t)
	bob := post.dialled(t, "bob")
	first := post.letter(t, "alice", "bob")
	post.letter(t, "alice", "carol")
	post.letter(t, "bob", "alice")
	bob.wantFetch(nil, "0801", first) // the letters of others are not more
	now.set(time.Second)
	post.letter(t, "alice", "bob")
	bob.wantFetch(byID(first), "0801", first) // nor is what the rule does not select
	rule := since(t, envelope.ByReception, "2026-11-25T12:00:00Z")
	now.set(2 * time.Second)
	third := post.letter(t, "alice", "bob")
	if a := bob.ask(envelope.FetchDelivery{Rule: rule}); a.codes() != "0801 3800" {
		t.Errorf("codes %s", a.codes())
	}
	bob.wantFetch(rule, "0801", third)
}

// TestConformance112EchoHasOurPrefix has a client with another prefix and one
// with its own spelling of the date.
func TestConformance112EchoHasOurPrefix(t *testing.T) {
	post, _ := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	rules := map[string]*envelope.SelectionRule{
		"no rule": nil, "id": byID(id), "date": since(t, envelope.ByReception, "2026-11-25T13:00:00.000+01:00"),
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			bob := post.dialled(t, "bob")
			octets := bob.octets(bob.draft(envelope.FetchDelivery{Rule: rule}), envelope.SealOptions{})
			a := bob.exchange([]byte(renamePrefix(string(octets), "osci", "o")))
			if a.code() != envelope.CodeDialogOpen {
				t.Fatalf("code %s", a.code())
			}
			wantEcho(t, a, rule)
		})
	}
}

// TestConformance117AddresseeSignatureIsNotEmitted: the schema has no place
// for it in a storeDelivery, so it is refused on the way in.
func TestConformance117AddresseeSignatureIsNotEmitted(t *testing.T) {
	post, alice := plainOffice(t)
	letter := alice.store("bob")
	letter.Certificates = append(letter.Certificates, alice.certificates(envelope.SignatureAddressee, certificate(t, "bob-signature"))...)
	before := fmt.Sprintf(`<osci:%s Id=`, envelope.SignatureAddressee)
	octets := alice.octets(letter, envelope.SealOptions{})
	if !strings.Contains(string(octets), before) {
		t.Fatal("the letter has no such certificate")
	}
	alice.demand(octets, envelope.CodeRequestInvalid)
	post.dialled(t, "bob").wantFetch(nil, "9803", "")
}

func TestConformance118ForwardingFollowsCreation(t *testing.T) {
	post, now := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	now.set(time.Hour)
	a := post.dialled(t, "bob").wantFetch(nil, "0801", id)
	card := a.Order.(envelope.ResponseToFetchDelivery).Card
	if !card.Creation.At.Equal(noon) || card.Forwarding == nil || !card.Forwarding.At.Equal(noon.Add(time.Hour)) || card.Reception != nil {
		t.Errorf("card %+v", card)
	}
}

func TestConformance119TheNextRequestConfirmsInTheStore(t *testing.T) {
	post, now := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	bob := post.dialled(t, "bob")
	bob.wantFetch(nil, "0801", id)
	post.wantReceived(t, "after the hand-out", id, false)
	post.dialled(t, "bob").ask(envelope.FetchProcessCard{})
	post.dialled(t, "alice").ask(envelope.FetchProcessCard{})
	post.wantReceived(t, "after other dialogs", id, false)
	now.set(time.Minute)
	bob.ask(envelope.FetchProcessCard{})
	card := post.card(t, "bob", id)
	if card.Reception == nil || !card.Reception.At.Equal(noon.Add(time.Minute)) {
		t.Fatalf("card %+v", card)
	}
	now.set(2 * time.Minute)
	bob.ask(envelope.FetchProcessCard{})
	if again := post.card(t, "bob", id); !again.Reception.At.Equal(card.Reception.At) {
		t.Error("confirmed twice")
	}
}

func TestConformance120AbandonedDialogsLeaveTheLetter(t *testing.T) {
	post, _ := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	for range 3 {
		post.dialled(t, "bob").wantFetch(nil, "0801", id)
		post.wantReceived(t, "abandoned", id, false)
	}
}

// TestConformance121NoFaultConfirms has every sort of fault after a hand-out.
func TestConformance121NoFaultConfirms(t *testing.T) {
	post, _ := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	bob := post.dialled(t, "bob")
	bob.wantFetch(nil, "0801", id)
	for code, octets := range faultyRequests(t, bob) {
		bob.demand(octets, code)
		post.wantReceived(t, string("after "+code), id, false)
	}
	bob.demand(bob.altered(bob.draft(envelope.ExitDialog{}), func(c *envelope.ControlBlock) { c.Response = "wrong" }), envelope.CodeDialogWrong)
	post.wantReceived(t, "after a wrong exit", id, false)
	bob.ask(envelope.GetMessageID{})
	post.wantReceived(t, "after a right request", id, true)
}

func TestConformance122ExitConfirmsInTheStore(t *testing.T) {
	post, now := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	bob := post.dialled(t, "bob")
	bob.wantFetch(nil, "0801", id)
	now.set(time.Minute)
	if a := bob.ask(envelope.ExitDialog{}); a.code() != envelope.CodeExecuted {
		t.Errorf("code %s", a.code())
	}
	if card := post.card(t, "bob", id); card.Reception == nil || !card.Reception.At.Equal(noon.Add(time.Minute)) {
		t.Errorf("card %+v", card)
	}
	post.dialled(t, "bob").wantFetch(nil, "9803", "")
}
