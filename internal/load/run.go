package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// run is a run under way.
type run struct {
	Options
	meter     *Meter
	ctx       context.Context // ends when no more is to be begun
	sending   context.Context // ends when what is under way is to be given up
	stop      context.CancelCauseFunc
	newWorker func() Worker
	start     time.Time
	end       time.Time // zero is no end

	begun   atomic.Int64
	workers sync.WaitGroup
}

// closed has every worker begin the next delivery when its last one has ended.
func (r *run) closed() {
	for range r.Concurrency {
		r.workers.Go(func() {
			w := r.newWorker()
			defer w.Close()
			for {
				from := time.Now()
				n, ok := r.next(from)
				if !ok {
					return
				}
				if !r.deliver(w, n, from) {
					pause(r.ctx)
				}
			}
		})
	}
	r.workers.Wait()
}

// next is the number of the delivery that is begun now, if there is one. The first
// is, however late it has become.
func (r *run) next(now time.Time) (int, bool) {
	over := !r.end.IsZero() && !now.Before(r.end)
	if r.ctx.Err() != nil || over && r.begun.Load() > 0 {
		return 0, false
	}
	n := int(r.begun.Add(1))
	return n, (r.Count <= 0 || n <= r.Count) && (!over || n == 1)
}

// deliver makes the n-th delivery, whose latency counts from from. It reports
// whether anybody was there to take it.
func (r *run) deliver(w Worker, n int, from time.Time) bool {
	result, err := w.Deliver(r.sending, n)
	if err != nil {
		r.stop(err)
	}
	if result.Attempts > 0 {
		r.meter.add(&result, time.Since(from))
	}
	switch result.Attempt.Error {
	case webhook.ClassRefused, webhook.ClassDNS, webhook.ClassNetwork:
		return false
	}
	return true
}

// pause keeps a run from spinning where nobody listens.
func pause(ctx context.Context) {
	timer := time.NewTimer(10 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// open begins the n-th delivery when it is due, or as soon after that as a worker
// is free. One worker at a time waits for the next due time, and lets another
// wait before it delivers.
func (r *run) open() {
	pace := pacer{start: r.start, gap: float64(time.Second) / r.Rate}
	g := &gate{most: r.Concurrency}
	g.start = func() {
		r.workers.Go(func() {
			w := r.newWorker()
			defer w.Close()
			turn := make(chan struct{}, 1)
			for {
				n, due, ok := r.await(&pace)
				if !ok {
					g.shut()
					return
				}
				g.pass()
				r.deliver(w, n, due)
				g.enter(turn)
			}
		})
	}
	g.held, g.started = true, 1
	g.start()
	r.workers.Wait()
}

// await waits until the next delivery is due, and gives its number: the first one's
// however late it has become. Only the holder of the gate calls it.
func (r *run) await(p *pacer) (n int, due time.Time, ok bool) {
	n = int(r.begun.Load()) + 1
	due = p.due(n)
	if r.Count > 0 && n > r.Count {
		return 0, due, false
	}
	if !r.end.IsZero() && !due.Before(r.end) {
		r.until(r.ctx, r.end) // the last one's time is a part of the run, too
		return 0, due, false
	}
	if r.until(r.ctx, due) != nil {
		return 0, due, false
	}
	now := time.Now()
	if n > 1 && !r.end.IsZero() && now.Sub(r.end) > min(r.Duration/10, lateEnd) {
		return 0, due, false
	}
	r.begun.Store(int64(n))
	r.meter.late(now.Sub(due), now)
	return n, due, true
}

// lateEnd is how far beyond its end a run still begins what was due before, and
// no more than a tenth of its time: a short stall at the end costs no
// deliveries.
const lateEnd = time.Second
