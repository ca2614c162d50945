package transport

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// spoken is an Answer in memory.
type spoken string

func (s spoken) Size() int64 { return int64(len(s)) }
func (s spoken) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(s))
	return int64(n), err
}
func (s spoken) Close() error { return nil }

// TestClientLetsAnswersBeWatched: who looks sees the octets and their number.
func TestClientLetsAnswersBeWatched(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer server.Close()
	spool, err := NewSpool(SpoolOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	var told int64
	client, err := NewClient(ClientOptions{Spool: spool, Watch: func(answer io.Reader, size int64) io.Reader {
		told = size
		return io.TeeReader(answer, &seen)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	file, err := client.Post(t.Context(), server.URL, spoken("a letter"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if seen.String() != "a letter" || told != 8 || file.Size() != 8 {
		t.Errorf("seen %q of %d, spooled %d", seen.String(), told, file.Size())
	}
}
