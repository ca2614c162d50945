package xmlenc

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestBase64ReaderDecodes any length, with white space anywhere.
func TestBase64ReaderDecodes(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 57, 58, 24 << 10, 24<<10 + 1, 100_000} {
		plain := octets(n)
		text := base64.StdEncoding.EncodeToString(plain)
		var spaced strings.Builder
		for i, c := range text {
			spaced.WriteRune(c)
			if i%76 == 75 {
				spaced.WriteString("\r\n")
			}
			if i%1000 == 7 {
				spaced.WriteString(" \t")
			}
		}
		for _, one := range []string{text, "\n " + spaced.String() + "\r\n"} {
			for _, r := range []io.Reader{strings.NewReader(one), iotest.OneByteReader(strings.NewReader(one)), iotest.DataErrReader(strings.NewReader(one))} {
				if got, err := io.ReadAll(NewBase64Reader(r)); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("%d octets: %d, %v", n, len(got), err)
				}
			}
		}
	}
}

// TestBase64ReaderIsStrict: what two readers could read differently is read
// by none.
func TestBase64ReaderIsStrict(t *testing.T) {
	long := strings.Repeat("AAAA", 20_000)
	for _, text := range []string{
		"A", "AA", "AAA", "AAAAA", "=", "====", "A===", "AA=A", "AA==AAAA", "AA== AA==", "AAA=A", "AA=", "AB==", "AAB=",
		"AA!A", "AA-A", "AA_A", "AA\x00A", "AA\vAA", "AA\u00a0AA", "é", long + "A", long + "AA==" + long, long + "AA==\n=",
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			if got, err := io.ReadAll(NewBase64Reader(r)); err == nil {
				t.Errorf("%.20q (%d) is read as %d octets", text, len(text), len(got))
			}
		}
	}
}

// TestBase64ReaderPassesErrorsOn, after what came before them.
func TestBase64ReaderPassesErrorsOn(t *testing.T) {
	broken := errors.New("line is dead")
	r := NewBase64Reader(io.MultiReader(strings.NewReader("QUJDREVG"), iotest.ErrReader(broken)))
	got, err := io.ReadAll(r)
	if string(got) != "ABCDEF" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, broken) {
		t.Errorf("afterwards: %v", err)
	}
}
