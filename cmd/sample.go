package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/provider"
)

// chosenSample is an event type that is to be sent, and what it looks like.
type chosenSample struct {
	provider *provider.Provider // with the variants that the event type implies
	sample   *provider.Sample   // nil for a name that the provider does not know, which needs data
	name     string             // the event type
}

func (c *chosenSample) event() provider.EventType {
	if c.sample == nil {
		return provider.EventType{Provider: c.provider.Name, Name: c.name}
	}
	return c.sample.Event
}

// findSample resolves what a person typed for an event type: EVENT, an alias,
// or provider/EVENT. Where no provider is named, it is looked for in the
// configured one, then in the first systems, then in the rest, where only one
// may have it.
func (app *App) findSample(event string, flags providerFlags) (*chosenSample, error) {
	chosen, err := app.findProvider(event, flags)
	if err != nil {
		return nil, err
	}
	return chosen.withSample()
}

// findEventWithData is findSample for a body that is given: then any name will
// do, once its provider is clear.
func (app *App) findEventWithData(event string, flags providerFlags) (*chosenSample, error) {
	chosen, err := app.findProvider(event, flags)
	if err != nil {
		return nil, err
	}
	if found, err := chosen.withSample(); err == nil {
		return found, nil
	}
	p, err := chosen.load()
	return &chosenSample{provider: p, name: chosen.event}, err
}

// eventOf is an event type with the provider that was settled on.
type eventOf struct {
	app   *App
	event string
	flags providerFlags
}

func (e eventOf) load() (*provider.Provider, error) { return e.app.loadProvider(e.flags) }

func (e eventOf) withSample() (*chosenSample, error) {
	p, err := e.load()
	if err != nil {
		return nil, err
	}
	sample, err := p.Sample(e.event)
	if err != nil {
		return nil, unknownEvent(err, p.Name)
	}
	if v := sample.Variant; v != "" && !slices.Contains(e.flags.Variants, v) {
		e.flags.Variants = append(slices.Clone(e.flags.Variants), v)
		if p, err = e.load(); err != nil {
			return nil, err
		}
	}
	return &chosenSample{provider: p, sample: sample, name: sample.Event.Name}, nil
}

func (app *App) findProvider(event string, flags providerFlags) (eventOf, error) {
	registry, own := app.providers(), app.held.preferred
	if name, rest, ok := strings.Cut(event, "/"); ok && rest != "" && registry.Has(name) {
		if flags.Provider != "" && flags.Provider != name && flags.Provider != own {
			return eventOf{}, usageError(fmt.Errorf("%s names %s, and --provider %s", event, name, flags.Provider), "name it once: -p "+name+" "+format.ShellWord(rest))
		}
		return eventOf{app, rest, providerFlags{name, flags.Variants}}, nil
	}
	if flags.Provider != "" && flags.Provider != own {
		return eventOf{app, event, flags}, nil
	}
	flags.Provider = ""
	first := registry.First()
	if own != "" {
		p, err := app.loadProvider(providerFlags{Provider: own})
		if err != nil {
			return eventOf{}, err
		}
		if _, err := p.Sample(event); err == nil {
			flags.Provider = own
			return eventOf{app, event, flags}, nil
		}
	}
	found, err := registry.FindEvent(event, first)
	switch {
	case err != nil:
		return eventOf{}, unknownEvent(err, "")
	case len(found) > 1:
		var hints []string
		for _, name := range found {
			hints = append(hints, "whk trigger "+eventWord(name, event))
		}
		return eventOf{}, usageError(fmt.Errorf("several providers have an event type %q: say which", event), hints...)
	}
	flags.Provider = found[0]
	return eventOf{app, event, flags}, nil
}

// eventWord is an event type of a provider as a shell takes it, whoever else has
// one of that name.
func eventWord(provider, event string) string { return format.ShellWord(provider + "/" + event) }

// shortEventWord is eventWord without the provider where trigger finds it anyway.
func (app *App) shortEventWord(p *provider.Provider, event string) string {
	found, err := app.findProvider(event, providerFlags{Provider: app.held.preferred})
	if err == nil && found.flags.Provider == p.Name {
		return format.ShellWord(event)
	}
	return eventWord(p.Name, event)
}

// unknownEvent turns a provider's error into one with the line to type.
func unknownEvent(err error, name string) error {
	var e *provider.UnknownEventError
	if !errors.As(err, &e) {
		return providerError(err)
	}
	list := "whk events"
	if name != "" {
		list += " -p " + name
	}
	hints := []string{list + " lists them all"}
	if len(e.Near) > 0 {
		hints = append([]string{"did you mean " + strings.Join(e.Near, ", ") + "?"}, hints...)
	}
	return usageError(err, hints...)
}

// loadProvider parses the provider that flags choose.
func (app *App) loadProvider(flags providerFlags) (*provider.Provider, error) {
	variants := flags.Variants
	if len(variants) == 0 {
		variants = app.config().Providers[flags.Provider].Variant
	}
	p, err := app.providers().Load(flags.Provider, variants...)
	if err != nil {
		return nil, providerError(err)
	}
	return p, nil
}

// providerError makes any error about the choice of a provider a usage error
// with hints.
func providerError(err error) error {
	var variant *provider.VariantError
	if errors.As(err, &variant) {
		return usageError(err, "whk providers show "+variant.Provider+" says what it has")
	}
	var unknown *provider.UnknownError
	if errors.As(err, &unknown) {
		hints := []string{"whk providers lists them all"}
		if len(unknown.Near) > 0 {
			hints = append([]string{"did you mean " + strings.Join(unknown.Near, ", ") + "?"}, hints...)
		}
		return usageError(err, hints...)
	}
	return usageError(err, "correct that provider's folder, or move it away; whk providers show NAME says where it is")
}

// variantAlone refuses --variant without a provider.
func variantAlone() error {
	return usageError(errors.New("--variant needs --provider: variants are a provider's own"), "whk providers show NAME lists them")
}

// chosenOrAll is the provider of -p, else all of them.
func (app *App) chosenOrAll(flags providerFlags) ([]*provider.Provider, error) {
	names := app.providers().Ordered()
	if flags.Provider != "" {
		names = []string{flags.Provider}
	} else if len(flags.Variants) > 0 {
		return nil, variantAlone()
	}
	var all []*provider.Provider
	for _, name := range names {
		p, err := app.loadProvider(providerFlags{name, flags.Variants})
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
