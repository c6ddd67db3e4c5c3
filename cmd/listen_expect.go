package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/expectation"
	"github.com/whk-cli/whk/internal/webhook"
)

// expectFlags are what has to come for listen to end with 0.
type expectFlags struct {
	Expect  []string
	Within  durationFlag
	Ordered bool
	JQ      string
	JUnit   string
}

// usualWithin is how long listen waits without --within.
const usualWithin = 30 * time.Second

func (f *expectFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.Expect, "expect", nil, "exit with 0 once this came, else with 4: `EVENT` at least once, EVENT=N at least N, EVENT=N! exactly N, !EVENT none (repeatable)")
	flags.Var(&f.Within, "within", "how long to wait for what is expected (30s)")
	flags.BoolVar(&f.Ordered, "ordered", false, "deliveries have to come in the order of the --expect flags")
	flags.StringVar(&f.JQ, "jq", "", "count only payloads for which this jq `filter` gives something true")
	flags.StringVar(&f.JUnit, "junit", "", "write what became of each expectation to this `file`, as JUnit's XML")
}

// expecting compares what comes with what is expected, in a goroutine of its
// own.
type expecting struct {
	listener *listener
	flags    *expectFlags
	checker  *expectation.Checker
	filter   *expectation.Filter // nil lets all payloads count

	incoming chan expected
	quit     chan struct{} // closed when nothing more comes
	done     chan struct{} // closed when all that came is counted
	began    time.Time
	ended    time.Time // when the outcome was certain, or the time over; zero: neither
	timedOut bool
}

// expected is a delivery that is to be counted.
type expected struct {
	delivery *webhook.Delivery
	against  string // why it does not count
}

// newExpecting reads the flags; nil when nothing is expected.
func (app *App) newExpecting(opts *listenOptions) (*expecting, error) {
	f := &opts.expectFlags
	if len(f.Expect) == 0 {
		for _, name := range []string{"within", "ordered", "jq", "junit"} {
			if app.held.typed[name] {
				return nil, usageError(fmt.Errorf("--%s needs something to expect", name), "whk listen --expect invoice.paid --within 30s")
			}
		}
		return nil, nil
	}
	var list []expectation.Expectation
	for _, text := range f.Expect {
		one, err := expectation.Parse(text)
		if err != nil {
			return nil, usageError(fmt.Errorf("--expect %q: %w", text, err),
				"EVENT is at least one, EVENT=N at least N, EVENT=N! exactly N, !EVENT none; * stands for any text: --expect 'invoice.*=2'")
		}
		list = append(list, one)
	}
	if f.Within.given && f.Within.d == 0 {
		return nil, usageError(errors.New("--within 0: nothing can come in no time"), "give it with a unit: --within 30s")
	}
	e := &expecting{
		flags: f, checker: expectation.NewChecker(list, f.Ordered),
		incoming: make(chan expected, 1024), quit: make(chan struct{}), done: make(chan struct{}),
	}
	if f.JQ != "" {
		var err error
		if e.filter, err = expectation.CompileFilter(f.JQ); err != nil {
			return nil, usageError(fmt.Errorf("--jq %q: %w", f.JQ, err), "a filter is in the language of https://jqlang.org/manual: --jq '.data.amount > 1000'")
		}
	}
	return e, app.canWrite(f.JUnit)
}

// start begins to wait. The listener ends as soon as the outcome is certain, or
// the time is over.
func (e *expecting) start(ctx context.Context, l *listener) {
	e.listener, e.began = l, time.Now()
	ctx = context.WithoutCancel(ctx) // what came is counted
	timer := time.NewTimer(e.flags.Within.or(usualWithin))
	go func() {
		defer close(e.done)
		defer timer.Stop()
		for {
			select {
			case x := <-e.incoming:
				if e.count(ctx, x); e.checker.Certain() && e.ended.IsZero() {
					e.ended = time.Now()
					l.end()
				}
			case <-timer.C:
				e.timedOut = e.ended.IsZero()
				if e.timedOut {
					e.ended = time.Now()
				}
				l.end()
			case <-e.quit:
				e.countRest(ctx)
				return
			}
		}
	}()
}

func (e *expecting) countRest(ctx context.Context) {
	for {
		select {
		case x := <-e.incoming:
			e.count(ctx, x)
		default:
			return
		}
	}
}

// saw takes a kept delivery. It waits only while a thousand others are still to
// be counted, as after a slow filter.
func (e *expecting) saw(d *webhook.Delivery) {
	select {
	case e.incoming <- expected{d, e.against(d)}:
	case <-e.quit:
	}
}

// against says why a delivery does not count, before its payload is looked at.
func (e *expecting) against(d *webhook.Delivery) string {
	switch {
	case d.Verification.Status == webhook.NotAuthentic:
		return "not authentic: " + string(d.Verification.Reason)
	case d.Verification.Status != webhook.Authentic && !e.listener.opts.NoVerify:
		return "unverified: no provider was recognised"
	}
	return ""
}

func (e *expecting) count(ctx context.Context, x expected) {
	d := x.delivery
	if x.against == "" && e.filter != nil {
		if why := e.filter.Check(ctx, d.Body); why != "" {
			x.against = "--jq: " + why
		}
	}
	e.checker.Add(expectation.Arrival{
		ID: d.ID, Event: d.Event, Message: messageKey(d), Against: x.against,
		Fits: func(pattern string) bool { return e.listener.app.matchesEvent([]string{pattern}, d) },
	})
}

// finish counts what is left and reports. It is called when no delivery comes any
// more; interrupted says that somebody ended the wait. The error is nil when all
// is as expected.
func (e *expecting) finish(interrupted bool) error {
	close(e.quit)
	<-e.done
	if e.ended.IsZero() {
		e.ended = time.Now()
	}
	report := &expectReport{
		expecting: e, Result: e.checker.Result(), took: e.ended.Sub(e.began),
		interrupted: interrupted && !e.timedOut && !e.checker.Certain(),
	}
	report.settle()
	err := report.print()
	if e.flags.JUnit != "" {
		if writeErr := report.writeJUnit(); writeErr != nil {
			return failed(writeErr, "name another file with --junit")
		}
	}
	switch {
	case err != nil:
		return failed(err)
	case report.interrupted:
		return context.Canceled
	case !report.Met:
		return ended(exitUnwanted)
	}
	return nil
}
