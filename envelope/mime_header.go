package envelope

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxBoundary is the longest boundary (RFC 2046, 5.1.1).
	maxBoundary = 70
	// maxContentID bounds an identifier in octets; a file name has 255.
	maxContentID = 1024
)

// skipEmptyLines passes the empty lines that may precede the first header
// field (dossier §3.3) or the first delimiter.
func (s *mimeScanner) skipEmptyLines() error {
	for range s.limits.maxHeaderLines {
		if err := s.ensure(len("\r\n")); err != nil {
			return err
		}
		switch view := s.view(); {
		case bytes.HasPrefix(view, []byte("\r\n")):
			s.pos += 2
		case bytes.HasPrefix(view, []byte("\n")):
			s.pos++
		default:
			return nil
		}
	}
	return tooLarge("more than %d empty lines", s.limits.maxHeaderLines)
}

// headerBlock reads the fields up to and including the empty line. Folded
// lines are joined by one blank, names become lower case.
func (s *mimeScanner) headerBlock() ([]HeaderField, error) {
	var fields []HeaderField
	budget := s.limits.maxHeaderBytes
	for lines := 0; ; lines++ {
		line, err := s.headerLine(&budget)
		if err != nil {
			return nil, err
		}
		if line == "" {
			return fields, nil
		}
		if lines == s.limits.maxHeaderLines {
			return nil, tooLarge("more than %d header lines", lines)
		}
		if line[0] != ' ' && line[0] != '\t' {
			field, err := parseField(line)
			if err != nil {
				return nil, err
			}
			fields = append(fields, field)
			continue
		}
		if len(fields) == 0 {
			return nil, mimeErrorf("continuation line without a header field")
		}
		last := &fields[len(fields)-1]
		last.Value = strings.Trim(last.Value+" "+strings.Trim(line, " \t"), " ")
	}
}

// headerLine reads one line without its end and takes it from the budget. A
// bare LF ends a header line too: hand-made letters have it, and a header
// line means the same with either. Delimiters are not so lenient, for there
// the line end decides what is content.
func (s *mimeScanner) headerLine(budget *int) (string, error) {
	searched := 0
	for {
		view := s.view()
		if i := bytes.IndexByte(view[searched:], '\n'); i >= 0 {
			i += searched
			if *budget -= i + 1; *budget < 0 {
				return "", tooLarge("header of more than %d octets", s.limits.maxHeaderBytes)
			}
			s.pos += i + 1
			return checkLine(bytes.TrimSuffix(view[:i], []byte("\r")))
		}
		if len(view) > *budget {
			return "", tooLarge("header of more than %d octets", s.limits.maxHeaderBytes)
		}
		if s.complete() {
			return "", truncated("in a header")
		}
		searched = len(view)
		if err := s.more(); err != nil {
			return "", err
		}
	}
}

// checkLine refuses what could not be written again as the same line, or
// could end one early.
func checkLine(line []byte) (string, error) {
	text := string(line)
	if !isLineText(text) {
		return "", mimeErrorf("control character or no UTF-8 in header line %.80q", text)
	}
	return text, nil
}

// isLineText tells whether s can stand on a header line: UTF-8 (file names
// have umlauts) without control characters except the tabulator.
func isLineText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && unicode.IsControl(r) })
}

func parseField(line string) (HeaderField, error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !isToken(name) {
		return HeaderField{}, mimeErrorf("no header field: %.80q", line)
	}
	return HeaderField{Name: strings.ToLower(name), Value: strings.Trim(value, " \t")}, nil
}

// isToken tells whether s is a token (RFC 2045, 5.1), as field names are.
func isToken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// knownFields are the values of the fields that steer reading.
type knownFields struct {
	contentType, encoding, contentID string
}

// splitHeader takes out the fields that steer reading; each may stand once,
// or two readers could pick two different ones. Content-Length is dropped:
// the libraries write wrong ones and it never frames a part (dossier §3.1).
func splitHeader(fields []HeaderField) (known knownFields, others []HeaderField, err error) {
	seen := make(map[string]bool, 3)
	for _, f := range fields {
		var target *string
		switch f.Name {
		case "content-type":
			target = &known.contentType
		case "content-transfer-encoding":
			target = &known.encoding
		case "content-id":
			target = &known.contentID
		case "content-length":
			continue
		default:
			others = append(others, f)
			continue
		}
		if seen[f.Name] {
			return knownFields{}, nil, mimeErrorf("%s occurs twice in one header", f.Name)
		}
		seen[f.Name] = true
		*target = f.Value
	}
	return known, others, nil
}

// parseContentID strips the angle brackets. What remains is the sender's own
// text, often a file name, and is not interpreted (dossier §3.1 point 6).
func parseContentID(value string) (string, error) {
	id, opened := strings.CutPrefix(value, "<")
	id, closed := strings.CutSuffix(id, ">")
	if opened != closed || (opened && id == "") {
		return "", mimeErrorf("malformed Content-ID %.80q", value)
	}
	if len(id) > maxContentID {
		return "", tooLarge("Content-ID of %d octets", len(id))
	}
	return id, nil
}

// travelsAsBase64 decides by the MIME labels alone how a part is encoded. A
// type text/base64 wins over the encoding: older libraries label their cipher
// part 7bit (dossier §3.3).
func travelsAsBase64(contentType, encoding string) (bool, error) {
	switch strings.ToLower(encoding) {
	case "base64":
		return true, nil
	case "", "7bit", "8bit", "8-bit", "binary":
		return isBase64Type(contentType), nil
	}
	return false, mimeErrorf("Content-Transfer-Encoding %.80q", encoding)
}

func isBase64Type(contentType string) bool {
	media, _ := cutMedia(contentType)
	return media == "text/base64"
}

// rootCharset demands that the control part is UTF-8, of which US-ASCII is a
// part; OSCI knows nothing else.
func rootCharset(contentType string) (string, error) {
	_, parameters, err := parseMediaType(contentType)
	if err != nil {
		return "", err
	}
	charset := strings.ToLower(parameters["charset"])
	switch charset {
	case "", "utf-8", "us-ascii":
		return charset, nil
	}
	return "", mimeErrorf("root part has charset %.80q", charset)
}

// checkBoundary refuses what no delimiter could be made of.
func checkBoundary(boundary string) error {
	if boundary == "" {
		return mimeErrorf("no boundary")
	}
	if len(boundary) > maxBoundary {
		return mimeErrorf("boundary of %d octets", len(boundary))
	}
	for i := range len(boundary) {
		if boundary[i] <= ' ' || boundary[i] > '~' {
			return mimeErrorf("boundary %q", boundary)
		}
	}
	return nil
}

// parseMediaType splits a Content-Type into the type in lower case and its
// parameters, names in lower case. It is written because the libraries leave
// boundaries with "/", "+" and "=" unquoted, which mime.ParseMediaType
// refuses, and join no RFC 2231 continuations, which it does.
func parseMediaType(value string) (media string, parameters map[string]string, err error) {
	media, rest := cutMedia(value)
	parameters = make(map[string]string)
	for {
		rest = strings.TrimLeft(rest, "; \t")
		if rest == "" {
			return media, parameters, nil
		}
		var name, text string
		if name, text, rest, err = cutParameter(rest); err != nil {
			return "", nil, err
		}
		if _, twice := parameters[name]; twice {
			return "", nil, mimeErrorf("parameter %.80q occurs twice", name)
		}
		parameters[name] = text
	}
}

// cutMedia takes the type in lower case from the front; like the libraries it
// lets blanks separate parameters too.
func cutMedia(value string) (media, rest string) {
	end := strings.IndexAny(value, "; \t")
	if end < 0 {
		end = len(value)
	}
	return strings.ToLower(value[:end]), value[end:]
}

// cutParameter takes one name=value from the front.
func cutParameter(s string) (name, value, rest string, err error) {
	name, rest, ok := strings.Cut(s, "=")
	name = strings.ToLower(strings.TrimRight(name, " \t"))
	if !ok || !isToken(name) {
		return "", "", "", mimeErrorf("malformed parameter %.80q", s)
	}
	if strings.Contains(name, "*") {
		return "", "", "", mimeErrorf("continued parameter %.80q", name)
	}
	rest = strings.TrimLeft(rest, " \t")
	if strings.HasPrefix(rest, `"`) {
		value, rest, err = cutQuoted(rest)
		return name, value, rest, err
	}
	end := strings.IndexAny(rest, "; \t")
	if end < 0 {
		end = len(rest)
	}
	return name, rest[:end], rest[end:], nil
}

// cutQuoted takes a quoted string from the front (RFC 822, 3.3).
func cutQuoted(s string) (value, rest string, err error) {
	var text strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return text.String(), s[i+1:], nil
		case '\\':
			if i++; i == len(s) {
				return "", "", mimeErrorf("quoted string without an end")
			}
		}
		text.WriteByte(s[i])
	}
	return "", "", mimeErrorf("quoted string without an end")
}
