package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a file name in octets; file systems allow 255.
const maxName = 200

// safeName makes a file name of a text that a stranger chose: one path part,
// no dot file, no control or formatting characters, no name that any common
// system reserves. Letters of all scripts stay as they are.
func safeName(name string) string {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "_")
	}
	// A sender's path is not ours: only its last part says what it is.
	if i := strings.LastIndexAny(name, `/\`); i >= 0 && strings.Trim(name[i+1:], " .") != "" {
		name = name[i+1:]
	}
	name = strings.Map(safeRune, name)
	name = strings.Trim(name, " ")
	name = strings.TrimRight(name, ". ")
	name = strings.TrimLeft(name, "-~") // no option, no home folder
	if strings.HasPrefix(name, ".") {
		name = "_" + strings.TrimLeft(name, ".")
	}
	if stem, _, _ := strings.Cut(name, "."); name == "" || reservedName(stem) {
		name = "_" + name
	}
	return shorten(name)
}

func safeRune(r rune) rune {
	switch {
	case strings.ContainsRune(`/\:*?"<>|`, r), unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
		return '_' // Cf holds the marks that turn text round
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// reservedName tells names that Windows keeps for devices.
func reservedName(stem string) bool {
	upper := strings.ToUpper(strings.TrimSpace(stem))
	switch upper {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	if len(upper) == 4 && (strings.HasPrefix(upper, "COM") || strings.HasPrefix(upper, "LPT")) {
		return upper[3] >= '0' && upper[3] <= '9'
	}
	return false
}

// shorten cuts a name and keeps its ending.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := filepath.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	stem := name[:maxName-len(ext)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return stem + ext
}

// names gives each text a name of its own in one folder. Names that differ in
// case only count as the same: some file systems do not tell them apart.
type names map[string]bool

// take is the safe name, with a number before its ending if it is taken.
func (n names) take(name string) string {
	safe := safeName(name)
	ext := filepath.Ext(safe)
	stem := strings.TrimSuffix(safe, ext)
	for i := 2; n[strings.ToLower(safe)]; i++ {
		safe = stem + "-" + strconv.Itoa(i) + ext
	}
	n[strings.ToLower(safe)] = true
	return safe
}
