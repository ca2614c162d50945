package main

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeNameMakesOnePlainName(t *testing.T) {
	for name, want := range map[string]string{
		"antrag.pdf":                "antrag.pdf",
		"Übersicht Größe.pdf":       "Übersicht Größe.pdf",
		"планы.txt":                 "планы.txt",
		"../../etc/passwd":          "passwd",
		"/etc/passwd":               "passwd",
		`C:\Windows\system32\a.dll`: "a.dll",
		"..":                        "_",
		".":                         "_",
		"":                          "_",
		"...":                       "_",
		".bashrc":                   "_bashrc",
		"..bashrc":                  "_bashrc",
		"a/":                        "a_",
		"a/..":                      "a_",
		"-rf":                       "rf",
		"~root":                     "root",
		"con":                       "_con",
		"NUL.txt":                   "_NUL.txt",
		"com1.log":                  "_com1.log",
		"console.log":               "console.log",
		"a\x00b\nc":                 "a_b_c",
		"abc\u202efdp.exe":          "abc_fdp.exe",
		"ende. ":                    "ende",
		"a:b*c?d":                   "a_b_c_d",
		"a\u00a0b":                  "a b",
		"\xff\xfe":                  "_",
	} {
		got := safeName(name)
		if got != want {
			t.Errorf("safeName(%q) = %q, want %q", name, got, want)
		}
		if got != filepath.Base(got) || strings.HasPrefix(got, ".") {
			t.Errorf("safeName(%q) = %q is no plain name", name, got)
		}
	}
}

func TestSafeNameIsShortAndKeepsItsEnding(t *testing.T) {
	got := safeName(strings.Repeat("ä", 300) + ".pdf")
	if len(got) > maxName || !strings.HasSuffix(got, ".pdf") || !utf8.ValidString(got) {
		t.Errorf("%d octets: %q", len(got), got)
	}
}

func TestNamesNumbersWhatIsTaken(t *testing.T) {
	n := names{letterFile: true}
	for _, c := range [][2]string{
		{"plan.pdf", "plan.pdf"}, {"Plan.pdf", "Plan-2.pdf"}, {"x/plan.pdf", "plan-3.pdf"},
		{"letter.json", "letter-2.json"}, {"plan-2.pdf", "plan-2-2.pdf"},
	} {
		if got := n.take(c[0]); got != c[1] {
			t.Errorf("take(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{"../a", "a\x00", ".", "con", "ä", strings.Repeat("x", 400)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := safeName(name)
		if got == "" || len(got) > maxName+1 || got != filepath.Base(got) || strings.HasPrefix(got, ".") || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\x00") {
			t.Errorf("safeName(%q) = %q", name, got)
		}
	})
}
