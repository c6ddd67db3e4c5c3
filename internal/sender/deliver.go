package sender

import (
	"context"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Delivery is one message that is sent until it is acknowledged or its policy
// ends it.
type Delivery struct {
	Policy *Policy
	Pace   Pace
	From   Progress       // where it stands; the zero value is its beginning
	Random func() float64 // for jitter; nil leaves it out

	// Request makes the request of the n-th attempt, from 1, with a time,
	// signature and token of its own. An error ends the delivery.
	Request func(n int) (*webhook.Request, error)

	// Send makes one attempt: [Sender.Attempt] except in tests.
	Send func(context.Context, *webhook.Request) webhook.Attempt

	// Report is called for each attempt as soon as it is over, before the wait
	// that follows; an error from it ends the delivery. It may be nil.
	Report func(Turn) error
}

// Turn is one attempt with what follows from it.
type Turn struct {
	Number   int // of the attempt, from 1
	Attempt  webhook.Attempt
	Request  *webhook.Request
	Progress Progress      // with this attempt
	Step     Step          // what follows
	Pause    time.Duration // how much of the step's wait is really waited
}

// Deliver makes attempts until one is acknowledged, the policy ends it, or ctx
// does; it returns the last one. After an interruption the error is ctx's: an
// attempt that was under way is reported as canceled, and one that was waited
// for is not made.
func Deliver(ctx context.Context, d *Delivery) (Turn, error) {
	last := Turn{Progress: d.From}
	for {
		if err := ctx.Err(); err != nil {
			return last, err
		}
		turn, err := d.turn(ctx, last.Progress)
		if err != nil {
			return last, err
		}
		last = turn
		if d.Report != nil {
			if err := d.Report(turn); err != nil {
				return last, err
			}
		}
		if turn.Attempt.Error == webhook.ClassCanceled && ctx.Err() != nil {
			return last, ctx.Err()
		}
		if turn.Step.Kind != Retry {
			return last, nil
		}
		if err := Sleep(ctx, turn.Pause); err != nil {
			return last, err
		}
	}
}

// turn makes one attempt.
func (d *Delivery) turn(ctx context.Context, was Progress) (Turn, error) {
	r, err := d.Request(was.Attempts + 1)
	if err != nil {
		return Turn{}, err
	}
	turn := Turn{Number: was.Attempts + 1, Request: r}
	turn.Attempt = d.Send(ctx, r)
	turn.Attempt.Success = d.Policy.Success
	turn.Progress, turn.Step = d.Policy.Next(was, &turn.Attempt, time.Now(), d.Random)
	turn.Pause = d.Pace.Of(turn.Step.Wait)
	return turn, nil
}

// Sleep waits for d or the end of ctx, whose error it returns.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
