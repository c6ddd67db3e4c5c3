// Package store keeps captured deliveries on disk, in one SQLite database of a
// directory, with large bodies in files beside it.
//
// What Keep has returned from is synced: it survives the process and the
// machine. Every record carries a checksum of all its bytes, which is checked
// whenever it is read. Several processes may use one store at the same time.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
)

const (
	databaseName = "deliveries.db"
	bodiesName   = "bodies"
)

// Options are what tests change. The zero value is right otherwise.
type Options struct {
	Now      func() time.Time // time.Now when nil
	Rand     io.Reader        // crypto/rand when nil; read by one goroutine at a time
	BodyFile int              // bodies of more bytes get a file of their own; 256 KiB when 0

	// How many attempts of an endpoint are kept, and how many bytes of them;
	// KeptAttempts and KeptAttemptBytes when 0.
	Attempts, AttemptBytes int
}

const defaultBodyFile = 256 << 10

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	path     string
	now      func() time.Time
	opened   time.Time
	elapsed  func() time.Duration // since opened, whatever the clock does
	bodyFile int
	attempts bounds
	bodies   bodies
	read     *sql.DB
	writer   *writer // nil when opened for reading
	once     sync.Once
	closeErr error
}

// Open opens the store of a directory, which must be there, for writing, and
// makes it when there is none. After a crash it needs no help: what was
// acknowledged is there.
//
// The error is a *VersionError for a store of a newer whk, and a *CorruptError
// for a file that cannot be read as a store. ctx limits the opening only.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	s, err := locate(dir)
	if err != nil {
		return nil, err
	}
	s.now, s.bodyFile = opts.Now, opts.BodyFile
	if s.now == nil {
		s.now = time.Now
	}
	if s.bodyFile == 0 {
		s.bodyFile = defaultBodyFile
	}
	s.attempts = attemptBounds(opts)
	random := opts.Rand
	if random == nil {
		random = rand.Reader
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.opened = s.now()
	if s.writer, err = startWriter(ctx, s.path, s.bodies, s.now, random); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.read, err = openRead(s.path); err != nil {
		return nil, errors.Join(err, s.writer.close())
	}
	return s, nil
}

// OpenReader opens the store of a directory for reading: it makes nothing,
// waits for no writer, and Keep, AddForward, SetResponse and Prune are errors.
// The error is ErrNoStore when nothing has ever been kept there.
func OpenReader(ctx context.Context, dir string) (*Store, error) {
	s, err := locate(dir)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, ErrNoStore
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if s.read, err = openRead(s.path); err != nil {
		return nil, err
	}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(err, s.read.Close())
	}
	return s, nil
}

func locate(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path:   filepath.Join(dir, databaseName),
		bodies: bodies{filepath.Join(dir, bodiesName)},
		now:    time.Now,
		opened: time.Now(),
	}
	s.elapsed = func() time.Duration { return s.now().Sub(s.opened) } // by the monotonic clock
	return s, nil
}

func openRead(path string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(address(path, "mode=ro&_pragma=busy_timeout(10000)&_pragma=cache_size(-4096)"))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, nil
}

// checkSchema refuses what this program cannot read. A store that is being made
// just now is one that has nothing yet.
func (s *Store) checkSchema(ctx context.Context) error {
	var have int
	var owner, tables int64
	err := s.read.QueryRowContext(ctx, "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id").
		Scan(&have, &owner, &tables)
	if err != nil {
		return fmt.Errorf("open store: %w", named(s.path, err))
	}
	if have == 0 && tables == 0 {
		return ErrNoStore
	}
	known, err := schemaVersion()
	if err != nil {
		return err
	}
	return checkVersion(s.path, have, owner, tables, known)
}

// trusted is now, but for a clock that has jumped ahead since the store was
// opened: then it is the time that has really passed since.
func (s *Store) trusted() time.Time {
	now := s.now()
	if real := s.opened.Add(s.elapsed()); real.Before(now) {
		return real
	}
	return now
}

// Path returns the database's file, for messages.
func (s *Store) Path() string { return s.path }

// Close finishes what is queued and closes the store. It may be called more
// than once.
func (s *Store) Close() error {
	s.once.Do(func() {
		if s.writer != nil {
			s.closeErr = s.writer.close()
		}
		s.closeErr = errors.Join(s.closeErr, s.read.Close())
	})
	return s.closeErr
}
