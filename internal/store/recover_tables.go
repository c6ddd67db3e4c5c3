package store

import (
	"database/sql/driver"
	"encoding/binary"
	"slices"
	"strings"
)

// scanned are the tables whose rows are found wherever they are.
var scanned = []string{"deliveries", "outcomes", "last_id"}

// copyTables copies all other tables as far as their trees can be followed, and
// returns the names of those that may be incomplete. The content of a row is
// checked by its readers.
func (s *scan) copyTables(to *conn) (broken []string, err error) {
	roots, ok := s.roots()
	tables, err := to.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name = 'sqlite_sequence', name")
	if err != nil {
		return nil, err
	}
	for _, row := range tables {
		name, _ := row[0].(string)
		if slices.Contains(scanned, name) {
			continue
		}
		whole := ok
		if root := roots[name]; root != 0 { // an older database has fewer tables
			if whole, err = s.copyTable(to, name, root); err != nil {
				return nil, err
			}
		}
		if !whole {
			broken = append(broken, name)
		}
	}
	return broken, nil
}

// roots returns the first page of each table. Not ok is a schema that cannot be
// read whole. https://www.sqlite.org/schematab.html
func (s *scan) roots() (roots map[string]uint32, ok bool) {
	roots = map[string]uint32{}
	ok = s.walk(1, func(_ int64, v []any) {
		if len(v) != 5 || v[0] != "table" {
			return
		}
		var c cells
		roots[c.text(v[1])] = uint32(c.number(v[3]))
	})
	return roots, ok && len(roots) > 0
}

// walk gives the rows of a tree in order, and reports whether all could be read.
func (s *scan) walk(root uint32, row func(id int64, v []any)) (whole bool) {
	seen := map[uint32]bool{}
	var visit func(uint32) bool
	visit = func(n uint32) bool {
		page := make([]byte, pageSize)
		if seen[n] || s.pages.read(n, page) != nil {
			return false
		}
		seen[n] = true
		head := 0
		if n == 1 {
			head = 100
		}
		whole := true
		switch page[head] {
		case tableLeaf:
			for _, start := range leafCells(page, n) {
				id, content, err := s.pages.tableRow(page, start)
				v, e := values(content)
				if err != nil || e != nil {
					whole = false
					continue
				}
				row(id, v)
			}
			return whole
		case tableInner:
			for _, start := range innerCells(page, n) {
				whole = visit(start) && whole
			}
			return whole
		}
		return false
	}
	return visit(root)
}

// innerCells returns the pages below an inner one, in order.
func innerCells(page []byte, n uint32) []uint32 {
	head := 0
	if n == 1 {
		head = 100
	}
	count := int(binary.BigEndian.Uint16(page[head+3:]))
	var below []uint32
	for i := range min(count, (pageSize-head-12)/2) {
		at := int(binary.BigEndian.Uint16(page[head+12+2*i:]))
		if at+4 <= pageSize {
			below = append(below, binary.BigEndian.Uint32(page[at:]))
		}
	}
	return append(below, binary.BigEndian.Uint32(page[head+8:]))
}

// copyTable copies the rows of one table. A row that the new one does not take
// is missing like one that cannot be read.
func (s *scan) copyTable(to *conn, name string, root uint32) (whole bool, err error) {
	if name == "sqlite_sequence" { // what the other tables have just made of it
		if _, err := to.exec("DELETE FROM sqlite_sequence"); err != nil {
			return false, err
		}
	}
	columns, own, err := to.columns(name)
	if err != nil {
		return false, err
	}
	refused := false
	err = to.transaction(func() error {
		whole = s.walk(root, func(id int64, v []any) {
			if len(v) > len(columns) {
				refused = true
				return
			}
			list := []driver.Value{id}
			for i := range v {
				if i == own {
					v[i] = id
				}
				list = append(list, v[i])
			}
			text := "INSERT INTO " + name + " (rowid, " + strings.Join(columns[:len(v)], ", ") + ") VALUES (?" + strings.Repeat(", ?", len(v)) + ")"
			if _, err := to.exec(text, list...); err != nil {
				refused = true
			}
		})
		return nil
	})
	return whole && !refused, err
}

// columns returns the names of a table's columns, and which of them stands for
// the row's id; -1 for none.
func (c *conn) columns(table string) (names []string, own int, err error) {
	rows, err := c.all("SELECT name, type = 'INTEGER' AND pk = 1 FROM pragma_table_info(?) ORDER BY cid", table)
	own = -1
	for i, row := range rows {
		name, _ := row[0].(string)
		names = append(names, name)
		if row[1] == int64(1) {
			own = i
		}
	}
	return names, own, err
}
