package envelope

import (
	"errors"
	"strings"
	"time"
)

// timeFormat has whole seconds and an explicit offset: the official clients
// fail on more than three fraction digits and on a missing zone (dossier §10.2).
const timeFormat = "2006-01-02T15:04:05-07:00"

// FormatTime writes an xsd:dateTime as clients in the field read it.
func FormatTime(t time.Time) string { return t.Format(timeFormat) }

var errTime = errors.New("not a dateTime")

// ParseTime reads an xsd:dateTime with or without fraction. Without a zone it
// is read as German legal time: the libraries let callers pass any text, and
// such callers mean their own clock (dossier §25.9).
func ParseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if len(text) > 40 {
		return time.Time{}, errTime
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		zone = time.FixedZone("CET", 3600)
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05.999999999", text, zone)
	if err != nil {
		return time.Time{}, errTime
	}
	return t, nil
}
