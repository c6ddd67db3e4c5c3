package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// course is one delivery on its way: attempts by a policy, each reported as
// soon as it is over.
type course struct {
	app    *App
	name   string // of the registered endpoint; "" for a target that is just a URL
	width  int    // of the longest name, to align the lines of all endpoints
	kept   int64  // the attempt's number among those of the endpoint
	plan   *plan
	first  *built // the request of the first attempt
	again  built  // the same before it was signed
	policy *sender.Policy
	pace   sender.Pace
	random func() float64
	fresh  bool // the provider makes body and token anew for each attempt

	asked     int  // the attempts that the user wants; 0 is the provider's
	shortened bool // an attempt gets less time than the provider gives it

	start    time.Time
	attempts int
	answered bool   // some attempt had an answer
	said     firsts // hints and details, each once
	shown    string // the answer's body that was shown last
}

// newCourse prepares the first delivery of a plan, before it is signed.
func (app *App) newCourse(plan *plan, first *built, opts *triggerOptions) (*course, error) {
	c := &course{
		app: app, plan: plan, first: first, again: *first, start: app.Now(),
		policy: opts.policy(first.provider, first.event), fresh: first.provider.Delivery.Fresh, asked: int(opts.MaxAttempts),
	}
	c.pace = opts.pace(c.policy.Longest())
	c.shortened = first.provider.Timeout() > longestPolicyTimeout && !opts.network(opts.networkFlags, first.provider).Timeout.given
	var err error
	if opts.Retry {
		c.random, err = app.jitter(opts.Seed.value)
	}
	return c, err
}

// run makes the attempts and gives the exit code as an error.
func (c *course) run(ctx context.Context, s *sender.Sender) error {
	c.announce()
	last, err := sender.Deliver(ctx, &sender.Delivery{
		Policy: c.policy, Pace: c.pace, Random: c.random, Request: c.request, Send: attemptAfresh(s), Report: c.report,
	})
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	if err != nil && !interrupted {
		return err
	}
	if err := c.verdict(last, interrupted); err != nil {
		return err
	}
	if interrupted {
		return c.interrupted(last)
	}
	var all outcomes
	all.addDelivery(c.attempts, last.Step.Kind == sender.Done, c.answered)
	return ended(all.code())
}

// attemptAfresh opens a new connection for each attempt: a provider's attempts
// are minutes apart, and an old connection may be closed by the target just as
// something is sent on it.
func attemptAfresh(s *sender.Sender) func(context.Context, *webhook.Request) webhook.Attempt {
	return func(ctx context.Context, r *webhook.Request) webhook.Attempt {
		a := s.Attempt(ctx, r)
		s.Close()
		return a
	}
}

// request makes the request of the n-th attempt: the same message, signed as of
// now.
func (c *course) request(n int) (*webhook.Request, error) {
	if n == 1 {
		return &c.first.request, nil
	}
	b, now := c.again, c.now()
	if c.fresh {
		b = built{}
		if err := c.plan.build(&b, 1, now); err != nil {
			return nil, err
		}
	}
	if err := b.signWith(c.plan.step(1).signer, now); err != nil {
		return nil, err
	}
	return &b.request, nil
}

// now counts on from --at, where that is given.
func (c *course) now() time.Time {
	now := c.app.Now()
	if !c.plan.at.IsZero() {
		now = c.plan.at.Add(now.Sub(c.start))
	}
	return now
}

// interrupted says what was not sent.
func (c *course) interrupted(last sender.Turn) error {
	target := c.app.shownURL(c.first.request.URL)
	hint := fmt.Sprintf("attempt %d was not sent: %s %s to %s", last.Number+1, c.first.provider.Name, c.first.event, target)
	if last.Attempt.Error == webhook.ClassCanceled {
		hint = fmt.Sprintf("attempt %d was being sent, and %s may have received it; nothing more was sent", last.Number, target)
	}
	return hinted(context.Canceled, hint)
}

// summary is the delivery as a program reads it.
func (c *course) summary(last sender.Turn, outcome string) error {
	var all outcomes
	all.addDelivery(c.attempts, last.Step.Kind == sender.Done, c.answered)
	all.Outcome = outcome
	return ui.JSON(c.app.IO.Out, all.summaryJSON)
}
