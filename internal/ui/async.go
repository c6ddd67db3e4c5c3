package ui

import (
	"context"
	"io"
	"sync"
)

// AsyncLines writes lines from a goroutine of its own, so that their producer
// does not wait for a slow terminal. Lines that come while it is busy are
// written together in one write; when it is idle a line is written at once.
//
// Its methods are safe for concurrent use, except that no Line may follow
// Close.
type AsyncLines struct {
	w       io.Writer
	limit   int
	wait    bool
	leftOut func(n int) []byte

	mu      sync.Mutex
	changed sync.Cond // pending grew or was taken, or closed was set
	pending []byte
	lost    int
	closed  bool
	err     error

	done chan struct{}
}

// AsyncOptions are the settings of [NewAsyncLines].
type AsyncOptions struct {
	// Limit is how many bytes may wait; 0 is 4 MiB. A longer line is accepted
	// when nothing else waits.
	Limit int
	// Wait makes Line wait for room, for output that another program reads and
	// that must be complete. Otherwise lines without room are left out.
	Wait bool
	// LeftOut returns the line that says, in place of n lines, that they were
	// left out; nil is a sentence for a person.
	LeftOut func(n int) []byte
}

// NewAsyncLines starts a writer to w. It must be closed.
func NewAsyncLines(w io.Writer, opts AsyncOptions) *AsyncLines {
	a := &AsyncLines{w: w, limit: opts.Limit, wait: opts.Wait, leftOut: opts.LeftOut, done: make(chan struct{})}
	a.changed.L = &a.mu
	if a.limit == 0 {
		a.limit = 4 << 20
	}
	if a.leftOut == nil {
		a.leftOut = func(n int) []byte {
			return []byte("… " + count(n, "line") + " left out: the terminal is too slow\n")
		}
	}
	go a.run()
	return a
}

// Line takes a copy of line, which ends in a line feed and may be several.
func (a *AsyncLines) Line(line []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.wait && !a.fits(line) && a.err == nil {
		a.changed.Wait()
	}
	switch {
	case a.err != nil:
	case a.fits(line):
		a.note()
		a.pending = append(a.pending, line...)
	default:
		a.lost++
	}
	a.changed.Broadcast()
}

// fits reports whether there is room for line. Once lines were lost the queue
// has to be empty first, so that the loss is reported once and not line by
// line.
func (a *AsyncLines) fits(line []byte) bool {
	return len(a.pending) == 0 || a.lost == 0 && len(a.pending)+len(line) <= a.limit
}

// note puts the line about lost lines in their place.
func (a *AsyncLines) note() {
	if a.lost > 0 {
		a.pending = append(a.pending, a.leftOut(a.lost)...)
		a.lost = 0
	}
}

func (a *AsyncLines) run() {
	defer close(a.done)
	var batch []byte
	for a.take(&batch) {
		_, err := a.w.Write(batch)
		a.fail(err)
	}
}

// take waits for lines and swaps them for the batch that was written before.
// It reports false when the writer is closed and nothing is left.
func (a *AsyncLines) take(batch *[]byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.pending) == 0 && a.lost == 0 && !a.closed {
		a.changed.Wait()
	}
	if len(a.pending) == 0 {
		a.note()
	}
	if cap(*batch) > a.limit {
		*batch = nil // the memory of a giant line is not kept
	}
	a.pending, *batch = (*batch)[:0], a.pending
	a.changed.Broadcast()
	return len(*batch) > 0
}

func (a *AsyncLines) fail(err error) {
	if err == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err, a.pending, a.lost = err, nil, 0
	a.changed.Broadcast()
}

// Close writes what waits and stops. It returns the first error of a write,
// after which lines were discarded, or ctx's error when the writer is stuck;
// the goroutine then ends only with the write it is stuck in.
func (a *AsyncLines) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	a.changed.Broadcast()
	a.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
