package store

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	sqlite3 "modernc.org/sqlite/lib"
)

// The schema, one step a file, in the order of the names. A step that has been
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as whk's, so that no other database is taken for it.
// https://www.sqlite.org/pragma.html#pragma_application_id
const applicationID = 0x77686b31 // "whk1"

func steps() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }

// schemaVersion is the version of the schema that this program knows.
func schemaVersion() (int, error) {
	steps, err := steps()
	return len(steps), err
}

// migrate brings the database to the newest schema. Several processes may do so
// at once.
func (c *conn) migrate(path string) error {
	steps, err := steps()
	if err != nil {
		return err
	}
	have, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	owner, err := c.number("PRAGMA application_id")
	if err != nil || (owner == applicationID && int(have) == len(steps)) {
		return err
	}
	// Whatever else it may be is judged inside the transaction only: between two
	// reads outside, another process may have made the schema.
	return c.transaction(func() error {
		have, err := c.version(path)
		if err != nil {
			return err
		}
		for _, step := range steps[have:] {
			text, err := migrations.ReadFile(step)
			if err != nil {
				return err
			}
			if _, err := c.exec(string(text)); err != nil {
				return fmt.Errorf("%s: %w", step, err)
			}
		}
		if _, err := c.exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return err
		}
		_, err = c.exec(fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
		return err
	})
}

// version returns how many steps the file has seen; an empty file has seen none.
func (c *conn) version(path string) (int, error) {
	known, err := schemaVersion()
	if err != nil {
		return 0, err
	}
	have, err := c.number("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	owner, err := c.number("PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return 0, err
	}
	return int(have), checkVersion(path, int(have), owner, tables, known)
}

func checkVersion(path string, have int, owner, tables int64, known int) error {
	switch {
	case owner != applicationID && (have != 0 || tables != 0):
		return &CorruptError{Path: path, Foreign: true, Err: errors.New("it is not a database of whk")}
	case have > known:
		return &VersionError{Path: path, Have: have, Known: known}
	}
	return nil
}

// configure sets what a connection that writes needs.
func (c *conn) configure() error {
	for _, pragma := range []string{
		"PRAGMA busy_timeout = 10000",
		"PRAGMA page_size = 16384", // for a new file only
		"PRAGMA synchronous = FULL",
		"PRAGMA cache_size = -8192", // KiB
		"PRAGMA wal_autocheckpoint = 2000",
		"PRAGMA journal_size_limit = 67108864",
	} {
		if _, err := c.exec(pragma); err != nil {
			return err
		}
	}
	return c.useWAL()
}

// useWAL turns the write-ahead log on, which needs the file alone for a moment
// and does not wait for it by itself.
func (c *conn) useWAL() error {
	for range 1000 {
		_, err := c.exec("PRAGMA journal_mode = WAL")
		if err == nil || code(err) != sqlite3.SQLITE_BUSY {
			return err
		}
		if _, err := c.exec("BEGIN IMMEDIATE"); err != nil { // waits for who holds it
			return err
		}
		if _, err := c.exec("ROLLBACK"); err != nil {
			return err
		}
	}
	return errors.New("could not turn the write-ahead log on: the database is in use")
}
