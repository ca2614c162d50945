package envelope

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"
)

// Order is the part of a message that is peculiar to its kind. Each kind has
// a file of its own with its order and the order that answers it.
type Order interface {
	// Kind is the message this order makes.
	Kind() Kind
	// encode writes the children of the message element.
	encode(w *writer)
}

// maxMessageID bounds ids that peers send; ours are far shorter.
const maxMessageID = 512

var errMessageID = errors.New("not the base64 of a printable text")

// encodeMessageID is the wire form: base64 of the id's octets (dossier §12.4).
func encodeMessageID(id string) string {
	return base64.StdEncoding.EncodeToString([]byte(id))
}

// decodeMessageID reads the wire form. An id becomes part of texts and names,
// so controls and broken UTF-8 are refused here, once.
func decodeMessageID(text string) (string, error) {
	raw, err := decodeBase64(text)
	if err != nil || len(raw) == 0 || len(raw) > maxMessageID || !utf8.Valid(raw) {
		return "", errMessageID
	}
	for _, r := range string(raw) {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return "", errMessageID
		}
	}
	return string(raw), nil
}

// decodeBase64 is xsd:base64Binary: white space anywhere, otherwise strict.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, " \t\r\n") {
		text = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}
