package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// chunkRows is how many rows of a listing are read at once.
const chunkRows = 64

// List returns the deliveries that q selects, one after the other, in the order
// of their capture. It has a few of them in memory at a time and holds no lock
// between them, so that a slow consumer does not hinder a writer.
//
// A *DamagedError stands for a record that cannot be shown, and the listing goes
// on; any other error is its end.
func (s *Store) List(ctx context.Context, q Query) iter.Seq2[*webhook.Delivery, error] {
	return func(yield func(*webhook.Delivery, error) bool) {
		left := q.Limit
		for r, err := range s.rows(ctx, q) {
			var d *webhook.Delivery
			if err == nil {
				d, err = s.complete(ctx, r.record, r.outcomes)
			}
			switch {
			case errors.Is(err, ErrNotFound): // pruned meanwhile
				continue
			case err == nil && !bytes.Contains(d.Body, q.Text):
				continue
			}
			if !yield(d, err) {
				return
			}
			if damaged := new(DamagedError); err != nil && !errors.As(err, &damaged) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// rows yields the rows of q in chunks, each read by a query of its own that
// continues behind the last.
func (s *Store) rows(ctx context.Context, q Query) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		text, values, err := s.listText(ctx, q)
		if err != nil {
			yield(row{}, err)
			return
		}
		limit := chunkRows
		if q.Limit > 0 && len(q.Text) == 0 {
			limit = min(limit, q.Limit)
		}
		place := int64(idMax)
		if q.OldestFirst {
			place = -1
		}
		for {
			chunk, err := s.chunk(ctx, text, limit, append([]any{place}, values...))
			if err != nil {
				yield(row{}, fmt.Errorf("list deliveries: %w", err))
				return
			}
			if len(chunk) == 0 {
				return
			}
			for _, one := range chunk {
				if !yield(one, one.err) {
					return
				}
			}
			next := chunk[len(chunk)-1].record.id
			if next == place || next > place != q.OldestFirst {
				yield(row{}, fmt.Errorf("list deliveries: %w", s.disordered()))
				return
			}
			place = next
		}
	}
}

func (s *Store) chunk(ctx context.Context, text string, limit int, values []any) ([]row, error) {
	rows, err := s.read.query(ctx, text, append(values, limit)...)
	if err != nil {
		return nil, s.named(err)
	}
	found, err := readRows(rows, limit)
	if err != nil {
		return nil, s.named(err)
	}
	return found, s.addOutcomes(ctx, found)
}

// addOutcomes reads those of a whole chunk at once.
func (s *Store) addOutcomes(ctx context.Context, chunk []row) error {
	if len(chunk) == 0 {
		return nil
	}
	ids := make([]int64, len(chunk))
	for i, one := range chunk {
		ids[i] = one.record.id
	}
	all, err := s.outcomes(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range chunk {
		chunk[i].outcomes = all[chunk[i].record.id]
	}
	return nil
}

// listText returns a query's SQL. Its first value is the place to go on from,
// its last the number of rows.
func (s *Store) listText(ctx context.Context, q Query) (string, []any, error) {
	conditions, values := q.where()
	if !q.Since.IsZero() {
		low, err := s.firstSince(ctx, q)
		if err != nil {
			return "", nil, err
		}
		conditions, values = append(conditions, "id >= ?"), append(values, low)
	}
	compare, order := "id < ?", "DESC"
	if q.OldestFirst {
		compare, order = "id > ?", "ASC"
	}
	conditions = append([]string{compare}, conditions...)
	return "SELECT " + columns + " FROM deliveries WHERE " + strings.Join(conditions, " AND ") +
		" ORDER BY id " + order + " LIMIT ?", values, nil
}

// firstSince returns an id below which nothing was received since q.Since. An
// id's time is that of the writing, so it lies behind the receipt's but for
// records from another clock, whose greatest lead the store remembers.
func (s *Store) firstSince(ctx context.Context, q Query) (int64, error) {
	var lead int64
	if err := s.read.queryRow(ctx, "SELECT lead FROM last_id").Scan(&lead); err != nil {
		return 0, fmt.Errorf("list deliveries: %w", s.named(err))
	}
	return max(firstID(q.Since)-lead<<idLow, 0), nil
}

// disordered is the error for ids that are not in order: going on from one of
// them might never end.
func (s *Store) disordered() error {
	return s.named(&CorruptError{Path: s.path, Err: errors.New("its records are out of order")})
}
