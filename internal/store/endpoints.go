package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// AddEndpoint registers an endpoint, with its signing secret unless that is nil,
// and returns after the sync. e.CreatedAt and e.ChangedAt become now. The error
// is an *EndpointExistsError for a name that is taken.
func (s *Store) AddEndpoint(ctx context.Context, e *Endpoint, secret []byte) error {
	e.CreatedAt = s.now().UTC()
	e.ChangedAt = e.CreatedAt
	return s.change(ctx, "add endpoint", func(c *conn) error {
		if err := c.nameFree(e.Name, 0); err != nil {
			return err
		}
		// The checksum covers the id, which the row gives.
		id, err := c.insert("INSERT INTO endpoints (name, sum, data, enabled) VALUES (?, 0, x'', ?)", folded(e.Name), flag(e.Enabled))
		if err != nil {
			return err
		}
		e.row = id
		if err := c.writeSettings(e); err != nil {
			return err
		}
		if secret == nil {
			return nil
		}
		return c.addSecret(id, secret, e.CreatedAt)
	})
}

// EditEndpoint changes what edit changes of an endpoint's settings and whether
// it is enabled. Nobody else changes the endpoint meanwhile; edit must not use
// the store. An error of edit is returned as it is, and nothing is changed.
func (s *Store) EditEndpoint(ctx context.Context, name string, edit func(*Endpoint) error) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "edit endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil {
			return err
		}
		if err := edit(e); err != nil {
			return err
		}
		if err := c.nameFree(e.Name, e.row); err != nil {
			return err
		}
		e.ChangedAt = s.now().UTC()
		if _, err := c.exec("UPDATE endpoints SET name = ?, enabled = ? WHERE id = ?", folded(e.Name), flag(e.Enabled), e.row); err != nil {
			return err
		}
		return c.writeSettings(e)
	})
	return e, err
}

// ResumeEndpoint ends a pause, and forgets the failures in a row that led to it.
// It returns the endpoint as it was.
func (s *Store) ResumeEndpoint(ctx context.Context, name string) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "resume endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil {
			return err
		}
		_, err = c.exec("UPDATE endpoints SET paused_at = NULL, paused_why = '', failing = 0 WHERE id = ?", e.row)
		return err
	})
	return e, err
}

// RemoveEndpoint forgets an endpoint, damaged or not: its secrets, its statistics
// and its attempts. It returns the endpoint as it was.
func (s *Store) RemoveEndpoint(ctx context.Context, name string) (*Endpoint, error) {
	var e *Endpoint
	err := s.change(ctx, "remove endpoint", func(c *conn) (err error) {
		if e, err = c.endpoint(name); err != nil && !errors.As(err, new(*DamagedError)) {
			return err
		}
		return c.erasing(func() error { return c.removeEndpoint(e.row) })
	})
	return e, err
}

func (c *conn) removeEndpoint(row int64) error {
	for _, text := range []string{
		"DELETE FROM endpoint_secrets WHERE endpoint = ?",
		"DELETE FROM endpoint_attempts WHERE endpoint = ?",
		"DELETE FROM endpoints WHERE id = ?",
	} {
		if _, err := c.exec(text, row); err != nil {
			return err
		}
	}
	return c.dropBodies()
}

// Endpoints returns all endpoints in alphabetical order. A *DamagedError stands
// for one whose settings are not those that were kept; the rest is returned
// with it.
func (s *Store) Endpoints(ctx context.Context) ([]*Endpoint, error) {
	rows, err := s.rowsOf(ctx, endpointWidth, "SELECT "+endpointColumns+" FROM endpoints ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	var all []*Endpoint
	var errs []error
	for _, v := range rows {
		if e, err := readEndpoint(v); err != nil {
			errs = append(errs, err)
		} else {
			all = append(all, e)
		}
	}
	return all, errors.Join(errs...)
}

// Endpoint returns the endpoint of a name, in any case. The error is an
// *UnknownEndpointError, or a *DamagedError.
func (s *Store) Endpoint(ctx context.Context, name string) (*Endpoint, error) {
	rows, err := s.rowsOf(ctx, endpointWidth, "SELECT "+endpointColumns+" FROM endpoints WHERE name = ?", folded(name))
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", name, err)
	}
	if len(rows) > 0 {
		return readEndpoint(rows[0])
	}
	names, err := s.rowsOf(ctx, 1, "SELECT name FROM endpoints ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", name, err)
	}
	return nil, unknownEndpoint(name, names)
}

func unknownEndpoint(name string, rows [][]any) error {
	e := &UnknownEndpointError{Name: name}
	for _, v := range rows {
		known, _ := v[0].(string)
		e.Known = append(e.Known, known)
	}
	return e
}

// folded is a name as it is compared.
func folded(name string) string { return strings.ToLower(name) }

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// change runs do in a transaction of the writer's.
func (s *Store) change(ctx context.Context, what string, do func(*conn) error) error {
	if s.writer == nil {
		return errReadOnly
	}
	var refused error // by do, as opposed to the database
	err := s.writer.task(ctx, func(c *conn) error {
		refused = nil
		err := c.transaction(func() error {
			err := do(c)
			if err != nil && code(err) == 0 {
				refused = err
			}
			return err
		})
		if refused != nil {
			return nil // the connection is as good as before
		}
		return err
	})
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// rowsOf reads all rows of a query of endpoints. A store of before there were
// any has none.
func (s *Store) rowsOf(ctx context.Context, width int, text string, values ...any) (all [][]any, err error) {
	rows, err := s.read.query(ctx, text, values...)
	if err != nil {
		if code(err) == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table: endpoint") {
			return nil, nil
		}
		return nil, s.named(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, at := make([]any, width), make([]any, width)
		for i := range v {
			at[i] = &v[i]
		}
		if err := rows.Scan(at...); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, s.named(rows.Err())
}

// all reads the rows of a query.
func (c *conn) all(text string, values ...driver.Value) (rows [][]any, err error) {
	err = c.query(func(row []driver.Value) error {
		v := make([]any, len(row))
		for i := range row {
			v[i] = row[i]
			if b, ok := row[i].([]byte); ok {
				v[i] = slices.Clone(b)
			}
		}
		rows = append(rows, v)
		return nil
	}, text, values...)
	return rows, err
}

func (c *conn) endpoint(name string) (*Endpoint, error) {
	rows, err := c.all("SELECT "+endpointColumns+" FROM endpoints WHERE name = ?", folded(name))
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		return readEndpoint(rows[0])
	}
	names, err := c.all("SELECT name FROM endpoints ORDER BY name")
	if err != nil {
		return nil, err
	}
	return nil, unknownEndpoint(name, names)
}

// nameFree refuses a name that another endpoint than own has.
func (c *conn) nameFree(name string, own int64) error {
	rows, err := c.all("SELECT "+endpointColumns+" FROM endpoints WHERE name = ? AND id <> ?", folded(name), own)
	if err != nil || len(rows) == 0 {
		return err
	}
	taken := &EndpointExistsError{Name: name}
	if e, err := readEndpoint(rows[0]); err == nil {
		taken.Name = e.Name
	}
	return taken
}

// insert is exec for a row whose id is wanted.
func (c *conn) insert(text string, values ...driver.Value) (int64, error) {
	if _, err := c.exec(text, values...); err != nil {
		return 0, err
	}
	return c.number("SELECT last_insert_rowid()")
}

func (c *conn) writeSettings(e *Endpoint) error {
	data := appendSettings(nil, &e.Settings)
	sum := sealed(crc32.Checksum(data, castagnoli()), e.row)
	_, err := c.exec("UPDATE endpoints SET sum = ?, data = ? WHERE id = ?", int64(sum), data, e.row)
	return err
}
