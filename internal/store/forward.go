package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Pending is a delivery that is still to be forwarded to one target. It is kept
// in the same transaction as the delivery, so that no acknowledged one is
// forgotten.
type Pending struct {
	Key      int64     // unique among those that are pending
	Delivery string    // its id
	Due      time.Time // of the next attempt; zero is at once
	Attempts int       // that were made
	Failures int       // of these, those that count
}

// Passed is the result of one attempt to forward a delivery.
type Passed struct {
	Pending
	Outcome *webhook.Forward // kept with the delivery; nil when there is nothing to say
	Again   bool             // there will be another attempt; else it is pending no more
}

// Route is a target of a listener.
type Route struct {
	ID            int64
	Owner, Target string
	Pending       int // deliveries that are still to be forwarded
}

// Pass keeps the results of attempts, all or none. Those of pruned deliveries
// are dropped.
func (s *Store) Pass(ctx context.Context, passed []Passed) error {
	if s.writer == nil {
		return errReadOnly
	}
	return s.writer.do(ctx, &op{passed: passed, done: make(chan struct{}, 1)})
}

// Pending returns what is pending on a route, in the order in which it was kept.
func (s *Store) Pending(ctx context.Context, route int64) (list []Pending, err error) {
	rows, err := s.read.query(ctx, "SELECT seq, delivery, due, attempts, failures FROM forwards WHERE route = ? ORDER BY seq", route)
	if err != nil {
		return nil, s.named(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p Pending
		var delivery, due int64
		if err := rows.Scan(&p.Key, &delivery, &due, &p.Attempts, &p.Failures); err != nil {
			return nil, err
		}
		p.Delivery = formatID(delivery)
		if due != 0 {
			p.Due = time.Unix(0, due)
		}
		list = append(list, p)
	}
	return list, s.named(rows.Err())
}

// Route returns the id of a listener's route to a target, and makes it when there
// is none.
func (s *Store) Route(ctx context.Context, owner, target string) (id int64, err error) {
	err = s.change(ctx, "keep route", func(c *conn) error {
		if _, err := c.exec("INSERT OR IGNORE INTO forward_routes (owner, target) VALUES (?, ?)", owner, target); err != nil {
			return err
		}
		id, err = c.number("SELECT id FROM forward_routes WHERE owner = ? AND target = ?", owner, target)
		return err
	})
	return id, err
}

// Routes returns all routes on which something is pending.
func (s *Store) Routes(ctx context.Context) ([]Route, error) {
	rows, err := s.rowsOf(ctx, 4, `SELECT r.id, r.owner, r.target, count(*) FROM forward_routes r
		JOIN forwards f ON f.route = r.id GROUP BY r.id ORDER BY r.id`)
	var list []Route
	for _, v := range rows {
		var c cells
		list = append(list, Route{ID: c.number(v[0]), Owner: c.text(v[1]), Target: c.text(v[2]), Pending: int(c.number(v[3]))})
	}
	return list, err
}

// Reroute makes what is pending on one route pending on another.
func (s *Store) Reroute(ctx context.Context, from, to int64) error {
	return s.change(ctx, "change route", func(c *conn) error {
		_, err := c.exec("UPDATE forwards SET route = ? WHERE route = ?", to, from)
		return err
	})
}

// queue makes the deliveries of a batch pending.
func (c *conn) queue(batch []*op) error {
	var values []driver.Value
	next := int64(0)
	for _, o := range batch {
		if o.record == nil || o.err != nil {
			continue
		}
		for i, route := range o.routes {
			if next == 0 {
				last, err := c.number("SELECT ifnull(max(seq), 0) FROM forwards")
				if err != nil {
					return err
				}
				next = last + 1
			}
			o.keys[i] = next
			values = append(values, next, o.record.id, route)
			next++
		}
	}
	for _, rows := range []int{64, 16, 4, 1} {
		for len(values) >= 3*rows {
			if _, err := c.exec("INSERT INTO forwards (seq, delivery, route) VALUES (?, ?, ?)"+strings.Repeat(", (?, ?, ?)", rows-1), values[:3*rows]...); err != nil {
				return err
			}
			values = values[3*rows:]
		}
	}
	return nil
}

// pass writes the results of attempts.
func (c *conn) pass(passed []Passed) error {
	for _, p := range passed {
		delivery, _ := parseID(p.Delivery)
		if p.Outcome != nil {
			o := newForward(delivery, *p.Outcome)
			if _, err := c.appendOutcome(&o); err != nil { // that it has been pruned is no error
				return err
			}
		}
		var err error
		if p.Again {
			_, err = c.exec("UPDATE forwards SET due = ?, attempts = ?, failures = ? WHERE seq = ? AND delivery = ?",
				p.Due.UnixNano(), int64(p.Attempts), int64(p.Failures), p.Key, delivery)
		} else {
			_, err = c.exec("DELETE FROM forwards WHERE seq = ? AND delivery = ?", p.Key, delivery)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetGone removes the pending forwards of deliveries that are gone.
func (c *conn) forgetGone() error {
	_, err := c.exec("DELETE FROM forwards WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE id = forwards.delivery)")
	return err
}
