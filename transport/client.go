package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"time"
)

// ClientOptions make a client.
type ClientOptions struct {
	// Spool takes the answers. Required.
	Spool *Spool
	// TLS is used for https addresses; nil = the system's roots.
	TLS *tls.Config
	// RootFile holds certificates (PEM) that are believed for https addresses
	// instead of the system's; "" = none.
	RootFile string
	// Timeout bounds a whole exchange; 0 = 10 min.
	Timeout time.Duration
	// MaxBytes bounds an answer; 0 = 4 GiB.
	MaxBytes int64
	// Watch sees an answer while it is spooled and gives what is spooled in its
	// place; size is -1 if the peer did not tell. nil = nobody looks.
	Watch  func(answer io.Reader, size int64) io.Reader
	Logger *slog.Logger
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
	settings, err := clientTLS(o.TLS, o.RootFile)
	if err != nil {
		return nil, err
	}
	road := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:     settings,
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

// clientTLS is the configuration with nothing below TLS 1.2 and, if there is a
// file, only its roots.
func clientTLS(c *tls.Config, rootFile string) (*tls.Config, error) {
	if c == nil {
		c = &tls.Config{}
	}
	c = c.Clone()
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	if rootFile == "" {
		return c, nil
	}
	octets, err := os.ReadFile(rootFile)
	if err != nil {
		return nil, fmt.Errorf("reading root certificates: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(octets) {
		return nil, errors.New("transport: no root certificate in the file")
	}
	return c, nil
}

// Post sends a body and spools the answer. Errors wrap ErrNotReached or
// ErrReached, and ErrTooLarge for an answer past the limit. The caller closes
// body, which is not touched any more once Post has returned.
func (c *Client) Post(ctx context.Context, url string, body Answer) (*File, error) {
	start := time.Now()
	answer, err := c.post(ctx, url, newOutgoing(body))
	if err == nil {
		c.o.Logger.DebugContext(ctx, "posted", "size", body.Size(), "answer", answer.Size(), "dur", time.Since(start))
	}
	return answer, err
}

func (c *Client) post(ctx context.Context, url string, out *outgoing) (*File, error) {
	defer out.stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { out.connected.Store(true) },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, out.start())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReached, err)
	}
	request.ContentLength = out.size
	request.Header.Set("Content-Type", "text/xml")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", out.sort(), err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %s", ErrReached, response.Status)
	}
	if c.o.Watch != nil {
		return c.spool(c.o.Watch(response.Body, response.ContentLength))
	}
	return c.spool(response.Body)
}

func (c *Client) spool(source io.Reader) (*File, error) {
	file, err := c.o.Spool.New()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReached, err)
	}
	n, err := io.Copy(file, io.LimitReader(source, c.o.MaxBytes+1))
	if err == nil && n > c.o.MaxBytes {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrReached, err), file.Close())
	}
	return file, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
