package sender

import (
	"slices"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func status(n int, header ...webhook.Field) *webhook.Attempt {
	return &webhook.Attempt{Status: n, Header: header}
}

func failed(class string) *webhook.Attempt { return &webhook.Attempt{Error: class} }

var (
	epoch   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	growing = Waits{List: []time.Duration{time.Second}, Factor: 2}
	// strict repeats all that fails, four times in all.
	strict = Policy{Retry: webhook.Answers{"any"}, Attempts: 4, Waits: growing}
)

func TestNext(t *testing.T) {
	chosen := Policy{
		Success: webhook.Answers{"200", "302"}, Retry: webhook.Answers{"5xx", "no_answer", "!501"}, Final: webhook.Answers{"410"},
		Attempts: 3, Waits: growing, RetryAfter: true, PauseAfter: 5,
		On:      []On{{Answers: webhook.Answers{"409"}, Every: 7 * time.Second, NotFailure: true}, {Answers: webhook.Answers{"423"}, Every: time.Minute}},
		Repeats: 2, Assumed: []Rule{RuleWaits, RulePauseAfter},
	}
	retryAfter := func(text string) webhook.Field { return webhook.Field{Name: "Retry-After", Value: text} }
	tests := []struct {
		name   string
		policy Policy
		was    Progress
		a      *webhook.Attempt
		want   Step
		at     Progress
	}{
		{"zero, acknowledged", Policy{}, Progress{InARow: 3}, status(204), Step{Kind: Done, Rule: RuleSuccess}, Progress{1, 0, 0}},
		{"zero, not", Policy{}, Progress{}, status(500), Step{Kind: GiveUp, Rule: RuleAttempts}, Progress{1, 1, 1}},
		{"redirect", strict, Progress{}, status(302), Step{Kind: Retry, Rule: RuleWaits, Wait: time.Second}, Progress{1, 1, 1}},
		{"third failure", strict, Progress{2, 2, 9}, failed(webhook.ClassTimeout), Step{Kind: Retry, Rule: RuleWaits, Wait: 4 * time.Second}, Progress{3, 3, 10}},
		{"last failure", strict, Progress{3, 3, 3}, status(404), Step{Kind: GiveUp, Rule: RuleAttempts}, Progress{4, 4, 4}},
		{"cannot be sent", strict, Progress{}, failed(webhook.ClassInvalid), Step{Kind: GiveUp, Rule: RuleLimit}, Progress{1, 1, 1}},
		{"interrupted", strict, Progress{1, 1, 1}, failed(webhook.ClassCanceled), Step{Kind: Retry}, Progress{1, 1, 1}},
		{"Retry-After unheard", strict, Progress{}, status(503, retryAfter("60")), Step{Kind: Retry, Rule: RuleWaits, Wait: time.Second}, Progress{1, 1, 1}},

		{"another success", chosen, Progress{}, status(302), Step{Kind: Done, Rule: RuleSuccess}, Progress{1, 0, 0}},
		{"2xx that is none", chosen, Progress{}, status(204), Step{Kind: GiveUp, Rule: RuleRetry}, Progress{1, 1, 1}},
		{"broken answer", chosen, Progress{}, &webhook.Attempt{Status: 200, Error: webhook.ClassReset}, Step{Kind: Retry, Rule: RuleWaits, Wait: time.Second, Assumed: true}, Progress{1, 1, 1}},
		{"final", chosen, Progress{}, status(410), Step{Kind: Stop, Rule: RuleFinal}, Progress{1, 1, 1}},
		{"not tried again", chosen, Progress{}, status(501), Step{Kind: GiveUp, Rule: RuleRetry}, Progress{1, 1, 1}},
		{"no failure", chosen, Progress{1, 1, 1}, status(409), Step{Kind: Retry, Rule: RuleOn, Wait: 7 * time.Second}, Progress{2, 1, 1}},
		{"no failure, once more", chosen, Progress{1, 0, 0}, status(409), Step{Kind: Retry, Rule: RuleOn, Wait: 7 * time.Second}, Progress{2, 0, 0}},
		{"no failure too often", chosen, Progress{2, 0, 0}, status(409), Step{Kind: GiveUp, Rule: RuleLimit}, Progress{3, 0, 0}},
		{"wait of its own", chosen, Progress{}, status(423), Step{Kind: Retry, Rule: RuleOn, Wait: time.Minute}, Progress{1, 1, 1}},
		{"seconds", chosen, Progress{}, status(503, retryAfter(" 90 ")), Step{Kind: Retry, Rule: RuleRetryAfter, Wait: 90 * time.Second}, Progress{1, 1, 1}},
		{"no seconds", chosen, Progress{}, status(503, retryAfter("0")), Step{Kind: Retry, Rule: RuleRetryAfter}, Progress{1, 1, 1}},
		{"a day", chosen, Progress{}, status(503, retryAfter("86400")), Step{Kind: Retry, Rule: RuleRetryAfter, Wait: time.Hour}, Progress{1, 1, 1}},
		{"forever", chosen, Progress{}, status(503, retryAfter("99999999999999999999")), Step{Kind: Retry, Rule: RuleRetryAfter, Wait: time.Hour}, Progress{1, 1, 1}},
		{"date", chosen, Progress{}, status(503, retryAfter("Fri, 02 Jan 2026 03:05:00 GMT")), Step{Kind: Retry, Rule: RuleRetryAfter, Wait: 55 * time.Second}, Progress{1, 1, 1}},
		{"date gone by", chosen, Progress{}, status(503, retryAfter("Thu, 01 Jan 2026 03:05:00 GMT")), Step{Kind: Retry, Rule: RuleRetryAfter}, Progress{1, 1, 1}},
		{"far date", chosen, Progress{}, status(503, retryAfter("Fri, 02 Jan 2037 03:05:00 GMT")), Step{Kind: Retry, Rule: RuleRetryAfter, Wait: time.Hour}, Progress{1, 1, 1}},
		{"rubbish", chosen, Progress{}, status(503, retryAfter("-5")), Step{Kind: Retry, Rule: RuleWaits, Wait: time.Second, Assumed: true}, Progress{1, 1, 1}},
		{"of another status", chosen, Progress{}, status(500, retryAfter("90")), Step{Kind: Retry, Rule: RuleWaits, Wait: time.Second, Assumed: true}, Progress{1, 1, 1}},
		{"past the attempts", chosen, Progress{2, 2, 2}, status(503, retryAfter("90")), Step{Kind: GiveUp, Rule: RuleAttempts}, Progress{3, 3, 3}},
		{"in a row, not over", chosen, Progress{1, 1, 6}, status(500), Step{Kind: Retry, Rule: RuleWaits, Wait: 2 * time.Second, Assumed: true}, Progress{2, 2, 7}},
		{"in a row, over", chosen, Progress{2, 2, 4}, status(500), Step{Kind: Pause, Rule: RulePauseAfter, Assumed: true}, Progress{3, 3, 5}},
		{"almost in a row", chosen, Progress{2, 2, 3}, status(500), Step{Kind: GiveUp, Rule: RuleAttempts}, Progress{3, 3, 4}},
		{"final, in a row", chosen, Progress{0, 0, 9}, status(410), Step{Kind: Stop, Rule: RuleFinal}, Progress{1, 1, 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, got := tt.policy.Next(tt.was, tt.a, epoch, nil)
			if got.Why == "" && (got.Kind == GiveUp || got.Kind == Stop || got.Kind == Pause) {
				t.Error("it does not say why")
			}
			got.Why = ""
			if got != tt.want || at != tt.at {
				t.Errorf("got %+v, %+v\nwant %+v, %+v", got, at, tt.want, tt.at)
			}
		})
	}
}

// Most is a bound on attempts of any kind.
func TestMost(t *testing.T) {
	p := Policy{Retry: webhook.Answers{"any"}, Attempts: 5, Most: 5, On: []On{{Answers: webhook.Answers{"409"}, NotFailure: true}}}
	var at Progress
	for n := 1; ; n++ {
		var s Step
		if at, s = p.Next(at, status(409), epoch, nil); s.Kind == Retry {
			continue
		}
		if n != 5 || s.Kind != GiveUp {
			t.Errorf("ended after %d with %+v", n, s)
		}
		return
	}
}

func TestWaits(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	tests := []struct {
		name  string
		waits Waits
		want  []time.Duration
	}{
		{"none", Waits{}, []time.Duration{0, 0}},
		{"fixed", Waits{List: []time.Duration{h}}, []time.Duration{h, h, h}},
		{"doubled", Waits{List: []time.Duration{s}, Factor: 2}, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		{"capped", Waits{List: []time.Duration{5 * s}, Factor: 8, Cap: m}, []time.Duration{5 * s, 40 * s, m, m}},
		{"a list", Waits{List: []time.Duration{s, 5 * m, 2 * m}}, []time.Duration{s, 5 * m, 2 * m, 2 * m}},
		{"a day is enough", Waits{List: []time.Duration{10 * h}, Factor: 2}, []time.Duration{10 * h, 20 * h, 24 * h, 24 * h}},
		{"unless one is longer", Waits{List: []time.Duration{48 * h}, Factor: 2}, []time.Duration{48 * h, 48 * h}},
	}
	for _, tt := range tests {
		var got []time.Duration
		for n := range tt.want {
			got = append(got, tt.waits.After(n+1))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := (Waits{List: []time.Duration{s}, Factor: 10}).After(1 << 60); got != 24*h {
		t.Errorf("the last of many is %v", got)
	}
}

func TestJitter(t *testing.T) {
	p := strict
	p.Waits.Jitter = 0.25
	for random, want := range map[float64]time.Duration{0: 750 * time.Millisecond, 0.5: time.Second, 0.75: 1125 * time.Millisecond} {
		if _, s := p.Next(Progress{}, status(500), epoch, func() float64 { return random }); s.Wait != want {
			t.Errorf("at %v: %v, want %v", random, s.Wait, want)
		}
	}
}

// No wait of a scaled policy is longer than asked for, and none is scaled up.
func TestPace(t *testing.T) {
	hourly := Policy{Attempts: 11, Waits: Waits{List: []time.Duration{time.Hour}}, On: []On{{Every: 5 * time.Second}}}
	jittery := Policy{Attempts: 3, Waits: Waits{List: []time.Duration{time.Hour}, Jitter: 0.5}}
	single := Policy{Attempts: 1, Waits: Waits{List: []time.Duration{time.Hour}}}
	long := Policy{Attempts: 1 << 40, Waits: Waits{List: []time.Duration{time.Second}, Factor: 1.0000001}}
	tests := []struct {
		name   string
		policy Policy
		wait   time.Duration
		want   time.Duration
	}{
		{"short waits stay", strict, 4 * time.Second, 4 * time.Second},
		{"the longest is the limit", hourly, time.Hour, 5 * time.Second},
		{"the others keep the proportion", hourly, 18 * time.Minute, 1500 * time.Millisecond},
		{"asked for more than the policy has", strict, time.Hour, 5 * time.Second},
		{"with jitter", jittery, 90 * time.Minute, 5 * time.Second},
		{"waits that are never reached", single, time.Second, time.Second},
		{"many attempts", long, 24 * time.Hour, 5 * time.Second},
	}
	for _, tt := range tests {
		if got := PaceFor(tt.policy.Longest(), 5*time.Second).Of(tt.wait).Round(time.Microsecond); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := (Pace{}).Of(time.Hour); got != time.Hour {
		t.Errorf("in real time %v", got)
	}
	if got := immediately.Of(time.Hour); got != 0 {
		t.Errorf("immediately is %v", got)
	}
}
