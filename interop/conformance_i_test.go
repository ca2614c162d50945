package interop

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
)

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// wantCards asks for cards and demands the codes and the cards' ids in order.
func (w *wire) wantCards(order envelope.FetchProcessCard, codes string, ids ...string) *answer {
	w.t.Helper()
	a := w.ask(order)
	var have []string
	for _, card := range a.Order.(envelope.ResponseToFetchProcessCard).Cards {
		have = append(have, card.MessageID)
	}
	if a.codes() != codes || strings.Join(have, " ") != strings.Join(ids, " ") {
		w.t.Errorf("codes %s with cards\n%q, want %s with\n%q", a.codes(), have, codes, ids)
	}
	return a
}

// TestConformance123OnlyThePartiesSeeACard asks for one card as everybody, and
// for that of a letter whose sender showed a signature certificate only.
func TestConformance123OnlyThePartiesSeeACard(t *testing.T) {
	post, alice := plainOffice(t)
	id := post.letter(t, "alice", "bob")
	order := envelope.FetchProcessCard{Rule: byID(id)}
	post.dialled(t, "alice").wantCards(order, "0801", id)
	post.dialled(t, "bob").wantCards(order, "0801", id)
	post.dialled(t, "carol").wantCards(order, "9804")
	thief := post.wire("carol")
	thief.cipher = twin(t, certificate(t, "bob-cipher"))
	thief.dial(envelope.SealOptions{})
	thief.wantCards(order, "9804")

	d := alice.store("bob")
	d.Certificates = alice.certificates(envelope.CipherAddressee, certificate(t, "bob-cipher"))
	alice.demand(alice.octets(d, alice.signed()), envelope.CodeExecuted)
	order.Rule = byID(storeID(d))
	for name, want := range map[string]envelope.Code{"alice": envelope.CodeDialogOpen, "carol": envelope.CodeNoProcessCard} {
		w := post.wire(name)
		w.dial(w.signed())
		if a := w.send(w.draft(order), w.signed()); a.code() != want {
			t.Errorf("signature certificate of %s: code %s, want %s", name, a.code(), want)
		}
	}
}

func TestConformance124UnknownIDsAreSkipped(t *testing.T) {
	post, _ := clockedOffice(t)
	first, second := post.letter(t, "alice", "bob"), post.letter(t, "bob", "alice")
	foreign := post.letter(t, "alice", "carol")
	bob := post.dialled(t, "bob")
	byIDs := func(ids ...string) envelope.FetchProcessCard {
		return envelope.FetchProcessCard{Rule: &envelope.SelectionRule{Mode: envelope.ByMessageID, MessageIDs: ids}}
	}
	bob.wantCards(byIDs(first, second), "0801", first, second)
	bob.wantCards(byIDs("unknown", second, foreign, first, first), "0801", second, first)
	bob.wantCards(byIDs("unknown", foreign), "9804")
	post.dialled(t, "alice").wantCards(byIDs(first, second, foreign), "0801", first, second, foreign)
}

// minutes of the letters of correspondence after noon.
const (
	toBob1, toAlice, toBob2, confirmed = time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute
)

// correspondence is three letters between alice and bob, a minute apart, of
// which bob confirmed the first a minute after the last.
func correspondence(t *testing.T) (post *office, one, two, three string) {
	t.Helper()
	post, now := clockedOffice(t)
	now.set(toBob1)
	one = post.letter(t, "alice", "bob")
	now.set(toAlice)
	two = post.letter(t, "bob", "alice")
	now.set(toBob2)
	three = post.letter(t, "alice", "bob")
	post.letter(t, "alice", "carol")
	now.set(confirmed)
	bob := post.dialled(t, "bob")
	bob.wantFetch(byID(one), "0801", one)
	bob.ask(envelope.ExitDialog{})
	return post, one, two, three
}

func TestConformance125RoleAndNoReceptionInBothModes(t *testing.T) {
	post, one, two, three := correspondence(t)
	all, sent, received := envelope.AnyRole, envelope.RoleOriginator, envelope.RoleAddressee
	reception, modification := envelope.ByReception, envelope.ByModification
	for _, c := range []struct {
		mode  envelope.SelectionMode
		since time.Duration
		role  envelope.CardRole
		open  bool // NoReception
		want  []string
	}{
		{reception, 0, all, false, []string{one, two, three}},
		{reception, 0, received, false, []string{one, three}},
		{reception, 0, sent, false, []string{two}},
		{reception, 0, all, true, []string{two, three}},
		{reception, 0, received, true, []string{three}},
		{reception, 0, sent, true, []string{two}},
		{reception, toAlice, all, false, []string{two, three}},
		{reception, toAlice + time.Second, all, false, []string{three}},
		{reception, toAlice + time.Second, sent, false, nil},
		{reception, confirmed, all, false, nil},
		{modification, 0, all, false, []string{two, three, one}},
		{modification, 0, received, false, []string{three, one}},
		{modification, 0, sent, false, []string{two}},
		{modification, 0, all, true, []string{two, three}},
		{modification, 0, received, true, []string{three}},
		{modification, toBob2, all, false, []string{three, one}},
		{modification, confirmed, received, false, []string{one}},
		{modification, confirmed, all, true, nil},
		{modification, confirmed + time.Second, all, false, nil},
	} {
		rule := since(t, c.mode, noon.Add(c.since).Format(time.RFC3339))
		rule.Role, rule.NoReception = c.role, c.open
		codes := "0801"
		if c.want == nil {
			codes = "9804"
		}
		t.Run(rule.SinceText, func(t *testing.T) {
			a := post.dialled(t, "bob").wantCards(envelope.FetchProcessCard{Rule: rule}, codes, c.want...)
			if echo := a.Order.(envelope.ResponseToFetchProcessCard).Rule; echo == nil || echo.Role != c.role || echo.NoReception != c.open || echo.Mode != c.mode {
				t.Errorf("echo %+v of %+v", echo, rule)
			}
		})
	}
}

func TestConformance126QuantityCutsTheList(t *testing.T) {
	post, one, two, three := correspondence(t)
	bob := post.dialled(t, "bob")
	bob.wantCards(envelope.FetchProcessCard{Limit: 1}, "0801 3801", one)
	a := bob.wantCards(envelope.FetchProcessCard{Limit: 2}, "0801 3801", one, two)
	if !strings.Contains(a.xml(), `<osci:Quantity Limit="2">`) {
		t.Error("no echo of the limit")
	}
	for _, limit := range []int{3, 4, 1 << 30} {
		bob.wantCards(envelope.FetchProcessCard{Limit: limit}, "0801", one, two, three)
	}
	rule := since(t, envelope.ByModification, noon.Format(time.RFC3339))
	bob.wantCards(envelope.FetchProcessCard{Rule: rule, Limit: 2}, "0801 3801", two, three)
}

func TestConformance127ReceptionIsAModification(t *testing.T) {
	post, now := clockedOffice(t)
	id := post.letter(t, "alice", "bob")
	now.set(time.Minute)
	bob := post.dialled(t, "bob")
	bob.wantFetch(nil, "0801", id)
	now.set(2 * time.Minute)
	rule := since(t, envelope.ByModification, "2026-11-25T13:02:00+01:00")
	post.dialled(t, "alice").wantCards(envelope.FetchProcessCard{Rule: rule}, "9804")
	bob.ask(envelope.ExitDialog{})
	a := post.dialled(t, "alice").wantCards(envelope.FetchProcessCard{Rule: rule}, "0801", id)
	card := a.Order.(envelope.ResponseToFetchProcessCard).Cards[0]
	if card.Reception == nil || !card.RecentModification.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("card %+v", card)
	}
}

var (
	cardDate = regexp.MustCompile(`(?:RecentModification="|<osci:Plain>)([^<"]*)[<"]`)
	dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$`)
)

// TestConformance128CardDatesAreReadByAllClients has a clock with nanoseconds,
// in several zones.
func TestConformance128CardDatesAreReadByAllClients(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	check(t, err)
	for _, zone := range []*time.Location{time.UTC, berlin, time.FixedZone("", -9*3600-1800)} {
		at := noon.Add(123_456_789).In(zone)
		post, alice := plainOffice(t, func(o *officeOptions) { o.now = func() time.Time { return at } })
		stored := alice.send(alice.store("bob"), envelope.SealOptions{})
		bob := post.dialled(t, "bob")
		fetched := bob.ask(envelope.FetchDelivery{})
		cards := bob.ask(envelope.FetchProcessCard{})
		for _, a := range []*answer{stored, fetched, cards} {
			dates := cardDate.FindAllStringSubmatch(a.xml(), -1)
			if len(dates) < 4 { // RecentModification, Creation, two inspections
				t.Fatalf("%d dates in %s", len(dates), a.xml())
			}
			for _, date := range dates {
				said, err := time.Parse(time.RFC3339Nano, date[1])
				if !dateTime.MatchString(date[1]) || err != nil || said.Sub(at).Abs() >= time.Second {
					t.Errorf("%s: %q at %s: %v", zone, date[1], at, err)
				}
			}
		}
	}
}

func TestConformance130NoRuleShowsAllVisibleCards(t *testing.T) {
	post, one, two, three := correspondence(t)
	a := post.dialled(t, "bob").wantCards(envelope.FetchProcessCard{}, "0801", one, two, three)
	if order := a.Order.(envelope.ResponseToFetchProcessCard); order.Rule != nil || order.Limit != 0 {
		t.Errorf("echo %+v", order)
	}
	if !strings.Contains(a.xml(), "<osci:fetchProcessCard></osci:fetchProcessCard>") {
		t.Error("no empty echo")
	}
	post.dialled(t, "dave").wantCards(envelope.FetchProcessCard{}, "9804")
	t.Run("limited by the office", func(t *testing.T) {
		post, _ := plainOffice(t, func(o *officeOptions) { o.maxCards = 2 })
		one, two := post.letter(t, "alice", "bob"), post.letter(t, "alice", "bob")
		post.dialled(t, "bob").wantCards(envelope.FetchProcessCard{}, "0801", one, two)
		post.letter(t, "alice", "bob")
		post.dialled(t, "bob").wantCards(envelope.FetchProcessCard{}, "0801 3801", one, two)
		post.dialled(t, "bob").wantCards(envelope.FetchProcessCard{Limit: 5}, "0801 3801", one, two)
	})
}
