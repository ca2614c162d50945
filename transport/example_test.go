package transport_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"poststelle/transport"
)

// text is a body in memory.
type text struct{ *strings.Reader }

func (text) Close() error { return nil }

// A server that answers every letter with its size, and a client that asks.
func Example() {
	dir, err := os.MkdirTemp("", "transport-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	spool, err := transport.NewSpool(transport.SpoolOptions{Dir: dir})
	if err != nil {
		panic(err)
	}
	server, err := transport.NewServer(transport.ServerOptions{
		Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Spool: spool,
		Exchange: func(_ context.Context, body *transport.File, cut error) (transport.Answer, error) {
			if cut != nil {
				return text{strings.NewReader("that was cut off")}, nil
			}
			return text{strings.NewReader(fmt.Sprintf("%d octets, thank you", body.Size()))}, nil
		},
	})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	address, _, err := server.Addresses(ctx)
	if err != nil {
		panic(err)
	}
	client, err := transport.NewClient(transport.ClientOptions{Spool: spool})
	if err != nil {
		panic(err)
	}
	answer, err := client.Post(ctx, "http://"+address, text{strings.NewReader("a letter")})
	if err != nil {
		panic(err)
	}
	defer answer.Close()
	io.Copy(os.Stdout, io.NewSectionReader(answer, 0, answer.Size()))
	client.Close()
	stop()
	if err := <-stopped; err != nil {
		panic(err)
	}
	// Output: 8 octets, thank you
}

// An embedded broker that syncs before it acknowledges.
func ExampleOpenBus() {
	dir, err := os.MkdirTemp("", "bus-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	bus, err := transport.OpenBus(ctx, transport.BusOptions{Dir: filepath.Join(dir, "nats")})
	if err != nil {
		panic(err)
	}
	fmt.Println("ready:", bus.Ready(ctx) == nil)
	fmt.Println("closed:", bus.Close() == nil)
	// Output:
	// ready: true
	// closed: true
}
