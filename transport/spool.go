package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// inMemory is how much of a scratch file stays in memory before a file on disk
// is made: the control part of most letters fits.
const inMemory = 64 << 10

// copying is the size of the buffers by which bodies are copied.
const copying = 64 << 10

// SpoolOptions bound a spool.
type SpoolOptions struct {
	// Dir takes the scratch files. It is made if it is not there. Required.
	Dir string
	// MaxBytes bounds one file; 0 = 4 GiB.
	MaxBytes int64
	// MaxTotal bounds all open files together; 0 = 64 GiB.
	MaxTotal int64
	// Registerer takes the metrics; nil = none.
	Registerer prometheus.Registerer
}

// Spool makes scratch files: places for octets that nobody believes yet.
type Spool struct {
	dir                string
	maxBytes, maxTotal int64
	total              atomic.Int64
	files              atomic.Int64
	buffers            sync.Pool // of *[copying]byte
}

// NewSpool makes the folder and removes what a crash left in it.
func NewSpool(o SpoolOptions) (*Spool, error) {
	if o.Dir == "" {
		return nil, errors.New("transport: spool without a folder")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the spool folder: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(o.Dir, "spool-*"))
	if err != nil {
		return nil, fmt.Errorf("listing the spool folder: %w", err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("clearing the spool folder: %w", err)
		}
	}
	defaultTo(&o.MaxBytes, 4<<30)
	defaultTo(&o.MaxTotal, 64<<30)
	s := &Spool{dir: o.Dir, maxBytes: o.MaxBytes, maxTotal: o.MaxTotal}
	s.buffers.New = func() any { return new([copying]byte) }
	s.register(o.Registerer)
	return s, nil
}

func (s *Spool) register(r prometheus.Registerer) {
	factory := promauto.With(r)
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "poststelle_transport_spool_bytes", Help: "Octets in open scratch files.",
	}, func() float64 { return float64(s.total.Load()) })
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "poststelle_transport_spool_files", Help: "Open scratch files.",
	}, func() float64 { return float64(s.files.Load()) })
}

// New makes an empty scratch file. On disk it has no name, where the system
// allows that: it vanishes with the process, whatever happens to it.
func (s *Spool) New() (*File, error) {
	s.files.Add(1)
	return &File{spool: s}, nil
}

// File is a scratch file: written once from the start by one goroutine, then
// read at any place by many.
type File struct {
	spool  *Spool
	memory bytes.Buffer
	disk   *os.File
	named  bool // the system would not take the name away while it was open
	size   int64
	closed atomic.Bool
}

// Write appends. Past a limit it takes nothing and gives ErrTooLarge or
// ErrSpoolFull.
func (f *File) Write(p []byte) (int, error) {
	switch {
	case f.closed.Load():
		return 0, fs.ErrClosed
	case f.size+int64(len(p)) > f.spool.maxBytes:
		return 0, ErrTooLarge
	}
	if f.spool.total.Add(int64(len(p))) > f.spool.maxTotal {
		f.spool.total.Add(-int64(len(p)))
		return 0, ErrSpoolFull
	}
	n, err := f.append(p)
	f.size += int64(n)
	f.spool.total.Add(int64(n - len(p)))
	return n, err
}

// ReadFrom appends what the reader gives until its end.
func (f *File) ReadFrom(r io.Reader) (int64, error) {
	buffer := f.spool.buffers.Get().(*[copying]byte)
	defer f.spool.buffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{r}, buffer[:])
}

func (f *File) append(p []byte) (int, error) {
	if f.disk == nil && f.memory.Len()+len(p) <= inMemory {
		return f.memory.Write(p)
	}
	if f.disk == nil {
		if err := f.toDisk(); err != nil {
			return 0, err
		}
	}
	n, err := f.disk.Write(p)
	if err != nil {
		return n, fmt.Errorf("writing a scratch file: %w", err)
	}
	return n, nil
}

// toDisk moves what is in memory to a file and takes away its name.
func (f *File) toDisk() error {
	disk, err := os.CreateTemp(f.spool.dir, "spool-*")
	if err != nil {
		return fmt.Errorf("making a scratch file: %w", err)
	}
	err = os.Remove(disk.Name())
	f.named = err != nil && !errors.Is(err, fs.ErrNotExist)
	if _, err := disk.Write(f.memory.Bytes()); err != nil {
		return errors.Join(fmt.Errorf("writing a scratch file: %w", err), f.discard(disk))
	}
	f.disk, f.memory = disk, bytes.Buffer{}
	return nil
}

// ReadAt reads at any place.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if f.closed.Load() {
		return 0, fs.ErrClosed
	}
	if f.disk != nil {
		return f.disk.ReadAt(p, off)
	}
	held := f.memory.Bytes()
	if off < 0 {
		return 0, errors.New("transport: negative offset")
	}
	if off >= int64(len(held)) {
		return 0, io.EOF
	}
	n := copy(p, held[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size is the number of octets written.
func (f *File) Size() int64 { return f.size }

// Close discards the octets and gives their room back. It may be called twice.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	f.spool.total.Add(-f.size)
	f.spool.files.Add(-1)
	if f.disk == nil {
		return nil // the memory goes with the file: a reader may still look at it
	}
	return f.discard(f.disk)
}

func (f *File) discard(disk *os.File) error {
	err := disk.Close()
	if f.named {
		err = errors.Join(err, os.Remove(disk.Name()))
	}
	return err
}
