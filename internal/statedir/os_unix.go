//go:build unix

package statedir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hasModes says that permission bits mean something here.
const hasModes = true

var errLocked error = unix.EWOULDBLOCK

// lockFile waits for the exclusive lock on f; it ends with f or the process.
func lockFile(f *os.File) error { return flock(f, unix.LOCK_EX) }

// tryLockFile is lockFile without waiting: [errLocked] if another holds it.
func tryLockFile(f *os.File) error { return flock(f, unix.LOCK_EX|unix.LOCK_NB) }

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// checkOwner refuses what another user owns.
func checkOwner(path string, info fs.FileInfo, hint string) error {
	return checkOwnerIs(os.Geteuid(), path, info, hint)
}

func checkOwnerIs(uid int, path string, info fs.FileInfo, hint string) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != uid {
		return &Error{path, "belongs to another user", hint}
	}
	return nil
}

// syncDir makes the entries of a directory durable.
func (d *Dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
