package receiver

import (
	"container/heap"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// lane is one target's queue. Workers live while there is something to do.
type lane struct {
	forwarder *Forwarder
	target    Target
	index     int

	mu      sync.Mutex
	ready   []Forward // in the order of their coming
	later   schedule
	timer   *time.Timer // for the first of later; nil when there is none
	bytes   int64       // of bodies of ready
	running int
	closed  bool
	undone  int      // forwards that were interrupted
	idle    []Worker // to be used again
}

// push reports whether there was a place for w.
func (l *lane) push(w Forward) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		l.undone++
		return true
	case len(l.ready)+len(l.later) >= l.forwarder.opts.Queue:
		return false
	}
	l.add(w)
	return true
}

// add queues w, with its body if there is memory for that. l.mu is held.
func (l *lane) add(w Forward) {
	if !w.Due.IsZero() && time.Until(w.Due) > 0 {
		l.postpone(w)
		return
	}
	opts := l.forwarder.opts
	size := bodySize(w)
	if opts.Load != nil && len(l.ready) > 0 && l.bytes+size > opts.QueueBytes {
		w.Delivery, size = nil, 0
	}
	l.ready = append(l.ready, w)
	l.bytes += size
	if l.running < opts.Workers {
		l.running++
		l.forwarder.workers.Go(l.work)
	}
}

func bodySize(w Forward) int64 {
	if w.Delivery == nil {
		return 0
	}
	return int64(len(w.Delivery.Body))
}

// postpone queues w for when it is due. l.mu is held.
func (l *lane) postpone(w Forward) {
	if l.forwarder.opts.Load != nil {
		w.Delivery = nil
	}
	heap.Push(&l.later, w)
	l.wait()
}

// wait has wake called when the first forward is due. l.mu is held.
func (l *lane) wait() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if len(l.later) > 0 && !l.closed {
		l.timer = time.AfterFunc(time.Until(l.later[0].Due), l.wake)
	}
}

// wake makes ready what is due.
func (l *lane) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.later) > 0 && time.Until(l.later[0].Due) <= 0 && !l.closed {
		l.add(heap.Pop(&l.later).(Forward))
	}
	l.wait()
}

// pop takes the oldest forward; none ends the worker.
func (l *lane) pop() (w Forward, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ready) == 0 || l.forwarder.ctx.Err() != nil {
		l.running--
		return w, false
	}
	w = l.ready[0]
	l.ready[0] = Forward{}
	l.ready = l.ready[1:]
	if len(l.ready) == 0 {
		l.ready = nil // so that what it has grown to is not kept
	}
	l.bytes -= bodySize(w)
	return w, true
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wait()
}

// end closes what workers have used, once none is there, and returns how many
// forwards were not made.
func (l *lane) end() (left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.idle {
		w.Close()
	}
	return len(l.ready) + len(l.later) + l.undone
}

func (l *lane) work() {
	attempter, giveBack := l.attempter()
	defer giveBack()
	for w, ok := l.pop(); ok; w, ok = l.pop() {
		l.forward(w, attempter)
	}
}

// attempter is what a worker sends with, until it calls giveBack.
func (l *lane) attempter() (a Attempter, giveBack func()) {
	f := l.forwarder
	if f.opts.Worker == nil {
		return f.attempter, func() {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var w Worker
	if last := len(l.idle) - 1; last >= 0 {
		w, l.idle = l.idle[last], l.idle[:last]
	} else {
		w = f.opts.Worker()
	}
	return w, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.idle = append(l.idle, w)
	}
}

// loadAgain is the pause before a delivery that could not be read is tried
// again.
const loadAgain = time.Second

// forward makes one attempt.
func (l *lane) forward(w Forward, attempter Attempter) {
	f := l.forwarder
	if w.Delivery == nil {
		d, err := f.opts.Load(f.ctx, w.ID)
		switch {
		case err != nil:
			w.Due = time.Now().Add(loadAgain)
			l.again(w)
			return
		case d == nil:
			if f.opts.Done != nil {
				f.opts.Done(Forwarded{Forward: w, Target: l.index, Gone: true})
			}
			return
		}
		w.Delivery = d
	}
	r := l.target.Request(w.Delivery)
	a := attempter.Attempt(f.ctx, r)
	if a.Error == webhook.ClassCanceled && f.ctx.Err() != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.undone++
		return
	}
	again := false
	if f.opts.Next != nil {
		again = f.opts.Next(&w, &a)
	} else {
		w.Attempts++
	}
	f.done(w, l.index, r.URL, a, again)
	if again {
		l.again(w)
	}
}

// again queues a forward once more, even if the queue is full: it had a place
// before.
func (l *lane) again(w Forward) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.undone++
		return
	}
	l.add(w)
}

// schedule is a heap of forwards, the next one due on top.
type schedule []Forward

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].Due.Before(s[j].Due) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Push and Pop are for the heap alone.
func (s *schedule) Push(w any) { *s = append(*s, w.(Forward)) }

func (s *schedule) Pop() any {
	old := *s
	last := old[len(old)-1]
	old[len(old)-1] = Forward{}
	*s = old[:len(old)-1]
	return last
}
