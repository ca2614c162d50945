package envelope

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
