package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *story) text(english, german string) string { return s.app.text(english, german) }

// chapter begins a chapter.
func (s *story) chapter(english, german string) {
	s.chapters++
	fmt.Fprintf(s.app.Stdout, "\n%s%d  %s%s\n", s.bold, s.chapters, s.text(english, german), s.plain)
}

// say tells something, as fmt.Sprintf.
func (s *story) say(english, german string, values ...any) {
	text := fmt.Sprintf(s.text(english, german), values...)
	for _, line := range wrap(text, 74) {
		fmt.Fprintf(s.app.Stdout, "   %s\n", line)
	}
}

// wrap breaks a text into lines.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// row tells a fact with its name.
func (s *story) row(name, value string) {
	fmt.Fprintf(s.app.Stdout, "      %-26s %s\n", name, value)
}

// word is an argument of a command. One that begins with "@" is a path in the
// story's folder; "$OFFICE" stands for the three flags that name the office.
type word = string

const officeWord = "$OFFICE"

// officeWords are the flags that name the office.
func (s *story) officeWords() []word {
	return []word{"--url", s.url, "--intermediary", "@poststelle-cipher.cer", "--intermediary-signature", "@poststelle-signature.cer"}
}

// real are the arguments as they are carried out.
func (s *story) real(args []word) []string {
	var list []string
	for _, w := range args {
		switch path, inside := strings.CutPrefix(w, "@"); {
		case w == officeWord:
			list = append(list, s.real(s.officeWords())...)
		case inside:
			list = append(list, s.expand(path)...)
		default:
			list = append(list, w)
		}
	}
	return list
}

// expand is a path of the story's folder, or what a shell would make of a "*".
func (s *story) expand(path string) []string {
	whole := filepath.Join(s.folder, path)
	if !strings.Contains(path, "*") {
		return []string{whole}
	}
	found, err := filepath.Glob(filepath.Join(globQuote(s.folder), path))
	if err != nil || len(found) == 0 {
		return []string{whole}
	}
	return found
}

// show prints a command as it would be typed.
func (s *story) show(args []word, end string) {
	line := "   $ poststelle"
	for i, w := range args {
		typed := typedWord(w)
		flag := strings.HasPrefix(typed, "--")
		next := 0
		if flag && i+1 < len(args) {
			next = 1 + utf8.RuneCountInString(typedWord(args[i+1]))
		}
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(typed)+next > 76 {
			fmt.Fprintln(s.app.Stdout, line+" \\")
			line = "       "
		}
		line += " " + typed
	}
	fmt.Fprintln(s.app.Stdout, line+end)
}

// typedWord is a word as a shell wants it.
func typedWord(w word) string {
	w, path := strings.CutPrefix(w, "@")
	if w == "" || strings.ContainsAny(w, " &'\"()<>|;?") || !path && strings.Contains(w, "*") {
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return w
}

// number writes a number's point as the language has it.
func (s *story) number(text string) string {
	if s.app.Lang == "en" {
		return text
	}
	return strings.Replace(text, ".", ",", 1)
}

func (s *story) duration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return s.number(fmt.Sprintf("%.1f s", d.Seconds()))
}

func (s *story) size(n int64) string { return s.number(sizeText(n)) }

func decodeJSON(text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("reading what was printed: %w", err)
	}
	return nil
}
