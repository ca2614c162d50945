package xmlenc

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestNISTVectors decrypts what others encrypted; see testdata/xmlenc/SOURCE.
func TestNISTVectors(t *testing.T) {
	text, err := os.ReadFile("../../testdata/xmlenc/nist-aesgcm.tsv")
	if err != nil {
		t.Fatal(err)
	}
	decoded := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good, bad := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cell := strings.Split(line, "\t")
		twelve := 12
		m, err := MethodFor(ns11+cell[1], &twelve)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		_, err = Decrypt(&out, NewBase64Reader(strings.NewReader(cell[3])), decoded(cell[2]), m)
		if cell[4] == "fail" {
			if bad++; !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s: %v", cell[0], err)
			}
			continue
		}
		if good++; err != nil || !bytes.Equal(out.Bytes(), decoded(cell[4])) {
			t.Errorf("%s: %v", cell[0], err)
		}
	}
	if good != 94 || bad != 86 {
		t.Errorf("%d good and %d bad vectors", good, bad)
	}
}
