package sender

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// immediately is the pace without waits.
var immediately = Pace{Speed: math.Inf(1)}

// played is what a fake target saw, and what was reported.
type played struct {
	sent  []time.Duration // since the start
	turns []Turn
	last  Turn
	err   error
}

// play delivers to a target that takes a second to give each of answers in
// turn, the last one for ever.
func play(ctx context.Context, d Delivery, answers ...*webhook.Attempt) played {
	var p played
	start := time.Now()
	d.Request = func(n int) (*webhook.Request, error) { return &webhook.Request{URL: itoa(n)}, nil }
	d.Send = func(ctx context.Context, r *webhook.Request) webhook.Attempt {
		p.sent = append(p.sent, time.Since(start))
		if r.URL != itoa(len(p.sent)+d.From.Attempts) {
			panic("request " + r.URL + " is sent as the " + itoa(len(p.sent)) + "th")
		}
		if Sleep(ctx, time.Second) != nil {
			return webhook.Attempt{Error: webhook.ClassCanceled}
		}
		return *answers[min(len(p.sent), len(answers))-1]
	}
	d.Report = func(t Turn) error { p.turns = append(p.turns, t); return nil }
	p.last, p.err = Deliver(ctx, &d)
	return p
}

func TestDeliver(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name    string
		pace    Pace
		from    Progress
		answers []*webhook.Attempt
		sent    []time.Duration
		want    Kind
	}{
		{"at once", Pace{}, Progress{}, []*webhook.Attempt{status(200)}, []time.Duration{0}, Done},
		{"at last", Pace{}, Progress{}, []*webhook.Attempt{status(500), failed("reset"), status(200)}, []time.Duration{0, 2 * s, 5 * s}, Done},
		{"never", Pace{}, Progress{}, []*webhook.Attempt{status(500)}, []time.Duration{0, 2 * s, 5 * s, 10 * s}, GiveUp},
		{"quickly", Pace{Speed: 4}, Progress{}, []*webhook.Attempt{status(500)}, []time.Duration{0, s + s/4, 2*s + 3*s/4, 4*s + 3*s/4}, GiveUp},
		{"immediately", immediately, Progress{}, []*webhook.Attempt{status(500)}, []time.Duration{0, s, 2 * s, 3 * s}, GiveUp},
		{"from where it was", Pace{}, Progress{2, 2, 2}, []*webhook.Attempt{status(500)}, []time.Duration{0, 5 * s}, GiveUp},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := play(t.Context(), Delivery{Policy: &strict, Pace: tt.pace, From: tt.from}, tt.answers...)
				if p.err != nil || p.last.Step.Kind != tt.want || !slices.Equal(p.sent, tt.sent) {
					t.Errorf("sent at %v, then %s, %v; want %v, then %s", p.sent, p.last.Step.Kind, p.err, tt.sent, tt.want)
				}
				for i, turn := range p.turns {
					if turn.Number != tt.from.Attempts+i+1 || turn.Progress.Attempts != turn.Number {
						t.Errorf("turn %d is numbered %d and counted as %d", i, turn.Number, turn.Progress.Attempts)
					}
				}
				if len(p.turns) != len(p.sent) {
					t.Errorf("%d attempts were reported, %d were made", len(p.turns), len(p.sent))
				}
			})
		})
	}
}

// An interruption ends a wait and an attempt at once, and every attempt that was
// made is reported.
func TestDeliverInterrupted(t *testing.T) {
	for name, tt := range map[string]struct {
		after time.Duration
		sent  int
		class string
	}{
		"before the first":  {0, 0, ""},
		"in an attempt":     {2500 * time.Millisecond, 2, webhook.ClassCanceled},
		"in a wait":         {4 * time.Second, 2, ""},
		"in the first wait": {1500 * time.Millisecond, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if tt.after == 0 {
					cancel()
				}
				defer time.AfterFunc(tt.after, cancel).Stop()
				start := time.Now()
				p := play(ctx, Delivery{Policy: &strict}, status(500))
				if !errors.Is(p.err, context.Canceled) || len(p.turns) != tt.sent || p.last.Attempt.Error != tt.class {
					t.Errorf("%d turns, the last with %q, %v", len(p.turns), p.last.Attempt.Error, p.err)
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("it took %v, and was interrupted after %v", took, tt.after)
				}
			})
		})
	}
}

// What the caller can not make or not take ends a delivery.
func TestDeliverCallersErrors(t *testing.T) {
	broken := errors.New("broken")
	send := func(context.Context, *webhook.Request) webhook.Attempt { return *status(500) }
	request := func(int) (*webhook.Request, error) { return post("http://x/"), nil }
	_, err := Deliver(t.Context(), &Delivery{Policy: &strict, Pace: immediately, Send: send, Request: func(n int) (*webhook.Request, error) {
		if n == 2 {
			return nil, broken
		}
		return request(n)
	}})
	if err != broken {
		t.Errorf("request: %v", err)
	}
	turn, err := Deliver(t.Context(), &Delivery{Policy: &strict, Pace: immediately, Send: send, Request: request, Report: func(t Turn) error {
		if t.Number == 3 {
			return broken
		}
		return nil
	}})
	if err != broken || turn.Number != 3 {
		t.Errorf("report: %v after %d", err, turn.Number)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := Sleep(ctx, 0); err != nil {
		t.Error(err)
	}
	cancel()
	for _, d := range []time.Duration{0, time.Hour} {
		if err := Sleep(ctx, d); !errors.Is(err, context.Canceled) {
			t.Errorf("sleep for %s: %v", d, err)
		}
	}
}
