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

// syncSetting is what a server says of itself on its page /jsz.
type syncSetting struct {
	ID       string `json:"server_id"`
	Disabled bool   `json:"disabled"` // stores nothing
	Config   struct {
		SyncAlways bool `json:"sync_always"`
	} `json:"config"`
	Meta struct {
		Size int `json:"cluster_size"`
	} `json:"meta_cluster"`
}

const howToTell = "name nats.monitor_urls, use a user of the system account, or set nats.sync_confirmed"

// checkSync asks the servers for sync_interval and refuses if one does not say
// "always", if the one we talk to is not among those that answered, or if
// fewer answered than the cluster has. Silence counts as "no" unless the
// operator vouches.
func checkSync(ctx context.Context, conn *nats.Conn, o BusOptions) error {
	said, err := readBack(ctx, conn, o)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	if len(said) == 0 {
		if o.SyncConfirmed {
			o.Logger.WarnContext(ctx, "broker did not tell its sync_interval, operator vouches for it")
			return nil
		}
		return fmt.Errorf("%w: no server told its sync_interval: %s", ErrNotDurable, howToTell)
	}
	return judge(said, conn.ConnectedServerId())
}

func judge(said map[string]syncSetting, connected string) error {
	size, storing := 1, 0
	for id, one := range said {
		if one.Disabled {
			continue
		}
		if !one.Config.SyncAlways {
			return fmt.Errorf("%w: server %s has no \"sync_interval: always\"", ErrNotDurable, id)
		}
		size, storing = max(size, one.Meta.Size), storing+1
	}
	if storing < size {
		return fmt.Errorf("%w: %d of %d storing servers told their sync_interval", ErrNotDurable, storing, size)
	}
	if _, ok := said[connected]; !ok {
		return fmt.Errorf("%w: the connected server %s is not among those asked", ErrNotDurable, connected)
	}
	return nil
}

// readBack asks by the monitoring pages if these were named, else by a system
// request, which only a user of the system account may make.
func readBack(ctx context.Context, conn *nats.Conn, o BusOptions) (map[string]syncSetting, error) {
	switch {
	case len(o.MonitorURLs) > 0:
		return readPages(ctx, o.MonitorURLs)
	case o.SystemURL == "" && o.SystemCredentials == "":
		return askServers(ctx, conn)
	}
	url := o.SystemURL
	if url == "" {
		url = o.URL
	}
	system, err := nats.Connect(url, roadTo(ctx, o, o.SystemCredentials)...)
	if err != nil {
		return nil, fmt.Errorf("connecting as system user: %w", err)
	}
	defer system.Close()
	return askServers(ctx, system)
}

func readPages(ctx context.Context, addresses []string) (map[string]syncSetting, error) {
	said := map[string]syncSetting{}
	for _, address := range addresses {
		one, err := readPage(ctx, strings.TrimSuffix(address, "/")+"/jsz?config=1")
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", address, err)
		}
		said[one.ID] = one
	}
	return said, nil
}

func readPage(ctx context.Context, url string) (one syncSetting, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return one, err
	}
	road := &http.Transport{DisableKeepAlives: true}
	response, err := road.RoundTrip(request)
	if err != nil {
		return one, err
	}
	if response.StatusCode != http.StatusOK {
		return one, errors.Join(fmt.Errorf("HTTP %s", response.Status), response.Body.Close())
	}
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&one)
	return one, errors.Join(err, response.Body.Close())
}

// systemPause is how long the next server's answer is waited for.
const systemPause = time.Second

func askServers(ctx context.Context, conn *nats.Conn) (map[string]syncSetting, error) {
	sub, err := conn.SubscribeSync(conn.NewInbox())
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection itself may be gone
	if err := conn.PublishRequest("$SYS.REQ.SERVER.PING.JSZ", sub.Subject, []byte(`{"config":true}`)); err != nil {
		return nil, err
	}
	said := map[string]syncSetting{}
	for {
		one, err := nextAnswer(ctx, sub)
		if err != nil {
			return said, nil // nobody (more) answers: the count tells whether that is enough
		}
		if one.ID != "" {
			said[one.ID] = one
		}
		if len(said) > 0 && len(said) == one.Meta.Size {
			return said, nil
		}
	}
}

func nextAnswer(ctx context.Context, sub *nats.Subscription) (syncSetting, error) {
	ctx, cancel := context.WithTimeout(ctx, systemPause)
	defer cancel()
	message, err := sub.NextMsgWithContext(ctx)
	if err != nil {
		return syncSetting{}, err
	}
	var said struct {
		Data syncSetting `json:"data"`
	}
	if err := json.Unmarshal(message.Data, &said); err != nil {
		return syncSetting{}, nil // whatever that was, it does not count
	}
	return said.Data, nil
}
