package cmd

import (
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/expectation"
	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// noteUnknown notes patterns that fit no known event type of the provider but
// come near one: with a typing error the user would wait in vain. Other
// patterns may well be for event types that whk has no sample of.
func (v *listenView) noteUnknown(forwards []forwardTarget) {
	opts := v.listener.opts
	if opts.Provider == "" {
		return
	}
	p, err := v.app.loadProvider(opts.providerFlags)
	if err != nil {
		return
	}
	known := arriving(p)
	for _, pattern := range opts.patterns(forwards) {
		pattern = p.Arrives(pattern)
		if slices.ContainsFunc(known, func(name string) bool { return webhook.Patterns{pattern}.Match(name) }) {
			continue
		}
		if names := near.Names(pattern, known); len(names) > 0 {
			v.app.note("no known event type of %s fits %s; near: %s", p.Name, pattern, strings.Join(names, ", "))
		}
	}
}

// arriving are a provider's event types, as they can be told apart on receipt.
func arriving(p *provider.Provider) []string {
	var names []string
	for _, e := range p.EventTypes() {
		names = append(names, p.Arrives(e.Name))
		names = append(names, e.Aliases...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// patterns are those of event types that the flags name.
func (opts *listenOptions) patterns(forwards []forwardTarget) []string {
	var list []string
	for _, text := range opts.Events {
		list = append(list, strings.TrimPrefix(text, "!"))
	}
	for _, f := range forwards {
		if f.pattern != "" {
			list = append(list, f.pattern)
		}
	}
	for _, text := range opts.On {
		pattern, _, _ := strings.Cut(text, "=")
		list = append(list, pattern)
	}
	for _, text := range opts.Expect {
		if e, err := expectation.Parse(text); err == nil {
			list = append(list, e.Pattern)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
