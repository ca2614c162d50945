package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ClientOptions make a client.
type ClientOptions struct {
	// Spool takes the answers. Required.
	Spool *Spool
	// TLS is used for https addresses; nil = the system's roots.
	TLS *tls.Config
	// Timeout bounds a whole exchange; 0 = 10 min.
	Timeout time.Duration
	// MaxBytes bounds an answer; 0 = 4 GiB.
	MaxBytes int64
	Logger   *slog.Logger
}

// Client posts bodies. It follows no redirect and no proxy.
type Client struct {
	o    ClientOptions
	http *http.Client
}

// NewClient makes a client.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Spool == nil {
		return nil, errors.New("transport: client without spool")
	}
	defaultTo(&o.Timeout, 10*time.Minute)
	defaultTo(&o.MaxBytes, 4<<30)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	road := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:     o.TLS,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	return &Client{o: o, http: &http.Client{
		Transport:     road,
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Post sends a body and spools the answer. Errors wrap ErrNotReached or
// ErrReached, and ErrTooLarge for an answer past the limit.
func (c *Client) Post(ctx context.Context, url string, body Answer) (*File, error) {
	sent := &writerReader{body: body, done: make(chan struct{})}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, sent.start())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReached, err)
	}
	request.ContentLength = body.Size()
	request.Header.Set("Content-Type", "text/xml")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sent.sort(), err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %s", ErrReached, response.Status)
	}
	return c.spool(response.Body)
}

func (c *Client) spool(source io.Reader) (*File, error) {
	file, err := c.o.Spool.New()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(file, io.LimitReader(source, c.o.MaxBytes+1))
	switch {
	case err == nil && n > c.o.MaxBytes:
		err = fmt.Errorf("%w: %w", ErrReached, ErrTooLarge)
	case err != nil:
		err = fmt.Errorf("%w: %w", ErrReached, err)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// writerReader turns an Answer, which writes itself, into a body to be read.
type writerReader struct {
	body Answer
	done chan struct{} // closed when all was written
}

// start runs the writing beside the reading; it ends with either side.
func (w *writerReader) start() io.ReadCloser {
	r, in := io.Pipe()
	go func() {
		_, err := w.body.WriteTo(in)
		if err == nil {
			close(w.done)
		}
		in.CloseWithError(err)
	}()
	return r
}

// sort tells which side of the peer a failure lies on.
func (w *writerReader) sort() error {
	select {
	case <-w.done:
		return ErrReached
	default:
		return ErrNotReached
	}
}
