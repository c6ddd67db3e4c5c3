package store

import (
	"context"
	"database/sql"
	"sync"

	"modernc.org/sqlite"
)

// reads are the connections that read. The database that they have open may be
// replaced.
type reads struct {
	path string
	how  string       // of the address, besides what all have
	mu   sync.RWMutex // held for writing to change what follows
	db   *sql.DB
	done bool // db is closed and stays so
}

func openReads(path, how string) (*reads, error) {
	r := &reads{path: path, how: how}
	var err error
	r.db, err = r.open()
	return r, err
}

func (r *reads) open() (*sql.DB, error) {
	connector, err := sqlite.NewConnector(address(r.path, "mode=ro&_pragma=busy_timeout(10000)&_pragma=cache_size(-4096)&"+r.how))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, nil
}

// moved makes later reads open the file that has the name now.
func (r *reads) moved() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return
	}
	if db, err := r.open(); err == nil {
		r.db.Close() //nolint:errcheck // it only read
		r.db = db
	}
}

func (r *reads) query(ctx context.Context, text string, values ...any) (*sql.Rows, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.db.QueryContext(ctx, text, values...)
}

func (r *reads) queryRow(ctx context.Context, text string, values ...any) *sql.Row {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.db.QueryRowContext(ctx, text, values...)
}

func (r *reads) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = true
	return r.db.Close()
}
