package envelope

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordingRow is a line of testdata/recordings/INDEX.tsv.
type recordingRow struct {
	name, encrypted, cipherPart string
	attachments                 []string
}

var cipherPartColumn = regexp.MustCompile(`cipherpart=(\w+)`)

func recordings(t *testing.T) []recordingRow {
	t.Helper()
	index, err := os.ReadFile("../testdata/recordings/INDEX.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []recordingRow
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		column := strings.Split(line, "\t")
		row := recordingRow{name: column[0], encrypted: column[2]}
		if found := cipherPartColumn.FindStringSubmatch(column[4]); found != nil {
			row.cipherPart = found[1]
		}
		if row.encrypted == "no" && column[5] != "" {
			row.attachments = strings.Split(column[5], "; ")
		}
		rows = append(rows, row)
	}
	return rows
}

func TestScanReadsTheFramingOfEveryRecording(t *testing.T) {
	rows := recordings(t)
	if len(rows) < 60 {
		t.Fatalf("only %d recordings", len(rows))
	}
	for _, row := range rows {
		octets, err := os.ReadFile("../testdata/recordings/" + row.name + ".osci")
		if err != nil {
			t.Error(err)
			continue
		}
		m := scan(t, string(octets))
		if m.root.contentID != "osci@message" || m.root.charset != "utf-8" || m.root.base64 {
			t.Errorf("%s: root %+v", row.name, m.root)
		}
		if root := content(t, m, m.root); !strings.HasPrefix(root, prolog+"<soap:Envelope ") || !strings.HasSuffix(strings.TrimRight(root, "\r\n"), "</soap:Envelope>") {
			t.Errorf("%s: root part is cut wrongly", row.name)
		}
		if row.encrypted == "yes" {
			checkCipherPart(t, row, m)
		} else {
			checkAttachments(t, row, m)
		}
		checkSlices(t, octets, m)
	}
}

// checkAttachments holds the parts against "name octets SHA-256 raw|base64".
func checkAttachments(t *testing.T, row recordingRow, m *mimeMessage) {
	t.Helper()
	var got []string
	for _, p := range m.parts {
		way := map[bool]string{true: "base64", false: "raw"}[p.base64]
		got = append(got, fmt.Sprintf("%s %d %x %s", p.contentID, m.decodedSize(p), sha256.Sum256([]byte(content(t, m, p))), way))
	}
	if d := cmp.Diff(row.attachments, got); d != "" {
		t.Errorf("%s: %s", row.name, d)
	}
}

func checkCipherPart(t *testing.T, row recordingRow, m *mimeMessage) {
	t.Helper()
	if len(m.parts) != 1 || m.parts[0].contentID != encryptedID {
		t.Errorf("%s: parts %+v", row.name, m.parts)
		return
	}
	if got := map[bool]string{true: "base64", false: "binary"}[m.parts[0].base64]; got != row.cipherPart {
		t.Errorf("%s: cipher part is %s, want %s", row.name, got, row.cipherPart)
	}
	content(t, m, m.parts[0])
}

// checkSlices demands that each part stands in the source between two
// delimiters, in order and without gaps other than headers.
func checkSlices(t *testing.T, source []byte, m *mimeMessage) {
	t.Helper()
	delimiter := []byte("--" + m.boundary)
	end := int64(0)
	for _, p := range append([]mimePart{m.root}, m.parts...) {
		if p.offset < end || p.size < 0 || p.offset+p.size > int64(len(source)) {
			t.Fatalf("part %q at %d+%d overlaps or leaves the source", p.contentID, p.offset, p.size)
		}
		end = p.offset + p.size
		rest := bytes.TrimPrefix(source[end:], []byte("\r\n"))
		if !bytes.HasPrefix(rest, delimiter) {
			t.Fatalf("no delimiter after part %q", p.contentID)
		}
		if bytes.Contains(source[p.offset:end], append([]byte("\r\n"), append(delimiter, "\r\n"...)...)) {
			t.Fatalf("part %q holds a delimiter", p.contentID)
		}
	}
}

// checkAgainstStandardLibrary holds what was accepted against mime/multipart,
// where that reads the message too: both must see the same bodies.
func checkAgainstStandardLibrary(t *testing.T, source []byte, m *mimeMessage) {
	t.Helper()
	first := bytes.Index(source, []byte("--"+m.boundary))
	if first < 0 {
		t.Fatalf("boundary %q is nowhere", m.boundary)
	}
	parts := append([]mimePart{m.root}, m.parts...)
	// The header may hold the delimiter as text; multipart skips to a line.
	r := multipart.NewReader(bytes.NewReader(source[first:]), m.boundary)
	var bodies [][]byte
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return // stricter than we are, with look-alikes for example
		}
		body, err := io.ReadAll(p)
		if err != nil {
			return
		}
		bodies = append(bodies, body)
	}
	if len(bodies) != len(parts) {
		t.Fatalf("we see %d parts, mime/multipart %d", len(parts), len(bodies))
	}
	for i, p := range parts {
		if !bytes.Equal(source[p.offset:p.offset+p.size], bodies[i]) {
			t.Fatalf("part %q differs from what mime/multipart reads", p.contentID)
		}
	}
}

// corpus walks through mails that others wrote for their MIME parser.
func corpus(t testing.TB, visit func(name string, octets []byte)) {
	t.Helper()
	count := 0
	err := filepath.WalkDir("../testdata/mime", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "SOURCE" {
			return err
		}
		octets, err := os.ReadFile(path)
		count++
		visit(path, octets)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 100 {
		t.Fatalf("only %d mails", count)
	}
}

var (
	mailType     = regexp.MustCompile(`(?i)multipart/(mixed|alternative|report|signed)`)
	mailComment  = regexp.MustCompile(`(?mi)^(mime-version: 1.0) .*\r$`)
	mailPreamble = regexp.MustCompile(`(?s)^(.*?\r\n\r\n).*?(--)`)
	mailPart     = regexp.MustCompile(`(?m)^(--.*[^-\r\n])\r\n(?i:content-id:.*\r\n)?`)
	mailCoding   = regexp.MustCompile(`(?i)quoted-printable`)
	mailCharset  = regexp.MustCompile(`(?i)charset=`)
)

// asOSCI dresses a mail up as what OSCI frames, so that more than its first
// header is read.
func asOSCI(mail []byte) []byte {
	mail = bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n"))
	mail = bytes.ReplaceAll(mail, []byte("\n"), []byte("\r\n"))
	mail = mailType.ReplaceAll(mail, []byte("multipart/related"))
	mail = mailComment.ReplaceAll(mail, []byte("$1\r"))
	mail = mailPreamble.ReplaceAll(mail, []byte("$1$2"))
	mail = mailCoding.ReplaceAll(mail, []byte("8bit"))
	mail = mailCharset.ReplaceAll(mail, []byte("x-charset="))
	n := 0
	return mailPart.ReplaceAllFunc(mail, func(line []byte) []byte {
		n++
		line, _, _ = bytes.Cut(line, []byte("\r\n"))
		return fmt.Appendf(nil, "%s\r\nContent-ID: <%d>\r\n", line, n)
	})
}

func TestScanReadsOrRefusesEveryMailOfTheCorpus(t *testing.T) {
	accepted := 0
	corpus(t, func(name string, octets []byte) {
		for _, source := range [][]byte{octets, asOSCI(octets)} {
			m, err := scanMIME(bytes.NewReader(source), int64(len(source)), mimeLimits{}, nil)
			switch {
			case err == nil:
				accepted++
				checkSlices(t, source, m)
				checkAgainstStandardLibrary(t, source, m)
			case !errors.Is(err, ErrMIME):
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if accepted < 25 {
		t.Errorf("only %d mails were read to their end", accepted)
	}
}
