package store

import (
	"context"
	"sync"
)

// budget limits the bytes that wait for the writer, over all callers.
type budget struct {
	mu      sync.Mutex
	total   int
	taken   int
	waiting chan struct{} // closed when something is given back; nil when nobody waits
}

// take waits for n bytes, or for the whole budget if n is more, and returns how
// many to give back.
func (b *budget) take(ctx context.Context, n int) (int, error) {
	n = min(n, b.total)
	for {
		wait := b.try(n)
		if wait == nil {
			return n, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// try takes n bytes, or returns what is closed when a second try is worth it.
func (b *budget) try(n int) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken+n <= b.total {
		b.taken += n
		return nil
	}
	if b.waiting == nil {
		b.waiting = make(chan struct{})
	}
	return b.waiting
}

func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken -= n
	if b.waiting != nil {
		close(b.waiting)
		b.waiting = nil
	}
}
