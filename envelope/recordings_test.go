package envelope

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

const recordingFolder = "../testdata/recordings"

// memoryFile is a scratch file in memory.
type memoryFile struct{ bytes.Buffer }

func (m *memoryFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, off)
}
func (m *memoryFile) Size() int64  { return int64(m.Len()) }
func (m *memoryFile) Close() error { return nil }

func newMemoryFile() (ScratchFile, error) { return &memoryFile{}, nil }

func sealedBytes(b []byte) Sealed {
	f := &memoryFile{}
	f.Write(b)
	return Sealed{Body: f}
}

// testDay is when the recordings were made.
var testDay = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// legacy permits what the recordings of old clients need.
func legacy() xmlenc.Policy {
	var p xmlenc.Policy
	until := testDay.AddDate(1, 0, 0)
	for _, c := range xmlenc.Ciphers() {
		p.Exceptions = append(p.Exceptions, xmlenc.Exception{Algorithm: c.URI, Until: until, Reason: "recordings"})
	}
	p.Exceptions = append(p.Exceptions, xmlenc.Exception{Algorithm: xmlenc.RSA15, Until: until, Reason: "recordings"})
	return p
}

func loadKey(t testing.TB, name string) CipherKey {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(recordingFolder, "keys", name+".cer"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := signature.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(recordingFolder, "keys", name+".key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	decrypter, _ := key.(crypto.Decrypter)
	return CipherKey{Certificate: certificate, Key: decrypter}
}

func testOpener(t testing.TB) *Opener {
	o := &Opener{Scratch: newMemoryFile, Encryption: legacy(), Now: func() time.Time { return testDay }, Rand: rand.Reader}
	for _, name := range []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096", "alice-cipher", "bob-cipher"} {
		o.Keys = append(o.Keys, loadKey(t, name))
	}
	return o
}

// fact is a line of the recordings' INDEX.tsv.
type fact map[string]string

func recordingFacts(t testing.TB) []fact {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordingFolder, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	head := strings.Split(lines[0], "\t")
	var facts []fact
	for _, line := range lines[1:] {
		f := fact{}
		for i, cell := range strings.Split(line, "\t") {
			f[head[i]] = cell
		}
		facts = append(facts, f)
	}
	return facts
}

func openRecording(t testing.TB, o *Opener, name string) *Message {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(recordingFolder, name+".osci"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := o.Open(context.Background(), sealedBytes(octets))
	if err != nil {
		t.Fatalf("opening %s: %v", name, err)
	}
	return m
}

// TestEveryRecordingDecodesToItsFacts opens what the official client wrote.
func TestEveryRecordingDecodesToItsFacts(t *testing.T) {
	o := testOpener(t)
	for _, f := range recordingFacts(t) {
		t.Run(f["name"], func(t *testing.T) {
			m := openRecording(t, o, f["name"])
			defer m.Close()
			want := map[string]string{
				"type": f["type"], "encrypted": f["encrypted"], "signed": f["signed"],
				"subject": f["subject"], "attachments": f["attachments"],
			}
			for key, got := range map[string]string{
				"type": m.Kind.String(), "encrypted": yes(m.Encryption != nil), "signed": yes(m.Signature != nil),
				"subject": subjectOf(m), "attachments": attachmentFacts(t, m),
			} {
				if got != want[key] {
					t.Errorf("%s = %q, want %q", key, got, want[key])
				}
			}
			if m.Signature != nil && !m.Signature.Complete() {
				t.Errorf("signature: %v, report %+v, uncovered %v", m.Signature.Err, m.Signature.Report, m.Signature.Uncovered)
			}
			for _, word := range strings.Fields(f["algorithms"]) {
				checkAlgorithm(t, m, word)
			}
		})
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func subjectOf(m *Message) string {
	var s *string
	switch o := m.Order.(type) {
	case StoreDelivery:
		s = o.Subject
	case ForwardDelivery:
		s = o.Subject
	case MediateDelivery:
		s = o.Subject
	case ResponseToProcessDelivery:
		s = o.Subject
	}
	if s == nil {
		return ""
	}
	return *s
}

func attachmentFacts(t *testing.T, m *Message) string {
	var words []string
	for _, a := range m.Attachments {
		r, err := a.Freight.Open()
		if err != nil {
			t.Fatal(err)
		}
		octets, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		sum := sha256.Sum256(octets)
		if sum != a.SHA256 || int64(len(octets)) != a.Freight.Size() {
			t.Errorf("attachment %s: announced digest or size is wrong", a.ContentID)
		}
		form := "raw"
		if a.Base64 {
			form = "base64"
		}
		words = append(words, fmt.Sprintf("%s %d %s %s", a.ContentID, len(octets), hex.EncodeToString(sum[:]), form))
	}
	return strings.Join(words, "; ")
}

func checkAlgorithm(t *testing.T, m *Message, word string) {
	key, want, _ := strings.Cut(word, "=")
	got := want
	switch key {
	case "sym":
		got = m.Encryption.Method.Cipher.Name
	case "iv":
		got = fmt.Sprint(m.Encryption.Method.IVSize)
	case "key":
		got = m.Encryption.KeyTransport.URI[strings.Index(m.Encryption.KeyTransport.URI, "#")+1:]
	case "ivlength":
		got = ivLengthOnTheWire(t, m)
	case "oaep":
		kt := m.Encryption.KeyTransport
		got = kt.Digest[strings.Index(kt.Digest, "#")+1:] + "/" + kt.MGF[strings.Index(kt.MGF, "#")+1:]
	case "rsa":
		got = fmt.Sprint(m.Encryption.Certificate.PublicKey().(*rsa.PublicKey).N.BitLen())
	case "cipherpart":
		got = map[bool]string{true: "base64", false: "binary"}[m.Encryption.Base64]
	case "sig":
		got = m.Signature.Report.Algorithm.ShortName()
	case "digest":
		got = m.Signature.Report.References[0].Digest.ShortName()
	default:
		t.Errorf("INDEX.tsv has the word %q, which nobody checks", word)
	}
	if got != want {
		t.Errorf("%s = %s, want %s", key, got, want)
	}
}

// ivLengthOnTheWire reads the wrapper of an encrypted message once more.
func ivLengthOnTheWire(t *testing.T, m *Message) string {
	t.Helper()
	outer := m.closers[0].(*memoryFile)
	l, err := (&Opener{}).readLayer(outer)
	if err != nil {
		t.Fatal(err)
	}
	w, err := decodeWrapper(l.doc)
	if err != nil {
		t.Fatal(err)
	}
	if w.ivLength == nil {
		return "absent"
	}
	return fmt.Sprint(*w.ivLength)
}
