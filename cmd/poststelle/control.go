package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"poststelle/mailbox"
)

// control is how commands reach the mailboxes while the office runs: its broker
// is inside the process that serves. It listens on loopback, and the key to it
// lies in the data folder where only the owner reads.
type control struct {
	store *mailbox.Store
	path  string // of the file that names address and token
	app   *app
	file  controlFile
	// announced is closed when commands can find the office.
	announced chan struct{}
}

// controlFile is what a command finds in the data folder.
type controlFile struct {
	Address string `json:"address"`
	Token   string `json:"token"`
	// URL and AdminURL are where the office listens.
	URL      string `json:"url"`
	AdminURL string `json:"adminUrl"`
}

// controlName is its name in the data folder.
const controlName = "control.json"

// maxControlBody bounds a request: a certificate and some rules.
const maxControlBody = 1 << 20

func (w *works) control(r *running) *control {
	return &control{
		store: w.store, path: w.config.below(controlName), app: w.app,
		file: controlFile{URL: r.URL, AdminURL: r.AdminURL}, announced: make(chan struct{}),
	}
}

// Run answers until ctx ends.
func (c *control) Run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for commands: %w", err)
	}
	secret := make([]byte, 32)
	if _, err := c.app.Rand.Read(secret); err != nil {
		return errors.Join(fmt.Errorf("making a token: %w", err), listener.Close())
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	c.file.Address, c.file.Token = listener.Addr().String(), token
	if err := c.announce(); err != nil {
		return errors.Join(err, listener.Close())
	}
	close(c.announced)
	server := &http.Server{Handler: c.handler(token), ReadTimeout: 10 * time.Second, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answering commands: %w", err)
	}
	if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("taking away the control file: %w", err)
	}
	return nil
}

// announce writes the file as a whole or not at all.
func (c *control) announce() error {
	octets, err := json.Marshal(c.file)
	if err != nil {
		return err
	}
	fresh := filepath.Join(filepath.Dir(c.path), ".control.json")
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("writing the control file: %w", err)
	}
	if err := writeNew(newFile{fresh, octets, 0o600}); err != nil {
		return err
	}
	if err := os.Rename(fresh, c.path); err != nil {
		return fmt.Errorf("writing the control file: %w", err)
	}
	return nil
}

func (c *control) handler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /boxes", func(w http.ResponseWriter, r *http.Request) {
		var box boxWire
		if err := json.NewDecoder(r.Body).Decode(&box); err != nil {
			http.Error(w, "no mailbox in the request", http.StatusBadRequest)
			return
		}
		registered, err := box.box()
		if err == nil {
			err = c.store.Register(r.Context(), registered)
		}
		reply(w, nil, err)
	})
	mux.HandleFunc("GET /boxes", func(w http.ResponseWriter, r *http.Request) {
		boxes, err := c.store.Boxes(r.Context())
		list := []boxWire{}
		for _, box := range boxes {
			list = append(list, wireOf(box))
		}
		reply(w, list, err)
	})
	mux.HandleFunc("DELETE /boxes/{address}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, c.store.Unregister(r.Context(), mailbox.Address(r.PathValue("address")), r.URL.Query().Get("force") == "true"))
	})
	return guard(token, mux)
}

// guard lets only the holder of the token in. Hashes are compared so that the
// time tells nothing, not even the length.
func guard(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
			http.Error(w, "wrong token", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		next.ServeHTTP(w, r)
	})
}

// controlErrors are the sentinels that pass through HTTP, by status.
func controlErrors() map[int]error {
	return map[int]error{
		http.StatusNotFound: mailbox.ErrNoBox, http.StatusConflict: mailbox.ErrBoxExists, http.StatusLocked: mailbox.ErrBoxInUse,
	}
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		for status, sentinel := range controlErrors() {
			if errors.Is(err, sentinel) {
				http.Error(w, err.Error(), status)
				return
			}
		}
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the command sees a cut-off answer
}
