package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/statedir"
	"github.com/whk-cli/whk/internal/store"
)

// endpointChoice is to whom an event goes.
type endpointChoice struct {
	ready   []endpointSample
	skipped []*store.Endpoint // paused, and subscribed
}

// endpointSample is an endpoint with the event type as its provider knows it.
type endpointSample struct {
	endpoint *store.Endpoint
	sample   *chosenSample
}

// chooseEndpoints finds the registered endpoints that the event goes to, where no
// target is named: those of --endpoint, else all that are subscribed. It is nil
// where there is none at all, and where a target is named.
func (app *App) chooseEndpoints(ctx context.Context, opts *triggerOptions) (*endpointChoice, error) {
	if err := opts.checkEndpoints(app); err != nil {
		return nil, err
	}
	if opts.To != "" {
		return nil, nil
	}
	all, err := app.readEndpoints(ctx, opts)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(opts.Endpoints) > 0 {
		return app.namedEndpoints(all, opts)
	}
	return app.subscribedEndpoints(all, opts)
}

// checkEndpoints settles between --to and --endpoint: what was typed counts.
func (opts *triggerOptions) checkEndpoints(app *App) error {
	typed := app.held.typed
	switch {
	case opts.Force && len(opts.Endpoints) == 0:
		return usageError(errors.New("--force is about an endpoint, and none is named"), opts.words()+" --endpoint NAME --force")
	case opts.To == "" && typed["to"]: // an empty variable of a script is not all endpoints
		return usageError(errors.New("--to is empty"), "a target is a URL, a host, or a port of this machine: --to localhost, --to :3000", "without --to it goes to the registered endpoints")
	case opts.To == "" || len(opts.Endpoints) == 0:
	case typed["endpoint"] && !typed["to"]:
		opts.To = ""
	case typed["to"] && !typed["endpoint"]:
		opts.Endpoints = nil
	default:
		return usageError(errors.New("--to names a target, and --endpoint another"), "leave one of them out")
	}
	return nil
}

// readEndpoints reads those of --endpoint, or all. What is only printed needs no
// state directory.
func (app *App) readEndpoints(ctx context.Context, opts *triggerOptions) ([]*store.Endpoint, error) {
	s, err := app.endpointReader(ctx)
	if err != nil {
		if len(opts.Endpoints) == 0 && (opts.dry() || errors.Is(err, statedir.ErrNoDefault)) {
			return nil, nil
		}
		return nil, err
	}
	if s != nil {
		defer s.Close()
	}
	all, err := endpoints(ctx, s, opts.Endpoints)
	if len(opts.Endpoints) == 0 && errors.As(err, new(*store.DamagedError)) {
		app.warn(err.Error(), damagedEndpointHint(err)) // the others get theirs
		err = nil
	}
	slices.SortStableFunc(all, func(a, b *store.Endpoint) int { return strings.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b *store.Endpoint) bool { return a.ID == b.ID && a.Name == b.Name })
	slices.SortStableFunc(all, func(a, b *store.Endpoint) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all, endpointError(err)
}

// sampleFor is the event as the endpoint's own provider knows it. What flags say
// of provider and variant must fit it.
func (app *App) sampleFor(e *store.Endpoint, opts *triggerOptions) (*chosenSample, error) {
	flags := providerFlags{e.Provider, e.Variants}
	if len(opts.Variants) > 0 {
		flags.Variants = opts.Variants
	}
	event := opts.Event
	if name, rest, ok := strings.Cut(event, "/"); ok && rest != "" && name == e.Provider {
		event = rest
	}
	asked := eventOf{app, event, flags}
	chosen, err := asked.withSample()
	if err != nil && opts.Data != "" && errors.As(err, new(*provider.UnknownEventError)) {
		var p *provider.Provider
		if p, err = asked.load(); err == nil {
			chosen = &chosenSample{provider: p, name: event}
		}
	}
	return chosen, err
}

// wantedProvider is the provider that the command line names, in front of the
// event or as a flag; "" is any. One from the configuration does not count:
// here the endpoints say whose events are meant.
func (app *App) wantedProvider(opts *triggerOptions) string {
	if name, rest, ok := strings.Cut(opts.Event, "/"); ok && rest != "" && app.providers().Has(name) {
		return name
	}
	if opts.Provider == app.held.preferred {
		return ""
	}
	return opts.Provider
}

// namedEndpoints are those of --endpoint, each of which must take the event.
func (app *App) namedEndpoints(all []*store.Endpoint, opts *triggerOptions) (*endpointChoice, error) {
	choice := &endpointChoice{}
	wanted := app.wantedProvider(opts)
	for _, e := range all {
		if wanted != "" && wanted != e.Provider {
			return nil, usageError(fmt.Errorf("endpoint %q belongs to %s, not to %s", e.Name, e.Provider, wanted), "whk endpoint list shows whose each one is")
		}
		sample, err := app.sampleFor(e, opts)
		if err != nil {
			return nil, err
		}
		if err := notTaking(e, sample.name); err != nil && !opts.Force {
			return nil, err
		}
		choice.ready = append(choice.ready, endpointSample{e, sample})
	}
	return choice, nil
}

// subscribedEndpoints are all that get the event. Where there is none, the error
// says why.
func (app *App) subscribedEndpoints(all []*store.Endpoint, opts *triggerOptions) (*endpointChoice, error) {
	choice := &endpointChoice{}
	wanted := app.wantedProvider(opts)
	var without []error // why some of those that know the event do not get it
	for _, e := range all {
		if wanted != "" && wanted != e.Provider {
			continue
		}
		sample, err := app.sampleFor(e, opts)
		switch {
		case errors.As(err, new(*provider.UnknownEventError)), errors.As(err, new(*provider.VariantError)):
			continue
		case errors.As(err, new(*provider.UnknownError)):
			app.warn(fmt.Sprintf("endpoint %q is left out: %v", e.Name, err), "its provider is a folder of a project, or was removed") // the others get theirs
			continue
		case err != nil:
			return nil, err
		}
		if sample.sample == nil && wanted == "" && (len(e.Events) == 0 || !e.Events.Match(sample.name)) {
			continue // any name would do for a body that is given: it must be asked for
		}
		err = notTaking(e, sample.name)
		switch {
		case err == nil:
			choice.ready = append(choice.ready, endpointSample{e, sample})
			continue
		case e.Enabled && e.Paused() && e.Events.Match(sample.name):
			choice.skipped = append(choice.skipped, e)
		}
		without = append(without, err)
	}
	if len(choice.ready) > 0 {
		return choice, nil
	}
	if opts.dry() {
		return nil, nil
	}
	return nil, app.nobodyTakes(all, opts, without)
}
