package mailbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
)

// orphan leaves what a crash between content file and publish leaves.
func orphan(t *testing.T, e *mailboxtest.Env) string {
	t.Helper()
	d := mailboxtest.WithPart(mailboxtest.Letter("id", mailboxtest.Certificate(t, "to"), nil, e.Clock.Now()), 300<<10)
	_, err := e.Store.Put(t.Context(), d)
	must(t, err)
	needed := contentFile(t, e)
	name := filepath.Join(filepath.Dir(needed), "f"+filepath.Base(needed)[1:])
	if name == needed {
		name = filepath.Join(filepath.Dir(needed), "e"+filepath.Base(needed)[1:])
	}
	must(t, os.WriteFile(name, []byte("nobody's"), 0o600))
	must(t, os.Chtimes(name, e.Clock.Now(), e.Clock.Now()))
	return name
}

func TestSweepRemovesOrphansAfterADayAndNothingElse(t *testing.T) {
	e := mailboxtest.Start(t)
	name := orphan(t, e)
	for _, step := range []struct {
		later time.Duration
		files int
	}{{23 * time.Hour, 0}, {2 * time.Hour, 1}, {48 * time.Hour, 0}} {
		e.Clock.Add(step.later)
		swept, err := e.Store.Sweep(t.Context())
		must(t, err)
		if swept != (mailbox.Swept{Files: step.files}) {
			t.Fatalf("after %v more: swept %+v", step.later, swept)
		}
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the orphan is there: %v", err)
	}
	contentFile(t, e) // the one that a letter needs stayed
}

func TestSweepAfterARestartKeepsWhatLettersNeed(t *testing.T) {
	e := mailboxtest.Start(t)
	orphan(t, e)
	e.Restart(nil)
	e.Clock.Add(48 * time.Hour)
	swept, err := e.Store.Sweep(t.Context())
	must(t, err)
	if swept != (mailbox.Swept{Files: 1}) {
		t.Fatalf("swept %+v", swept)
	}
	contentFile(t, e)
}

func TestADamagedHeaderIsNotTakenForGood(t *testing.T) {
	if taken := mailbox.DamagedLine(); taken > 0 {
		t.Fatalf("%d damaged headers were taken", taken)
	}
}
