package store

import (
	"context"
	"time"
)

// plan is what is left to remove.
type plan struct {
	old    time.Time // what is older goes; zero: nothing for its age
	young  time.Time // what is younger stays
	count  int64     // how many are too many
	excess int64     // how many bytes are too many
	ended  bool      // the rest is younger than all limits

	pending map[int64]int // forwards, of each delivery that has some
	waiting int           // deliveries that are too many, and stay until they are forwarded
}

func (s *Store) plan(ctx context.Context, limits Limits) (*plan, error) {
	now := s.trusted()
	p := &plan{young: now.Add(-limits.Spare)}
	if limits.Spare <= 0 {
		p.young = time.Unix(0, idMax)
	}
	if limits.Age > 0 {
		p.old = now.Add(-limits.Age)
	}
	if limits.Count > 0 {
		n, err := s.number(ctx, "SELECT count(*) FROM deliveries")
		if err != nil {
			return nil, err
		}
		p.count = n - int64(limits.Count)
	}
	if limits.Bytes > 0 {
		n, err := s.Size(ctx)
		if err != nil {
			return nil, err
		}
		p.excess = n - limits.Bytes
	}
	if p.done() {
		return p, nil
	}
	var err error
	p.pending, err = s.pendingOf(ctx)
	return p, err
}

// pendingOf counts the forwards that are pending, by delivery.
func (s *Store) pendingOf(ctx context.Context) (map[int64]int, error) {
	rows, err := s.rowsOf(ctx, 2, "SELECT delivery, count(*) FROM forwards GROUP BY delivery")
	if err != nil {
		return nil, err
	}
	pending := make(map[int64]int, len(rows))
	for _, v := range rows {
		var c cells
		pending[c.number(v[0])] = int(c.number(v[1]))
	}
	return pending, nil
}

func (p *plan) done() bool {
	return p.ended || p.old.IsZero() && p.count <= 0 && p.excess <= 0
}

// choose returns those of the next oldest that are removed. One that is over
// the count alone, and still to be forwarded, waits for that; the limits of age
// and size end its waiting.
func (p *plan) choose(found []candidate) (chosen []candidate) {
	for _, c := range found {
		at := c.time()
		over := p.count > 0 || p.excess > 0
		switch {
		case at.Before(p.young) && p.count > 0 && p.excess <= 0 && !at.Before(p.old) && p.pending[c.id] > 0:
			p.count--
			p.waiting++
		case at.Before(p.young) && (over || at.Before(p.old)):
			p.count--
			p.excess -= c.bytes
			chosen = append(chosen, c)
		case !idTime(c.id).Before(p.young), !over && !idTime(c.id).Before(p.old):
			p.ended = true // an id's time never falls: what follows is no older
			return chosen
		}
	}
	return chosen
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// time is the younger of the two readings of a record's time.
func (c *candidate) time() time.Time {
	return later(time.Unix(0, c.receivedAt), idTime(c.id))
}
