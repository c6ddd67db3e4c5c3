package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// However many come, no more is out at once than there is, and all get theirs.
func TestBudget(t *testing.T) {
	b := &budget{total: 100}
	var out, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range 200 {
				n, err := b.take(t.Context(), 1+i*7)
				if err != nil {
					t.Error(err)
					return
				}
				now := out.Add(int64(n))
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				out.Add(int64(-n))
				b.give(n)
			}
		})
	}
	wg.Wait()
	if most.Load() > 100 || b.taken != 0 {
		t.Errorf("at most %d were out, %d still are", most.Load(), b.taken)
	}
	if _, err := b.take(t.Context(), 60); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.take(ctx, 60); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was given up: %v", err)
	}
}
