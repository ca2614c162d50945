package signature

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// openssl makes a signature with the program that everybody compares with.
func openssl(t *testing.T, dir string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on the PATH: no CMS by another hand")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

// cmsOf signs content with carol's key of the recordings.
func cmsOf(t *testing.T, content string, more ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	keys, err := filepath.Abs("../testdata/recordings/keys")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"cms", "-sign", "-binary", "-in", "in", "-signer", filepath.Join(keys, "carol-signature.cert.pem"),
		"-inkey", filepath.Join(keys, "carol-signature.key.pem"), "-outform", "DER", "-out", "out", "-md", "sha256"}
	openssl(t, dir, append(args, more...)...)
	octets, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

func TestCMSBesideItsContentVerifies(t *testing.T) {
	c, err := ReadCMS(cmsOf(t, "Bauantrag"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify([]byte("Bauantrag")); err != nil {
		t.Error(err)
	}
	if err := c.Verify([]byte("Bauantrak")); !errors.Is(err, ErrCMS) {
		t.Errorf("other content: %v", err)
	}
	if all := c.Certificates(); len(all) != 1 || all[0].SubjectRFC2253() == "" {
		t.Errorf("certificates: %v", all)
	}
}

func TestCMSAroundItsContentVerifies(t *testing.T) {
	octets := cmsOf(t, "Bauantrag", "-nodetach")
	c, err := ReadCMS(octets)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(nil); err != nil || string(c.Content()) != "Bauantrag" {
		t.Errorf("%q: %v", c.Content(), err)
	}
	if err := c.Verify([]byte("other")); !errors.Is(err, ErrCMS) {
		t.Errorf("content inside and beside: %v", err)
	}
	changed := bytes.Replace(octets, []byte("Bauantrag"), []byte("Bauantrak"), 1)
	if c, err = ReadCMS(changed); err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(nil); !errors.Is(err, ErrCMS) {
		t.Errorf("changed content: %v", err)
	}
}

// TestCMSBombsAreRefusedBeforeTheLibrary: each of them would end the process,
// or is no structure at all.
func TestCMSBombsAreRefusedBeforeTheLibrary(t *testing.T) {
	for name, octets := range map[string][]byte{
		"nested 4 MiB":       bytes.Repeat([]byte{0x30, 0x80}, 2<<20),
		"nested below limit": bytes.Repeat([]byte{0x30, 0x80}, 400_000),
		"nested definite":    nested(40),
		"empty":              nil,
		"cut off":            {0x30, 0x82, 0x01},
		"length past end":    {0x30, 0x05, 0x02, 0x01},
		"octets behind":      {0x30, 0x00, 0x00, 0x00},
		"endless length":     {0x30, 0x85, 1, 1, 1, 1, 1},
	} {
		if _, err := ReadCMS(octets); !errors.Is(err, ErrCMS) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkBER(nested(20)); err != nil {
		t.Errorf("harmless nesting: %v", err)
	}
}

// nested is a sequence in a sequence, so many times.
func nested(depth int) []byte {
	var octets []byte
	for range depth {
		octets = append([]byte{0x30, byte(len(octets))}, octets...)
	}
	return octets
}

func FuzzReadCMS(f *testing.F) {
	f.Add(nested(5))
	f.Add([]byte{0x30, 0x80, 0x02, 0x01, 0x01, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, octets []byte) {
		c, err := ReadCMS(octets)
		if err == nil && c.Verify([]byte("x")) == nil {
			t.Error("something that nobody signed verifies")
		}
	})
}
