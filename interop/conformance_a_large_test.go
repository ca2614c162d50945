package interop

import (
	"crypto/sha256"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"poststelle/envelope"
)

// TestConformance010LargeAttachmentsAreStreamed stores and fetches a file
// that nobody here could hold: client and office are one process, and its
// heap has to stay where it was.
func TestConformance010LargeAttachmentsAreStreamed(t *testing.T) {
	if testing.Short() {
		t.Skip("300 MB through the office take some seconds")
	}
	const size, bound = 300_000_000, 64 << 20
	post, alice := plainOffice(t)
	draft := alice.store("bob", envelope.File{Name: "gross.bin", Freight: pattern(size)})
	want := draft.Attachments[0].SHA256
	peak := watchHeap()
	parcel, err := draft.Seal(sealing(alice.encrypted()))
	check(t, err)
	defer parcel.Close()
	reader, writer := io.Pipe()
	go func() {
		_, err := parcel.WriteTo(writer)
		writer.CloseWithError(err)
	}()
	_, body := post.post(reader)
	if code := alice.open(body).code(); code != envelope.CodeExecuted {
		t.Fatalf("code %s", code)
	}
	dialog, err := newClient(t, post, "bob").Dial(t.Context())
	check(t, err)
	received, err := dialog.Fetch(t.Context(), byID(storeID(draft)))
	check(t, err)
	defer received.Close()
	fetched := received.Message.Attachment("gross.bin")
	content, err := fetched.Freight.Open()
	check(t, err)
	defer content.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, content)
	check(t, err)
	if grown := peak(); grown > bound {
		t.Errorf("the heap grew by %d MB, want at most %d", grown>>20, bound>>20)
	}
	if n != size || fetched.SHA256 != want || [32]byte(sum.Sum(nil)) != want {
		t.Errorf("%d octets arrived, or others than were sent", n)
	}
}

// watchHeap looks at the heap in use until the result is asked for, which is
// how far it rose above its beginning.
func watchHeap() func() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	begin := int64(m.HeapInuse)
	var peak atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapInuse)))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return peak.Load() - begin
	}
}
