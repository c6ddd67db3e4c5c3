package flock

import (
	"os"

	"golang.org/x/sys/windows"
)

// ErrLocked is a lock that another has.
var ErrLocked error = windows.ERROR_LOCK_VIOLATION

func lock(f *os.File) error { return lockFileEx(f, windows.LOCKFILE_EXCLUSIVE_LOCK) }

func tryLock(f *os.File) error {
	return lockFileEx(f, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
}

// behind is one byte far behind the content: locks are mandatory on Windows, and
// others must still be able to read what the file says.
const behind = 0x7fffffff

func lockFileEx(f *os.File, flags uint32) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: behind})
}

func unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{OffsetHigh: behind})
}
