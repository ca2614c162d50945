package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"crypto/rand"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/transport"
)

// desk is an office in this process with the keys of the recordings.
type desk struct {
	t      *testing.T
	url    string
	folder string
	app    *app
	stderr bytes.Buffer
	stdout bytes.Buffer
	// before is called with each request before it is sent.
	before func(number int)
	posts  int
}

var deskPassword = map[string]string{"POSTSTELLE_PASSWORD": "poststelle", "LANG": "en"}

func keyPath(name string) string { return filepath.Join(recordings, "keys", name) }

func openDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, folder: filepath.Join(t.TempDir(), "office")}
	d.app = &app{
		Stdin: strings.NewReader(""), Stdout: &d.stdout, Stderr: &d.stderr, Rand: rand.Reader, Now: time.Now, Lang: "en",
		Getenv: func(name string) string { return deskPassword[name] }, base: t.Context(),
	}
	d.must("init", d.folder, "--listen", "127.0.0.1:0", "--open", "--cipher", keyPath("intermediary-cipher-2048.p12"), "--signature", keyPath("intermediary-signature.p12"))
	config, err := d.app.loadConfig(d.folder)
	d.check(err)
	office, err := startOffice(t.Context(), d.app, config)
	d.check(err)
	t.Cleanup(func() {
		if err := office.Close(); err != nil {
			t.Error(err)
		}
	})
	d.url = office.URL
	return d
}

func (d *desk) check(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// must runs a command that has to succeed and gives what it printed.
func (d *desk) must(args ...string) string {
	d.t.Helper()
	d.stdout.Reset()
	d.stderr.Reset()
	if err := d.app.execute(args); err != nil {
		d.t.Fatalf("%q: %v", args, err)
	}
	return d.stdout.String()
}

func (d *desk) flags(as string) []string {
	return []string{"--url", d.url, "--intermediary", keyPath("intermediary-cipher-2048.cer"),
		"--intermediary-signature", keyPath("intermediary-signature.cer"), "--as", keyPath(as)}
}

// client speaks as somebody and counts its requests.
func (d *desk) client(as string) *client.Client {
	d.t.Helper()
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: d.t.TempDir()})
	d.check(err)
	road, err := transport.NewClient(transport.ClientOptions{Spool: spool})
	d.check(err)
	office, err := readCertificate(keyPath("intermediary-cipher-2048.cer"))
	d.check(err)
	signs, err := readCertificate(keyPath("intermediary-signature.cer"))
	d.check(err)
	cipher, err := readCipher(keyPath(as+"-cipher.p12"), "poststelle")
	d.check(err)
	signer, err := readSigner(keyPath(as+"-signature.p12"), "poststelle")
	d.check(err)
	c, err := client.New(client.Options{
		IntermediaryCipher: office, IntermediarySignature: signs, Cipher: cipher, Signer: signer,
		Scratch: func() (envelope.ScratchFile, error) { return spool.New() },
		Post: func(ctx context.Context, p envelope.Parcel) (envelope.Sealed, error) {
			d.posts++
			if d.before != nil {
				d.before(d.posts)
			}
			body, err := road.Post(ctx, d.url, p)
			if err != nil {
				return envelope.Sealed{}, err
			}
			return envelope.Sealed{Body: body}, nil
		},
	})
	d.check(err)
	return c
}

// inMemory is freight of a test.
type inMemory string

func (m inMemory) Size() int64 { return int64(len(m)) }
func (m inMemory) Open() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(m))), nil
}

// store puts a letter from alice to somebody, readable by reader.
func (d *desk) store(to, reader string, files ...envelope.File) string {
	d.t.Helper()
	addressee, err := readCertificate(keyPath(to + "-cipher.cer"))
	d.check(err)
	reads, err := readCertificate(keyPath(reader + "-cipher.cer"))
	d.check(err)
	signer, err := readSigner(keyPath("alice-signature.p12"), "poststelle")
	d.check(err)
	role := envelope.CipherAddressee
	if to != reader {
		role = envelope.CipherOtherReader
	}
	answer, err := d.client("alice").Store(d.t.Context(), client.Letter{
		Addressee: addressee,
		Content: envelope.Writing{
			Texts:   []envelope.Text{{Octets: []byte("Guten Tag")}},
			Files:   files,
			Authors: []envelope.Author{{Role: envelope.SignatureOriginator, Signer: signer}},
			Readers: []envelope.Reader{{Role: role, Certificate: reads}},
		},
	})
	d.check(err)
	d.check(answer.Close())
	return answer.MessageID
}

func (d *desk) fetch(out string, more ...string) []letterView {
	d.t.Helper()
	text := d.must(append(append([]string{"fetch", "--out", out, "--json"}, d.flags("bob")...), more...)...)
	var letters []letterView
	d.check(json.Unmarshal([]byte(text), &letters))
	return letters
}

// received is the card's word on whether the letter was confirmed.
func (d *desk) received(id string) bool {
	d.t.Helper()
	var view cardsView
	text := d.must(append([]string{"card", "--id", id, "--json"}, d.flags("alice")...)...)
	d.check(json.Unmarshal([]byte(text), &view))
	return view.Cards[0].Reception != nil
}

func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	sort.Strings(list)
	return list
}

func TestFetchMakesHarmlessFileNames(t *testing.T) {
	d := openDesk(t)
	d.store("bob", "bob",
		envelope.File{Name: "../../../evil.txt", Freight: inMemory("1")}, envelope.File{Name: "evil.txt", Freight: inMemory("2")},
		envelope.File{Name: "letter.json", Freight: inMemory("3")}, envelope.File{Name: ".profile", Freight: inMemory("4")},
		envelope.File{Name: "/abs/Müller.txt", Freight: inMemory("5")}, envelope.File{Name: "..", Freight: inMemory("6")},
	)
	top := t.TempDir()
	out := filepath.Join(top, "a", "in")
	letters := d.fetch(out)
	want := []string{"Müller.txt", "_", "_profile", "evil-2.txt", "evil.txt", "letter-2.json", "letter.json", "text-1.txt"}
	sort.Strings(want)
	if got := filesIn(t, letters[0].Folder); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("files %q, want %q", got, want)
	}
	if got := filesIn(t, top); len(got) != 1 {
		t.Errorf("files outside of --out: %q", got)
	}
	if got := filesIn(t, out); len(got) != 1 {
		t.Errorf("left in --out: %q", got)
	}
	for _, f := range letters[0].Attachments {
		if !sameOctets(filepath.Join(letters[0].Folder, f.File), f.SHA256) {
			t.Errorf("%s is not %q", f.File, f.Name)
		}
	}
}

func TestFetchAllUntilNothingIsLeft(t *testing.T) {
	d := openDesk(t)
	ids := map[string]bool{}
	for range 3 {
		ids[d.store("bob", "bob")] = true
	}
	out := t.TempDir()
	for _, l := range d.fetch(out, "--all") {
		if !ids[l.MessageID] || !l.Signed || !l.Authors[0].Valid {
			t.Errorf("letter %+v", l)
		}
		delete(ids, l.MessageID)
		if !d.received(l.MessageID) {
			t.Errorf("%s is not confirmed", l.MessageID)
		}
	}
	if len(ids) > 0 {
		t.Errorf("%d letters did not come", len(ids))
	}
	if again := d.fetch(out, "--all"); len(again) != 0 {
		t.Errorf("%d letters came twice", len(again))
	}
}

// round runs fetch with a client whose requests are watched.
func (d *desk) round(out string, cmd *fetchCmd) error {
	cmd.Out = out
	r := &fetchRound{cmd: cmd, app: d.app}
	return r.run(d.t.Context(), d.client("bob"))
}

// TestFetchKeepsALetterBeforeItConfirmsIt looks at the disk at the moment of
// each request: the one after a fetch confirms the letter.
func TestFetchKeepsALetterBeforeItConfirmsIt(t *testing.T) {
	d := openDesk(t)
	d.store("bob", "bob", envelope.File{Name: "a.txt", Freight: inMemory("Anlage")})
	d.store("bob", "bob")
	out := t.TempDir()
	d.posts = 0
	var kept []int
	d.before = func(int) {
		found, err := filepath.Glob(filepath.Join(out, "*", letterFile))
		if err != nil {
			t.Error(err)
		}
		kept = append(kept, len(found))
	}
	d.check(d.round(out, &fetchCmd{All: true}))
	// initDialog, three fetchDelivery (the last is 9803), exitDialog.
	if want := []int{0, 0, 1, 2, 2}; len(kept) != len(want) || kept[2] != 1 || kept[3] != 2 {
		t.Errorf("letters on disk before each request: %v, want %v", kept, want)
	}
}

func TestFetchConfirmsNothingItCouldNotKeep(t *testing.T) {
	d := openDesk(t)
	id := d.store("bob", "bob")
	out := filepath.Join(t.TempDir(), "in") // is not made: nothing can be written
	d.posts = 0
	if err := d.round(out, &fetchCmd{All: true}); err == nil {
		t.Fatal("no error")
	}
	if d.posts != 2 {
		t.Errorf("%d requests, want initDialog and fetchDelivery only", d.posts)
	}
	if d.received(id) {
		t.Error("the letter is confirmed")
	}
	if letters := d.fetch(out); len(letters) != 1 || letters[0].MessageID != id {
		t.Errorf("then came %+v", letters)
	}
}

// TestFetchDoesNotKeepALetterTwice: a crash came between disk and confirmation.
func TestFetchDoesNotKeepALetterTwice(t *testing.T) {
	d := openDesk(t)
	d.store("bob", "bob", envelope.File{Name: "a.txt", Freight: inMemory("Anlage")})
	out := t.TempDir()
	d.before = func(number int) {
		if found, _ := filepath.Glob(filepath.Join(out, "*", letterFile)); len(found) > 0 && d.before != nil {
			d.before = nil
			panic("crash")
		}
	}
	func() {
		defer func() { recover() }()
		d.round(out, &fetchCmd{All: true})
	}()
	if got := filesIn(t, out); len(got) != 1 {
		t.Fatalf("after the crash: %q", got)
	}
	letters := d.fetch(out, "--all")
	if got := filesIn(t, out); len(got) != 1 || len(letters) != 1 || !d.received(letters[0].MessageID) {
		t.Errorf("folders %q, letters %+v", got, letters)
	}
	// Somebody changes what was kept: then it is written again, beside it.
	d.check(os.WriteFile(filepath.Join(letters[0].Folder, "a.txt"), []byte("anders"), 0o600))
	d.fetch(out, "--id", letters[0].MessageID)
	if got := filesIn(t, out); len(got) != 2 {
		t.Errorf("folders %q, want the letter beside the changed one", got)
	}
}

func TestFetchConfirmsUnreadableLettersOnlyWhenTold(t *testing.T) {
	d := openDesk(t)
	id := d.store("bob", "carol", envelope.File{Name: "a.txt", Freight: inMemory("Anlage")})
	out := t.TempDir()
	err := d.app.execute(append([]string{"fetch", "--out", out, "--all"}, d.flags("bob")...))
	if err == nil || !strings.Contains(err.Error(), "cannot be read") || exitCode(err) != 1 {
		t.Fatalf("error %v", err)
	}
	if d.received(id) {
		t.Error("the letter is confirmed")
	}
	letters := d.fetch(out, "--all", "--confirm-unreadable")
	if len(letters) != 1 || len(letters[0].Unreadable) == 0 || letters[0].Signed || !d.received(id) {
		t.Fatalf("letters %+v", letters)
	}
	if got := filesIn(t, letters[0].Folder); strings.Join(got, "|") != "letter.json|message.osci" {
		t.Errorf("files %q", got)
	}
}
