package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

// openSealed opens, for reading, a store of whose directory this process can write
// nothing: not even the files by which SQLite's readers and writers know of each
// other, without which it opens a database only if it takes it for one that nobody
// changes. So it is where no log waits to be written into it: whoever ended in order
// has left none, and a writer at work has one.
//
// cause is why the usual way did not do, and is returned where this is no way either.
func (s *Store) openSealed(ctx context.Context, cause error) error {
	if c := code(cause); c != sqlite3.SQLITE_CANTOPEN && c != sqlite3.SQLITE_READONLY || writable(filepath.Dir(s.path)) {
		return cause
	}
	if log, err := os.Stat(s.path + "-wal"); err == nil && log.Size() > 0 {
		return fmt.Errorf("open store: %w", &DiskError{Path: s.path, ReadOnly: true, Log: true, Err: cause})
	}
	sealed, err := openReads(s.path, "immutable=1")
	if err != nil {
		return errors.Join(cause, err)
	}
	old := s.read
	s.read = sealed
	return errors.Join(s.checkSchema(ctx), old.close())
}
