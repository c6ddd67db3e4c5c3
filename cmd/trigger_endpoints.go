package cmd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

// endpointFlags choose among the registered endpoints.
type endpointFlags struct {
	Endpoints []string
	Force     bool
}

func (f *endpointFlags) add(cmd *cobra.Command, app *App) {
	cmd.Flags().StringArrayVar(&f.Endpoints, "endpoint", nil, "deliver to the registered endpoint of this `name` (repeatable)")
	cmd.Flags().BoolVar(&f.Force, "force", false, "of --endpoint: also to one that is disabled, paused, or not subscribed to the event")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("endpoint", app.completeEndpoints))
}

// skippedJSON is an endpoint that gets nothing although it is subscribed.
type skippedJSON struct {
	Type     string `json:"type"` // skipped
	Name     string `json:"endpoint_name"`
	Endpoint string `json:"endpoint"` // the URL
	State    string `json:"state"`    // paused
	Why      string `json:"why,omitempty"`
	Since    string `json:"since,omitempty"`
}

// triggerEndpoints delivers to the chosen endpoints, all at the same time. err is
// that of choosing them.
func (app *App) triggerEndpoints(ctx context.Context, opts *triggerOptions, chosen *endpointChoice, err error) error {
	if err != nil {
		return err
	}
	if err := opts.oneBody(chosen); err != nil {
		return err
	}
	for _, e := range chosen.skipped {
		if err := app.skipPaused(e); err != nil {
			return err
		}
	}
	data, err := app.dataFlag(opts.Data)
	if err != nil {
		return err
	}
	edit, err := app.editWith(ctx, opts.Edit)
	if err != nil {
		return err
	}
	run := &endpointRun{app: app, opts: opts, data: data, edit: edit, at: opts.At}
	if run.at.IsZero() {
		run.at = app.Now()
	}
	if run.generator, err = app.generator(opts.Seed.value); err != nil {
		return err
	}
	if err := run.open(ctx); err != nil {
		return err
	}
	defer run.close()
	for _, one := range chosen.ready {
		c, err := run.course(ctx, one)
		if err != nil {
			return err
		}
		run.courses = append(run.courses, c)
	}
	if opts.dry() {
		return run.printDry()
	}
	return run.deliver(ctx)
}

// oneBody refuses what makes sense for one delivery only.
func (opts *triggerOptions) oneBody(chosen *endpointChoice) error {
	if !opts.Edit || len(chosen.ready) < 2 {
		return nil
	}
	return usageError(fmt.Errorf("--edit changes one body, and %d endpoints would get it", len(chosen.ready)),
		"choose one of them: --endpoint "+shellQuote(chosen.ready[0].endpoint.Name))
}

func (app *App) skipPaused(e *store.Endpoint) error {
	if app.global.JSON {
		return ui.JSON(app.IO.Out, skippedJSON{
			Type: "skipped", Name: e.Name, Endpoint: sender.Printable(e.URL), State: endpointState(e), Why: e.Pause.Why, Since: stampText(e.Pause.Since),
		})
	}
	app.note("%s is skipped: it is paused since %s, after %s", e.Name, shownTime(stampText(e.Pause.Since)), e.Pause.Why)
	app.note("hint: whk endpoint resume %s", shellQuote(e.Name))
	return nil
}

// endpointRun is one run of trigger to endpoints.
type endpointRun struct {
	app     *App
	opts    *triggerOptions
	data    []byte
	edit    editFunc
	store   *store.Store
	courses []*endpointCourse
	print   sync.Mutex // what is said of one attempt stands together

	// One event is one message, to whomever it goes.
	generator *payload.Generator
	at        time.Time
}

// open opens the store: for reading alone where nothing is sent.
func (r *endpointRun) open(ctx context.Context) (err error) {
	if r.opts.dry() {
		r.store, err = r.app.endpointReader(ctx)
		return err
	}
	r.store, err = r.app.endpointWriter(ctx)
	return err
}

func (r *endpointRun) close() {
	if err := r.store.Close(); err != nil {
		r.app.warn("close the store: " + err.Error())
	}
}

func (r *endpointRun) printDry() error {
	for i, c := range r.courses {
		if i > 0 && !r.app.global.JSON && r.opts.Print != "json" {
			if _, err := fmt.Fprint(r.app.IO.Out, "\n\n"); err != nil {
				return err
			}
		}
		if err := r.app.printDry(c.first, r.opts.Print); err != nil {
			return err
		}
	}
	return nil
}

// deliver runs all courses and adds up what became of them.
func (r *endpointRun) deliver(ctx context.Context) error {
	senders := map[string]*sender.Sender{} // of each provider: they differ in how long they wait
	for _, c := range r.courses {
		p := c.first.provider
		if senders[p.Name] == nil {
			s, err := r.app.newSender(r.opts.network(r.opts.networkFlags, p), p.Timeout())
			if err != nil {
				return err
			}
			defer s.Close()
			senders[p.Name] = s
		}
		r.app.announceAt(c.name, c.first, c.plan.keys)
		if r.opts.Retry {
			c.announce()
		}
	}
	var all sync.WaitGroup
	for _, c := range r.courses {
		all.Go(func() { c.run(ctx, senders[c.first.provider.Name]) })
	}
	all.Wait()
	return r.end()
}

// end prints the summary and gives the exit code.
func (r *endpointRun) end() error {
	var all outcomes
	var interrupted, errs []error
	for _, c := range r.courses {
		all.addDelivery(c.attempts, c.last.Step.Kind == sender.Done, c.answered)
		switch {
		case c.interruption != nil:
			interrupted = append(interrupted, c.interruption)
		case c.err != nil:
			errs = append(errs, c.err)
		}
		if len(r.courses) == 1 {
			all.Outcome = c.outcome()
		}
	}
	if r.app.global.JSON {
		if err := ui.JSON(r.app.IO.Out, all.summaryJSON); err != nil {
			return err
		}
	}
	if len(interrupted) > 0 {
		var hints []string
		for _, err := range interrupted {
			hints = append(hints, hintsOf(err)...)
		}
		return &exitError{code: exitInterrupted, err: errors.New("interrupted"), hints: hints}
	}
	for i, err := range errs {
		if i == len(errs)-1 {
			return err
		}
		r.app.report(err, hintsOf(err)...)
	}
	if code := all.code(); code != exitOK {
		return ended(code)
	}
	return nil
}

// afterwardsAt says what to do before anything is delivered to an endpoint again.
func (app *App) afterwardsAt(name string, kind sender.Kind) {
	switch kind {
	case sender.Pause:
		app.note("%s is paused now: it gets nothing more until it is resumed", name)
		app.note("hint: correct the handler, then: whk endpoint resume %s", shellQuote(name))
	case sender.Stop:
		app.note("%s is disabled now: the target says that it is gone", name)
		app.note("hint: whk endpoint enable %s", shellQuote(name))
	}
}
