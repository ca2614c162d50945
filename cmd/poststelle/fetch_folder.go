package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// letterView is letter.json.
type letterView struct {
	MessageID string  `json:"messageId"`
	Subject   *string `json:"subject"`
	// Folder is where the letter lies; not in the file itself.
	Folder string `json:"folder,omitempty"`
	// Signed says that every signature is valid and that they cover all.
	Signed      bool                  `json:"signed"`
	Encrypted   bool                  `json:"encrypted"`
	Authors     []authorView          `json:"authors"`
	Attachments []fileView            `json:"attachments"`
	Texts       []fileView            `json:"texts,omitempty"`
	Unreadable  []string              `json:"unreadable,omitempty"`
	Card        *envelope.ProcessCard `json:"card"`
}

// authorView is who signed, and whether it verifies.
type authorView struct {
	Name        string           `json:"name"`
	Role        string           `json:"role"`
	Valid       bool             `json:"valid"`
	Error       string           `json:"error,omitempty"`
	SigningTime *time.Time       `json:"signingTime,omitempty"`
	Uncovered   []string         `json:"uncovered,omitempty"`
	Certificate *certificateView `json:"certificate"`
}

// fileView is a file of a letter. Name is the sender's, File what it is called
// here.
type fileView struct {
	Name     string   `json:"name"`
	File     string   `json:"file,omitempty"`
	Type     string   `json:"type,omitempty"`
	Size     int64    `json:"size"`
	SHA256   string   `json:"sha256"`
	SignedBy []string `json:"signedBy"`
	Error    string   `json:"error,omitempty"`
}

func viewAuthors(list []*envelope.AuthorVerdict) []authorView {
	views := []authorView{}
	for _, v := range list {
		view := authorView{
			Name: nameOf(v.Certificate), Role: v.Role.String(), Valid: v.Valid, SigningTime: v.SigningTime,
			Uncovered: v.Uncovered, Certificate: viewCertificate(v.Certificate),
		}
		if v.Err != nil {
			view.Error = v.Err.Error()
		}
		views = append(views, view)
	}
	return views
}

func signerNames(list []*envelope.AuthorVerdict) []string {
	found := []string{}
	for _, v := range list {
		found = append(found, nameOf(v.Certificate))
	}
	return found
}

// letterBox puts one letter into a folder of its own.
type letterBox struct {
	out     string
	letter  *client.Received
	content *envelope.Content
	raw     bool // keep message.osci
	temp    string
	taken   names
}

// keep writes everything into a hidden folder, makes it durable, and gives it
// its name in one step: a folder with a letter's name is a whole letter. A
// letter that is there already, because a crash came before its confirmation,
// is not written twice.
func (b *letterBox) keep() (*letterView, error) {
	view := b.view()
	if folder := b.present(view); folder != "" {
		view.Folder = folder
		return view, nil
	}
	temp, err := os.MkdirTemp(b.out, ".incoming-")
	if err != nil {
		return nil, err
	}
	b.temp = temp
	folder, err := b.write(view)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	view.Folder = folder
	return view, nil
}

// view collects the facts and chooses file names.
func (b *letterBox) view() *letterView {
	b.taken = names{letterFile: true, messageFile: true}
	v := &letterView{
		MessageID: b.letter.MessageID, Subject: b.letter.Subject, Signed: b.content.Signed() == nil,
		Encrypted: b.content.Encrypted, Authors: viewAuthors(b.content.Authors),
		Attachments: []fileView{}, Card: b.letter.Card,
	}
	for i := range b.content.Files {
		v.Attachments = append(v.Attachments, b.file(&b.content.Files[i]))
	}
	for i, t := range b.content.Texts {
		name := "text-" + strconv.Itoa(i+1) + ".txt"
		if t.XML {
			name = "text-" + strconv.Itoa(i+1) + ".xml"
		}
		sum := sha256.Sum256(t.Octets)
		v.Texts = append(v.Texts, fileView{
			Name: t.Name, File: b.taken.take(name), Size: int64(len(t.Octets)), SHA256: hex.EncodeToString(sum[:]),
			SignedBy: signerNames(t.SignedBy),
		})
	}
	for _, u := range b.content.Unreadable {
		v.Unreadable = append(v.Unreadable, u.Err.Error())
	}
	return v
}

func (b *letterBox) file(f *envelope.ReadFile) fileView {
	v := fileView{Name: f.Name, Type: f.ContentType, SignedBy: signerNames(f.SignedBy)}
	if f.Err != nil {
		v.Error = f.Err.Error()
		return v
	}
	v.File, v.Size, v.SHA256 = b.taken.take(f.Name), f.Size, hex.EncodeToString(f.SHA256[:])
	return v
}

// The files that every letter's folder can have beside what its sender sent.
const (
	letterFile  = "letter.json"
	messageFile = "message.osci"
)

func (b *letterBox) write(v *letterView) (string, error) {
	for i, f := range v.Attachments {
		if f.File == "" {
			continue
		}
		if err := b.copy(f, b.content.Files[i].Freight); err != nil {
			return "", err
		}
	}
	for i, f := range v.Texts {
		if err := writeStream(filepath.Join(b.temp, f.File), bytes.NewReader(b.content.Texts[i].Octets)); err != nil {
			return "", err
		}
	}
	if b.raw {
		if err := keepFreight(filepath.Join(b.temp, messageFile), b.letter.Message.Plain); err != nil {
			return "", err
		}
	}
	if err := b.note(v); err != nil {
		return "", err
	}
	return b.settle()
}

// copy writes a file and holds its octets against the digest once more: what
// lies on disk is what was signed.
func (b *letterBox) copy(f fileView, freight envelope.Freight) error {
	source, err := freight.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	sum := sha256.New()
	if err := writeStream(filepath.Join(b.temp, f.File), io.TeeReader(source, sum)); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("attachment %q changed while it was written", f.File)
	}
	return nil
}

func (b *letterBox) note(v *letterView) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return writeStream(filepath.Join(b.temp, letterFile), &text)
}

// settle makes the folder durable and gives it the letter's name.
func (b *letterBox) settle() (string, error) {
	if err := syncFolder(b.temp); err != nil {
		return "", err
	}
	base := filepath.Join(b.out, safeName(b.letter.MessageID))
	folder := base
	for n := 2; ; n++ {
		_, err := os.Lstat(folder)
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		folder = base + "-" + strconv.Itoa(n)
	}
	// A folder that somebody makes meanwhile is only replaced if it is empty.
	if err := os.Rename(b.temp, folder); err != nil {
		return "", err
	}
	return folder, syncFolder(b.out)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// present finds the letter's folder if it is there, whole and the same.
func (b *letterBox) present(v *letterView) string {
	folder := filepath.Join(b.out, safeName(v.MessageID))
	octets, err := os.ReadFile(filepath.Join(folder, letterFile))
	if err != nil {
		return ""
	}
	var have letterView
	if json.Unmarshal(octets, &have) != nil || have.MessageID != v.MessageID || len(have.Attachments) != len(v.Attachments) || len(have.Texts) != len(v.Texts) {
		return ""
	}
	for i, f := range append(append([]fileView(nil), v.Attachments...), v.Texts...) {
		old := append(append([]fileView(nil), have.Attachments...), have.Texts...)[i]
		if old.File != f.File || old.SHA256 != f.SHA256 || f.File != "" && !sameOctets(filepath.Join(folder, f.File), f.SHA256) {
			return ""
		}
	}
	if _, err := os.Lstat(filepath.Join(folder, messageFile)); b.raw && err != nil {
		return ""
	}
	return folder
}

func sameOctets(path, digest string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == digest
}
