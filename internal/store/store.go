// Package store keeps captured deliveries on disk, in one SQLite database of a
// directory, with large bodies in files beside it. When Keep has returned, the
// delivery is synced: it survives a crash of the process and of the machine.
// Every record carries a checksum of all its bytes, which is checked whenever
// it is read. Several processes may use one store at the same time.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	databaseName = "deliveries.db"
	bodiesName   = "bodies"
)

// Options are mostly for tests. The zero value is right otherwise.
type Options struct {
	Now      func() time.Time // time.Now when nil
	Rand     io.Reader        // crypto/rand when nil; read by one goroutine at a time
	BodyFile int              // bodies of more bytes get a file of their own; 256 KiB when 0

	// How many attempts of an endpoint are kept, and how many bytes of them;
	// KeptAttempts and KeptAttemptBytes when 0.
	Attempts, AttemptBytes int

	// Remember is how far apart two deliveries with one message id may be for
	// Repeats to tell; 0 is that it never does.
	Remember time.Duration

	// Recovered is called when a damaged database was set aside: by Open, or by
	// the goroutine that writes, so that it must not block or call the store.
	Recovered func(Recovery)

	// Recovering is called before that, with the cause, where it takes a while.
	Recovering func(error)

	// Committed is called for each batch that was written: how many things it
	// held, and how long it took until they were synced to disk, or until the
	// error. The goroutine that writes calls it, so that it must not block.
	Committed func(n int, took time.Duration, err error)

	quick int64 // quickSize when 0
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
	read     *reads
	writer   *writer // nil when opened for reading
	seen     *seen   // nil when nothing is remembered
	once     sync.Once
	closeErr error
}

// Open opens the store of a directory, which must exist, for writing, and makes
// it if there is none. After a crash it needs no help: what was acknowledged is
// there.
//
// A damaged database is set aside, and what can be read of it is in the new one;
// Options.Recovered tells. The error is a *VersionError for a store of a newer
// whk, and a *CorruptError for a sound database of another program. ctx limits
// the opening only.
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
	if s.read, err = openReads(s.path, ""); err != nil {
		return nil, err
	}
	if opts.Remember > 0 {
		s.seen = newSeen(opts.Remember)
		s.seen.last = s.seen.remembered(s.now())
	}
	s.writer = &writer{path: s.path, bodies: s.bodies, now: s.now, random: random, quick: cmp.Or(opts.quick, quickSize), recovering: opts.Recovering, recovered: opts.Recovered, committed: opts.Committed, moved: s.read.moved, seen: s.seen}
	if err := startWriter(ctx, s.writer); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.read.close()))
	}
	return s, nil
}

// OpenReader opens the store of a directory for reading: it makes nothing,
// waits for no writer, and Keep, AddForward, SetResponse and Prune are errors.
// The error is ErrNoStore when nothing has ever been kept there.
//
// The directory may be one that can only be read, as long as no log of SQLite's is
// left beside the database.
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
	if s.read, err = openReads(s.path, ""); err != nil {
		return nil, err
	}
	err = s.checkSchema(ctx)
	if err != nil {
		err = s.openSealed(ctx, err)
	}
	if err != nil {
		return nil, errors.Join(err, s.read.close())
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

// checkSchema refuses what this program cannot read. A store that is being made
// just now is one that has nothing yet.
func (s *Store) checkSchema(ctx context.Context) error {
	var have int
	var owner, tables int64
	err := s.read.queryRow(ctx, "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id").
		Scan(&have, &owner, &tables)
	if err != nil {
		return fmt.Errorf("open store: %w", s.named(err))
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

// trusted is now, unless the clock has jumped ahead since the store was opened:
// then it is the time of opening plus what has really passed since.
func (s *Store) trusted() time.Time {
	now := s.now()
	if real := s.opened.Add(s.elapsed()); real.Before(now) {
		return real
	}
	return now
}

// named is an error of reading; damage is noted, so that whoever writes next
// looks at the whole database.
func (s *Store) named(err error) error {
	err = named(s.path, err)
	var damage *CorruptError
	if errors.As(err, &damage) && !damage.Foreign {
		suspect(s.path)
	}
	return err
}

// Waiting is how many things wait to be written.
func (s *Store) Waiting() int { return len(s.writer.queue) }

// Path returns the database's file, for messages.
func (s *Store) Path() string { return s.path }

// Close finishes what is queued and closes the store. It may be called more
// than once.
func (s *Store) Close() error {
	s.once.Do(func() {
		// The last connection to close empties the log, which only the writer's can.
		s.closeErr = s.read.close()
		if s.writer != nil {
			s.closeErr = errors.Join(s.closeErr, s.writer.close())
		}
	})
	return s.closeErr
}
