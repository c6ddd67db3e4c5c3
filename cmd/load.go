package cmd

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/load"
	"github.com/whk-cli/whk/internal/sender"
)

// loadFlags ask for many deliveries in one run.
type loadFlags struct {
	Count       numberFlag
	Duration    durationFlag
	Rate        rateFlag
	Concurrency numberFlag
	Histogram   bool
}

// How many deliveries are under way at once unless --concurrency says
// otherwise. At a rate it is more, so that a slow answer does not hold up what
// is due.
const (
	usualConcurrency = 1
	rateConcurrency  = 64
	mostConcurrency  = 10_000
	mostDeliveries   = 1_000_000_000
)

func (f *loadFlags) add(cmd *cobra.Command) {
	f.Count.most, f.Concurrency.most = mostDeliveries, mostConcurrency
	flags := cmd.Flags()
	flags.Var(&f.Count, "count", "deliver this many, each with fresh values and its own signature")
	flags.Var(&f.Duration, "duration", "begin deliveries for this long")
	flags.Var(&f.Rate, "rate", "begin this many, such as 100/s or 30/m, whether or not earlier ones are answered")
	flags.Var(&f.Concurrency, "concurrency", "have at most this many under way at once (1; with --rate 64)")
	flags.BoolVar(&f.Histogram, "histogram", false, "add a picture of how long the deliveries took")
}

// numberFlag is a number of things, 0 where it is not given.
type numberFlag struct{ n, most int }

// Set reads 1 or more.
func (f *numberFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > f.most {
		return fmt.Errorf("a whole number from 1 to %d is needed", f.most)
	}
	f.n = n
	return nil
}
func (f *numberFlag) String() string { return "" }

// Type is what help calls the value.
func (f *numberFlag) Type() string { return "number" }

// many reports whether the run is one of many deliveries.
func (o *triggerOptions) many() bool {
	f := &o.loadFlags
	return f.Count.n > 1 || f.Duration.given || f.Rate > 0 || f.Concurrency.n > 0 || f.Histogram || isMix(o.Event)
}

// check refuses what does not go together with many deliveries.
func (f *loadFlags) check(o *triggerOptions) error {
	switch {
	case len(o.Endpoints) > 0, o.To == "" && !o.dry():
		return usageError(errors.New("where to? many deliveries go to one target, and not to endpoints"), "name the target: "+o.words()+" --to localhost …")
	case f.Duration.given && f.Duration.d <= 0:
		return usageError(errors.New("--duration 0: a run needs some time"), "give it with a unit: --duration 30s")
	case f.Count.n == 0 && !f.Duration.given && !isMix(o.Event):
		return usageError(errors.New("how many? --rate, --concurrency and --histogram are for many deliveries"), "--count 1000 or --duration 30s says when to end")
	case o.dry() && f.Duration.given && f.Count.n == 0:
		return usageError(errors.New("--dry-run prints deliveries, and --duration does not say how many"), "--count 3 does")
	}
	return nil
}

// options are the flags as the run takes them. Without a number or a time, each
// of the events goes out once.
func (f *loadFlags) options(events int) load.Options {
	o := load.Options{Count: f.Count.n, Duration: f.Duration.d, Rate: float64(f.Rate), Concurrency: f.Concurrency.n}
	switch {
	case o.Concurrency > 0:
	case o.Rate > 0:
		o.Concurrency = rateConcurrency
	default:
		o.Concurrency = usualConcurrency
	}
	if o.Count == 0 && o.Duration == 0 {
		o.Count = events
	}
	return o
}

// runLoad makes many deliveries and sums them up.
func runLoad(cmd *cobra.Command, app *App, opts *triggerOptions) error {
	if err := opts.loadFlags.check(opts); err != nil {
		return err
	}
	if err := opts.retryFlags.check(app); err != nil {
		return err
	}
	if err := opts.secretFlags.claimsStdin(stdinName(opts.Data)); err != nil {
		return err
	}
	plan, first, err := app.planTrigger(cmd, opts)
	if err != nil {
		return err
	}
	if err := app.signAs(first, plan.keys, plan.now()); err != nil {
		return err
	}
	if err := sender.Check(&first.request); err != nil {
		return usageError(err, "--dry-run prints the request")
	}
	run := &loadRun{app: app, opts: opts, plan: plan, options: opts.options(len(plan.steps))}
	if opts.dry() {
		return run.print()
	}
	if run.sender, err = app.newSender(opts.network(opts.networkFlags, first.provider), first.provider.Timeout()); err != nil {
		return err
	}
	defer run.sender.Close()
	app.announceLoad(first, plan, run.options)
	return run.run(cmd.Context())
}

// print writes the deliveries that would be sent.
func (r *loadRun) print() error {
	for n := 1; n <= r.options.Count; n++ {
		b, err := r.plan.next(n, r.plan.now())
		if err != nil {
			return err
		}
		if err := r.app.printDry(b, r.opts.Print); err != nil {
			return err
		}
		if n < r.options.Count && r.opts.Print != "json" && !r.app.global.JSON {
			fmt.Fprint(r.app.IO.Out, "\n\n")
		}
	}
	return nil
}

// announceLoad says what goes where, how often, and with whose secret.
func (app *App) announceLoad(first *built, plan *plan, o load.Options) {
	if !app.global.JSON {
		event := first.event
		if len(plan.steps) > 1 {
			event = fmt.Sprintf("%d event types in turn", len(plan.steps))
		}
		app.note("%s %s  %s %s: %s", first.request.Method, app.shownURL(first.request.URL), first.provider.Name, event, loadText(o))
		if plan.keys.Development {
			app.noteDevelopment(first.provider.Name)
		}
	}
	app.warnRemoteDevelopment(first, plan.keys)
}
