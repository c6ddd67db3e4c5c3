package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// isMix reports whether what was typed for an event type stands for several: a
// pattern, or a list with commas.
func isMix(event string) bool { return strings.ContainsAny(event, "*?,") }

// planMix makes the plan of deliveries of several event types, which take turns.
func (app *App) planMix(cmd *cobra.Command, opts *triggerOptions) (*plan, *built, error) {
	if opts.Data != "" || opts.Edit {
		return nil, nil, usageError(fmt.Errorf("%s stands for several event types, and --data and --edit make the body of one", opts.Event), "name one event type, or leave them out")
	}
	chosen, err := app.findMix(opts.Event, opts.providerFlags)
	if err != nil {
		return nil, nil, err
	}
	generator, err := app.generator(opts.Seed.value)
	if err != nil {
		return nil, nil, err
	}
	var whole *plan
	var first *built
	for _, c := range chosen {
		target, err := opts.target(c.provider)
		if err != nil {
			return nil, nil, err
		}
		part, b, err := app.newPlan(c, &plan{generator: generator, at: opts.At}, buildOptions{
			method: opts.Method, url: target, signURL: opts.URL, edits: opts.Edits, header: opts.Header,
		}, func() (foundKeys, error) {
			if whole != nil {
				return whole.keys, nil
			}
			return app.secretsFor(cmd.Context(), c.provider, opts.secretFlags, true)
		})
		if err != nil {
			return nil, nil, err
		}
		if whole == nil {
			whole, first = part, b
			continue
		}
		whole.steps = append(whole.steps, part.steps...)
	}
	return whole, first, nil
}

// findMix finds the event types of a list of names and patterns, all of one
// provider, in the order of the list. A name that stands twice counts twice;
// patterns after "!" leave out.
func (app *App) findMix(text string, flags providerFlags) ([]*chosenSample, error) {
	items, err := app.mixItems(text, &flags)
	if err != nil {
		return nil, err
	}
	owner, err := app.mixOwner(text, items, flags)
	if err != nil {
		return nil, err
	}
	flags.Provider = owner.Name
	names, err := mixNames(owner, items)
	if err != nil {
		return nil, err
	}
	var chosen []*chosenSample
	for _, name := range names {
		c, err := eventOf{app, name, flags}.withSample()
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

// mixItems splits the list, and takes the provider that items name into flags.
func (app *App) mixItems(text string, flags *providerFlags) ([]string, error) {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		not, excluded := strings.CutPrefix(item, "!")
		if name, rest, ok := strings.Cut(not, "/"); ok && rest != "" && app.providers().Has(name) {
			if flags.Provider != "" && flags.Provider != name && flags.Provider != app.held.preferred {
				return nil, usageError(fmt.Errorf("%s names event types of %s and of %s: one run has one provider", text, flags.Provider, name), "a run for each, at the same time, does the same")
			}
			flags.Provider, item = name, rest
			if excluded {
				item = "!" + rest
			}
		}
		if item == "" || item == "!" {
			return nil, usageError(fmt.Errorf("%q has an empty item", text), "invoice.*,user.created is a list of two")
		}
		items = append(items, item)
	}
	return items, nil
}

// mixOwner is the provider whose event types the items are: the one that was
// named, else the configured one's, one of the first systems', one of the rest.
func (app *App) mixOwner(text string, items []string, flags providerFlags) (*provider.Provider, error) {
	registry := app.providers()
	if flags.Provider != "" {
		if p, err := app.loadProvider(flags); err != nil || flags.Provider != app.held.preferred {
			return p, err
		} else if names, err := mixNames(p, items); err == nil && len(names) > 0 {
			return p, nil
		}
	}
	first := registry.First()
	rest := slices.DeleteFunc(registry.Ordered(), func(name string) bool { return slices.Contains(first, name) })
	for _, group := range [][]string{first, rest} {
		var found []*provider.Provider
		for _, name := range group {
			p, err := registry.Load(name)
			if err != nil {
				continue // a broken one must not keep the others out
			}
			if _, err := mixNames(p, items); err == nil {
				found = append(found, p)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			var hints []string
			for _, p := range found[:min(len(found), 6)] {
				hints = append(hints, "whk trigger "+format.ShellWord(text)+" -p "+p.Name)
			}
			return nil, usageError(fmt.Errorf("several providers have event types that match %q: say which", text), hints...)
		}
	}
	return nil, usageError(fmt.Errorf("no provider has event types that match %q", text), "whk events lists them all")
}

// mixNames are the event types of p that the items stand for.
func mixNames(p *provider.Provider, items []string) ([]string, error) {
	var names []string
	var not webhook.Patterns
	for _, item := range items {
		switch {
		case strings.HasPrefix(item, "!"):
			not = append(not, item)
		case strings.ContainsAny(item, "*?"):
			found := false
			for _, e := range p.EventTypes() {
				if (webhook.Patterns{item}).Match(e.Name) {
					names, found = append(names, e.Name), true
				}
			}
			if !found {
				return nil, usageError(fmt.Errorf("no event type of %s matches %q", p.Name, item), "whk events -p "+p.Name+" lists them")
			}
		default:
			sample, err := p.Sample(item)
			if err != nil {
				return nil, unknownEvent(err, p.Name)
			}
			names = append(names, sample.Event.Name)
		}
	}
	if len(names) == 0 && len(not) > 0 {
		for _, e := range p.EventTypes() {
			names = append(names, e.Name)
		}
	}
	if names = slices.DeleteFunc(names, func(name string) bool { return !not.Match(name) }); len(names) == 0 {
		return nil, usageError(errors.New("patterns after ! leave out every event type"), "whk events -p "+p.Name+" lists them")
	}
	return names, nil
}
