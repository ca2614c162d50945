package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// size is a number of octets, written as 1024, 64KiB, 1GiB.
type size int64

// units are in the order in which they are written.
func units() []struct {
	name   string
	octets int64
} {
	return []struct {
		name   string
		octets int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}
}

func parseSize(text string) (size, error) {
	number, factor := strings.TrimSpace(text), int64(1)
	for _, unit := range units() {
		if rest, ok := strings.CutSuffix(number, unit.name); ok {
			number, factor = strings.TrimSpace(rest), unit.octets
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("%q is no size: want octets or a number with KiB, MiB, GiB, TiB", text)
	}
	return size(n * factor), nil
}

// String is the shortest spelling.
func (s size) String() string {
	for _, unit := range units() {
		if s > 0 && int64(s)%unit.octets == 0 {
			return strconv.FormatInt(int64(s)/unit.octets, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// UnmarshalYAML reads a size.
func (s *size) UnmarshalYAML(n *yaml.Node) (err error) {
	*s, err = parseSize(n.Value)
	return atLine(n, err)
}

// UnmarshalText reads a size of a flag.
func (s *size) UnmarshalText(text []byte) (err error) {
	*s, err = parseSize(string(text))
	return err
}

// period is a duration that may be given in days: 90d, 30m.
type period time.Duration

func parsePeriod(text string) (period, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseInt(days, 10, 32); err == nil && n >= 0 && n < 36525 {
			return period(time.Duration(n) * 24 * time.Hour), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration: want such as 30s, 10m, 24h, 90d", text)
	}
	return period(d), nil
}

// String writes whole days as days.
func (p period) String() string {
	const day = 24 * time.Hour
	switch d := time.Duration(p); {
	case d == 0:
		return "0s"
	case d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	default:
		return d.String()
	}
}

// UnmarshalYAML reads a period.
func (p *period) UnmarshalYAML(n *yaml.Node) (err error) {
	*p, err = parsePeriod(n.Value)
	return atLine(n, err)
}

// UnmarshalText reads a period of a flag.
func (p *period) UnmarshalText(text []byte) (err error) {
	*p, err = parsePeriod(string(text))
	return err
}

// date is a day.
type date struct{ time.Time }

// String is YYYY-MM-DD.
func (d date) String() string { return d.Format(time.DateOnly) }

// UnmarshalYAML reads YYYY-MM-DD, quoted or not.
func (d *date) UnmarshalYAML(n *yaml.Node) (err error) {
	if d.Time, err = time.ParseInLocation(time.DateOnly, n.Value, time.Local); err != nil {
		err = fmt.Errorf("%q is no day: want YYYY-MM-DD", n.Value)
	}
	return atLine(n, err)
}

// MarshalYAML writes YYYY-MM-DD.
func (d date) MarshalYAML() (any, error) { return d.String(), nil }

// atLine is how the YAML library words its own errors.
func atLine(n *yaml.Node, err error) error {
	if err == nil {
		return nil
	}
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", n.Line, err)}}
}
