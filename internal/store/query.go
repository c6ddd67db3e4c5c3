package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Get returns a delivery with its outcomes. The error is ErrNotFound, or a
// *DamagedError when its bytes are not those that were kept.
func (s *Store) Get(ctx context.Context, id string) (*webhook.Delivery, error) {
	n, ok := parseID(id)
	if !ok {
		return nil, fmt.Errorf("delivery %q: %w", id, ErrNotFound)
	}
	r, err := s.row(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("delivery %s: %w", id, err)
	}
	outcomes, err := s.outcomes(ctx, r.id)
	if err != nil {
		return nil, err
	}
	return s.complete(ctx, r, outcomes[r.id])
}

// Several returns deliveries with their outcomes, by id. It reads no more of them
// at once than a listing does, and leaves out what can not be read: Get says why.
func (s *Store) Several(ctx context.Context, ids ...string) (map[string]*webhook.Delivery, error) {
	var numbers []int64
	for _, id := range ids[:min(len(ids), chunkRows)] {
		if n, ok := parseID(id); ok {
			numbers = append(numbers, n)
		}
	}
	found := map[string]*webhook.Delivery{}
	if len(numbers) == 0 {
		return found, nil
	}
	chunk, err := s.chunk(ctx, "SELECT "+columns+" FROM deliveries WHERE id IN "+listed(numbers)+" ORDER BY id LIMIT ?", chunkRows, nil)
	if err != nil {
		return nil, err
	}
	size := int64(0)
	for _, one := range chunk {
		if one.err != nil || len(found) > 0 && size+one.record.size > chunkBytes {
			continue
		}
		size += one.record.size
		if d, err := s.complete(ctx, one.record, one.outcomes); err == nil {
			found[d.ID] = d
		}
	}
	return found, nil
}

// listed returns numbers as SQL wants them after IN.
func listed(numbers []int64) string {
	text := []byte{'('}
	for _, n := range numbers {
		text = append(strconv.AppendInt(text, n, 10), ',')
	}
	text[len(text)-1] = ')'
	return string(text)
}

// row returns the record of an id.
func (s *Store) row(ctx context.Context, id int64) (*record, error) {
	rows, err := s.read.query(ctx, "SELECT "+columns+" FROM deliveries WHERE id = ?", id)
	if err != nil {
		return nil, s.named(err)
	}
	found, err := readRows(rows, 1)
	if err != nil {
		return nil, s.named(err)
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	return found[0].record, found[0].err
}

// row is a record as it was read, or why it cannot be read.
type row struct {
	record   *record // its id is always set
	err      error   // a *DamagedError
	outcomes []outcome
}

// chunkBytes is about how much is read of a listing at once.
const chunkBytes = 2 << 20

// readRows reads at most limit rows, fewer when they are large, and closes rows.
func readRows(rows *sql.Rows, limit int) (found []row, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for size := 0; len(found) < limit && size < chunkBytes && rows.Next(); {
		one, err := readRow(rows)
		if err != nil {
			return nil, err
		}
		size += len(one.record.data)
		found = append(found, one)
	}
	return found, rows.Err()
}

// deliveryColumns is how many the table has.
const deliveryColumns = 10

func readRow(rows *sql.Rows) (row, error) {
	var v [deliveryColumns]any
	if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9]); err != nil {
		return row{}, err
	}
	var c cells
	return rowOf(c.number(v[0]), v[:]), nil
}

// rowOf takes the columns after the id as they are: in a damaged file one may
// have another type, and that must not end a listing.
func rowOf(id int64, v []any) row {
	c := cells{ok: true}
	r := &record{
		id: id, receivedAt: c.number(v[1]), verdict: c.number(v[2]), size: c.number(v[3]),
		sum: uint32(c.number(v[4])), provider: c.text(v[5]), event: c.text(v[6]), messageID: c.text(v[7]),
	}
	if v[8] != nil {
		r.file = c.text(v[8])
	}
	if data, ok := v[9].([]byte); ok {
		r.data = data
	} else if v[9] != nil { // the driver gives nil for an empty blob
		c.ok = false
	}
	if !c.ok {
		return row{record: r, err: r.damaged("its columns cannot be read")}
	}
	return row{record: r}
}

// cells converts columns; ok turns false at the first of another type.
type cells struct{ ok bool }

func (c *cells) number(v any) int64 {
	n, ok := v.(int64)
	c.ok = c.ok && ok
	return n
}

func (c *cells) text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	c.ok = false
	return ""
}

// complete checks a record, and adds its body's file and its outcomes.
func (s *Store) complete(ctx context.Context, r *record, outcomes []outcome) (*webhook.Delivery, error) {
	var apart []byte
	if r.file != "" {
		var err error
		if apart, err = s.bodies.read(r.file); err != nil {
			return nil, s.bodyError(ctx, r, err)
		}
	}
	d, err := r.delivery(apart)
	if err != nil {
		return nil, err
	}
	for _, o := range outcomes {
		if err := o.add(d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// bodyError tells a body that was pruned since its row was read from one that
// is lost.
func (s *Store) bodyError(ctx context.Context, r *record, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := s.row(ctx, r.id); errors.Is(err, ErrNotFound) {
			return fmt.Errorf("delivery %s: %w", formatID(r.id), ErrNotFound)
		}
	}
	return r.damaged(fmt.Sprintf("its body cannot be read: %v", err))
}

// outcomes are those of some deliveries, in their order.
func (s *Store) outcomes(ctx context.Context, ids ...int64) (of map[int64][]outcome, err error) {
	rows, err := s.read.query(ctx, "SELECT delivery, kind, sum, data FROM outcomes WHERE delivery IN "+listed(ids)+" ORDER BY seq")
	if err != nil {
		return nil, s.named(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var v [3]any
		if err := rows.Scan(&id, &v[0], &v[1], &v[2]); err != nil {
			return nil, err
		}
		if of == nil {
			of = map[int64][]outcome{}
		}
		of[id] = append(of[id], outcomeOf(id, v[:]))
	}
	return of, s.named(rows.Err())
}

// outcomeColumns is how many the table has.
const outcomeColumns = 5

// outcomeOf takes the columns after the delivery's as they are.
func outcomeOf(delivery any, v []any) outcome {
	var c cells
	return outcome{delivery: c.number(delivery), kind: c.number(v[0]), sum: uint32(c.number(v[1])), data: []byte(c.text(v[2]))}
}

// Query selects deliveries. The zero value selects all, newest first.
type Query struct {
	Provider    string           // "" any
	Events      webhook.Patterns // empty any
	Verdict     webhook.Status   // "" any
	Since       time.Time        // received then or later; zero: no bound
	Until       time.Time        // received before; zero: no bound
	Text        []byte           // bytes that the body contains, as it was received; empty any
	OldestFirst bool
	Limit       int // 0 none
}

// where returns the conditions of q and their values.
func (q *Query) where() (conditions []string, values []any) {
	add := func(condition string, v ...any) {
		conditions = append(conditions, condition)
		values = append(values, v...)
	}
	if q.Provider != "" {
		add("provider = ?", q.Provider)
	}
	if q.Verdict != "" {
		add("verdict = ?", verdictCode(q.Verdict))
	}
	if !q.Since.IsZero() {
		add("received_at >= ?", nanoseconds(q.Since))
	}
	if !q.Until.IsZero() {
		add("received_at < ?", nanoseconds(q.Until))
	}
	var wanted []string
	for _, p := range q.Events {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			add("event NOT GLOB ?", glob(not))
			continue
		}
		wanted = append(wanted, "event GLOB ?")
	}
	if len(wanted) > 0 {
		conditions = append(conditions, "("+strings.Join(wanted, " OR ")+")")
		for _, p := range q.Events {
			if !strings.HasPrefix(p, "!") {
				values = append(values, glob(p))
			}
		}
	}
	if len(q.Text) > 0 {
		add("(file IS NOT NULL OR instr(data, ?))", q.Text)
	}
	return conditions, values
}

// glob is a pattern in SQLite's form, which has character classes besides.
func glob(pattern string) string { return strings.ReplaceAll(pattern, "[", "[[]") }

// nanoseconds is the value of t in a column, also for times beyond its range.
func nanoseconds(t time.Time) int64 {
	switch y := t.UTC().Year(); {
	case y < 1678:
		return -1 << 63
	case y > 2261:
		return 1<<63 - 1
	}
	return t.UnixNano()
}
