package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/webhook"
)

// subscription is patterns of event types as they are kept: aliases become the
// names that they stand for, and none means all. A pattern that fits none of
// the provider's event types is probably a mistake, but allowed: --data can
// have other types.
func (app *App) subscription(patterns []string, p *provider.Provider) webhook.Patterns {
	var kept webhook.Patterns
	all := slices.Contains(patterns, "*")
	for _, pattern := range withoutEmpty(patterns) {
		not := ""
		if rest, ok := strings.CutPrefix(pattern, "!"); ok {
			not, pattern = "!", rest
		}
		if sample, err := p.Sample(pattern); err == nil {
			pattern = sample.Event.Name
		} else if names := eventNames(p); !fitsAny(pattern, names) {
			var hints []string
			if meant := near.Names(pattern, names); len(meant) > 0 {
				hints = append(hints, "did you mean "+strings.Join(meant, ", ")+"?")
			}
			app.warn(fmt.Sprintf("no event type of %s fits %q", p.Name, pattern), append(hints, "whk events -p "+p.Name+" lists them")...)
		}
		if not != "" || !all {
			kept = append(kept, not+pattern)
		}
	}
	return kept
}

func eventNames(p *provider.Provider) []string {
	var names []string
	for _, e := range p.EventTypes() {
		names = append(names, e.Name)
	}
	return names
}

func fitsAny(pattern string, names []string) bool {
	return slices.ContainsFunc(names, (webhook.Patterns{pattern}).Match)
}
