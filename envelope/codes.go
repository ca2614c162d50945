package envelope

import "strings"

// Code is a four-digit feedback or fault code (OSCI 1.2; dossier §16, §17).
type Code string

// Feedback is the order-level result: the decisive entry first.
type Feedback []Entry

// Entry is one code with its text in one language.
type Entry struct {
	Code     Code
	Language string // "de", "en"; "" = unknown
	Text     string
}

// Severity is the class of a code, which its first digit tells.
type Severity uint8

// The classes of dossier §17.
const (
	// SeverityDone says that the order was carried out.
	SeverityDone Severity = iota
	// SeverityWarning says that it was carried out and that something about
	// it deserves attention.
	SeverityWarning
	// SeverityError says that it was not carried out.
	SeverityError
)

// String is "done", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case SeverityDone:
		return "done"
	case SeverityWarning:
		return "warning"
	}
	return "error"
}

// Severity is the class of the code. A code that begins with neither 0 nor 3
// counts as an error, known or not: only what says so was done.
func (c Code) Severity() Severity {
	switch {
	case strings.HasPrefix(string(c), "0"):
		return SeverityDone
	case strings.HasPrefix(string(c), "3"):
		return SeverityWarning
	}
	return SeverityError
}

// Known tells whether the code is in the catalogue.
func (c Code) Known() bool { return c.row() != nil }

// Fault tells whether the code belongs on the level of the message, in a SOAP
// fault (dossier §16), and not into a Feedback.
func (c Code) Fault() bool { return c.row() != nil && c.row().fault }

// Text is the catalogue's text in the language: English for "en", "en-US" and
// the like, German for everything else; "" for an unknown code.
func (c Code) Text(language string) string {
	row := c.row()
	if row == nil {
		return ""
	}
	if supportedLanguage(language) == english {
		return row.english
	}
	return row.german
}

func (c Code) row() *codeRow {
	for i := range codeTable {
		if codeTable[i].code == c {
			return &codeTable[i]
		}
	}
	return nil
}

// Codes lists the catalogue in ascending order.
func Codes() []Code {
	codes := make([]Code, len(codeTable))
	for i, row := range codeTable {
		codes[i] = row.code
	}
	return codes
}

const (
	german  = "de"
	english = "en"
)

// supportedLanguage maps a language tag to the language we have for it by its
// first subtag (RFC 5646, 2.1); "" for none.
func supportedLanguage(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case german, english:
		return primary
	}
	return ""
}

// chooseLanguage takes the first language of DesiredLanguages that we have;
// German if there is none (OSCI 1.2; dossier §7.1).
func chooseLanguage(languages []string) string {
	for _, tag := range languages {
		if language := supportedLanguage(tag); language != "" {
			return language
		}
	}
	return german
}

// NewEntry makes the entry for a code of the catalogue in the first language
// of DesiredLanguages that we have, German for none of them.
func NewEntry(code Code, languages []string) Entry {
	language := chooseLanguage(languages)
	return Entry{Code: code, Language: language, Text: code.Text(language)}
}

// Decisive is the overall result: the first error, else the first code that
// says done, else the first warning; "" for an empty feedback. The order of
// entries is not relied on: some peers put warnings first (dossier §17).
func (f Feedback) Decisive() Code {
	for _, severity := range []Severity{SeverityError, SeverityDone, SeverityWarning} {
		for _, entry := range f {
			if entry.Code.Severity() == severity {
				return entry.Code
			}
		}
	}
	return ""
}

// Failed tells whether the order was not carried out: any entry is an error.
// Entries of which all are warnings mean success.
func (f Feedback) Failed() bool {
	return len(f) > 0 && f.Decisive().Severity() == SeverityError
}
