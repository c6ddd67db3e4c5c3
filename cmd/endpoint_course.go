package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// endpointCourse is a delivery to a registered endpoint: each attempt is kept
// before it is made, and its end as soon as it is known.
type endpointCourse struct {
	*course
	of         *endpointRun
	endpoint   *store.Endpoint // as it was after the last attempt
	attempt    *store.EndpointAttempt
	pauseAfter int // of the provider's policy; the store counts, since others send as well
	inARow     int // failures that count, as the policy saw them last

	last         sender.Turn
	err          error // what ended it other than its policy
	interruption error
}

// course prepares the delivery to one endpoint, signed.
func (r *endpointRun) course(ctx context.Context, one endpointSample) (*endpointCourse, error) {
	e, p := one.endpoint, one.sample.provider
	c := &endpointCourse{of: r, endpoint: e}
	build := buildOptions{
		method: r.opts.Method, url: e.URL, signURL: r.opts.URL, data: r.data, edits: r.opts.Edits, edit: r.edit,
		header: mergedHeader(e.Header, r.opts.Header), about: aboutEndpoint(p, func() *store.Endpoint { return c.endpoint }),
	}
	if build.method == "" {
		build.method = e.Method
	}
	plan, first, err := r.app.newPlan(one.sample, &plan{generator: r.generator, at: r.at}, build, func() (foundKeys, error) { return r.keys(ctx, one) })
	if err != nil {
		return nil, err
	}
	if c.course, err = r.app.newCourse(plan, first, r.opts); err != nil {
		return nil, err
	}
	c.name = e.Name
	c.pauseAfter, c.policy.PauseAfter = c.policy.PauseAfter, 0
	if err := r.app.signAs(first, plan.keys, plan.now()); err != nil {
		return nil, err
	}
	if err := sender.Check(&first.request); err != nil {
		return nil, usageError(err, "whk endpoint show "+format.ShellWord(e.Name)+" shows what is set of it")
	}
	return c, nil
}

// mergedHeader is an endpoint's headers with those of this run in their place.
func mergedHeader(own, given webhook.Header) webhook.Header {
	merged := own.Clone()
	for _, f := range given {
		merged.Del(f.Name)
	}
	return append(merged, given...)
}

// keys are the secrets that the command line names, else the endpoint's own, else
// those that are found without one.
func (r *endpointRun) keys(ctx context.Context, one endpointSample) (foundKeys, error) {
	if len(r.opts.given) == 0 {
		keys, err := r.app.endpointKeys(ctx, r.store, one.endpoint)
		if err != nil || len(keys.Secrets) > 0 {
			return keys, err
		}
	}
	return r.app.secretsFor(ctx, one.sample.provider, r.opts.secretFlags, true)
}

// run makes the attempts. What became of them is in c afterwards.
func (c *endpointCourse) run(ctx context.Context, s *sender.Sender) {
	last, err := sender.Deliver(ctx, &sender.Delivery{
		Policy: c.policy, Pace: c.pace, Random: c.random,
		Request: func(n int) (*webhook.Request, error) { return c.begin(ctx, n) },
		Send:    attemptAfresh(s),
		Report:  func(t sender.Turn) error { return c.end(ctx, t) },
	})
	if c.last.Number == 0 {
		c.last = last
	}
	c.of.print.Lock()
	defer c.of.print.Unlock()
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		c.interruption = c.interrupted(last)
		if c.attempt != nil && !c.attempt.NextAt.IsZero() {
			c.err = c.of.store.AbandonAttempt(ctx, c.endpoint, c.attempt)
		}
	case errors.Is(err, store.ErrNotRunning):
		c.answered = true // it did not fail for want of an answer
		c.err = c.halted(ctx)
	case errors.As(err, new(*store.UnknownEndpointError)):
		c.err = failed(fmt.Errorf("endpoint %q was removed meanwhile", c.name), "whk endpoint list shows those there are")
	case err != nil:
		c.err = endpointError(err)
	default:
		c.err = c.tell()
	}
}

// halted ends a delivery whose endpoint somebody has paused or disabled.
func (c *endpointCourse) halted(ctx context.Context) error {
	c.last.Step = sender.Step{Kind: sender.Pause, Rule: sender.RulePauseAfter, Why: "it was paused meanwhile"}
	now, err := c.of.store.Endpoint(ctx, c.endpoint.Name)
	if err != nil {
		return endpointError(err)
	}
	if !now.Enabled {
		c.last.Step = sender.Step{Kind: sender.Stop, Why: "it was disabled meanwhile"}
	}
	return c.tell()
}

// tell says what became of the delivery; the summary does so for programs.
func (c *endpointCourse) tell() error {
	switch {
	case c.app.global.JSON:
		return nil
	case c.of.opts.Retry || c.attempts == 0:
		return c.verdict(c.last, false)
	}
	c.afterwards(c.last.Step)
	return nil
}

// outcome is what became of the delivery, in a word.
func (c *endpointCourse) outcome() string {
	if c.interruption != nil {
		return "interrupted"
	}
	return outcomeOf(c.last.Step)
}

// begin makes the request of the n-th attempt and keeps it.
func (c *endpointCourse) begin(ctx context.Context, n int) (*webhook.Request, error) {
	request, err := c.request(n)
	if err != nil {
		return nil, err
	}
	next := &store.EndpointAttempt{At: c.app.Now(), Attempt: n, Event: c.first.event, MessageID: c.first.messageID, Request: *request}
	if c.attempt != nil {
		next.First = c.attempt.First
	}
	if err := c.of.store.BeginAttempt(ctx, c.endpoint, next, c.of.opts.Force); err != nil {
		return nil, err
	}
	c.attempt, c.kept = next, next.Number
	return request, nil
}

// end keeps what became of an attempt and what follows from it, and tells it.
func (c *endpointCourse) end(ctx context.Context, t sender.Turn) error {
	counts := t.Progress.InARow > c.inARow
	c.inARow = t.Progress.InARow
	a := c.attempt
	a.Answer, a.Next, a.Wait = t.Attempt, string(t.Step.Kind), t.Step.Wait
	switch {
	case t.Attempt.Error == webhook.ClassCanceled:
		a.Outcome, a.Next, counts = store.Interrupted, "", false
	case t.Step.Kind == sender.Done:
		a.Outcome = store.Success
	default:
		a.Outcome = store.Failure
	}
	rule := store.PauseRule{Counts: counts}
	if a.Outcome == store.Failure && t.Step.Kind == sender.Retry {
		a.NextAt = c.app.Now().Add(t.Pause)
	} else {
		rule.After = c.pauseAfter
	}
	now, err := c.of.store.EndAttempt(ctx, c.endpoint, a, rule)
	if err == nil {
		if now.Paused() && !c.endpoint.Paused() && a.Outcome == store.Failure && t.Step.Kind != sender.Retry {
			t.Step = c.pausing(now)
		}
		c.endpoint = now
	}
	if err == nil && t.Step.Kind == sender.Stop {
		_, err = c.of.store.EditEndpoint(context.WithoutCancel(ctx), c.endpoint.Name, func(e *store.Endpoint) error { e.Enabled = false; return nil })
	}
	c.last = t
	return errors.Join(c.say(t), err)
}

// pausing is the step of a failure that has paused the endpoint.
func (c *endpointCourse) pausing(now *store.Endpoint) sender.Step {
	return sender.Step{
		Kind: sender.Pause, Rule: sender.RulePauseAfter, Why: now.Pause.Why, Assumed: slices.Contains(c.policy.Assumed, sender.RulePauseAfter),
	}
}

// say tells of one attempt.
func (c *endpointCourse) say(t sender.Turn) error {
	c.of.print.Lock()
	defer c.of.print.Unlock()
	if c.of.opts.Retry || c.app.global.JSON {
		return c.report(t)
	}
	c.attempts++
	c.answered = c.answered || t.Attempt.Error == ""
	if t.Attempt.Error == webhook.ClassCanceled {
		return nil
	}
	return c.app.reportAttemptAt(c.name, c.first.id(), c.first.provider.Name, c.first.event, t.Request, &t.Attempt, c.app.secretHints(c.first, c.plan.keys, &t.Attempt)...)
}
