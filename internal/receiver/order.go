package receiver

import (
	"container/heap"
	"container/list"
	"sync"
)

// order lets deliveries that were kept at the same time pass one after the
// other, in the order of their IDs, even if they come back in another.
//
// A delivery that begins to be kept after another's ID is known gets a higher
// one. So a delivery may pass as soon as none that began before its ID was
// known is still being kept: later ones delay nobody.
type order struct {
	mu      sync.Mutex
	keeping list.List // the highest id known as each began; never falls
	highest string
	waiting passHeap
	passing bool
}

// pass is one delivery's turn.
type pass struct {
	id   string
	turn chan struct{}
}

// begin is called before a delivery is kept.
func (o *order) begin() *list.Element {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keeping.PushBack(o.highest)
}

// drop is called after a delivery was not kept.
func (o *order) drop(begun *list.Element) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keeping.Remove(begun)
	o.advance()
}

// pass is called after a delivery was kept. It runs then, for one delivery at a
// time and in the order of their ids.
func (o *order) pass(begun *list.Element, id string, then func()) {
	p := &pass{id: id, turn: make(chan struct{})}
	o.mu.Lock()
	o.keeping.Remove(begun)
	o.highest = max(o.highest, id)
	heap.Push(&o.waiting, p)
	o.advance()
	o.mu.Unlock()
	<-p.turn
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.passing = false
		o.advance()
	}()
	then()
}

// advance gives the turn to the next delivery, if it may pass. o.mu is held.
func (o *order) advance() {
	if o.passing || len(o.waiting) == 0 {
		return
	}
	if oldest := o.keeping.Front(); oldest != nil && oldest.Value.(string) < o.waiting[0].id {
		return
	}
	o.passing = true
	close(heap.Pop(&o.waiting).(*pass).turn)
}

// passHeap has the lowest id first.
type passHeap []*pass

func (h passHeap) Len() int           { return len(h) }
func (h passHeap) Less(i, j int) bool { return h[i].id < h[j].id }
func (h passHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push and Pop are those of [heap.Interface].
func (h *passHeap) Push(p any) { *h = append(*h, p.(*pass)) }

func (h *passHeap) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	*h = (*h)[:last]
	return p
}
