package mailbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"poststelle/envelope"
)

// contentFiles are files named by the SHA-256 of their octets, in 256 folders.
type contentFiles struct {
	dir string
	now func() time.Time
}

func (c *contentFiles) path(sum [32]byte) string {
	name := hex.EncodeToString(sum[:])
	return filepath.Join(c.dir, name[:2], name)
}

// put makes the file durable: written under another name, synced, renamed, and
// the folder synced. One that is there already is touched, so that no sweep
// takes it away before the letter that needs it now is stored.
func (c *contentFiles) put(sum [32]byte, size int64, open func() (io.ReadCloser, error)) error {
	path := c.path(sum)
	if have, err := os.Stat(path); err == nil && have.Size() == size {
		if err := os.Chtimes(path, c.now(), c.now()); err != nil {
			return fmt.Errorf("touching a content file: %w", err)
		}
		return c.verify(sum, size)
	}
	source, err := open()
	if err != nil {
		return fmt.Errorf("reading content: %w", err)
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making a content folder: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return fmt.Errorf("making a content file: %w", err)
	}
	if err := write(file, source, sum, size); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("naming a content file: %w", err), os.Remove(file.Name()))
	}
	return errors.Join(syncFolder(filepath.Dir(path)), syncFolder(c.dir))
}

// write copies, checks and syncs, and closes the file.
func write(file *os.File, source io.Reader, sum [32]byte, size int64) error {
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, digest), io.LimitReader(source, size+1))
	if err != nil {
		return fmt.Errorf("writing a content file: %w", err)
	}
	if n != size || [32]byte(digest.Sum(nil)) != sum {
		return errors.New("mailbox: content is not what was announced")
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("syncing a content file: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("closing a content file: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a folder: %w", err)
	}
	if err := folder.Sync(); err != nil {
		return errors.Join(fmt.Errorf("syncing a folder: %w", err), folder.Close())
	}
	return folder.Close()
}

// verify reads a file that is there already: a damaged one must not be taken
// for the content of a new letter.
func (c *contentFiles) verify(sum [32]byte, size int64) error {
	freight, err := c.get(sum, size)
	if err != nil {
		return err
	}
	source, err := freight.Open()
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(io.Discard, source)
	return err
}

// get is the file as freight. A missing one or one of another size is damaged;
// other damage shows at the end of reading.
func (c *contentFiles) get(sum [32]byte, size int64) (envelope.Freight, error) {
	have, err := os.Stat(c.path(sum))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: content file %x is gone", ErrDamaged, sum[:4])
	case err != nil:
		return nil, fmt.Errorf("looking for a content file: %w", err)
	case have.Size() != size:
		return nil, fmt.Errorf("%w: content file %x has another size", ErrDamaged, sum[:4])
	}
	return fileFreight{path: c.path(sum), sum: sum, size: size}, nil
}

// fileFreight is a content file; whoever reads it to the end knows that it is
// the right one.
type fileFreight struct {
	path string
	sum  [32]byte
	size int64
}

func (f fileFreight) Size() int64 { return f.size }

func (f fileFreight) Open() (io.ReadCloser, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("opening a content file: %w", err)
	}
	return &checkedFile{File: file, digest: sha256.New(), want: f.sum}, nil
}

// checkedFile compares the digest before it admits the end.
type checkedFile struct {
	*os.File
	digest hash.Hash
	want   [32]byte
}

func (c *checkedFile) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.digest.Write(p[:n])
	if errors.Is(err, io.EOF) && [32]byte(c.digest.Sum(nil)) != c.want {
		return n, fmt.Errorf("%w: content file %x", ErrDamaged, c.want[:4])
	}
	return n, err
}

// WriteTo hides the file's own, which would go past the digest.
func (c *checkedFile) WriteTo(w io.Writer) (int64, error) {
	return io.CopyBuffer(w, struct{ io.Reader }{c}, make([]byte, 256<<10))
}
