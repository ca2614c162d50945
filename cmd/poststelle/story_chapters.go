package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"poststelle/envelope"
	"poststelle/envelope/client"
)

// The people of the story; the auditor needs no keys.
func storyParties() (office, firm, town, village party) {
	return party{"poststelle", "Poststelle Musterland"}, party{"kanzlei", "Kanzlei Lindner & Partner"},
		party{"neuwasser", "Stadt Neuwasser"}, party{"altenried", "Gemeinde Altenried"}
}

func (s *story) title() {
	fmt.Fprintf(s.app.Stdout, "%s%s%s\n", s.bold, s.text("A letter and its process card", "Ein Brief und sein Laufzettel"), s.plain)
	s.say("A law firm writes to a town, through a post office that cannot read the letter and yet proves that it arrived. Everything here happens now: real keys, real HTTP, a real message broker.",
		"Eine Kanzlei schreibt einer Stadt, über eine Poststelle, die den Brief nicht lesen kann und doch beweist, dass er ankam. Alles hier geschieht jetzt: echte Schlüssel, echtes HTTP, ein echter Nachrichtenvermittler.")
}

// makeKeys is the PKI.
func (s *story) makeKeys() error {
	s.chapter("Keys", "Schlüssel")
	begin := time.Now()
	pki, err := newStoryPKI(s.app, s.folder)
	if err != nil {
		return err
	}
	office, firm, town, village := storyParties()
	parties := []party{office, firm, town, village}
	if err := pki.issue(parties...); err != nil {
		return err
	}
	s.say("A small certification authority issues %d certificates: to each one for encryption (RSA-3072) and one for signatures (P-256).",
		"Eine kleine Zertifizierungsstelle stellt %d Zertifikate aus: für jeden eines zum Verschlüsseln (RSA-3072) und eines zum Signieren (P-256).", 2*len(parties))
	for _, one := range parties {
		s.row(one.name, one.file+"-cipher.p12, "+one.file+"-signature.p12")
	}
	fmt.Fprintf(s.app.Stdout, "      %s\n", s.duration(time.Since(begin)))
	return nil
}

// openOffice is init, serve and two mailboxes.
func (s *story) openOffice() error {
	s.chapter("The post office opens", "Die Poststelle öffnet")
	if _, err := s.command("init", "@office", "--listen", "127.0.0.1:0", "--cipher", "@poststelle-cipher.p12", "--signature", "@poststelle-signature.p12"); err != nil {
		return err
	}
	begin := time.Now()
	if err := s.serve("serve", "@office"); err != nil {
		return err
	}
	s.say("%s, then it takes letters at %s", "%s, dann nimmt sie Briefe an unter %s", s.duration(time.Since(begin)), s.url)
	_, _, town, village := storyParties()
	for _, one := range []party{town, village} {
		if _, err := s.command("mailbox", "add", "@office", "@"+one.file+"-cipher.cer", "--name", one.name); err != nil {
			return err
		}
	}
	s.say("A mailbox is the addressee's certificate: whoever has its key can open it, nobody else.",
		"Ein Postfach ist das Zertifikat des Empfängers: Wer den Schlüssel dazu hat, kann es öffnen, sonst niemand.")
	return nil
}

// write is the letter.
func (s *story) write() error {
	s.chapter("The law firm writes", "Die Kanzlei schreibt")
	files, err := storyFiles(s.folder, s.app.Rand)
	if err != nil {
		return err
	}
	s.sums = map[string]string{}
	for _, path := range files {
		octets, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(octets)
		name := filepath.Base(path)
		s.sums[name] = hex.EncodeToString(sum[:])
		s.row(name, fmt.Sprintf("%s, SHA-256 %.16s…", s.size(int64(len(octets))), s.sums[name]))
	}
	s.sayOffice()
	out, err := s.command("send", officeWord, "--as", "@kanzlei", "--to", "@neuwasser-cipher.cer", "--subject", "Bauantrag Hauptstraße 1",
		"--text", "Anbei der Bauantrag.", "--attach", "@"+filepath.Base(files[0]), "--attach", "@"+filepath.Base(files[1]), "--json")
	if err != nil {
		return err
	}
	var answer sendView
	if err := decodeJSON(out, &answer); err != nil {
		return err
	}
	s.id = answer.MessageID
	s.say("Signed by the firm, encrypted for the town, once more signed and encrypted on the way: %s over HTTP. The office answers %s and says when it took the letter:",
		"Von der Kanzlei signiert, für die Stadt verschlüsselt, für den Weg noch einmal signiert und verschlüsselt: %s über HTTP. Die Poststelle antwortet %s und sagt, wann sie den Brief annahm:",
		s.size(answer.Sent), answer.Feedback[0].Code)
	s.row(s.text("taken at", "Eingang"), stampText(answer.Card.Creation))
	s.say("The letter's message id is", "Die Message-ID des Briefs ist")
	s.say("%[1]s", "%[1]s", answer.MessageID)
	return nil
}

// sayOffice shows the abbreviation of the following commands.
func (s *story) sayOffice() {
	fmt.Fprintf(s.app.Stdout, "   $ OFFICE='--url %s --intermediary poststelle-cipher.cer \\\n             --intermediary-signature poststelle-signature.cer'\n", s.url)
}

// collect is the polling of both municipalities.
func (s *story) collect() error {
	_, _, town, village := storyParties()
	s.chapter("The town collects", "Die Stadt holt ab")
	letters, err := s.fetch(village.file)
	if err != nil {
		return err
	}
	if len(letters) != 0 {
		return errors.New("the neighbour got the town's letter")
	}
	s.say("The neighbour %s asks as well: nothing there.", "Auch die Nachbarin fragt, %s: für sie ist nichts da.", village.name)
	if letters, err = s.fetch(town.file); err != nil {
		return err
	}
	if len(letters) != 1 || letters[0].MessageID != s.id {
		return fmt.Errorf("the town got %d letters, not the one", len(letters))
	}
	return s.received(letters[0])
}

func (s *story) fetch(who string) ([]letterView, error) {
	out, err := s.command("fetch", officeWord, "--as", "@"+who, "--out", "@post-"+who, "--all", "--keep-message", "--json")
	if err != nil {
		return nil, err
	}
	var letters []letterView
	return letters, decodeJSON(out, &letters)
}

// received holds the letter against what was sent.
func (s *story) received(l letterView) error {
	if !l.Signed || len(l.Authors) != 1 || len(l.Attachments) != len(s.sums) || l.Subject == nil {
		return errors.New("the letter did not arrive as it was sent")
	}
	s.say("Decrypted with the town's key. The signature is valid, signed by %s; it covers all of:",
		"Mit dem Schlüssel der Stadt entschlüsselt. Die Signatur ist gültig, signiert von %s; sie deckt alles ab:", l.Authors[0].Name)
	s.row(s.text("subject", "Betreff"), *l.Subject)
	for _, f := range l.Attachments {
		if s.sums[f.Name] != f.SHA256 {
			return fmt.Errorf("attachment %s is not what was sent", f.Name)
		}
		s.row(f.File, fmt.Sprintf("%s, SHA-256 %.16s… %s", s.size(f.Size), f.SHA256, s.text("as sent", "wie gesendet")))
	}
	return s.office()
}

// office shows that the office's key does not open the content.
func (s *story) office() error {
	out, err := s.command("inspect", "@post-neuwasser/*/"+messageFile, "--keys", "@office", "--json")
	if err != nil {
		return err
	}
	var view messageView
	if err := decodeJSON(out, &view); err != nil {
		return err
	}
	if len(view.Contents) != 0 || len(view.Unreadable) == 0 || view.Subject == nil {
		return errors.New("the office's key opens the content")
	}
	s.say("The same message, looked at with the office's keys: it can read the subject “%s”, the sizes and to whom; the content stays closed.",
		"Dieselbe Nachricht, mit den Schlüsseln der Poststelle betrachtet: Sie kann den Betreff lesen, „%s“, die Größen und für wen; der Inhalt bleibt zu.", *view.Subject)
	return nil
}

// askForCards is the same card for sender and addressee.
func (s *story) askForCards() error {
	s.chapter("Both have it in writing", "Beide haben es schriftlich")
	var cards []envelope.ProcessCard
	for _, who := range []string{"kanzlei", "neuwasser"} {
		out, err := s.command("card", officeWord, "--as", "@"+who, "--id", s.id, "--save", "@laufzettel-"+who+".osci", "--json")
		if err != nil {
			return err
		}
		var view cardsView
		if err := decodeJSON(out, &view); err != nil {
			return err
		}
		if len(view.Cards) != 1 || view.Cards[0].Reception == nil || !view.Authentic {
			return fmt.Errorf("%s got no process card with a reception", who)
		}
		cards = append(cards, view.Cards[0])
	}
	if !cards[0].Creation.At.Equal(cards[1].Creation.At) || !cards[0].Reception.At.Equal(cards[1].Reception.At) {
		return errors.New("the two process cards differ")
	}
	card := cards[0]
	s.say("The office's process card, signed, the same for both:", "Der Laufzettel der Poststelle, signiert, für beide derselbe:")
	s.row(s.text("taken at", "Eingang"), stampText(card.Creation))
	s.row(s.text("handed out at", "Weitergabe"), stampText(card.Forwarding))
	s.row(s.text("received at", "Empfang"), stampText(card.Reception))
	s.say("It was received when the town sent its next request after the letter: what is not confirmed, is handed out again.",
		"Empfangen ist er, seit die Stadt nach dem Brief weiterfragte: Was nicht bestätigt ist, wird noch einmal ausgehändigt.")
	return nil
}

// audit is the check without the office.
func (s *story) audit() error {
	s.chapter("The auditor checks, and nobody is there to ask", "Die Prüferin prüft, und niemand ist da, den sie fragen könnte")
	begin := time.Now()
	if err := s.stop(); err != nil {
		return fmt.Errorf("closing the office: %w", err)
	}
	s.say("The office has closed (%s). The auditor has the saved card and the office's certificate, no more.",
		"Die Poststelle hat geschlossen (%s). Die Prüferin hat den aufgehobenen Laufzettel und das Zertifikat der Poststelle, sonst nichts.", s.duration(time.Since(begin)))
	out, err := s.command("verify", "@laufzettel-kanzlei.osci", "--intermediary-signature", "@poststelle-signature.cer", "--json")
	if err != nil {
		return err
	}
	var view verifyView
	if err := decodeJSON(out, &view); err != nil {
		return err
	}
	if !view.Valid || len(view.Cards) != 1 || view.Cards[0].MessageID != s.id {
		return errors.New("the saved card does not hold")
	}
	s.say("Valid: %s signed that letter %s was received at %s.", "Gültig: %s hat signiert, dass der Brief %s am %s empfangen wurde.",
		view.Signer.name(), s.id, view.Cards[0].Reception.At.Local().Format("2006-01-02 15:04:05"))
	return nil
}

// tamper is the copy with another year.
func (s *story) tamper() error {
	s.chapter("A forged copy", "Eine gefälschte Kopie")
	saved, err := os.ReadFile(filepath.Join(s.folder, "laufzettel-kanzlei.osci"))
	if err != nil {
		return err
	}
	at := bytes.Index(saved, []byte("<osci:Reception><osci:Plain>"))
	if at < 0 {
		return errors.New("the saved card has no time of reception to forge")
	}
	at += len("<osci:Reception><osci:Plain>")
	year := string(saved[at : at+4])
	forged := bytes.Clone(saved)
	forged[at+3] = '0' + (forged[at+3]-'0'+9)%10
	if err := os.WriteFile(filepath.Join(s.folder, "laufzettel-kopie.osci"), forged, 0o600); err != nil {
		return err
	}
	s.say("One character of %d is changed: the year of reception, %s to %s.", "Ein Zeichen von %d wird geändert: das Jahr des Empfangs, %s zu %s.",
		len(forged), year, string(forged[at:at+4]))
	args := []word{"verify", "@laufzettel-kopie.osci", "--intermediary-signature", "@poststelle-signature.cer"}
	s.show(args, "")
	_, err = s.silently(args...)
	if !errors.Is(err, client.ErrSignature) {
		return errors.Join(errors.New("the forged copy was not refused for its signature"), err)
	}
	var h *hintError
	if errors.As(err, &h) {
		s.say("Refused, exit code %d: %s.", "Abgewiesen, Rückgabewert %d: %s.", exitCode(err), h.hint)
	}
	return nil
}

func (s *story) end() {
	fmt.Fprintln(s.app.Stdout)
	s.say("The end, after %s.", "Ende, nach %s.", s.duration(time.Since(s.start)))
}

// kept says where everything is, and how to go on.
func (s *story) kept() {
	s.say("Everything lies in %s, the password of all keys is “%s”. To go on by hand:",
		"Alles liegt in %s, das Kennwort aller Schlüssel ist „%s“. Von Hand weiter:", s.folder, storyPassword)
	for _, line := range []string{"cd " + typedWord(s.folder), "export POSTSTELLE_PASSWORD=" + storyPassword, "poststelle serve office"} {
		fmt.Fprintf(s.app.Stdout, "   $ %s\n", line)
	}
}
