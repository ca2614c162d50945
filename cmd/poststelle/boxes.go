package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"poststelle/mailbox"
	"poststelle/signature"
)

// boxes is what mailbox commands do: on the store itself, or through the
// process that has it open.
type boxes interface {
	Register(ctx context.Context, box mailbox.Box) error
	Unregister(ctx context.Context, address mailbox.Address, force bool) error
	Boxes(ctx context.Context) ([]mailbox.Box, error)
}

// lockWait is how long a command waits for another one that works on the same
// office, or for an office that is starting or stopping.
const lockWait = 30 * time.Second

// openBoxes finds the running office, or opens the store itself if none runs.
func (a *app) openBoxes(ctx context.Context, c *config) (boxes, func() error, error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		w := &works{app: a, config: c, log: a.logger(), registry: newRegistry(), steps: &steps{broken: make(chan error, 1)}}
		err := w.openStore(ctx)
		if err == nil {
			return w.store, w.steps.stop, nil
		}
		err = errors.Join(err, w.steps.stop())
		if !errors.Is(err, errLocked) {
			return nil, nil, err
		}
		if remote := findControl(ctx, c.below(controlName)); remote != nil {
			return remote, func() error { return nil }, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, hinted(fmt.Errorf("opening the mailboxes: %w, and it does not answer", errLocked),
				a.text("wait for it or stop it", "auf ihn warten oder ihn beenden"))
		case <-pause.C:
		}
	}
}

// remoteBoxes speaks to control.
type remoteBoxes struct{ file controlFile }

// findControl gives nil if nobody answers.
func findControl(ctx context.Context, path string) *remoteBoxes {
	octets, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	r := &remoteBoxes{}
	if json.Unmarshal(octets, &r.file) != nil || !isLoopback(r.file.Address) {
		return nil
	}
	if _, err := r.Boxes(ctx); err != nil {
		return nil
	}
	return r
}

// isLoopback keeps the token on this machine, whatever the file says.
func isLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().IsLoopback()
}

// Register adds a mailbox.
func (r *remoteBoxes) Register(ctx context.Context, box mailbox.Box) error {
	return r.call(ctx, http.MethodPost, "/boxes", wireOf(box), nil)
}

// Unregister removes a mailbox.
func (r *remoteBoxes) Unregister(ctx context.Context, address mailbox.Address, force bool) error {
	return r.call(ctx, http.MethodDelete, fmt.Sprintf("/boxes/%s?force=%t", address, force), nil, nil)
}

// Boxes lists all mailboxes.
func (r *remoteBoxes) Boxes(ctx context.Context) ([]mailbox.Box, error) {
	var list []boxWire
	if err := r.call(ctx, http.MethodGet, "/boxes", nil, &list); err != nil {
		return nil, err
	}
	var found []mailbox.Box
	for _, wire := range list {
		box, err := wire.box()
		if err != nil {
			return nil, err
		}
		found = append(found, box)
	}
	return found, nil
}

func (r *remoteBoxes) call(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.file.Address+path, &body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+r.file.Token)
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the running office: %w", err)
	}
	defer response.Body.Close()
	octets, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("asking the running office: %w", err)
	case response.StatusCode != http.StatusOK:
		if sentinel := controlErrors()[response.StatusCode]; sentinel != nil {
			return sentinel
		}
		return fmt.Errorf("the running office says: %s", strings.TrimSpace(string(octets)))
	case out == nil:
		return nil
	}
	return json.Unmarshal(octets, out)
}

// boxWire is a mailbox on its way between two processes.
type boxWire struct {
	Name        string        `json:"name"`
	Certificate []byte        `json:"certificate"`
	Rules       mailbox.Rules `json:"rules"`
	CreatedAt   time.Time     `json:"createdAt"`
}

func wireOf(b mailbox.Box) boxWire {
	return boxWire{b.Name, b.Certificate.Raw, b.Rules, b.CreatedAt}
}

func (w boxWire) box() (mailbox.Box, error) {
	certificate, err := signature.ParseCertificate(w.Certificate)
	if err != nil {
		return mailbox.Box{}, fmt.Errorf("reading the certificate of mailbox %q: %w", w.Name, err)
	}
	return mailbox.Box{
		Address: mailbox.AddressOf(certificate), Name: w.Name, Certificate: certificate, Rules: w.Rules, CreatedAt: w.CreatedAt,
	}, nil
}
