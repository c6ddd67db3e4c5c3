// Package load makes many deliveries, one after the other, several at once or at
// a rate, and measures what becomes of them.
//
// At a rate the run is an open loop: the n-th delivery is due at a time that
// follows from the start of the run alone, and its latency is counted from then.
// A target that stalls delays what comes after, and that shows in the figures
// rather than making them look better.
package load

import (
	"context"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Options are the size and the speed of a run.
type Options struct {
	Count       int           // how many deliveries; 0 is as many as fit into Duration
	Duration    time.Duration // after which no more are begun; 0 is no limit
	Rate        float64       // deliveries a second; 0 is one after the other
	Concurrency int           // how many are under way at most; 0 is 1

	until func(ctx context.Context, due time.Time) error // in place of until; nil but in tests
}

// Result is what became of one delivery.
type Result struct {
	Attempt      webhook.Attempt // the last one
	Attempts     int             // how many were made
	Answered     bool            // an earlier one was
	Acknowledged bool
	Bytes        int64 // of the bodies that were sent
}

// Worker makes deliveries one after the other. Each goroutine of a run has its
// own. An error of Deliver ends the run.
type Worker interface {
	// Deliver makes the n-th delivery of the run, counted from 1.
	Deliver(ctx context.Context, n int) (Result, error)
	Close()
}

// grace is how long an interrupted run waits for the answers to what was sent.
const grace = 500 * time.Millisecond

// Run makes the deliveries and measures them with m. It returns when the last of
// them has ended. The end of ctx begins no more, and leaves those that are under
// way a moment for their answers; the error is then ctx's, or a worker's.
func Run(ctx context.Context, o Options, m *Meter, newWorker func() Worker) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()

	r := &run{Options: o, meter: m, ctx: ctx, sending: sending, stop: stop, newWorker: newWorker, start: time.Now()}
	r.Concurrency = max(1, r.Concurrency)
	if o.Count > 0 {
		r.Concurrency = min(r.Concurrency, o.Count)
	}
	if o.Duration > 0 {
		r.end = r.start.Add(o.Duration)
	}
	if r.until == nil {
		r.until = until
	}
	m.begin(r.start, o)
	if o.Rate > 0 {
		r.open()
	} else {
		r.closed()
	}
	m.finish(time.Now(), ctx.Err() == nil)
	return context.Cause(ctx)
}
