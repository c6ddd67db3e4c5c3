package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/signing"
)

// plan makes the deliveries of one run: the n-th of them has values of its own
// and its own signature. Template, provider and secret are read once. It is
// immutable, and safe for concurrent use.
type plan struct {
	app       *App
	steps     []planStep // taken in turn
	generator *payload.Generator
	keys      foundKeys
	at        time.Time // taken as now throughout; zero is the clock
}

// planStep is one of the event types of a run.
type planStep struct {
	*recipe
	signer *signing.Signer
}

// planTrigger makes the plan that the flags describe, and the first of its
// deliveries, unsigned.
func (app *App) planTrigger(cmd *cobra.Command, opts *triggerOptions) (*plan, *built, error) {
	if isMix(opts.Event) {
		return app.planMix(cmd, opts)
	}
	find := app.findSample
	if opts.Data != "" {
		find = app.findEventWithData
	}
	chosen, err := find(opts.Event, opts.providerFlags)
	if err != nil {
		return nil, nil, err
	}
	target, err := opts.target(chosen.provider)
	if err != nil {
		return nil, nil, err
	}
	data, err := app.dataFlag(opts.Data)
	if err != nil {
		return nil, nil, err
	}
	edit, err := app.editWith(cmd.Context(), opts.Edit)
	if err != nil {
		return nil, nil, err
	}
	generator, err := app.generator(opts.Seed.value)
	if err != nil {
		return nil, nil, err
	}
	return app.newPlan(chosen, &plan{generator: generator, at: opts.At}, buildOptions{
		method: opts.Method, url: target, signURL: opts.URL, data: data, edits: opts.Edits, edit: edit, header: opts.Header,
	}, func() (foundKeys, error) {
		return app.secretsFor(cmd.Context(), chosen.provider, opts.secretFlags, true)
	})
}

// newPlan completes p, which has a generator and a time, for one event type,
// and makes the first of its deliveries, unsigned. It calls find for the
// secrets only when the rest is in order.
func (app *App) newPlan(chosen *chosenSample, p *plan, build buildOptions, find func() (foundKeys, error)) (*plan, *built, error) {
	recipe, err := newRecipe(chosen, build)
	if err != nil {
		return nil, nil, err
	}
	p.app = app
	p.steps = []planStep{{recipe: recipe}}
	if p.keys, err = find(); err != nil {
		return nil, nil, err
	}
	first := new(built)
	if err := p.build(first, 1, p.now()); err != nil {
		return nil, nil, err
	}
	first.message.Header = nil // signing reads the request's, which callers may change
	if build.edit != nil {
		recipe.exactly(first)
	}
	for i := range p.steps {
		step := &p.steps[i]
		if step.signer, err = step.provider.Scheme().Signer(p.keys.Secrets[0]); err != nil {
			return nil, nil, first.signError(err)
		}
	}
	return p, first, nil
}

// now is --at, or the clock's time.
func (p *plan) now() time.Time { return p.app.asOf(p.at) }

// next makes the n-th delivery, counted from 1, with values and a signature of
// the time now.
func (p *plan) next(n int, now time.Time) (*built, error) {
	b := new(built)
	return b, p.fill(b, n, now)
}

// fill is next in the memory of b. It overwrites what an earlier fill made
// there, even the strings.
func (p *plan) fill(b *built, n int, now time.Time) error {
	if err := p.build(b, n, now); err != nil {
		return err
	}
	return b.signWith(p.step(n).signer, now)
}

// build is fill without the signature.
func (p *plan) build(b *built, n int, now time.Time) error {
	values := p.generator.Payload(n)
	values.Now = now
	return p.step(n).recipe.fill(b, values)
}

func (p *plan) step(n int) *planStep { return &p.steps[(n-1)%len(p.steps)] }
