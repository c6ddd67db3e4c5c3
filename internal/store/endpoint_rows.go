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

// change runs do in a transaction of the writer.
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

// rowsOf reads all rows of a query of endpoints or forwards. A store from
// before those existed has none.
func (s *Store) rowsOf(ctx context.Context, width int, text string, values ...any) (all [][]any, err error) {
	rows, err := s.read.query(ctx, text, values...)
	if err != nil {
		if code(err) == sqlite3.SQLITE_ERROR && (strings.Contains(err.Error(), "no such table: endpoint") || strings.Contains(err.Error(), "no such table: forwards")) {
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
