//go:build unix

package flock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked is a lock that another has.
var ErrLocked error = unix.EWOULDBLOCK

func lock(f *os.File) error    { return flock(f, unix.LOCK_EX) }
func tryLock(f *os.File) error { return flock(f, unix.LOCK_EX|unix.LOCK_NB) }
func unlock(f *os.File) error  { return flock(f, unix.LOCK_UN) }

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
