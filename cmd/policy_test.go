package cmd

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/webhook"
)

// played delivers an event to a target that gives each of answers in turn, the
// last one for ever: statuses, or 0 for none in time. It tells the waits between
// the attempts, and how it ended. The clock is a fake one.
func played(t *testing.T, p *provider.Provider, event string, answers ...int) (waits []time.Duration, end sender.Step) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var before time.Time
		n := 0
		last, err := sender.Deliver(t.Context(), &sender.Delivery{
			Policy:  policyOf(p, event),
			Request: func(int) (*webhook.Request, error) { return &webhook.Request{}, nil },
			Send: func(context.Context, *webhook.Request) webhook.Attempt {
				if n++; n > 1 {
					waits = append(waits, time.Since(before))
				}
				before = time.Now()
				status := answers[min(n, len(answers))-1]
				if status == 0 {
					return webhook.Attempt{Error: webhook.ClassTimeout}
				}
				return webhook.Attempt{Status: status}
			},
		})
		if err != nil {
			t.Error(err)
		}
		if last.Number != n {
			t.Errorf("%d attempts were made, and the last one is number %d", n, last.Number)
		}
		end = last.Step
	})
	return waits, end
}

func repeat(d time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

// The schedules of the providers that state the most of it, in their own time.
func TestSchedules(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	tests := []struct {
		name, provider, event string
		answers               []int
		waits                 []time.Duration
		end                   sender.Kind
	}{
		{"one attempt, acknowledged", "rosaas", "Tenant.StatusChanged", []int{200}, nil, sender.Done},
		{"one attempt, and no other", "rosaas", "Tenant.StatusChanged", []int{500}, nil, sender.GiveUp},
		{"three more", "saas", "invoice.paid", []int{500}, []time.Duration{s, 2 * s, 4 * s}, sender.GiveUp},
		{"three more, whatever the answer", "saas", "invoice.paid", []int{404, 302, 0, 410}, []time.Duration{s, 2 * s, 4 * s}, sender.GiveUp},
		{"the second does it", "saas", "invoice.paid", []int{0, 204}, []time.Duration{s}, sender.Done},
		{"ten more, hourly, then paused", "machnet", "transaction_processed", []int{500}, repeat(h, 10), sender.Pause},
		{"a redirect is a failure", "machnet", "transaction_processed", []int{301, 200}, repeat(h, 1), sender.Done},
		{"409 is none", "machnet", "transaction_processed", []int{409, 409, 409, 200}, repeat(5*s, 3), sender.Done},
		{"409 comes to an end", "machnet", "transaction_processed", []int{409}, repeat(5*s, 10), sender.GiveUp},
		{"409 takes no attempt away", "machnet", "transaction_processed", []int{409, 500}, slices.Concat(repeat(5*s, 1), repeat(h, 10)), sender.Pause},
		{"at least five minutes, growing", "cloudblue-connect", "fulfillment_request.event", []int{500}, []time.Duration{5 * m, 10 * m, 20 * m, 40 * m, 80 * m}, sender.GiveUp},
		{"a validation is not repeated", "cloudblue-connect", "fulfillment_request.validator", []int{500}, nil, sender.GiveUp},
	}
	registry := provider.NewRegistry()
	for _, tt := range tests {
		t.Run(tt.provider+" "+tt.name, func(t *testing.T) {
			p, err := registry.Load(tt.provider)
			if err != nil {
				t.Fatal(err)
			}
			waits, end := played(t, p, tt.event, tt.answers...)
			if !slices.Equal(waits, tt.waits) || end.Kind != tt.end {
				t.Errorf("%v, then %s; want %v, then %s", waits, end.Kind, tt.waits, tt.end)
			}
		})
	}
}

// Every built-in policy comes to an end, in bounded time, whatever it is
// answered; and what stands for it in a test run takes seconds.
func TestEveryPolicyEnds(t *testing.T) {
	registry := provider.NewRegistry()
	for _, name := range registry.Names() {
		p, err := registry.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range []int{0, 200, 302, 404, 409, 410, 429, 500, 503} {
			waits, end := played(t, p, p.EventTypes()[0].Name, answer)
			var total time.Duration
			for _, wait := range waits {
				total += wait
			}
			if end.Kind == sender.Retry || len(waits) > 1000 || total > 60*24*time.Hour {
				t.Errorf("%s, always answered %d: %s after %d attempts and %v", name, answer, end.Kind, len(waits)+1, total)
			}
			if answer == 200 && end.Kind != sender.Done || answer >= 400 && end.Kind == sender.Done {
				t.Errorf("%s: %d is %s", name, answer, end.Kind)
			}
		}
	}
}

// The first rule that fits is the narrowest.
func TestRulesOfAnswersAreOrdered(t *testing.T) {
	got := []string{"any", "!404", "4xx", "no_answer", "503", "409", "timeout", "5xx"}
	slices.SortFunc(got, byNarrowness)
	if want := []string{"409", "503", "timeout", "4xx", "5xx", "no_answer", "any", "!404"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
