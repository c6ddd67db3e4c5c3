package cmd

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

// endpointRun is one run of trigger to endpoints.
type endpointRun struct {
	app     *App
	opts    *triggerOptions
	data    []byte
	edit    editFunc
	store   *store.Store
	courses []*endpointCourse
	print   sync.Mutex // so that the lines about one attempt stay together

	// One event is one message, to whomever it goes.
	generator *payload.Generator
	at        time.Time
}

// open opens the store, for reading only where nothing is sent.
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
	width := 0
	for _, c := range r.courses {
		width = max(width, utf8.RuneCountInString(c.name))
	}
	var all sync.WaitGroup
	for _, c := range r.courses {
		c.width = width
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
		return hinted(context.Canceled, hints...)
	}
	for i, err := range errs {
		if i == len(errs)-1 {
			return err
		}
		r.app.report(err, hintsOf(err)...)
	}
	return ended(all.code())
}
