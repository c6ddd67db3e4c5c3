package cmd

import (
	"context"

	"github.com/whk-cli/whk/internal/webhook"
)

// readAhead reads the items of a plan that are not in memory, some at a time, and
// the next ones while these are sent.
type readAhead struct {
	now    aheadChunk
	coming chan aheadChunk // nil when nothing is under way
}

// aheadChunk is what could be read of the items of a range.
type aheadChunk struct {
	to    int // the first item after the range
	found map[string]*webhook.Delivery
}

// aheadItems is how many items are read at a time, if they are not large.
const aheadItems = 64

// delivery is that of an item. One that could not be read ahead is read by
// itself, which says what is wrong.
func (r *replayer) delivery(ctx context.Context, i int) (*webhook.Delivery, error) {
	item := r.items[i]
	if item.delivery != nil {
		return item.delivery, nil
	}
	for i >= r.ahead.now.to {
		r.readOn(ctx, i)
	}
	if d := r.ahead.now.found[item.id]; d != nil {
		return d, nil
	}
	return capture(ctx, r.store, item.id)
}

// readOn goes on to the next chunk, the first of them from item i on.
func (r *replayer) readOn(ctx context.Context, i int) {
	if r.ahead.coming == nil {
		r.startReading(ctx, i)
	}
	r.ahead.now = <-r.ahead.coming
	r.ahead.coming = nil
	if r.ahead.now.to < len(r.items) {
		r.startReading(ctx, r.ahead.now.to)
	}
}

func (r *replayer) startReading(ctx context.Context, from int) {
	to := min(from+aheadItems, len(r.items))
	ids := make([]string, 0, to-from)
	for _, item := range r.items[from:to] {
		ids = append(ids, item.id)
	}
	coming := make(chan aheadChunk, 1)
	go func() {
		found, _ := r.store.Several(ctx, ids...)
		coming <- aheadChunk{to, found}
	}()
	r.ahead.coming = coming
}

// stopReading waits for what is under way.
func (r *replayer) stopReading() {
	if r.ahead.coming != nil {
		<-r.ahead.coming
	}
}
