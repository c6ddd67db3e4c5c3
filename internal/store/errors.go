package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound is returned for an id, a prefix or a place (last~N) that no
	// delivery has.
	ErrNotFound = errors.New("no such delivery")
	// ErrNoStore is returned by OpenReader when nothing was ever kept there.
	ErrNoStore = errors.New("nothing has been captured yet")
	// ErrClosed is returned for what comes after Close.
	ErrClosed = errors.New("store is closed")
)

// AmbiguousError is a prefix that several deliveries share.
type AmbiguousError struct {
	Ref     string
	Matches []string // some of them, newest first
	More    bool     // there are others
}

func (e *AmbiguousError) Error() string {
	text := fmt.Sprintf("%q is the beginning of several ids: %s", e.Ref, strings.Join(e.Matches, ", "))
	if e.More {
		text += ", ..."
	}
	return text
}

// DamagedError is one record whose bytes are not those that were kept. Other
// records are not affected.
type DamagedError struct {
	Thing  string // what it is of; "" is a delivery
	ID     string // as far as it can be read
	Detail string
}

func (e *DamagedError) Error() string {
	thing := e.Thing
	if thing == "" {
		thing = "delivery"
	}
	return fmt.Sprintf("%s %s is damaged: %s", thing, e.ID, e.Detail)
}

// CorruptError is a database file that cannot be read as a store. Open recovers
// a damaged one, so that it returns this error only for another program's
// database, and OpenReader for both.
type CorruptError struct {
	Path    string
	Foreign bool // it is another program's, and sound
	Err     error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong with it.
func (e *CorruptError) Unwrap() error { return e.Err }

// VersionError is a database that a newer whk has written.
type VersionError struct {
	Path        string
	Have, Known int // the schema's version in the file, and the newest that this program knows
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s was written by a newer whk: schema version %d, this one knows %d", e.Path, e.Have, e.Known)
}

// code returns SQLite's primary result code, 0 when err is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// unsynced reports whether err is a sync that failed: what was written before
// it may be found on the disk after a crash, or not.
func unsynced(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_IOERR_FSYNC || e.Code() == sqlite3.SQLITE_IOERR_DIR_FSYNC)
}

func busy(err error) bool {
	c := code(err)
	return errors.Is(err, errTurn) || c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// DiskError is a disk that cannot be written or read.
type DiskError struct {
	Path     string
	Full     bool // no room is left
	ReadOnly bool // it can only be read
	Log      bool // and what was kept last can not be, there
	Err      error
}

func (e *DiskError) Error() string {
	switch {
	case e.Full:
		return e.Path + ": no room is left on the disk"
	case e.Log:
		return e.Path + ": it can only be read there, and what was captured last is still in its log, " + filepath.Base(e.Path) + "-wal"
	case e.ReadOnly:
		return e.Path + ": that disk can only be read"
	}
	return fmt.Sprintf("%s: the disk fails: %v", e.Path, e.Err)
}

func (e *DiskError) Unwrap() error { return e.Err }

// named turns SQLite's errors for a broken file and for a failing disk into
// ours, with the path.
func named(path string, err error) error {
	if errors.As(err, new(*DiskError)) {
		return err
	}
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &CorruptError{Path: path, Err: err}
	case sqlite3.SQLITE_FULL:
		return &DiskError{Path: path, Full: true, Err: err}
	case sqlite3.SQLITE_READONLY:
		return &DiskError{Path: path, ReadOnly: true, Err: err}
	case sqlite3.SQLITE_CANTOPEN:
		if readOnly(path) {
			return &DiskError{Path: path, ReadOnly: true, Err: err}
		}
	case sqlite3.SQLITE_IOERR:
		return &DiskError{Path: path, Err: err}
	}
	return err
}

// readOnly reports whether a file is where nothing can be written.
func readOnly(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, syscall.EROFS)
}
