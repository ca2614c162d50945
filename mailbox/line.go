package mailbox

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// A header is one line: version, check sum of what follows, and fields that a
// blank separates; the last may have blanks in it. Lines are read a hundred
// thousand at a time when the index is built, so this is no JSON; JSON within
// it escapes line ends.
const lineVersion = "2"

// writeLine puts fields together.
func writeLine(fields ...string) string {
	rest := strings.Join(fields, " ")
	return lineVersion + " " + checkSum(rest) + " " + rest
}

// checkSum finds accidents, and that a line is whole. It proves nothing.
func checkSum(text string) string {
	return strconv.FormatUint(uint64(crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli))), 16)
}

// readLine takes n fields apart.
func readLine(line string, n int) ([]string, error) {
	version, rest, _ := strings.Cut(line, " ")
	if version != lineVersion {
		return nil, fmt.Errorf("%w: version %.20q", ErrDamaged, version)
	}
	sum, rest, _ := strings.Cut(rest, " ")
	if sum != checkSum(rest) {
		return nil, fmt.Errorf("%w: check sum of a header", ErrDamaged)
	}
	fields := strings.SplitN(rest, " ", n)
	if len(fields) != n {
		return nil, fmt.Errorf("%w: %d fields", ErrDamaged, len(fields))
	}
	return fields, nil
}

// numbers reads decimal fields; the first that is none stays as the error.
type numbers struct{ err error }

func (n *numbers) read(field string) int64 {
	value, err := strconv.ParseInt(field, 10, 64)
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("%w: %.20q is no number", ErrDamaged, field)
	}
	return value
}

// moment reads nanoseconds since 1970; 0 = the zero time.
func (n *numbers) moment(field string) time.Time {
	if value := n.read(field); value != 0 {
		return time.Unix(0, value).UTC()
	}
	return time.Time{}
}

func momentText(at time.Time) string {
	if at.IsZero() {
		return "0"
	}
	return strconv.FormatInt(at.UnixNano(), 10)
}

func (s *summary) line() string {
	return writeLine(momentText(s.Created), momentText(s.Modified), momentText(s.Received),
		strconv.FormatInt(s.Size, 10), s.Sender, strings.Join(s.Files, ","), s.Card)
}

func parseSummary(line string) (summary, error) {
	field, err := readLine(line, 7)
	if err != nil {
		return summary{}, err
	}
	var n numbers
	one := summary{
		Created: n.moment(field[0]), Modified: n.moment(field[1]), Received: n.moment(field[2]),
		Size: n.read(field[3]), Sender: field[4], Card: field[6],
	}
	if field[5] != "" {
		one.Files = strings.Split(field[5], ",")
	}
	return one, n.err
}

func (f *storedFact) line() string {
	return writeLine(f.Kind, momentText(f.At), momentText(f.Stamp), f.Body)
}

func parseFact(line string) (storedFact, error) {
	field, err := readLine(line, 4)
	if err != nil {
		return storedFact{}, err
	}
	var n numbers
	one := storedFact{Kind: field[0], At: n.moment(field[1]), Stamp: n.moment(field[2]), Body: field[3]}
	switch one.Kind {
	case factForwarding, factReception, factInspection, factPurged:
	default:
		return one, fmt.Errorf("%w: fact %.20q", ErrDamaged, one.Kind)
	}
	return one, n.err
}
