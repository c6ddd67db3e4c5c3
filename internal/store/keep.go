package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/whk-cli/whk/internal/webhook"
)

// errReadOnly is returned for writes to a store that was opened for reading.
var errReadOnly = errors.New("store is open for reading only")

// heads are the buffers in which records are encoded.
var heads = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled is the largest buffer that is kept for the next record.
const maxPooled = 64 << 10

// overhead is about what a record has besides its body.
const overhead = 1 << 10

// Keep writes d to the disk, syncs it, and sets d.ID; a zero d.ReceivedAt
// becomes now. d is not kept after the return and not changed otherwise; its
// Forwards, and what its Response says of a script, are kept with it.
//
// The ids of one store are unique and ascend, whatever the clock does and
// however many processes write. ctx ends the wait for a place in the queue
// only: a delivery that has one is written. After an error d counts as not
// kept, and the store goes on: the next Keep tries again.
func (s *Store) Keep(ctx context.Context, d *webhook.Delivery) error {
	_, err := s.KeepFor(ctx, d, nil)
	return err
}

// KeepFor is Keep for a delivery that is to be forwarded along routes: it is
// pending for each of them as soon as it is kept. The result has the keys, in
// the order of the routes.
func (s *Store) KeepFor(ctx context.Context, d *webhook.Delivery, routes []int64) (keys []int64, err error) {
	if s.writer == nil {
		return nil, errReadOnly
	}
	if d.ReceivedAt.IsZero() {
		d.ReceivedAt = s.now().UTC()
	}
	if len(routes) > 0 {
		keys = make([]int64, len(routes))
	}
	id, err := s.keep(ctx, d, routes, keys)
	if errors.Is(err, errBodyGone) {
		id, err = s.keep(ctx, d, routes, keys) // once more, with a new file
	}
	if err != nil {
		id = 0 // it may have had one
	}
	if s.seen != nil {
		s.seen.settle(d, id, refused(d.Response))
	}
	if err != nil {
		return nil, fmt.Errorf("keep delivery: %w", err)
	}
	d.ID = formatID(id)
	if d.Response.Played != "" {
		if err := s.SetResponse(ctx, d.ID, d.Response); err != nil {
			return keys, err
		}
	}
	for _, f := range d.Forwards {
		if err := s.AddForward(ctx, d.ID, f); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

// refused reports whether the sender is asked to try again, or there is none.
func refused(r webhook.Response) bool { return r.Status != 0 && r.Status/100 != 2 }

func (s *Store) keep(ctx context.Context, d *webhook.Delivery, routes, keys []int64) (_ int64, err error) {
	file := ""
	if len(d.Body) > s.bodyFile {
		if file, err = s.bodies.write(d.Body); err != nil {
			return 0, err
		}
	}
	taken, err := s.writer.budget.take(ctx, overhead+min(len(d.Body), s.bodyFile))
	if err != nil {
		return 0, err
	}
	defer s.writer.budget.give(taken)
	buf := heads.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= maxPooled {
			heads.Put(buf)
		}
	}()
	r, err := newRecord(d, file, *buf)
	if err != nil {
		return 0, err
	}
	*buf = r.data
	o := ops.Get().(*op)
	o.space = r
	o.record, o.routes, o.keys, o.outcome, o.passed, o.err = &o.space, routes, keys, nil, nil, nil
	err = s.writer.do(ctx, o)
	id := o.space.id
	o.space, o.routes, o.keys = record{}, nil, nil
	ops.Put(o)
	if err != nil && file != "" && !unsynced(err) {
		err = errors.Join(err, s.bodies.remove(file))
	}
	return id, err
}

// AddForward appends what a target answered to a kept delivery. It returns
// after the sync; the error is ErrNotFound when the delivery has been pruned.
func (s *Store) AddForward(ctx context.Context, id string, f webhook.Forward) error {
	return s.addOutcome(ctx, id, func(n int64) outcome { return newForward(n, f) })
}

// SetResponse replaces what a kept delivery says of the answer to its sender,
// for an answer that was made only afterwards. It returns after the sync.
func (s *Store) SetResponse(ctx context.Context, id string, r webhook.Response) error {
	return s.addOutcome(ctx, id, func(n int64) outcome { return newResponse(n, r) })
}

func (s *Store) addOutcome(ctx context.Context, id string, make func(int64) outcome) error {
	if s.writer == nil {
		return errReadOnly
	}
	n, ok := parseID(id)
	if !ok {
		return fmt.Errorf("delivery %q: %w", id, ErrNotFound)
	}
	out := make(n)
	o := ops.Get().(*op)
	o.record, o.routes, o.keys, o.outcome, o.passed, o.err = nil, nil, nil, &out, nil, nil
	err := s.writer.do(ctx, o)
	ops.Put(o)
	if err != nil {
		return fmt.Errorf("delivery %s: %w", id, err)
	}
	return nil
}
