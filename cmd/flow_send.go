package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/flow"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

func runFlow(cmd *cobra.Command, app *App, opts *triggerOptions) error {
	if err := opts.flowFlags.check(cmd, opts); err != nil {
		return err
	}
	p, err := app.planFlow(opts, func(c *chosenSample) (foundKeys, error) {
		return app.secretsFor(cmd.Context(), c.provider, opts.secretFlags, true)
	})
	if err != nil {
		return err
	}
	run := &flowRun{flowPlan: p, start: app.Now()}
	if !opts.At.IsZero() {
		run.start, run.still = opts.At, true
	}
	all, err := p.plan(run.start)
	if err != nil {
		return err
	}
	if opts.dry() {
		return p.print(all)
	}
	return run.send(cmd.Context())
}

// flowRun is a flow that is being delivered.
type flowRun struct {
	*flowPlan
	start time.Time
	still bool // the clock stands still except for the waits of the flow
	all   outcomes
	code  int
	done  flow.Done
}

func (r *flowRun) send(ctx context.Context) error {
	senders := senderPool{app: r.app, flags: r.opts.networkFlags}
	defer senders.close()
	r.all.Type = "summary"
	r.announce()
	err := r.each(ctx, &senders)
	if err := r.summary(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return ended(r.code)
}

func (r *flowRun) each(ctx context.Context, senders *senderPool) error {
	pace := r.pace()
	for i := range r.steps {
		s := &r.steps[i]
		if err := r.wait(ctx, s, pace); err != nil {
			return r.interrupted(i, false)
		}
		turn, b, err := r.deliver(ctx, s, senders)
		if turn.Attempt.Error == webhook.ClassCanceled || err != nil && ctx.Err() != nil {
			return r.interrupted(i, turn.Number > 0)
		}
		if err != nil {
			return err
		}
		r.done = append(r.done, sentAs(s, b))
		if r.code != exitOK {
			r.stopped(i)
			return nil
		}
	}
	return nil
}

// wait waits before a step, and says so where it is long enough to be noticed.
func (r *flowRun) wait(ctx context.Context, s *flowStep, pace sender.Pace) error {
	here := pace.Of(s.Wait)
	if here >= time.Second && !r.app.global.JSON {
		text := webhook.ShortDuration(s.Wait)
		if here != s.Wait {
			text += fmt.Sprintf(" (%s here)", webhook.ShortDuration(here.Round(100*time.Millisecond)))
		}
		r.app.note("waiting %s before step %s", text, s.Name())
	}
	return sender.Sleep(ctx, here)
}

// now is the time after a wait of the flow. With --at nothing but these waits
// takes time.
func (r *flowRun) now(waited time.Duration) time.Time {
	if !r.still {
		return r.app.Now()
	}
	r.start = r.start.Add(waited)
	return r.start
}

// deliver sends a step, once or as often as the provider does.
func (r *flowRun) deliver(ctx context.Context, s *flowStep, senders *senderPool) (sender.Turn, *built, error) {
	rules := r.opts.retryFlags
	rules.Retry = rules.Retry || s.Retry
	send, err := senders.of(s, &rules)
	if err != nil {
		return sender.Turn{}, nil, err
	}
	random, err := r.app.jitter(r.opts.Seed.value)
	if err != nil {
		return sender.Turn{}, nil, err
	}
	b, err := r.build(s, r.done, r.now(s.Wait))
	if err != nil {
		return sender.Turn{}, nil, err
	}
	policy, unsigned, answered := rules.policy(b.provider, b.event), *b, false
	turn, err := sender.Deliver(ctx, &sender.Delivery{
		Policy: policy, Pace: rules.pace(policy.Longest()), Random: random, Send: send.Attempt,
		Request: func(n int) (*webhook.Request, error) {
			if n > 1 {
				if err := r.again(s, b, unsigned); err != nil {
					return nil, err
				}
			}
			if err := r.sign(s, b, r.now(0)); err != nil {
				return nil, err
			}
			r.app.showRequest(b)
			return &b.request, nil
		},
		Report: func(turn sender.Turn) error {
			if turn.Attempt.Error == webhook.ClassCanceled {
				return nil
			}
			answered = answered || turn.Attempt.Error == ""
			return r.report(s, b, &turn)
		},
	})
	if err == nil {
		r.all.addDelivery(turn.Number, turn.Step.Kind == sender.Done, answered)
	}
	if !s.Wants(&turn.Attempt) {
		r.code = exitUnwanted
		if !answered {
			r.code = exitFailed
		}
	}
	return turn, b, err
}

// again makes b the request of another attempt: the same message, or a fresh
// one where the provider makes one for each attempt.
func (r *flowRun) again(s *flowStep, b *built, unsigned built) error {
	*b = unsigned
	if !b.provider.Delivery.Fresh {
		return nil
	}
	fresh, err := r.build(s, r.done, r.now(0))
	if err == nil {
		*b = *fresh
	}
	return err
}

// notSent are the names of the steps from next on.
func (r *flowRun) notSent(next int) []string {
	names := []string{}
	for _, s := range r.steps[next:] {
		names = append(names, s.Name())
	}
	return names
}

// stopped says which steps are not sent, since one did not get its answer.
func (r *flowRun) stopped(at int) {
	if rest := r.notSent(at + 1); len(rest) > 0 && !r.app.global.JSON {
		r.app.note("not sent: %s", stepsText(rest))
	}
}

// interrupted says which steps were not sent. What was under way may have
// arrived.
func (r *flowRun) interrupted(at int, underWay bool) error {
	var hints []string
	rest := r.notSent(at)
	if underWay {
		hints, rest = append(hints, "step "+rest[0]+" was being sent and may have arrived"), rest[1:]
	}
	if len(rest) > 0 {
		hints = append(hints, "not sent: "+stepsText(rest))
	}
	return hinted(context.Canceled, hints...)
}

func stepsText(names []string) string {
	if len(names) == 1 {
		return "step " + names[0]
	}
	return "steps " + strings.Join(names, ", ")
}

// senderPool has a sender for each timeout that the steps' providers have.
type senderPool struct {
	app   *App
	flags networkFlags
	made  map[senderKey]*sender.Sender
}

type senderKey struct {
	timeout time.Duration
	retry   bool
}

func (p *senderPool) of(s *flowStep, rules *retryFlags) (*sender.Sender, error) {
	key := senderKey{s.chosen.provider.Timeout(), rules.Retry}
	if made := p.made[key]; made != nil {
		return made, nil
	}
	made, err := p.app.newSender(rules.network(p.flags, s.chosen.provider), key.timeout)
	if err != nil {
		return nil, err
	}
	if p.made == nil {
		p.made = map[senderKey]*sender.Sender{}
	}
	p.made[key] = made
	return made, nil
}

func (p *senderPool) close() {
	for _, s := range p.made {
		s.Close()
	}
}
