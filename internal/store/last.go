package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
)

// last is the highest id that a connection gave, and the version of the database in
// which it did: none is higher until another connection writes.
type last struct {
	id      int64 // 0 when it gave none
	version uint32
}

const selectLast = "SELECT max(ifnull((SELECT max(id) FROM deliveries), 0), (SELECT id FROM last_id))"

// lastID returns the highest id that was ever given. It is called in a transaction
// that writes, during which nobody else gives one.
func (c *conn) lastID() (int64, error) {
	files, ok := c.raw.(sqlite.FileControl)
	if !ok {
		return 0, errors.New("the database driver does not tell the version of the data")
	}
	version, err := files.FileControlDataVersion("main")
	if err != nil {
		return 0, err
	}
	if c.last.id == 0 || c.last.version != version {
		c.last = last{version: version}
		return c.number(selectLast)
	}
	return c.last.id, nil
}

// nextID returns the id of the next delivery: above all that were ever given.
func (w *writer) nextID() (int64, error) {
	last, err := w.db.lastID()
	if err != nil {
		return 0, err
	}
	if err := w.meet(last); err != nil {
		return 0, err
	}
	var random [4]byte
	if _, err := io.ReadFull(w.random, random[:]); err != nil {
		return 0, fmt.Errorf("random bits for an id: %w", err)
	}
	low := int64(binary.LittleEndian.Uint32(random[:])) & (1<<idLow - 1)
	return max(firstID(w.now())|low, last+1), nil
}
