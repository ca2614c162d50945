package envelope

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/csv"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poststelle/envelope/xmlenc"
	"poststelle/signature"
)

const contentRecordings = "../testdata/recordings"

// contentDay is when the recordings were made.
var contentDay = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// contentScratch is a scratch file in memory.
type contentScratch struct {
	bytes.Buffer
	closed bool
}

func (m *contentScratch) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, off)
}
func (m *contentScratch) Size() int64  { return int64(m.Len()) }
func (m *contentScratch) Close() error { m.closed = true; return nil }

func newContentScratch() (ScratchFile, error) { return &contentScratch{}, nil }

// memoryFreight is a file in memory.
type memoryFreight []byte

func (m memoryFreight) Size() int64 { return int64(len(m)) }
func (m memoryFreight) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m)), nil
}

// person is a certificate of the recordings with its key.
type person struct {
	certificate *signature.Certificate
	key         crypto.Signer
}

func loadPerson(t testing.TB, name string) person {
	t.Helper()
	read := func(suffix string) []byte {
		octets, err := os.ReadFile(filepath.Join(contentRecordings, "keys", name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		return octets
	}
	certificate, err := signature.ParseCertificate(read(".cer"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(read(".key.pem"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return person{certificate, key.(crypto.Signer)}
}

func (p person) cipherKey(t testing.TB) CipherKey {
	t.Helper()
	key, ok := p.key.(crypto.Decrypter)
	if !ok {
		t.Fatal("key does not decrypt")
	}
	return CipherKey{Certificate: p.certificate, Key: key}
}

// contentOpener has the office's keys and those of the named readers, and
// permits what old clients used.
func contentOpener(t testing.TB, readers ...string) *Opener {
	t.Helper()
	o := &Opener{Scratch: newContentScratch, Now: func() time.Time { return contentDay }, Rand: rand.Reader}
	until := contentDay.AddDate(1, 0, 0)
	for _, c := range xmlenc.Ciphers() {
		o.Encryption.Exceptions = append(o.Encryption.Exceptions, xmlenc.Exception{Algorithm: c.URI, Until: until, Reason: "recordings"})
	}
	o.Encryption.Exceptions = append(o.Encryption.Exceptions, xmlenc.Exception{Algorithm: xmlenc.RSA15, Until: until, Reason: "recordings"})
	office := []string{"intermediary-cipher", "intermediary-cipher-2048", "intermediary-cipher-4096", "alice-cipher"}
	for _, name := range append(office, readers...) {
		o.Keys = append(o.Keys, loadPerson(t, name).cipherKey(t))
	}
	return o
}

// contentFact is what INDEX.tsv says of one recording.
type contentFact struct{ name, kind, content string }

func contentFacts(t testing.TB) []contentFact {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(contentRecordings, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(octets))
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var list []contentFact
	for _, row := range rows[1:] {
		if content := row[column["content"]]; content != "" {
			list = append(list, contentFact{row[column["name"]], row[column["type"]], content})
		}
	}
	if len(list) < 30 {
		t.Fatalf("only %d recordings with content", len(list))
	}
	return list
}

func openMessage(t testing.TB, o *Opener, octets []byte) *Message {
	t.Helper()
	body := &contentScratch{}
	body.Write(octets)
	m, err := o.Open(context.Background(), Sealed{Body: body})
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func recordedLetter(t testing.TB, o *Opener, name string) *Message {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(contentRecordings, name+".osci"))
	if err != nil {
		t.Fatal(err)
	}
	return openMessage(t, o, octets)
}

func openedContent(t testing.TB, o *Opener, m *Message) *Content {
	t.Helper()
	c, err := o.OpenContent(context.Background(), m)
	if err != nil {
		t.Fatalf("opening content: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func readFreight(t testing.TB, f Freight) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	octets, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// peopleByFingerprint names the certificates of the recordings.
func peopleByFingerprint(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(contentRecordings, "keys", "*.cer"))
	if err != nil || len(files) == 0 {
		t.Fatal("no certificates", err)
	}
	names := map[string]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".cer")
		names[loadPerson(t, name).certificate.Fingerprint()] = name
	}
	return names
}
