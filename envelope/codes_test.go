package envelope

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite generated files")

// errorsMarkdown is docs/errors.md.
func errorsMarkdown() string {
	var b strings.Builder
	b.WriteString("# Feedback and fault codes\n\n")
	b.WriteString("Made from `envelope/codes_table.go` by `go test ./envelope -run Errors -update`; do not edit.\n\n")
	b.WriteString("A *fault* answers in place of a response, on the level of the message (OSCI 1.2; dossier §16); *feedback* stands in the response to an order (§17).\n\n")
	b.WriteString("| code | severity | level | German | English | when |\n|---|---|---|---|---|---|\n")
	for _, row := range codeTable {
		level := "feedback"
		if row.fault {
			level = "fault"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", row.code, row.code.Severity(), level, row.german, row.english, row.when)
	}
	return b.String()
}

func TestErrorsDocumentIsUpToDate(t *testing.T) {
	const path = "../docs/errors.md"
	if *update {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(errorsMarkdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != errorsMarkdown() {
		t.Errorf("%s is out of date: go test ./envelope -run Errors -update", path)
	}
}

// The codes of dossier §16 and §17.
const (
	faultCodes    = "9000 9100 9200 9201 9202 9300 9400 9500 9501 9502 9503"
	feedbackCodes = "0800 0801 3500 3501 3700 3701 3702 3703 3704 3705 3706 3707 3708 3800 3801 3802 3803 3950 3951 3952 " +
		"9600 9601 9602 9603 9700 9701 9704 9705 9706 9707 9708 9709 9710 9711 9712 " +
		"9800 9801 9802 9803 9804 9805 9806 9807 9808 9809 9810 9811 9900 9901 9902 9903 9904 9905 9950"
)

func TestCodesAreTheOnesOfTheStandard(t *testing.T) {
	var faults, feedback []string
	for _, code := range Codes() {
		if code.Fault() {
			faults = append(faults, string(code))
		} else {
			feedback = append(feedback, string(code))
		}
	}
	if got := strings.Join(faults, " "); got != faultCodes {
		t.Errorf("faults are %s", got)
	}
	if got := strings.Join(feedback, " "); got != feedbackCodes {
		t.Errorf("feedback is %s", got)
	}
	if !slices.IsSorted(Codes()) {
		t.Error("not in ascending order")
	}
}

func TestCodesHaveTextsInBothLanguages(t *testing.T) {
	seen := map[string]Code{}
	transliterated := regexp.MustCompile(`(?i)\b(fuer|gueltig|geoeffnet|ausgefuehrt|pruef|schluessel|empfaenger|spaeter|moeglich|groess|zulaess|vollstaendig|ungueltig)`)
	for _, row := range codeTable {
		for _, text := range []string{row.german, row.english} {
			if text == "" || !strings.HasSuffix(text, ".") || strings.ContainsAny(text, "|\r\n<>&") || !utf8.ValidString(text) {
				t.Errorf("%s: text %q", row.code, text)
			}
			if other, twice := seen[text]; twice {
				t.Errorf("%s and %s say the same", row.code, other)
			}
			seen[text] = row.code
		}
		if transliterated.MatchString(row.german) {
			t.Errorf("%s: %q lacks umlauts", row.code, row.german)
		}
		if row.when == "" {
			t.Errorf("%s has no occasion", row.code)
		}
	}
}

func TestSeverityFollowsTheFirstDigit(t *testing.T) {
	for code, want := range map[Code]string{"0800": "done", "0999": "done", "3800": "warning", "9100": "error", "7000": "error", "": "error"} {
		if got := code.Severity().String(); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}

func TestTextFollowsTheLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"de": "Die Signatur des Auftrags ist falsch.", "en": "The signature of the request is wrong.", "EN-us": "The signature of the request is wrong.",
		"": "Die Signatur des Auftrags ist falsch.", "fr": "Die Signatur des Auftrags ist falsch.", "english": "Die Signatur des Auftrags ist falsch.",
	} {
		if got := CodeSignatureWrong.Text(language); got != want {
			t.Errorf("%q: %s", language, got)
		}
	}
	if Code("1234").Text("de") != "" || Code("1234").Known() || Code("1234").Fault() {
		t.Error("unknown code is known")
	}
}

func TestEntryTakesTheFirstDesiredLanguageWeHave(t *testing.T) {
	for _, c := range []struct {
		languages []string
		want      string
	}{
		{nil, "de"}, {[]string{"fr"}, "de"}, {[]string{"fr", "en-US", "de"}, "en"}, {[]string{"de-AT", "en"}, "de"}, {[]string{"", "EN"}, "en"},
	} {
		entry := NewEntry(CodeExecuted, c.languages)
		if entry.Language != c.want || entry.Text != CodeExecuted.Text(c.want) || entry.Code != "0800" {
			t.Errorf("%v: %+v", c.languages, entry)
		}
	}
}

func TestFeedbackIsDecidedWhateverItsOrder(t *testing.T) {
	for _, c := range []struct {
		codes  string
		want   Code
		failed bool
	}{
		{"0800", "0800", false}, {"3707 0800", "0800", false}, {"0801 3800 3707", "0801", false}, {"3800", "3800", false},
		{"0800 9811", "9811", true}, {"3500 9601 9700", "9601", true}, {"0800 7777", "7777", true}, {"", "", false},
	} {
		var feedback Feedback
		for _, code := range strings.Fields(c.codes) {
			feedback = append(feedback, Entry{Code: Code(code)})
		}
		if got := feedback.Decisive(); got != c.want || feedback.Failed() != c.failed {
			t.Errorf("%q: decisive %q, failed %v", c.codes, got, feedback.Failed())
		}
	}
}
