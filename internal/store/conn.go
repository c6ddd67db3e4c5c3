package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// conn is one connection to the database, reached past database/sql: its
// bookkeeping costs a tenth of what a capture costs. Not safe for concurrent
// use.
type conn struct {
	ctx   context.Context // never done: what was begun is finished
	raw   driver.Conn
	stmts map[string]stmt
	args  []driver.NamedValue

	values []driver.Value // of one insertion
	last   last
}

// stmt is what a prepared statement of the driver can do.
type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// address is the database's URI. Only that form keeps a path with a question
// mark or a percent sign whole.
func address(path, query string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive's letter
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query}
	return u.String()
}

// dial opens a connection for writing. The file must be there already: SQLite
// would make it with a mode of its own.
func dial(ctx context.Context, path string) (*conn, error) {
	files, err := fileSystem()
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(address(path, "mode=rw"+files))
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{ctx: ctx, raw: raw, stmts: map[string]stmt{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

// prepare returns the statement of a text, made once.
func (c *conn) prepare(text string) (stmt, error) {
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	prepared, err := c.raw.Prepare(text)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(stmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the database driver's %T lacks methods", prepared), prepared.Close())
	}
	c.stmts[text] = s
	return s, nil
}

// exec runs one statement and returns how many rows it changed. Values are
// int64, string, []byte or nil.
func (c *conn) exec(text string, values ...driver.Value) (int64, error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(c.ctx, c.named(values))
	clear(c.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs one statement and hands each row to row, whose slice is used again
// for the next.
func (c *conn) query(row func([]driver.Value) error, text string, values ...driver.Value) (err error) {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(c.ctx, c.named(values))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(dest); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := row(dest); err != nil {
			return err
		}
	}
}

// number runs a query whose answer is one number.
func (c *conn) number(text string, values ...driver.Value) (int64, error) {
	var n int64
	err := c.query(func(row []driver.Value) error {
		n, _ = row[0].(int64)
		return nil
	}, text, values...)
	return n, err
}

func (c *conn) named(values []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, v := range values {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args
}

// transaction runs do between BEGIN IMMEDIATE and COMMIT.
func (c *conn) transaction(do func() error) error {
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		if _, err = c.exec("COMMIT"); err == nil {
			return nil
		}
	}
	c.exec("ROLLBACK") //nolint:errcheck // SQLite may have done it already; the first error is the one that counts
	return err
}
