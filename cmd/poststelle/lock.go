package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// errLocked says that another process works on the same data folder.
var errLocked = errors.New("another process works on this office")

// folderLock keeps a data folder for one process. The kernel frees it when the
// process ends, however it ends.
type folderLock struct{ file *os.File }

// lockFolder takes the lock or gives errLocked at once.
func lockFolder(dir string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(errLocked, file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the data folder: %w", err), file.Close())
	}
	return &folderLock{file}, nil
}

// Close frees the folder. The file stays: removing it would let two processes
// hold locks on two files of one name.
func (l *folderLock) Close() error { return l.file.Close() }
