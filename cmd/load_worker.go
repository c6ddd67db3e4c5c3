package cmd

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/whk-cli/whk/internal/load"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// loadWorker makes deliveries of a run one after the other, reusing its memory.
type loadWorker struct {
	run  *loadRun
	lane *sender.Lane
	b    *built

	n      int       // of the delivery at hand
	made   time.Time // when its values were made
	result load.Result
}

// Close closes the worker's connection.
func (w *loadWorker) Close() { w.lane.Close() }

// Deliver makes the n-th delivery of the run.
func (w *loadWorker) Deliver(ctx context.Context, n int) (load.Result, error) {
	p := w.run.plan
	w.n, w.made, w.result = n, p.now(), load.Result{}
	if err := p.fill(w.b, n, w.made); err != nil {
		return w.result, err
	}
	policy := w.run.policies[p.step(n)]
	if w.run.opts.Retry {
		return w.byPolicy(ctx, policy)
	}
	a := w.lane.Attempt(ctx, &w.b.request)
	a.Success = policy.Success
	w.take(&a)
	if w.run.lines == nil && a.Acknowledged() {
		return w.result, nil
	}
	return w.result, w.tell(sender.Turn{Number: 1, Attempt: a, Request: &w.b.request, Step: stepOf(&a)})
}

// stepOf is what follows from the only attempt.
func stepOf(a *webhook.Attempt) sender.Step {
	if a.Acknowledged() {
		return sender.Step{Kind: sender.Done}
	}
	return sender.Step{Kind: sender.GiveUp}
}

// take counts an attempt.
func (w *loadWorker) take(a *webhook.Attempt) {
	w.result.Answered = w.result.Answered || w.result.Attempts > 0 && w.result.Attempt.Error == ""
	w.result.Attempt = *a
	w.result.Attempts++
	w.result.Acknowledged = a.Acknowledged()
	switch a.Error {
	case "", webhook.ClassReset, webhook.ClassBadAnswer, webhook.ClassTimeout, webhook.ClassCanceled: // it was sent, or may have been
		w.result.Bytes += int64(len(w.b.request.Body))
	}
}

// byPolicy makes the attempts that the provider makes.
func (w *loadWorker) byPolicy(ctx context.Context, policy *sender.Policy) (load.Result, error) {
	r := w.run
	random := rand.Float64
	if seed := r.opts.Seed.value; seed != nil {
		random = rand.New(rand.NewPCG(*seed, uint64(w.n))).Float64
	}
	var told error
	last, err := sender.Deliver(ctx, &sender.Delivery{
		Policy: policy, Pace: r.opts.pace(policy.Longest()), Random: random,
		From:    sender.Progress{InARow: int(r.inARow.Load())},
		Request: w.request,
		Send:    func(ctx context.Context, req *webhook.Request) webhook.Attempt { return w.lane.Attempt(ctx, req) },
		Report: func(t sender.Turn) error {
			t.Attempt.Success = policy.Success
			w.take(&t.Attempt)
			r.inARow.Store(int64(t.Progress.InARow))
			told = w.tell(t)
			return told
		},
	})
	switch {
	case told != nil:
		return w.result, told
	case err != nil && ctx.Err() != nil:
		w.result.Attempt.Error = webhook.ClassCanceled
		return w.result, nil
	case err == nil && (last.Step.Kind == sender.Stop || last.Step.Kind == sender.Pause):
		return w.result, &endedByPolicy{last.Step}
	}
	return w.result, err
}

// request makes the request of an attempt: the same message, or a fresh one
// where the provider makes one, signed as of now.
func (w *loadWorker) request(attempt int) (*webhook.Request, error) {
	p := w.run.plan
	if attempt == 1 {
		return &w.b.request, nil
	}
	now := p.now()
	made := w.made
	if w.b.provider.Delivery.Fresh {
		made = now
	}
	if err := p.build(w.b, w.n, made); err != nil {
		return nil, err
	}
	return &w.b.request, w.b.signWith(p.step(w.n).signer, now)
}

// tell prints an attempt for programs, and remembers what went wrong.
func (w *loadWorker) tell(t sender.Turn) error {
	r := w.run
	if !t.Attempt.Acknowledged() && t.Attempt.Error != webhook.ClassCanceled {
		r.failures.add(w, &t)
	}
	if r.lines == nil {
		return nil
	}
	line := r.app.newAttemptJSON(w.b.id(), w.b.provider.Name, w.b.event, t.Request, &t.Attempt)
	line.Attempt = t.Number
	if t.Attempt.Error != webhook.ClassCanceled {
		line.Next, line.Why, line.Assumed = string(t.Step.Kind), t.Step.Why, t.Step.Assumed
		line.WaitMS, line.HereMS = milliseconds(t.Step.Wait), milliseconds(t.Pause)
	}
	line.Detail, line.Location = w.scrub(line.Detail), w.scrub(line.Location)
	return r.lines.write(line)
}
