package main

import (
	"bytes"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"poststelle/envelope"
	"poststelle/transport"
)

const recordings = "../../testdata/recordings"

// inspectionDay is when the recordings were made.
var inspectionDay = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// runClient runs one command line as a process would.
func runClient(t testing.TB, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	a := &app{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems, Rand: rand.Reader,
		Now:    func() time.Time { return inspectionDay },
		Getenv: func(name string) string { return env[name] },
	}
	code = a.run(t.Context(), args)
	return code, out.String(), problems.String()
}

var recordingsPassword = map[string]string{"POSTSTELLE_PASSWORD": "poststelle", "LANG": "en"}

// recordingRows are the lines of INDEX.tsv by column name.
func recordingRows(t testing.TB) []map[string]string {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(recordings, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(octets))
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	if len(rows) < 60 {
		t.Fatalf("%d recordings in the index", len(rows))
	}
	return rows
}

// TestInspectPrintsTheFactsOfEveryRecording holds what is printed against the
// index that was made by code independent of ours.
func TestInspectPrintsTheFactsOfEveryRecording(t *testing.T) {
	a := &app{Stderr: t.Output(), Now: func() time.Time { return inspectionDay }, Rand: rand.Reader, Getenv: func(string) string { return "poststelle" }}
	keys, err := (&inspectCmd{Keys: filepath.Join(recordings, "keys")}).keys(a)
	if err != nil {
		t.Fatal(err)
	}
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	opener := inspector(a, keys, func() (envelope.ScratchFile, error) { return spool.New() })
	for _, row := range recordingRows(t) {
		t.Run(row["name"], func(t *testing.T) {
			v, err := inspectFile(t.Context(), opener, filepath.Join(recordings, row["name"]+".osci"))
			if err != nil {
				t.Fatal(err)
			}
			holdFacts(t, v, row)
		})
	}
}

// holdFacts holds a view against a line of the index.
func holdFacts(t *testing.T, v *messageView, row map[string]string) {
	t.Helper()
	subject := ""
	if v.Subject != nil {
		subject = *v.Subject
	}
	for name, got := range map[string]string{
		"type": v.Kind, "encrypted": yesNo(v.Encrypted), "signed": yesNo(v.Signed),
		"algorithms": algorithmFacts(v.Algorithms, row["algorithms"]), "subject": subject,
		"attachments": attachmentFacts(v.Attachments), "content": contentFacts(v),
	} {
		if want := normal(name, row[name]); want != got {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
	if v.SignatureValid != v.Signed || v.ContentError != "" || v.Unreadable != nil {
		t.Errorf("signature %q, content %q, unreadable %q", v.SignatureError, v.ContentError, v.Unreadable)
	}
	for _, author := range v.Authors {
		if !author.Valid || author.Uncovered != nil {
			t.Errorf("author %s: %s", author.Name, author.Error)
		}
	}
}

// TestInspectPrintsJSON is the way of one recording through the command line.
func TestInspectPrintsJSON(t *testing.T) {
	code, stdout, stderr := runClient(t, recordingsPassword, "inspect", "--json",
		"--keys", filepath.Join(recordings, "keys"), filepath.Join(recordings, "store-umlauts.osci"))
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var v messageView
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatal(err)
	}
	for _, row := range recordingRows(t) {
		if row["name"] == "store-umlauts" {
			holdFacts(t, &v, row)
		}
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// algorithmFacts writes the view as the index does. How long the IV was said to
// be on the wire is not shown: it follows from the IV.
func algorithmFacts(v algorithmsView, want string) string {
	var words []string
	add := func(name, value string) {
		if value != "" && value != "0" {
			words = append(words, name+"="+value)
		}
	}
	add("sym", v.Cipher)
	add("iv", fmt.Sprint(v.IV))
	for _, word := range strings.Fields(want) {
		if strings.HasPrefix(word, "ivlength=") {
			words = append(words, word)
		}
	}
	add("key", v.KeyTransport)
	add("oaep", v.OAEP)
	add("rsa", fmt.Sprint(v.RSA))
	add("cipherpart", v.CipherPart)
	add("sig", v.Signature)
	add("digest", v.Digest)
	return strings.Join(words, " ")
}

func attachmentFacts(list []attachmentView) string {
	var words []string
	for _, p := range list {
		words = append(words, fmt.Sprintf("%s %d %s %s", p.ID, p.Size, p.SHA256, strings.Replace(p.Encoding, "binary", "raw", 1)))
	}
	return strings.Join(words, "; ")
}

// contentFacts are files and the names of those who signed. Chunks are no
// content to the index.
func contentFacts(v *messageView) string {
	var words []string
	for _, c := range v.Contents {
		if c.Kind == "file" && c.Name != "ChunkBlobStoreDelivery" {
			words = append(words, fmt.Sprintf("%s %d %s", c.Name, c.Size, c.SHA256))
		}
	}
	sort.Strings(words)
	var authors []string
	for _, author := range v.Authors {
		authors = append(authors, strings.TrimSuffix(strings.TrimSuffix(author.Name, "-ec"), "-signature"))
	}
	if len(authors) > 0 {
		words = append(words, "authors "+strings.Join(authors, "+"))
	}
	return strings.Join(words, "; ")
}

// normal takes the readers from an entry of the index, which also names
// readers of nested containers, and names the originator where he signed.
func normal(column, want string) string {
	if column != "content" || want == "" {
		return want
	}
	var words []string
	for _, part := range strings.Split(want, "; ") {
		switch {
		case strings.HasPrefix(part, "readers "):
		case part == "authors none, originator":
			words = append(words, "authors alice")
		case part == "authors none":
		default:
			words = append(words, part)
		}
	}
	files := 0
	for files < len(words) && !strings.HasPrefix(words[files], "authors ") {
		files++
	}
	sort.Strings(words[:files])
	return strings.Join(words, "; ")
}

func TestInspectShowsFaults(t *testing.T) {
	parcel, err := envelope.NewFault(envelope.CodeDialogWrong, []string{"en"}).Parcel(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fault.osci")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parcel.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runClient(t, nil, "inspect", path)
	if code != 0 || !strings.Contains(stdout, "fault") || !strings.Contains(stdout, "9400") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

func TestInspectWithoutTheKeySaysWhatIsMissing(t *testing.T) {
	code, _, stderr := runClient(t, recordingsPassword, "inspect", filepath.Join(recordings, "init-encrypted-signed.osci"))
	if code != 1 || !strings.Contains(stderr, "poststelle: error: ") || !strings.Contains(stderr, "poststelle: hint: --keys DIR") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

func TestInspectSkipsKeysOfAnotherPassword(t *testing.T) {
	wrong := map[string]string{"POSTSTELLE_PASSWORD": "wrong", "LANG": "en"}
	code, stdout, stderr := runClient(t, wrong, "inspect", "--keys", filepath.Join(recordings, "keys"), filepath.Join(recordings, "init-plain-signed.osci"))
	if code != 0 || !strings.Contains(stdout, "initDialog") || !strings.Contains(stderr, "key skipped") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

func TestInspectRefusesWhatIsNoMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(path, []byte("a note"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := runClient(t, nil, "inspect", path); code != 1 || !strings.Contains(stderr, "no valid OSCI MIME message") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
