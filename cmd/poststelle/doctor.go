package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"poststelle/transport"
)

// doctorCmd examines an office and the machine under it.
type doctorCmd struct {
	Dir  string `arg:"" help:"Folder of the office." de:"Ordner der Poststelle."`
	JSON bool   `name:"json" help:"Print as JSON." de:"Als JSON ausgeben."`
}

// examination is one office being examined.
type examination struct {
	app    *app
	file   *configFile
	config *config
	remote *remoteBoxes // nil = the office does not run
	found  []finding
}

// Bounds from which the doctor speaks up.
const (
	slowSync     = 20 * time.Millisecond
	verySlowSync = 200 * time.Millisecond
	syncTries    = 16
)

// Run prints findings, each with cause and fix.
func (c *doctorCmd) Run(a *app) error {
	file, err := a.readConfig(c.Dir)
	if err != nil {
		return err
	}
	ctx, stop := a.context()
	defer stop()
	e := &examination{app: a, file: file, config: file.config}
	wrong := append(slices.Clone(file.findings), file.problems()...)
	for _, one := range wrong {
		e.bad("configuration", fmt.Sprintf("%s:%d %s %s", file.path, one.Line, one.Field, one.Text), one.Fix)
	}
	if len(wrong) == 0 {
		e.good("configuration", file.path)
		e.remote = findControl(ctx, e.config.below(controlName))
		e.clock()
		e.keys()
		e.disk()
		e.broker(ctx)
		e.reach(ctx)
	}
	if err := printDiagnosis(a, e.found, c.JSON); err != nil {
		return err
	}
	if slices.ContainsFunc(e.found, func(one finding) bool { return one.Wrong }) {
		return errors.New(a.text("the office is not well", "der Poststelle geht es nicht gut"))
	}
	return nil
}

func (e *examination) good(area, text string) {
	e.found = append(e.found, finding{Field: area, Text: text})
}

func (e *examination) remark(area, text, fix string) {
	e.found = append(e.found, finding{Field: area, Text: text, Fix: fix})
}

func (e *examination) bad(area, text, fix string) {
	e.found = append(e.found, finding{Wrong: true, Field: area, Text: text, Fix: fix})
}

func printDiagnosis(a *app, found []finding, asJSON bool) error {
	if asJSON {
		wrong := slices.ContainsFunc(found, func(one finding) bool { return one.Wrong })
		return printJSON(a, struct {
			OK       bool      `json:"ok"`
			Findings []finding `json:"findings"`
		}{!wrong, found})
	}
	for _, one := range found {
		word := "ok"
		switch {
		case one.Wrong:
			word = a.text("wrong", "falsch")
		case one.Fix != "":
			word = a.text("note", "Hinweis")
		}
		fmt.Fprintf(a.Stdout, "%-8s%-14s %s\n", word, one.Field, one.Text)
		if one.Fix != "" {
			fmt.Fprintf(a.Stdout, "%-22s %s: %s\n", "", a.text("fix", "Abhilfe"), one.Fix)
		}
	}
	return nil
}

// clock asks the kernel whether something keeps its time right: stamps on
// process cards are evidence (OSCI 1.2, dossier §14).
func (e *examination) clock() {
	t := e.app.text
	var state unix.Timex
	code, err := unix.Adjtimex(&state)
	const notSynchronised = 5 // TIME_ERROR
	now := e.app.Now().Format(time.RFC3339)
	switch {
	case err != nil:
		e.remark("clock", now+t(": the kernel does not say whether it is synchronised", ": der Kern sagt nicht, ob sie gestellt wird"),
			t("compare it with another clock", "mit einer anderen Uhr vergleichen"))
	case code == notSynchronised:
		e.remark("clock", now+t(": nothing keeps it right", ": nichts stellt sie"),
			t("run chrony or systemd-timesyncd; in a container: on its host", "chrony oder systemd-timesyncd laufen lassen; im Container: auf dessen Wirt"))
	default:
		e.good("clock", fmt.Sprintf("%s, %s %s", now, t("kept right to", "gestellt auf"), time.Duration(state.Maxerror)*time.Microsecond))
	}
}

func (e *examination) keys() {
	for _, one := range e.file.keyFindings(e.app) {
		one.Line = 0
		e.found = append(e.found, one)
	}
}

// disk looks at room and at how long a sync takes: each letter waits for it.
func (e *examination) disk() {
	t, dir := e.app.text, e.config.path(e.config.Data)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		e.bad("disk", err.Error(), t("make the data folder writable", "Datenordner beschreibbar machen"))
		return
	}
	var room unix.Statfs_t
	if err := unix.Statfs(dir, &room); err != nil {
		e.bad("disk", err.Error(), "")
		return
	}
	free, least := size(int64(room.Bavail)*room.Bsize), 4*e.config.Limits.MessageBytes
	text := fmt.Sprintf("%.1f GiB %s", float64(free)/(1<<30), t("free", "frei"))
	switch {
	case free < e.config.Limits.MessageBytes:
		e.bad("disk", text+t(", less than one largest letter", ", weniger als ein größter Brief"), t("make room, or lower limits.message_bytes", "Platz schaffen oder limits.message_bytes senken"))
	case free < least:
		e.remark("disk", text+t(", less than four largest letters", ", weniger als vier größte Briefe"), t("make room", "Platz schaffen"))
	default:
		e.good("disk", text)
	}
	e.sync(dir)
}

func (e *examination) sync(dir string) {
	t := e.app.text
	took, err := syncTime(dir)
	text := fmt.Sprintf("%s %s", t("a sync takes", "ein Sync dauert"), took.Round(10*time.Microsecond))
	fix := t("put data on a disk that syncs faster (with a protected cache); each letter waits for one", "data auf eine Platte legen, die schneller synct (mit gesichertem Cache); jeder Brief wartet darauf")
	switch {
	case err != nil:
		e.bad("disk", err.Error(), t("make the data folder writable", "Datenordner beschreibbar machen"))
	case took > verySlowSync:
		e.bad("disk", text, fix)
	case took > slowSync:
		e.remark("disk", text, fix)
	default:
		e.good("disk", text)
	}
}

// syncTime is the median of some small writes with fsync.
func syncTime(dir string) (time.Duration, error) {
	file, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return 0, fmt.Errorf("writing into the data folder: %w", err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block := make([]byte, 4096)
	var times []time.Duration
	for range syncTries {
		start := time.Now() // how long the disk takes, whatever the day is
		if _, err := file.Write(block); err != nil {
			return 0, fmt.Errorf("writing into the data folder: %w", err)
		}
		if err := file.Sync(); err != nil {
			return 0, fmt.Errorf("syncing in the data folder: %w", err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// broker reads the settings back: opening a bus refuses one that does not sync.
func (e *examination) broker(ctx context.Context) {
	t := e.app.text
	if e.remote != nil && e.config.NATS.URL == "" {
		e.good("nats", t("embedded, sync_interval always (it would not have started otherwise)", "eingebettet, sync_interval always (sonst wäre sie nicht gestartet)"))
		return
	}
	check := e.embedded
	if e.config.NATS.URL != "" {
		check = e.external
	}
	err := check(ctx)
	switch {
	case err == nil:
		e.good("nats", e.where()+", sync_interval always")
	case errors.Is(err, errLocked):
		e.bad("nats", t("another process holds the data folder and does not answer", "ein anderer Prozess hält den Datenordner und antwortet nicht"),
			t("is an office starting or hanging? stop it", "startet oder hängt eine Poststelle? anhalten"))
	case errors.Is(err, transport.ErrNotDurable):
		e.bad("nats", err.Error(), t("set jetstream { sync_interval: always } on every server and nats.monitor_urls here", "auf jedem Server jetstream { sync_interval: always } setzen und hier nats.monitor_urls angeben"))
	default:
		e.bad("nats", err.Error(), t("is the broker up, and are nats.url and credentials right?", "läuft der Vermittler, und stimmen nats.url und credentials?"))
	}
}

func (e *examination) where() string {
	if e.config.NATS.URL != "" {
		return e.config.NATS.URL
	}
	return e.app.text("embedded", "eingebettet")
}

func (e *examination) external(ctx context.Context) error {
	bus, err := transport.OpenBus(ctx, e.config.busOptions(e.app.logger()))
	if err != nil {
		return err
	}
	return errors.Join(bus.Ready(ctx), bus.Close())
}

// embedded opens the mailboxes as an office would.
func (e *examination) embedded(ctx context.Context) error {
	w := &works{app: e.app, config: e.config, log: e.app.logger(), registry: newRegistry(), steps: &steps{broken: make(chan error, 1)}}
	return errors.Join(w.openStore(ctx), w.steps.stop())
}

// reach asks the running office, or looks whether its addresses are free.
func (e *examination) reach(ctx context.Context) {
	t := e.app.text
	if e.remote == nil {
		e.remark("office", t("does not run", "läuft nicht"), "poststelle serve "+filepath.Clean(e.config.dir))
		for field, address := range map[string]string{"listen": e.config.Listen, "admin": e.config.Admin} {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				e.bad(field, err.Error(), t("stop what listens there, or choose another address", "beenden, was dort lauscht, oder andere Adresse wählen"))
				continue
			}
			e.good(field, address+t(" is free", " ist frei"))
			_ = listener.Close() // nothing was written to it
		}
		return
	}
	e.good("office", t("runs at ", "läuft unter ")+e.remote.file.URL)
	e.ask(ctx, e.remote.file.AdminURL+"healthz")
	e.ask(ctx, e.remote.file.AdminURL+"readyz")
}

func (e *examination) ask(ctx context.Context, url string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		e.bad("reach", err.Error(), "")
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		e.bad("reach", err.Error(), e.app.text("is a firewall in between?", "steht eine Firewall dazwischen?"))
		return
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // only told
	if response.StatusCode != http.StatusOK {
		e.bad("reach", fmt.Sprintf("%s: %s %s", url, response.Status, oneLine(string(text))), e.app.text("the log of the office says why", "das Protokoll der Poststelle sagt, warum"))
		return
	}
	e.good("reach", url)
}
