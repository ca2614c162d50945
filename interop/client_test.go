package interop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
	"poststelle/transport"
)

// newClient is our own client library on behalf of a person, over HTTP.
func newClient(t testing.TB, post *office, name string, changes ...func(*client.Options)) *client.Client {
	t.Helper()
	road, err := transport.NewClient(transport.ClientOptions{Spool: post.spool})
	check(t, err)
	t.Cleanup(road.Close)
	o := client.Options{
		Post: func(ctx context.Context, request envelope.Parcel) (envelope.Sealed, error) {
			file, err := road.Post(ctx, post.url, request)
			return envelope.Sealed{Body: file}, err
		},
		IntermediaryCipher: certificate(t, "intermediary-cipher"),
		Cipher:             cipherKey(t, name+"-cipher"),
		Signer:             signer(t, name+"-signature"),
		Scratch:            scratch(post.spool),
	}
	for _, change := range changes {
		change(&o)
	}
	c, err := client.New(o)
	check(t, err)
	return c
}

var errCaptured = errors.New("captured")

// sealedStore gives the octets of a storeDelivery to the addressee, with an id
// of the office and content of about the size, as they would be sent.
func sealedStore(t testing.TB, post *office, ids *client.Client, from string, to, cipher *signature.Certificate, size int) []byte {
	t.Helper()
	id, err := ids.GetMessageID(context.Background())
	check(t, err)
	var octets bytes.Buffer
	capture := newClient(t, post, from, func(o *client.Options) {
		o.IntermediaryCipher = cipher
		o.Post = func(_ context.Context, request envelope.Parcel) (envelope.Sealed, error) {
			_, err := request.WriteTo(&octets)
			return envelope.Sealed{}, errors.Join(errCaptured, err)
		}
	})
	_, err = capture.Store(context.Background(), letterOf(id, to, size))
	if !errors.Is(err, errCaptured) {
		t.Fatalf("capturing a letter: %v", err)
	}
	return octets.Bytes()
}

// letterOf is a letter with one file of the size, for the addressee only.
func letterOf(id string, to *signature.Certificate, size int) client.Letter {
	subject := "Bauantrag"
	return client.Letter{
		MessageID: id, Addressee: to, Subject: &subject,
		Content: envelope.Writing{
			Files:   []envelope.File{{Name: "plan.bin", ContentType: "application/octet-stream", Freight: pattern(size)}},
			Readers: []envelope.Reader{{Role: envelope.CipherAddressee, Certificate: to}},
		},
	}
}

// pattern is freight of the size whose octet i is 31 i mod 256; it is made
// while it is read.
type pattern int64

func (p pattern) Size() int64 { return int64(p) }

func (p pattern) Open() (io.ReadCloser, error) {
	return io.NopCloser(&patternReader{left: int64(p)}), nil
}

type patternReader struct{ at, left int64 }

func (p *patternReader) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.left))
	for i := range n {
		b[i] = byte(31 * (p.at + int64(i)))
	}
	p.at, p.left = p.at+int64(n), p.left-int64(n)
	return n, nil
}
