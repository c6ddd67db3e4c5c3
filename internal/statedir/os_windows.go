package statedir

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// hasModes says that permission bits mean something here.
const hasModes = false

var errLocked error = windows.ERROR_LOCK_VIOLATION

// lockFile waits for the exclusive lock on f; it ends with f or the process.
func lockFile(f *os.File) error { return lockFileEx(f, windows.LOCKFILE_EXCLUSIVE_LOCK) }

// tryLockFile is lockFile without waiting: [errLocked] if another holds it.
func tryLockFile(f *os.File) error {
	return lockFileEx(f, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
}

// lockFileEx locks one byte far behind the content: locks are mandatory on
// Windows, and others must still be able to read who holds it.
func lockFileEx(f *os.File, flags uint32) error {
	behind := windows.Overlapped{OffsetHigh: 0x7fffffff}
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &behind)
}

// checkOwner has nothing to check: the profile's access list decides.
func checkOwner(string, fs.FileInfo, string) error { return nil }

// syncDir has nothing to do: a directory cannot be synced on Windows, whose
// file system journals its entries.
func (d *Dir) syncDir(string) error { return nil }
