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
	"sync"
	"time"

	"poststelle/envelope"
)

// contentFiles are files named by the SHA-256 of their octets, in 256 folders.
type contentFiles struct {
	dir string
	now func() time.Time
	// mu keeps the sweep from removing a file between the moment a new letter
	// finds it and the moment it is touched.
	mu sync.Mutex
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
	have, err := c.reuse(sum, size)
	if have || err != nil {
		return err
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
	if err := os.Chtimes(file.Name(), c.now(), c.now()); err != nil {
		return errors.Join(fmt.Errorf("dating a content file: %w", err), os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("naming a content file: %w", err), os.Remove(file.Name()))
	}
	return errors.Join(syncFolder(filepath.Dir(path)), syncFolder(c.dir))
}

// reuse tells whether the file is there already and good. A damaged one must
// not be taken for the content of a new letter: it is written anew, in its
// place. The folder is synced once more, for whoever renamed the file may not
// have come to that yet.
func (c *contentFiles) reuse(sum [32]byte, size int64) (bool, error) {
	path := c.path(sum)
	if have, err := c.touch(path); err != nil || have != size {
		return false, err
	}
	err := c.verify(sum, size)
	if errors.Is(err, ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(syncFolder(filepath.Dir(path)), syncFolder(c.dir))
}

// touch dates a file anew and tells its size; -1 if there is none.
func (c *contentFiles) touch(path string) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("looking for a content file: %w", err)
	}
	if err := os.Chtimes(path, c.now(), c.now()); err != nil {
		return -1, fmt.Errorf("touching a content file: %w", err)
	}
	return have.Size(), nil
}

// removeIfOld removes a file that was touched last before limit.
func (c *contentFiles) removeIfOld(path string, limit time.Time) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.ModTime().After(limit) {
		return false, err
	}
	return true, os.Remove(path)
}

// write copies, checks and syncs, and closes the file.
func write(file *os.File, source io.Reader, sum [32]byte, size int64) error {
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, digest), io.LimitReader(source, size+1))
	if err != nil {
		return fmt.Errorf("writing a content file: %w", err)
	}
	if n != size || [32]byte(digest.Sum(nil)) != sum {
		return errOther
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
	return &checkedFile{file: file, digest: sha256.New(), want: f.sum, left: f.size}, nil
}

// checkedFile compares the digest before it gives the last octets, so that
// nobody who counts instead of waiting for the end takes a damaged file for a
// good one.
type checkedFile struct {
	file   *os.File
	digest hash.Hash
	want   [32]byte
	left   int64
}

func (c *checkedFile) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.file.Read(p[:min(int64(len(p)), c.left)])
	c.digest.Write(p[:n])
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("reading a content file: %w", err)
	}
	short := errors.Is(err, io.EOF) && c.left > 0
	if short || c.left == 0 && [32]byte(c.digest.Sum(nil)) != c.want {
		return 0, fmt.Errorf("%w: content file %x", ErrDamaged, c.want[:4])
	}
	return n, nil
}

func (c *checkedFile) Close() error { return c.file.Close() }
