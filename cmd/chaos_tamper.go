package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/chaos"
	"github.com/whk-cli/whk/internal/provider"
)

// tamper changes a signed request.
func (f *faulty) tamper(r *faultRequest, op chaos.Op) error {
	t := tamperer(r.b.provider)
	request := &r.b.request
	var change chaos.Change
	var err error
	what := ""
	switch op.Tamper {
	case chaos.Body:
		what = "body"
		change, err = t.Body(request, op.Choice)
	case chaos.Signature:
		what = "signature"
		change, err = t.Signature(request)
	case chaos.Timestamp:
		what = "timestamp"
		change, err = t.Timestamp(request)
	case chaos.Event:
		what = "event"
		change, err = f.otherEvent(t, r.b, op)
	default:
		return nil
	}
	if err != nil {
		return usageError(fmt.Errorf("--tamper %s: a request of %s, event %s, has nothing to change there", what, r.b.provider.Name, r.b.event),
			"whk providers show "+r.b.provider.Name+" tells what it signs")
	}
	r.done = append(r.done, what+" changed: "+change.String())
	return nil
}

// tamperer knows where things are in the requests of a provider.
func tamperer(p *provider.Provider) *chaos.Tamperer {
	spec := p.Signature
	t := &chaos.Tamperer{Signed: p.Scheme().Sensitive(), From: spec.From}
	if spec.Each != "" {
		t.From = "json:" + spec.Each + ".0." + strings.TrimPrefix(spec.From, "json:")
	}
	switch {
	case spec.Timestamp != nil:
		t.Clock = spec.Timestamp.From
	case p.Scheme().Token():
		t.Clock = "claim:exp"
	}
	t.Spare = append(t.Spare, t.From, t.Clock)
	for _, rules := range []provider.Rules{p.Event.Type, p.Event.ID, p.Event.Created} {
		for _, rule := range rules {
			t.Spare = append(t.Spare, rule.Of, rule.If, rule.Plus)
		}
	}
	for _, rule := range p.Event.Type {
		t.Event = append(t.Event, rule.Of)
	}
	return t
}

// otherEvent gives a delivery the event type of another one.
func (f *faulty) otherEvent(t *chaos.Tamperer, b *built, op chaos.Op) (chaos.Change, error) {
	types := b.provider.EventTypes()
	start := int(op.Choice % uint64(max(1, len(types))))
	for i := range types {
		sample, err := b.provider.Sample(types[(start+i)%len(types)].Name)
		if err != nil || sample.Event.Name == b.event {
			continue
		}
		other, err := f.app.build(&chosenSample{provider: b.provider, sample: sample, name: sample.Event.Name}, buildOptions{now: f.plan.now(), url: b.request.URL})
		if err == nil {
			err = other.sign(f.plan.keys.Secrets[0], f.plan.now())
		}
		if err != nil {
			continue
		}
		if change, err := t.EventOf(&b.request, &other.request); err == nil {
			return change, nil
		}
	}
	return chaos.Change{}, errors.New("no other event type tells itself apart")
}
