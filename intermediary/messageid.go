package intermediary

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A message id is HOST-TIME-RANDOM-PROOF: seconds since 1970 in base 36, 96
// random bits and 80 bits of an HMAC over all before it, in hex. It proves by
// itself that it was issued here (docs/decisions/0005) and consists of
// characters that no client stumbles over (dossier §12.4).
const (
	idRandom = 12
	idProof  = 10
)

// ids issues and recognises message ids.
type ids struct {
	host     string
	lifetime time.Duration
	now      func() time.Time
	rand     io.Reader
	secrets  Secrets

	mu     sync.Mutex
	secret []byte // of mu: fetched once
}

func (i *ids) key(ctx context.Context) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.secret == nil {
		secret, err := i.secrets.Secret(ctx, "message-id")
		if err != nil {
			return nil, fmt.Errorf("fetching the secret of message ids: %w", err)
		}
		i.secret = secret
	}
	return i.secret, nil
}

// issue makes an id that was never issued before.
func (i *ids) issue(ctx context.Context) (string, error) {
	key, err := i.key(ctx)
	if err != nil {
		return "", err
	}
	var random [idRandom]byte
	if _, err := io.ReadFull(i.rand, random[:]); err != nil {
		return "", fmt.Errorf("making a message id: %w", err)
	}
	body := i.host + "-" + strconv.FormatInt(i.now().Unix(), 36) + "-" + hex.EncodeToString(random[:])
	return body + "-" + proof(key, body), nil
}

func proof(key []byte, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil)[:idProof])
}

// check tells whether the id was issued here and can still be used
// (errForeignID).
func (i *ids) check(ctx context.Context, id string) error {
	key, err := i.key(ctx)
	if err != nil {
		return err
	}
	cut := strings.LastIndexByte(id, '-')
	if cut < 0 || !hmac.Equal([]byte(id[cut+1:]), []byte(proof(key, id[:cut]))) {
		return errForeignID
	}
	parts := strings.Split(id[:cut], "-")
	if len(parts) < 3 {
		return errForeignID
	}
	seconds, err := strconv.ParseInt(parts[len(parts)-2], 36, 64)
	if err != nil {
		return errForeignID
	}
	if i.now().Sub(time.Unix(seconds, 0)) > i.lifetime {
		return fmt.Errorf("%w: expired", errForeignID)
	}
	return nil
}
