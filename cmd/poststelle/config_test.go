package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poststelle/envelope/xmlenc"
)

// written puts a configuration into a fresh folder.
func written(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrittenConfigurationMeansTheDefaults(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		text, err := defaultConfig("").render(lang)
		if err != nil {
			t.Fatal(err)
		}
		dir := written(t, string(text))
		got, err := newOutside().loadConfig(dir)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(defaultConfig(dir), got, cmp.AllowUnexported(config{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", lang, diff)
		}
	}
}

func TestWrittenConfigurationNamesAndExplainsEveryField(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		text, err := defaultConfig("").render(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range defaultConfig("").fields(lang) {
			if field.text == "" {
				t.Errorf("%s is not explained in %s", field.path, lang)
			}
			if !strings.Contains(string(text), "# "+field.text+"\n"+strings.Repeat("  ", field.depth)+field.name+":") {
				t.Errorf("%s is not in the file, or not below its explanation", field.path)
			}
		}
	}
}

func TestConfigurationRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		"listne: 127.0.0.1:1":        ":1: listne: field listne is not known",
		"tls:\n  chain: x":           ":2: chain: field chain is not known",
		"listen: a:1\nlisten: b:2":   "already defined",
		"limits: {message_bytes: 1}": "limits.message_bytes: less than 64KiB",
		"nats: {shards: many}":       `"many" does not fit here`,
		"host: a b":                  "host: \"a b\" has other characters",
		"nats: {url: 'http://x'}":    "nats.url",
		"log: {level: loud}":         "log.level",
		"dialogs: {idle: 0s}":        "dialogs.idle",
		"keys: {cipher: []}":         "keys.cipher",
		"algorithms: {exceptions: [{algorithm: rsa-1_5, until: tomorrow, reason: x}]}":   `"tomorrow" is no day`,
		"algorithms: {exceptions: [{algorithm: rsa-1_5, until: 2030-01-01}]}":            "without a reason",
		"algorithms: {exceptions: [{algorithm: rsa-1_5, reason: x}]}":                    "without an end",
		"algorithms: {exceptions: [{algorithm: x, until: 2030-01-01, reason: x}]}":       "no algorithm known",
		"algorithms: {exceptions: [{algorithm: '', until: 2030-01-01, reason: 'none'}]}": "no algorithm known",
	} {
		_, err := newOutside("LANG", "en").loadConfig(written(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestExceptionLastsToTheEndOfItsDay(t *testing.T) {
	dir := written(t, "algorithms: {exceptions: [{algorithm: aes256-cbc, until: 2026-11-25, reason: an old client}]}")
	c, err := newOutside().loadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	encryption, _ := c.exceptions()
	uri := "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
	last := time.Date(2026, 11, 25, 23, 59, 59, 0, time.Local)
	if err := encryption.PermitsCipher(uri, last); err != nil {
		t.Errorf("in the last second: %v", err)
	}
	if err := encryption.PermitsCipher(uri, last.Add(time.Second)); err == nil {
		t.Error("a second later it is still permitted")
	}
	if err := (xmlenc.Policy{}).PermitsCipher(uri, last); err == nil {
		t.Error("permitted without exception")
	}
}

func TestAlgorithmsHaveShortNames(t *testing.T) {
	for name, want := range map[string]string{
		"aes256-cbc":     "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
		"tripledes-cbc":  "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
		"rsa-1_5":        xmlenc.RSA15,
		"rsa-oaep-mgf1p": xmlenc.RSAOAEPMGF1P,
		"sha1":           "http://www.w3.org/2000/09/xmldsig#sha1",
		"rsa-sha1":       "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
		xmlenc.RSA15:     xmlenc.RSA15,
		"":               "",
		"md5":            "",
	} {
		if got := algorithmURI(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSizesAndPeriodsReadWhatTheyWrite(t *testing.T) {
	for text, want := range map[string]size{"0": 0, "17": 17, "64KiB": 1 << 16, "1 GiB": 1 << 30, "3MiB": 3 << 20} {
		got, err := parseSize(text)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		if again, err := parseSize(got.String()); err != nil || again != got {
			t.Errorf("%q: %d, %v", got, again, err)
		}
	}
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "30m": 30 * time.Minute, "1h30m": 90 * time.Minute, "0s": 0} {
		got, err := parsePeriod(text)
		if err != nil || time.Duration(got) != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
		if again, err := parsePeriod(got.String()); err != nil || again != got {
			t.Errorf("%q: %s, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "-1", "1TB", "9999999TiB", "x", "1.5GiB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("size %q: %d", text, got)
		}
	}
	for _, text := range []string{"", "-1s", "-3d", "90", "d", "9999999d"} {
		if got, err := parsePeriod(text); err == nil {
			t.Errorf("period %q: %s", text, got)
		}
	}
}

// FuzzConfig: no text makes reading it panic, and what is accepted can be
// written and read again.
func FuzzConfig(f *testing.F) {
	text, err := defaultConfig("").render("en")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("listen: [")
	f.Add("nats: {url: 'nats://a,tls://b'}\nalgorithms: {exceptions: [{algorithm: sha1, until: 2030-01-01, reason: x}]}")
	f.Fuzz(func(t *testing.T, text string) {
		file := parseConfig("", configName, []byte(text))
		if len(file.findings)+len(file.problems()) > 0 {
			return
		}
		again, err := file.config.render("de")
		if err != nil {
			t.Fatal(err)
		}
		second := parseConfig("", configName, again)
		if found := append(second.findings, second.problems()...); len(found) > 0 {
			t.Fatalf("%v\n%s", found, again)
		}
	})
}
