package envelope

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// diskScratch is a scratch file on disk.
type diskScratch struct {
	*os.File
	size int64
}

func (d *diskScratch) Write(p []byte) (int, error) {
	n, err := d.File.Write(p)
	d.size += int64(n)
	return n, err
}
func (d *diskScratch) Size() int64 { return d.size }

func diskScratches(t *testing.T) Scratch {
	t.Helper()
	dir := t.TempDir()
	return func() (ScratchFile, error) {
		f, err := os.CreateTemp(dir, "scratch")
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { f.Close() })
		return &diskScratch{File: f}, nil
	}
}

// diskFreight is a file on disk.
type diskFreight struct {
	path string
	size int64
}

func (d diskFreight) Size() int64                  { return d.size }
func (d diskFreight) Open() (io.ReadCloser, error) { return os.Open(d.path) }

// allocated runs f and tells how many octets it allocated in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestContentNeedsConstantMemory writes and reads a file of 64 MiB. All that
// is ever allocated on the way stays far below it.
func TestContentNeedsConstantMemory(t *testing.T) {
	const size, most = 64 << 20, 4 << 20
	path := filepath.Join(t.TempDir(), "gross.bin")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	scratch := diskScratches(t)
	for _, readers := range [][]Reader{nil, {reader(t, CipherOtherReader, "dave-cipher")}} {
		w := plainWriting(t)
		w.Files = []File{{Name: "gross.bin", Freight: diskFreight{path, size}}}
		w.Authors[0].Signer.Digest = contentMore7 + "sha3-256" // one more pass for what is in the clear
		w.Readers = readers
		var composed *Composed
		if n := allocated(func() {
			var err error
			if composed, err = w.Compose(ComposeOptions{Scratch: scratch, Rand: rand.Reader}); err != nil {
				t.Fatal(err)
			}
		}); n > most {
			t.Errorf("Compose allocated %d octets", n)
		}
		body, err := scratch()
		if err != nil {
			t.Fatal(err)
		}
		parcel, err := draftOf(t, composed).Seal(SealOptions{Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parcel.WriteTo(body); err != nil {
			t.Fatal(err)
		}
		o := contentOpener(t, "dave-cipher")
		o.Scratch = scratch
		m, err := o.Open(context.Background(), Sealed{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		var c *Content
		if n := allocated(func() {
			if c, err = o.OpenContent(context.Background(), m); err != nil {
				t.Fatal(err)
			}
		}); n > most {
			t.Errorf("OpenContent allocated %d octets", n)
		}
		if err := c.Signed(); err != nil || c.Files[0].Size != size {
			t.Errorf("Signed = %v, size %d", err, c.Files[0].Size)
		}
		for _, one := range []io.Closer{c, m, composed} {
			if err := one.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
