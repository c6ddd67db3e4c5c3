package cmd

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// mostRepeats bounds how often a delivery is repeated after an answer that is
// not a failure. A provider would go on until it succeeds, but a test must end.
const mostRepeats = 10

// policyOf is how p delivers an event type, as the sender understands it.
func policyOf(p *provider.Provider, event string) *sender.Policy {
	d := p.DeliveryOf(event)
	policy := &sender.Policy{
		Success: webhook.Answers(d.Success), Retry: webhook.Answers(d.Retry), Final: webhook.Answers(d.Final),
		Attempts: d.Attempts, Waits: waitsOf(d), RetryAfter: d.RetryAfter, PauseAfter: d.PauseAfter, Repeats: mostRepeats,
	}
	for _, pattern := range slices.SortedFunc(maps.Keys(d.On), byNarrowness) {
		on := d.On[pattern]
		policy.On = append(policy.On, sender.On{
			Answers: webhook.Answers{pattern}, Every: time.Duration(on.Every), NotFailure: on.CountsAsFailure != nil && !*on.CountsAsFailure,
		})
	}
	for _, name := range d.Assumed {
		switch name {
		case "every", "backoff", "waits":
			policy.Assumed = append(policy.Assumed, sender.RuleWaits)
		default:
			policy.Assumed = append(policy.Assumed, sender.Rule(name))
		}
	}
	return policy
}

func waitsOf(d provider.DeliveryPolicy) sender.Waits {
	w := sender.Waits{Jitter: d.Jitter}
	switch {
	case d.Every > 0:
		w.List = []time.Duration{time.Duration(d.Every)}
	case d.Backoff.First > 0:
		w.List, w.Factor, w.Cap = []time.Duration{time.Duration(d.Backoff.First)}, d.Backoff.Factor, time.Duration(d.Backoff.Cap)
	}
	for _, wait := range d.Waits {
		w.List = append(w.List, time.Duration(wait))
	}
	return w
}

// byNarrowness puts a status before its class, a class of errors before all
// errors, and patterns that begin with ! last.
func byNarrowness(a, b string) int {
	width := func(pattern string) int {
		switch {
		case strings.HasPrefix(pattern, "!"):
			return 4
		case pattern == webhook.AnyAnswer:
			return 3
		case pattern == webhook.NoAnswer:
			return 2
		case strings.HasSuffix(pattern, "xx"):
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(width(a), width(b)), cmp.Compare(a, b))
}
