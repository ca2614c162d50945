package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

// problems are fields whose values fit their type but not the office. Files that
// the fields name are not looked at.
func (f *configFile) problems() []finding {
	c, p := f.config, &problemList{file: f}
	p.address("listen", c.Listen)
	p.address("admin", c.Admin)
	p.oneOf("mailboxes", c.Mailboxes, boxesRegistered, boxesOpen)
	p.oneOf("encryption", c.Encryption, isRequired, isOptional)
	p.oneOf("signatures", c.Signatures, isRequired, isOptional)
	p.when((c.TLS.Cert == "") != (c.TLS.Key == ""), "tls", "cert and key go together", "set both or neither")
	p.when(!hostForm.MatchString(c.Host), "host", fmt.Sprintf("%q has other characters than letters, digits, dots and hyphens, or is longer than 40", c.Host), "")
	p.when(len(c.Keys.Cipher) == 0, "keys.cipher", "no cipher key", "keys.cipher: [intermediary-cipher.p12]")
	p.when(c.Keys.Signature == "", "keys.signature", "no signature key", "keys.signature: intermediary-signature.p12")
	p.when(c.Data == "", "data", "no folder", "data: data")
	p.nats()
	p.limits()
	for i, exception := range c.Algorithms.Exceptions {
		p.exception(fmt.Sprintf("algorithms.exceptions[%d]", i), exception)
	}
	p.when(parseLevel(c.Log.Level) == nil, "log.level", fmt.Sprintf("%q is not debug, info, warn or error", c.Log.Level), "")
	p.oneOf("log.format", c.Log.Format, "text", "json")
	return p.found
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$`)

type problemList struct {
	file  *configFile
	found []finding
}

func (p *problemList) when(wrong bool, field, text, fix string) {
	if wrong {
		p.found = append(p.found, finding{Wrong: true, Line: p.file.line(field), Field: field, Text: text, Fix: fix})
	}
}

func (p *problemList) oneOf(field, value string, allowed ...string) {
	p.when(!slices.Contains(allowed, value), field, fmt.Sprintf("%q is not %s", value, strings.Join(allowed, " or ")), "")
}

func (p *problemList) address(field, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	p.when(err != nil, field, fmt.Sprintf("%q is not HOST:PORT", value), field+": 127.0.0.1:8080")
}

func (p *problemList) nats() {
	n := p.file.config.NATS
	for _, address := range strings.Split(n.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(address))
		known := err == nil && slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) && u.Host != ""
		p.when(n.URL != "" && !known, "nats.url", fmt.Sprintf("%q is no nats:// or tls:// address", address), "")
	}
	p.when(!slices.Contains([]int{1, 3, 5}, n.Replicas), "nats.replicas", fmt.Sprintf("%d is not 1, 3 or 5", n.Replicas), "")
	p.when(n.URL == "" && n.Replicas > 1, "nats.replicas", "the embedded broker keeps one copy", "nats.replicas: 1, or nats.url of a cluster")
	p.when(n.Shards < 1 || n.Shards > 64, "nats.shards", fmt.Sprintf("%d is not 1 to 64", n.Shards), "")
}

func (p *problemList) limits() {
	l := p.file.config.Limits
	p.when(l.MessageBytes < 1<<16, "limits.message_bytes", "less than 64KiB takes no letter", "")
	p.when(l.SpoolBytes < 2*l.MessageBytes, "limits.spool_bytes", "less than twice message_bytes takes no largest letter", "")
	p.when(l.Concurrent < 1, "limits.concurrent", "none at all", "")
	p.when(l.Connected < l.Concurrent, "limits.connected", "fewer than limits.concurrent", "")
	for field, value := range map[string]period{
		"header_timeout": l.HeaderTimeout, "body_pause": l.BodyPause, "exchange_timeout": l.ExchangeTimeout, "drain": l.Drain,
	} {
		p.when(value <= 0, "limits."+field, "no time at all", "")
	}
	p.when(p.file.config.Dialogs.Idle <= 0, "dialogs.idle", "no time at all", "")
	p.when(p.file.config.Dialogs.IDLifetime <= 0, "dialogs.id_lifetime", "no time at all", "")
}

func (p *problemList) exception(field string, e exceptionConfig) {
	p.when(algorithmURI(e.Algorithm) == "", field+".algorithm", fmt.Sprintf("%q is no algorithm known here", e.Algorithm), "such as aes256-cbc, tripledes-cbc, rsa-1_5, rsa-oaep-mgf1p, sha1, rsa-sha1")
	p.when(e.Until.IsZero(), field+".until", "without an end", "until: YYYY-MM-DD")
	p.when(strings.TrimSpace(e.Reason) == "", field+".reason", "without a reason", "say who needs it and until when")
}

func parseLevel(text string) *slog.Level {
	for name, level := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	} {
		if text == name {
			return &level
		}
	}
	return nil
}

// algorithmURI finds an algorithm by its URI or by what follows the URI's
// namespace, such as aes256-cbc; "" = unknown.
func algorithmURI(name string) string {
	known := []string{xmlenc.RSA15, xmlenc.RSAOAEPMGF1P}
	for _, c := range xmlenc.Ciphers() {
		known = append(known, c.URI)
	}
	for _, space := range []string{
		"", "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#",
		"http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2007/05/xmldsig-more#",
	} {
		if slices.Contains(known, space+name) {
			return space + name
		}
		if _, ok := signature.DigestByURI(space + name); ok {
			return space + name
		}
		if _, ok := signature.AlgorithmByURI(space + name); ok {
			return space + name
		}
	}
	return ""
}

// exceptions are those of the file for both policies. An exception lasts to the
// end of its day.
func (c *config) exceptions() (xmlenc.Policy, signature.Policy) {
	var encryption xmlenc.Policy
	var signatures signature.Policy
	for _, e := range c.Algorithms.Exceptions {
		uri, until := algorithmURI(e.Algorithm), e.Until.AddDate(0, 0, 1)
		encryption.Exceptions = append(encryption.Exceptions, xmlenc.Exception{Algorithm: uri, Until: until, Reason: e.Reason})
		signatures.Exceptions = append(signatures.Exceptions, signature.Exception{Algorithm: uri, Until: until, Reason: e.Reason})
	}
	return encryption, signatures
}

// over tells whether an exception has ended.
func (e exceptionConfig) over(now time.Time) bool { return !now.Before(e.Until.AddDate(0, 0, 1)) }
