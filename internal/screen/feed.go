package screen

import (
	"strings"
	"sync"

	"github.com/whk-cli/whk/internal/webhook"
)

// Bounds on what waits for the screen, and on what it remembers. The newest are
// kept.
const (
	maxRows     = 5000
	maxForwards = 5000
	maxNotes    = 100
)

// feed holds what happened until the screen takes it. A screen that is stuck
// costs memory up to the bounds, and delays nobody.
type feed struct {
	mu       sync.Mutex
	rows     queue[*row]
	forwards queue[forward]
	notes    queue[string]
	counts   counts
	closed   bool
	ready    chan struct{} // something waits
}

// counts are of all deliveries, including those that were dropped.
type counts struct{ all, authentic, refused int }

func newFeed() *feed {
	return &feed{
		rows: queue[*row]{max: maxRows}, forwards: queue[forward]{max: maxForwards}, notes: queue[string]{max: maxNotes},
		ready: make(chan struct{}, 1),
	}
}

func (f *feed) addRow(r *row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.all++
	switch r.status {
	case webhook.Authentic:
		f.counts.authentic++
	case webhook.NotAuthentic:
		f.counts.refused++
	}
	f.rows.add(r)
	f.wake()
}

func (f *feed) addForward(w forward) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forwards.add(w)
	f.wake()
}

func (f *feed) addNote(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			f.notes.add(line)
		}
	}
	f.wake()
}

// wake tells that something waits. f.mu is held.
func (f *feed) wake() {
	if f.closed {
		return
	}
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// poke makes the screen look, even when nothing waits.
func (f *feed) poke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake()
}

// close ends the wait for news.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.ready)
	}
}

// news is what happened since the screen looked last.
type news struct {
	rows     []*row
	forwards []forward
	notes    []string
	counts   counts
}

func (f *feed) take() news {
	f.mu.Lock()
	defer f.mu.Unlock()
	return news{f.rows.take(), f.forwards.take(), f.notes.take(), f.counts}
}

// queue keeps the newest of what is added.
type queue[T any] struct {
	max   int
	items []T
	start int // the index of the oldest, once the queue is full
}

func (q *queue[T]) add(item T) {
	if len(q.items) < q.max {
		q.items = append(q.items, item)
		return
	}
	q.items[q.start] = item
	q.start = (q.start + 1) % q.max
}

// take returns all, oldest first, and leaves none.
func (q *queue[T]) take() []T {
	all := q.items
	if q.start > 0 {
		all = append(append(make([]T, 0, len(q.items)), q.items[q.start:]...), q.items[:q.start]...)
	}
	q.items, q.start = nil, 0
	return all
}
