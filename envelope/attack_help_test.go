package envelope

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func isStructure(err error) bool { return errors.Is(err, ErrStructure) }

func recordingOctets(t testing.TB, name string) []byte {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(recordingFolder, name+".osci"))
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// changed replaces the first old, which must be there.
func changed(t testing.TB, octets []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(octets, []byte(old)) {
		t.Fatalf("letter does not contain %q", old)
	}
	return bytes.Replace(octets, []byte(old), []byte(new), 1)
}
