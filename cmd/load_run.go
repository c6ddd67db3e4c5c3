package cmd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/whk-cli/whk/internal/load"
	"github.com/whk-cli/whk/internal/sender"
)

// loadRun is a run of many deliveries.
type loadRun struct {
	app     *App
	opts    *triggerOptions
	plan    *plan
	options load.Options
	sender  *sender.Sender

	meter    load.Meter
	lines    *lineWriter // of attempts, as JSON; nil is none
	failures failureNotes
	policies map[*planStep]*sender.Policy
	inARow   atomic.Int64 // failures of the target, by a policy that counts them
}

// run makes the deliveries and gives the exit code as an error.
func (r *loadRun) run(ctx context.Context) error {
	r.policies = map[*planStep]*sender.Policy{}
	for i := range r.plan.steps {
		step := &r.plan.steps[i]
		r.policies[step] = r.opts.policy(step.provider, step.name)
	}
	if r.app.global.JSON && !r.app.global.Quiet {
		r.lines = newLineWriter(r.app.IO.Out)
	}
	progress := r.newProgress()
	progress.start()
	err := load.Run(ctx, r.options, &r.meter, func() load.Worker {
		return &loadWorker{run: r, lane: r.sender.Lane(), b: new(built)}
	})
	progress.stop()
	if broken := r.lines.flush(); broken != nil {
		return broken
	}
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	var enough *endedByPolicy
	if err != nil && !interrupted && !errors.As(err, &enough) {
		return err
	}
	if err := r.summary(interrupted); err != nil {
		return err
	}
	r.failures.print(r.app)
	if enough != nil {
		r.app.note("%s", enough.Error())
	}
	if interrupted {
		return hinted(context.Canceled, r.notSent())
	}
	return ended(loadCode(r.meter.Figures()))
}

// notSent says what an interrupted run left undone.
func (r *loadRun) notSent() string {
	f := r.meter.Figures()
	text := fmt.Sprintf("%d deliveries have ended", f.Deliveries)
	if left := r.options.Count - f.Deliveries - f.Interrupted; r.options.Count > 0 && left > 0 {
		text += fmt.Sprintf(", %d were not sent", left)
	}
	if f.Interrupted > 0 {
		text += fmt.Sprintf(", and the target may have received %d more", f.Interrupted)
	}
	return text
}

// loadCode is the exit code of a run.
func loadCode(f load.Figures) int {
	var all outcomes
	all.NotAcknowledged, all.Unanswered = f.NotAcknowledged, f.Unanswered
	return all.code()
}

// endedByPolicy ends a run because the provider would send nothing more.
type endedByPolicy struct{ step sender.Step }

func (e *endedByPolicy) Error() string {
	if e.step.Kind == sender.Pause {
		return "ended: the provider pauses here, after " + e.step.Why
	}
	return "ended: the provider sends nothing more to this target: " + e.step.Why
}
