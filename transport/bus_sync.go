package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// syncSetting is what a server says of itself, in the answer to a system
// request or on its monitoring page.
type syncSetting struct {
	Server struct {
		Name string `json:"name"`
	} `json:"server"`
	Data struct {
		Config *jetStreamSetting `json:"config"`
	} `json:"data"`
	Config *jetStreamSetting `json:"config"` // the page has no envelope
}

type jetStreamSetting struct {
	SyncAlways bool `json:"sync_always"`
}

func (s syncSetting) always() bool {
	return s.Data.Config != nil && s.Data.Config.SyncAlways || s.Config != nil && s.Config.SyncAlways
}

// readBackSync asks the servers for sync_interval: by their monitoring pages
// if these were named, else by a system request, which only a user of the
// system account may make. One server that does not say "always" is enough to
// refuse; silence counts as "no" unless the operator vouches.
func readBackSync(ctx context.Context, conn *nats.Conn, o BusOptions) error {
	var said []syncSetting
	var err error
	if len(o.MonitorURLs) > 0 {
		said, err = readPages(ctx, o.MonitorURLs)
	} else {
		said, err = askServers(ctx, conn)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	for _, one := range said {
		if !one.always() {
			return fmt.Errorf("%w: server %q has no \"sync_interval: always\"", ErrNotDurable, one.Server.Name)
		}
	}
	if len(said) == 0 && !o.SyncConfirmed {
		return fmt.Errorf("%w: no server told its sync_interval; name nats.monitor, use credentials of the system account, or set nats.sync_confirmed", ErrNotDurable)
	}
	return nil
}

func readPages(ctx context.Context, addresses []string) ([]syncSetting, error) {
	var said []syncSetting
	for _, address := range addresses {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/jsz?config=1", nil)
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		one := syncSetting{}
		err = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&one)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return nil, fmt.Errorf("reading %s: %w", address, err)
		}
		one.Server.Name = address
		said = append(said, one)
	}
	return said, nil
}

// systemPause is how long the next server's answer is waited for.
const systemPause = 500 * time.Millisecond

func askServers(ctx context.Context, conn *nats.Conn) ([]syncSetting, error) {
	inbox := nats.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe()
	if err := conn.PublishRequest("$SYS.REQ.SERVER.PING.JSZ", inbox, []byte(`{"config":true}`)); err != nil {
		return nil, err
	}
	var said []syncSetting
	for {
		wait, cancel := context.WithTimeout(ctx, systemPause)
		message, err := sub.NextMsgWithContext(wait)
		cancel()
		if err != nil { // nobody (more) answers
			return said, nil
		}
		one := syncSetting{}
		if err := json.Unmarshal(message.Data, &one); err == nil && one.Server.Name != "" {
			said = append(said, one)
		}
	}
}
