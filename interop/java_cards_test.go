package interop

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// minuteText is so many minutes past noon, as a rule says it.
func minuteText(n int) string { return noon.Add(time.Duration(n) * time.Minute).Format(time.RFC3339) }

// javaDesk is an office with a clock and the official client in front of it.
type javaDesk struct {
	t     *testing.T
	java  *javaDriver
	post  *office
	clock *clock
	// ids are message ids by the subjects of the letters.
	ids map[string]string
}

// newJavaDesk starts both; settings follow the lenient ones.
func newJavaDesk(t *testing.T, settings ...setting) *javaDesk {
	t.Helper()
	java := startJava(t)
	clock := newClock()
	post := startOffice(t, append([]setting{lenient, clock.by}, settings...)...)
	return &javaDesk{t: t, java: java, post: post, clock: clock, ids: map[string]string{}}
}

// in is the desk within a subtest.
func (d *javaDesk) in(t *testing.T) *javaDesk {
	d.java.t = t
	here := *d
	here.t = t
	return &here
}

// minute sets the clock to so many minutes past noon.
func (d *javaDesk) minute(n int) { d.clock.set(time.Duration(n) * time.Minute) }

// open makes a dialog of a person without a word to the office.
func (d *javaDesk) open(person string, more words) {
	d.t.Helper()
	plain := words{"sig": dsigMore + "rsa-sha256", "digest": xmlenc10 + "sha256"}
	d.java.must("dialog", d.post.javaDialog(person).with(plain).with(more).with(words{"d": person}))
}

// dial opens an explicit dialog of a person, in place of the one before.
func (d *javaDesk) dial(person string) {
	d.t.Helper()
	d.open(person, nil)
	wantCodes(d.t, d.java.must("init", words{"d": person}), "0801")
}

// store puts a letter into a mailbox by itself and keeps its id.
func (d *javaDesk) store(from, to, subject string) {
	d.t.Helper()
	d.open(from, nil)
	d.ids[subject] = d.java.must("messageid", words{"d": from})["id"]
	stored := d.java.must("store", words{
		"d": from, "id": d.ids[subject], "to": key(to) + "-cipher.cer", "subject": subject, "text": "Brief " + subject,
	})
	wantCodes(d.t, stored, "0800")
}

// storeAll puts A, B and C into bob's mailbox and D into carol's, all from
// alice, and E into alice's from bob, one each minute.
func (d *javaDesk) storeAll() {
	d.t.Helper()
	for n, letter := range []struct{ from, to, subject string }{
		{"alice", "bob", "A"}, {"alice", "bob", "B"}, {"alice", "bob", "C"}, {"alice", "carol", "D"}, {"bob", "alice", "E"},
	} {
		d.minute(n)
		d.store(letter.from, letter.to, letter.subject)
	}
	d.minute(5)
}

// ask carries out a person's order; subjects in the rule stand for ids.
func (d *javaDesk) ask(person, verb string, order words) words {
	d.t.Helper()
	order = order.with(words{"d": person})
	if order["mode"] == "id" {
		rules := strings.Split(order["rule"], ";")
		for i, subject := range rules {
			if id, ok := d.ids[subject]; ok {
				rules[i] = id
			}
		}
		order["rule"] = strings.Join(rules, ";")
	}
	return d.java.must(verb, order)
}

// subjects are those of the cards in an answer.
func subjects(answer words) string {
	var all []string
	for i := range len(answer) {
		if subject, ok := answer["card"+strconv.Itoa(i)+".subject"]; ok {
			all = append(all, subject)
		}
	}
	return strings.Join(all, " ")
}

func TestJavaSelectsLetters(t *testing.T) {
	desk := newJavaDesk(t)
	desk.storeAll()
	for _, c := range []struct {
		name           string
		order          words
		codes, subject string
	}{
		{"oldest", nil, "0801 3800", "A"},
		{"id", words{"mode": "id", "rule": "B"}, "0801", "B"},
		{"foreign id", words{"mode": "id", "rule": "D"}, "9803", ""},
		{"own letter to somebody else", words{"mode": "id", "rule": "E"}, "9803", ""},
		{"unknown id", words{"mode": "id", "rule": "gibt es nicht"}, "9803", ""},
		{"date", words{"mode": "date", "rule": minuteText(1)}, "0801 3800", "B"},
		{"date between", words{"mode": "date", "rule": "2026-11-25T13:01:30+01:00"}, "0801", "C"},
		{"date after all", words{"mode": "date", "rule": minuteText(3)}, "9803", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			desk := desk.in(t)
			desk.dial("bob") // and is abandoned: nothing is confirmed
			fetched := desk.ask("bob", "fetch", c.order)
			wantCodes(t, fetched, c.codes)
			want(t, "subject", fetched["subject"], c.subject)
			if c.subject == "" {
				return
			}
			want(t, "text", fetched["container0.text"], "Brief "+c.subject)
			want(t, "signature", fetched["container0.valid"], "true")
			if mode := c.order["mode"]; mode == "date" {
				want(t, "echo", fetched["echo"], c.order["rule"])
			}
		})
	}
}

func TestJavaEmptiesAMailboxInOneDialog(t *testing.T) {
	desk := newJavaDesk(t)
	desk.storeAll()
	desk.dial("bob")
	for _, c := range []struct{ subject, codes string }{
		{"A", "0801 3800"}, {"B", "0801 3800"}, {"C", "0801"}, {"", "9803"}, {"", "9803"},
	} {
		fetched := desk.ask("bob", "fetch", nil)
		wantCodes(t, fetched, c.codes)
		want(t, "subject", fetched["subject"], c.subject)
	}
	again := desk.ask("bob", "fetch", words{"mode": "id", "rule": "A"})
	wantCodes(t, again, "0801")
	want(t, "a confirmed letter by its id", again["subject"], "A")
	wantCodes(t, desk.ask("bob", "exit", nil), "0800")
}

// TestJavaConfirmsWithTheNextRequest holds that any next request of the same
// dialog sets Reception, and that nothing else does (dossier §6.3.9).
func TestJavaConfirmsWithTheNextRequest(t *testing.T) {
	desk := newJavaDesk(t)
	desk.store("alice", "bob", "A")
	reception := func() string {
		t.Helper()
		desk.dial("alice")
		card := desk.ask("alice", "cards", words{"mode": "id", "rule": "A"})
		want(t, "cards", subjects(card), "A")
		if card["card0.creation"] == "" {
			t.Errorf("no creation: %v", card)
		}
		return card["card0.forwarding"] + "|" + card["card0.reception"]
	}
	want(t, "stamps before", reception(), "|")
	for n := 1; n <= 2; n++ { // the first dialog is abandoned
		desk.minute(n)
		desk.dial("bob")
		want(t, "letter", desk.ask("bob", "fetch", nil)["subject"], "A")
		forwarding, received, _ := strings.Cut(reception(), "|")
		want(t, "reception after the hand-out", received, "")
		if forwarding == "" {
			t.Error("no forwarding after the hand-out")
		}
	}
	desk.minute(3)
	desk.ask("bob", "messageid", nil)
	if _, received, _ := strings.Cut(reception(), "|"); received == "" {
		t.Error("no reception after the next request")
	}
	wantCodes(t, desk.ask("bob", "fetch", nil), "9803")
}

// cardCase is one selection of cards as bob sees them, who has confirmed A.
type cardCase struct {
	name     string
	order    words
	codes    string
	subjects string
}

func cardCases() []cardCase {
	reception := words{"mode": "reception", "rule": minuteText(1)}
	modification := words{"mode": "modification", "rule": minuteText(0)}
	return []cardCase{
		{"none", nil, "0801", "A B C E"},
		{"limit", words{"limit": "2"}, "0801 3801", "A B"},
		{"limit that is not reached", words{"limit": "4"}, "0801", "A B C E"},
		{"id", words{"mode": "id", "rule": "A"}, "0801", "A"},
		{"ids", words{"mode": "id", "rule": "B;C;E"}, "0801", "B C E"},
		{"ids with limit", words{"mode": "id", "rule": "B;C;E", "limit": "1"}, "0801 3801", "B"},
		{"foreign id", words{"mode": "id", "rule": "D"}, "9804", ""},
		{"own and foreign id", words{"mode": "id", "rule": "B;D"}, "0801", "B"},
		{"unknown id", words{"mode": "id", "rule": "gibt es nicht"}, "9804", ""},
		{"reception", reception, "0801", "B C E"},
		{"reception as addressee", reception.with(words{"role": "addressee"}), "0801", "B C"},
		{"reception as originator", reception.with(words{"role": "originator"}), "0801", "E"},
		{"reception without confirmed", words{"mode": "reception", "rule": minuteText(0), "noreception": "true"}, "0801", "B C E"},
		{"reception with limit", reception.with(words{"limit": "2"}), "0801 3801", "B C"},
		{"reception in another zone", words{"mode": "reception", "rule": "2026-11-25T13:04:00+01:00"}, "0801", "E"},
		{"reception after all", words{"mode": "reception", "rule": minuteText(5)}, "9804", ""},
		{"modification", modification, "0801", "B C E A"},
		{"modification since the confirmation", words{"mode": "modification", "rule": minuteText(5)}, "0801", "A"},
		{"modification without confirmed", modification.with(words{"noreception": "true"}), "0801", "B C E"},
		{"modification as addressee without confirmed", modification.with(words{"noreception": "true", "role": "addressee"}), "0801", "B C"},
		{"modification as originator", modification.with(words{"role": "originator"}), "0801", "E"},
		{"modification after all", words{"mode": "modification", "rule": minuteText(6)}, "9804", ""},
	}
}

func TestJavaSelectsCards(t *testing.T) {
	desk := newJavaDesk(t)
	desk.storeAll()
	desk.dial("bob")
	desk.ask("bob", "fetch", nil)
	desk.ask("bob", "exit", nil)
	for _, c := range cardCases() {
		t.Run(c.name, func(t *testing.T) {
			desk := desk.in(t)
			desk.dial("bob")
			cards := desk.ask("bob", "cards", c.order)
			wantCodes(t, cards, c.codes)
			want(t, "cards", subjects(cards), c.subjects)
			wantCodes(t, desk.ask("bob", "exit", nil), "0800")
		})
	}
}

// TestJavaSeesOnlyOwnCards is about people who share no letter.
func TestJavaSeesOnlyOwnCards(t *testing.T) {
	desk := newJavaDesk(t)
	desk.storeAll()
	for person, visible := range map[string]string{"alice": "A B C D E", "bob": "A B C E", "carol": "D", "dave": ""} {
		desk.dial(person)
		want(t, "cards of "+person, subjects(desk.ask(person, "cards", nil)), visible)
	}
	wantCodes(t, desk.ask("dave", "cards", nil), "9804")
	wantCodes(t, desk.ask("dave", "fetch", nil), "9803")
}

// TestJavaReadsItsLanguage holds that the first desired language we have is
// taken, and German if we have none (dossier §7.1).
func TestJavaReadsItsLanguage(t *testing.T) {
	desk := newJavaDesk(t)
	const german, english = "de|Der Auftrag wurde ausgeführt. Der Dialog ist beendet.", "en|The order was carried out. The dialog is closed."
	for list, text := range map[string]string{
		"de": german, "en": english, "fr": german, "en-US de": english, "fr en": english, "de en": german, "de-AT": german,
	} {
		desk.open("alice", words{"lang": list})
		want(t, "feedback for "+list, desk.ask("alice", "messageid", nil)["feedback"], "0800|"+text)
	}
	desk.open("bob", words{"lang": "en"})
	desk.ask("bob", "init", nil)
	for verb, text := range map[string]string{
		"fetch": "9803|en|There is no delivery that matches your selection.",
		"cards": "9804|en|There is no process card that matches your selection.",
	} {
		want(t, verb, desk.ask("bob", verb, nil)["feedback"], text)
	}
}
