package cmd

import (
	"context"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// recorder shows and writes down what targets answered, in a goroutine of its
// own. All that waits when one write ends goes into the next.
type recorder struct {
	listener *listener
	ctx      context.Context // outlives the listener: what was answered is written down
	work     sync.WaitGroup
	slots    chan struct{} // bounds how many answers to senders wait for the disk
	woken    chan struct{} // something waits
	ending   chan struct{}
	held     sync.Map // *webhook.Delivery to receiver.Forwarded: until the delivery is shown

	mu      sync.Mutex
	waiting []forwarded
}

// forwarded is an attempt that ended at a time.
type forwarded struct {
	receiver.Forwarded
	at time.Time
}

func newRecorder(ctx context.Context, l *listener) *recorder {
	r := &recorder{listener: l, ctx: context.WithoutCancel(ctx), slots: make(chan struct{}, 64), woken: make(chan struct{}, 1), ending: make(chan struct{})}
	r.work.Go(r.run)
	return r
}

// done takes one attempt at a forward. It does not block.
func (r *recorder) done(f receiver.Forwarded) {
	if !f.Gone {
		r.listener.metrics.forwarded(f.Result)
	}
	r.mu.Lock()
	r.waiting = append(r.waiting, forwarded{f, r.listener.app.Now()})
	r.mu.Unlock()
	r.wake()
}

// hold keeps the answer that a target gave in whk's place until release: what
// became of a delivery is shown behind the delivery.
func (r *recorder) hold(d *webhook.Delivery, f receiver.Forwarded) { r.held.Store(d, f) }

// release has the answer that was held shown and written down, if there is one.
func (r *recorder) release(d *webhook.Delivery) {
	if f, ok := r.held.LoadAndDelete(d); ok {
		r.done(f.(receiver.Forwarded))
	}
}

func (r *recorder) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

func (r *recorder) take() []forwarded {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.waiting
	r.waiting = nil
	return all
}

// writeAgain is the pause after a write that failed.
const writeAgain = time.Second

// run writes until close. What can not be written is tried again: otherwise the
// next listener would make those forwards a second time.
func (r *recorder) run() {
	var passed []store.Passed
	failing := false
	for open := true; open; {
		var again <-chan time.Time
		if len(passed) > 0 {
			again = time.After(writeAgain)
		}
		select {
		case <-r.woken:
		case <-again:
		case <-r.ending:
			open = false
		}
		for _, f := range r.take() {
			passed = append(passed, r.show(f))
		}
		if len(passed) == 0 {
			continue
		}
		err := r.listener.store.Pass(r.ctx, passed)
		if err == nil {
			passed, failing = passed[:0], false
		} else if !failing || !open {
			r.listener.view.say("the outcome of " + countText(len(passed), "forward") + " could not be kept: " + err.Error())
			failing = true
		}
	}
}

// show prints an attempt and returns what is to be kept of it.
func (r *recorder) show(f forwarded) store.Passed {
	p := store.Passed{
		Pending: store.Pending{Key: f.Key, Delivery: f.ID, Due: f.Due, Attempts: f.Attempts, Failures: f.Failures},
		Outcome: &f.Result, Again: f.Again,
	}
	if f.Gone {
		p.Outcome = nil
		return p
	}
	r.listener.view.forward(f)
	r.listener.compare.note(f)
	return p
}

// answered takes the answer that a target gave in whk's place.
func (r *recorder) answered(d *webhook.Delivery) {
	r.work.Go(func() {
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		if err := r.listener.store.SetResponse(r.ctx, d.ID, d.Response); err != nil {
			r.listener.view.say("an outcome could not be kept: " + err.Error())
		}
	})
}

// close writes the rest. Nothing may be taken any more.
func (r *recorder) close() {
	close(r.ending)
	r.work.Wait()
}
