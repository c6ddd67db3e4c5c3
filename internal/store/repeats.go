package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// repeatPatience is how long the second of two deliveries waits to hear what
// became of the first.
const repeatPatience = 15 * time.Second

// Repeats returns the id of the delivery that d repeats: the first one of the
// same provider with the same message id, received within Options.Remember of
// d. If there is none, d is the first from then on, provided that Keep keeps
// it. A delivery without a message id repeats nothing. Only what was found
// authentic is to be asked for, so that no stranger can use a message id up.
// The newest 16,384 of them are remembered, also those that were kept before
// the start, and by other processes that use the store.
func (s *Store) Repeats(ctx context.Context, d *webhook.Delivery) (id string, repeated bool) {
	if s.seen == nil || d.MessageID == "" {
		return "", false
	}
	s.lookAround(ctx)
	first, wait := s.seen.claim(d)
	if wait != nil {
		first = s.await(d, wait)
	}
	if first == 0 {
		return "", false
	}
	return formatID(first), true
}

// await waits for what becomes of a delivery with d's message id that is being
// kept, and returns the id of the one that d repeats; 0 is none.
func (s *Store) await(d *webhook.Delivery, wait <-chan struct{}) (first int64) {
	limit := time.NewTimer(repeatPatience)
	defer limit.Stop()
	for wait != nil {
		select {
		case <-wait:
			first, wait = s.seen.claim(d)
		case <-limit.C:
			s.seen.takeOver(d)
			return 0
		}
	}
	return first
}

// Forget makes the message id of a kept delivery count as not seen: its sender
// was told to send it again.
func (s *Store) Forget(d *webhook.Delivery) {
	if s.seen != nil && d.MessageID != "" {
		s.seen.forget(d)
	}
}

const selectSeen = `SELECT id, received_at, provider, message_id FROM deliveries
	WHERE id > ? AND verdict = 1 AND message_id <> '' ORDER BY id DESC LIMIT ?`

// lookAround takes in what others have written, unless this process has just
// written something itself. What cannot be read stays unknown; keeping will say
// why.
func (s *Store) lookAround(ctx context.Context) {
	now := time.Now()
	after, look := s.seen.behind(now)
	if !look {
		return
	}
	rows, err := s.read.query(ctx, selectSeen, after, maxSeen)
	if err != nil {
		s.named(err) //nolint:errcheck // it notes damage
		return
	}
	defer rows.Close()
	last := after
	var found []arrival
	for rows.Next() {
		var a arrival
		if rows.Scan(&a.id, &a.at, &a.provider, &a.message) != nil {
			continue // damaged
		}
		found, last = append(found, a), max(last, a.id)
	}
	slices.Reverse(found)
	s.seen.takeIn(found, last, now)
}

// meet takes in what others have written up to last, before this process writes
// what follows.
func (w *writer) meet(last int64) error {
	if w.seen == nil {
		return nil
	}
	now := time.Now()
	after, _ := w.seen.behind(now)
	if after >= last {
		return nil
	}
	var found []arrival
	err := w.db.query(func(row []driver.Value) error {
		c := cells{ok: true}
		a := arrival{c.number(row[0]), c.number(row[1]), c.text(row[2]), c.text(row[3])}
		if c.ok {
			found = append(found, a)
		}
		return nil
	}, selectSeen, after, int64(maxSeen))
	if err != nil {
		return err
	}
	slices.Reverse(found)
	w.seen.takeIn(found, last, now)
	return nil
}

// remembered is where the memory of a store that is opened now begins: after
// everything that is too old to matter.
func (s *seen) remembered(now time.Time) int64 { return firstID(now.Add(-s.within)) - 1 }
