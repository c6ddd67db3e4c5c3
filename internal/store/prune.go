package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits say what Prune removes, always oldest first. A zero limit removes
// nothing.
type Limits struct {
	Age   time.Duration // what is older
	Count int           // what is beyond the newest Count, and not waiting to be forwarded
	Bytes int64         // the oldest, while all together are larger

	Spare  time.Duration // never what is younger, whatever the limits say
	DryRun bool          // tell, and remove nothing
}

// Pruned is what Prune removed, or with DryRun would remove.
type Pruned struct {
	Deliveries int
	Bytes      int64 // of their records and bodies
	Forwards   int   // that were pending for them, and were never made
	Waiting    int   // deliveries beyond Count that stay, since forwards of them are pending
}

// orphanAge is how old a body's file without a record must be to be removed.
const orphanAge = time.Hour

// pruneRows is how many records one transaction removes: captures wait for no
// more than that.
const pruneRows = 256

// Prune removes what is over the limits and, unless DryRun is set, the files
// that a crash left. Others may write and read at the same time.
//
// A delivery's age is counted from when it was received or written, whichever
// is later, and grows only with the time that has really passed since this
// store was opened. So a clock that jumps removes nothing early.
func (s *Store) Prune(ctx context.Context, limits Limits) (Pruned, error) {
	if s.writer == nil && !limits.DryRun {
		return Pruned{}, errReadOnly
	}
	if !limits.DryRun && s.writer.suspected() {
		if err := s.writer.task(ctx, func(*conn) error { return s.writer.check() }); err != nil {
			return Pruned{}, fmt.Errorf("prune: %w", err)
		}
	}
	total, err := s.prune(ctx, limits)
	if err == nil && !limits.DryRun {
		err = s.collect(ctx)
	}
	if err != nil {
		return total, fmt.Errorf("prune: %w", err)
	}
	return total, nil
}

// candidate is what Prune needs to know of a record.
type candidate struct {
	id, receivedAt, bytes int64
	file                  string
}

func (s *Store) prune(ctx context.Context, limits Limits) (Pruned, error) {
	p, err := s.plan(ctx, limits)
	if err != nil {
		return Pruned{}, err
	}
	var total Pruned
	for place := int64(-1); !p.done(); {
		found, err := s.candidates(ctx, place)
		if err != nil || len(found) == 0 {
			return total, err
		}
		next := found[len(found)-1].id
		if next <= place {
			return total, s.disordered()
		}
		place = next
		chosen := p.choose(found)
		if !limits.DryRun {
			if err := s.removeAll(ctx, chosen); err != nil {
				return total, err
			}
		}
		for _, c := range chosen {
			total.Deliveries++
			total.Bytes += c.bytes
			total.Forwards += p.pending[c.id]
		}
		total.Waiting = p.waiting
	}
	return total, nil
}

// Size returns about how many bytes the deliveries take on the disk. Space that
// Prune has freed and new ones will take is not among them, nor is what belongs
// to endpoints.
func (s *Store) Size(ctx context.Context) (int64, error) {
	n, err := s.number(ctx, `SELECT (page_count - freelist_count) * page_size
		+ ifnull((SELECT sum(size) FROM deliveries WHERE file IS NOT NULL), 0)
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
	if err != nil {
		return 0, err
	}
	apart, err := s.endpointBytes(ctx)
	return max(n-apart, 0), err
}

func (s *Store) number(ctx context.Context, text string) (n int64, err error) {
	err = s.read.queryRow(ctx, text).Scan(&n)
	return n, s.named(err)
}

// candidates returns the next oldest records after a place.
func (s *Store) candidates(ctx context.Context, place int64) (found []candidate, err error) {
	rows, err := s.read.query(ctx, `SELECT id, received_at, size, file, length(data)
		FROM deliveries WHERE id > ? ORDER BY id LIMIT ?`, place, pruneRows)
	if err != nil {
		return nil, s.named(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v [5]any
		if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4]); err != nil {
			return nil, err
		}
		var cells cells // a damaged record goes like any other
		c := candidate{id: cells.number(v[0]), receivedAt: cells.number(v[1]), bytes: cells.number(v[4])}
		if v[3] != nil {
			c.file = cells.text(v[3])
			c.bytes += cells.number(v[2])
		}
		found = append(found, c)
	}
	return found, s.named(rows.Err())
}

// removeAll removes records, and then their bodies' files.
func (s *Store) removeAll(ctx context.Context, chosen []candidate) error {
	if len(chosen) == 0 {
		return nil
	}
	err := s.writer.task(ctx, func(c *conn) error {
		return c.transaction(func() error { return c.remove(chosen) })
	})
	if err != nil {
		return err
	}
	for _, c := range chosen {
		if c.file != "" && bodyName(c.file) {
			if err := s.bodies.remove(c.file); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *conn) remove(chosen []candidate) error {
	// The highest id stays known when its row is gone.
	if _, err := c.exec("UPDATE last_id SET id = (" + selectLast + ")"); err != nil {
		return err
	}
	for _, one := range chosen {
		if _, err := c.exec("DELETE FROM outcomes WHERE delivery = ?", one.id); err != nil {
			return err
		}
		if _, err := c.exec("DELETE FROM deliveries WHERE id = ?", one.id); err != nil {
			return err
		}
	}
	return c.forgetGone()
}

// collect removes the files that have no record. Nobody can write a record
// meanwhile, and a writer whose file it removed notices that (see
// writer.number).
func (s *Store) collect(ctx context.Context) error {
	names, err := s.bodies.old(s.trusted().Add(-orphanAge))
	if err != nil || len(names) == 0 {
		return err
	}
	return s.writer.task(ctx, func(c *conn) error {
		return c.transaction(func() error {
			for _, name := range names {
				n, err := c.number("SELECT count(*) FROM deliveries WHERE file = ?", name)
				if err != nil {
					return err
				}
				if n > 0 {
					continue
				}
				if err := s.bodies.remove(name); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
