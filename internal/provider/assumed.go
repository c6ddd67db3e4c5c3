package provider

import (
	"slices"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// unstated is how a provider delivers where that is not known.
var unstated = DeliveryPolicy{
	Success:    Answers{"2xx"},
	Retry:      Answers{"409", "429", "5xx", webhook.NoAnswer},
	Final:      Answers{"410"},
	Attempts:   5,
	Backoff:    Backoff{First: Duration(5 * time.Second), Factor: 5, Cap: Duration(time.Hour)},
	Jitter:     0.1,
	RetryAfter: true,
}

// DeliveryOf is the policy for an event type, complete: fields that the
// provider does not state are filled in and named in Assumed. A provider that
// says nothing about further attempts gets whk's own policy; one that states
// attempts, but not after which answers, makes them after all but success.
func (p *Provider) DeliveryOf(event string) DeliveryPolicy {
	d := p.Delivery
	d.Assumed = slices.Clone(d.Assumed)
	if d.Success == nil {
		d.Success = unstated.Success
		d.assume("success")
	}
	timed := d.Every > 0 || d.Backoff.First > 0 || len(d.Waits) > 0
	if d.Attempts == 0 && !timed && d.Retry == nil {
		d.Retry, d.RetryAfter = unstated.Retry, true
		d.assume("retry", "retry_after")
		if d.Final == nil {
			d.Final = unstated.Final
			d.assume("final")
		}
	}
	if d.Retry == nil {
		d.Retry = Answers{webhook.AnyAnswer}
	}
	switch {
	case d.Attempts == 0 && len(d.Waits) > 0:
		d.Attempts = len(d.Waits) + 1
	case d.Attempts == 0:
		d.Attempts = unstated.Attempts
		d.assume("attempts")
	}
	if !timed {
		d.Backoff, d.Jitter = unstated.Backoff, unstated.Jitter
		d.assume("backoff")
	}
	if len(d.Once) > 0 && webhook.Patterns(d.Once).Match(p.canonical(event)) {
		d.makeOnce()
	}
	return d
}

// makeOnce limits d to one attempt.
func (d *DeliveryPolicy) makeOnce() {
	d.Attempts = 1
	d.Assumed = slices.DeleteFunc(d.Assumed, func(name string) bool { return name == "attempts" })
	if slices.Contains(d.Assumed, "once") {
		d.assume("attempts")
	}
}

func (d *DeliveryPolicy) assume(names ...string) {
	for _, name := range names {
		if !slices.Contains(d.Assumed, name) {
			d.Assumed = append(d.Assumed, name)
		}
	}
}
