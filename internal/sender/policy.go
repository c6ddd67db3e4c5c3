package sender

import (
	"fmt"
	"slices"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Policy decides what a sender does after an attempt. It holds no state and is
// safe for concurrent use. The zero value makes one attempt and takes 2xx for
// an acknowledgement.
type Policy struct {
	Success  webhook.Answers // acknowledge; nil is 2xx
	Retry    webhook.Answers // of the rest, what is tried again; nil is nothing
	Final    webhook.Answers // of the rest, what ends all deliveries to the endpoint
	Attempts int             // how many failures end the delivery, the first one included; 0 is 1
	Waits    Waits           // between attempts
	On       []On            // answers with a rule of their own; the first that fits

	// RetryAfter lets the Retry-After field of a 429 or 503 set the wait, up to
	// an hour. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
	RetryAfter bool

	// PauseAfter is how many failures in a row, over all deliveries to the
	// endpoint, pause it. It takes effect when the current delivery has had its
	// attempts; 0 is never.
	PauseAfter int

	// Repeats bounds how many attempts follow answers that are not failures,
	// and Most the attempts of any kind; 0 is no bound.
	Repeats, Most int

	// Assumed are the rules that the provider does not state.
	Assumed []Rule
}

// On is the rule of some answers.
type On struct {
	Answers    webhook.Answers
	Every      time.Duration // the wait after them; 0 is the policy's
	NotFailure bool          // they count neither towards Attempts nor towards PauseAfter
}

// Rule names a part of a policy, as provider.yaml does; RuleWaits is every,
// backoff and waits there.
type Rule string

// The rules that a step can follow from.
const (
	RuleSuccess    Rule = "success"
	RuleRetry      Rule = "retry"
	RuleFinal      Rule = "final"
	RuleAttempts   Rule = "attempts"
	RuleWaits      Rule = "waits"
	RuleOn         Rule = "on"
	RuleRetryAfter Rule = "retry_after"
	RulePauseAfter Rule = "pause_after"
	RuleLimit      Rule = "" // a bound of whk's own, or a request that can not be sent at all
)

// Progress is how far a delivery has come. The zero value is at its beginning;
// the JSON form is for those who keep it.
type Progress struct {
	Attempts int `json:"attempts"` // made of this delivery
	Failures int `json:"failures"` // of these, those that count as failures
	InARow   int `json:"in_a_row"` // failures of the endpoint since it last acknowledged anything
}

// Kind is what happens next.
type Kind string

// The kinds of steps.
const (
	Done   Kind = "done"    // acknowledged
	Retry  Kind = "retry"   // another attempt, after the wait
	GiveUp Kind = "give_up" // no more attempts at this delivery
	Stop   Kind = "stop"    // nothing more to this endpoint, for good
	Pause  Kind = "pause"   // nothing more to this endpoint until somebody resumes it
)

// Step is what a policy does after an attempt.
type Step struct {
	Kind    Kind
	Wait    time.Duration // until the next attempt, in the provider's time; only of Retry
	Why     string        // a clause for a person, "" where there is nothing to add
	Rule    Rule          // the part of the policy that decided
	Assumed bool          // that part is not stated by the provider
}

// Next decides what follows an attempt that ended now, made after was, and
// gives the progress with it. random is asked for numbers in [0, 1) where the
// policy has jitter; nil leaves the jitter out. An attempt that was interrupted
// here decides nothing: it is to be made again at once.
func (p *Policy) Next(was Progress, a *webhook.Attempt, now time.Time, random func() float64) (Progress, Step) {
	at := was
	if a.Error == webhook.ClassCanceled {
		return at, Step{Kind: Retry}
	}
	at.Attempts++
	if p.acknowledges(a) {
		at.InARow = 0
		return at, p.step(Step{Kind: Done, Rule: RuleSuccess})
	}
	on := p.on(a)
	if on == nil || !on.NotFailure {
		at.Failures++
		at.InARow++
	}
	return at, p.step(p.afterFailure(at, a, on, now, random))
}

func (p *Policy) acknowledges(a *webhook.Attempt) bool {
	if p.Success == nil {
		return a.Acknowledged()
	}
	return p.Success.Match(a)
}

func (p *Policy) on(a *webhook.Attempt) *On {
	i := slices.IndexFunc(p.On, func(on On) bool { return on.Answers.Match(a) })
	if i < 0 {
		return nil
	}
	return &p.On[i]
}

func (p *Policy) step(s Step) Step {
	s.Assumed = slices.Contains(p.Assumed, s.Rule)
	return s
}

// afterFailure is the step after an attempt that was not acknowledged and is
// counted in at.
func (p *Policy) afterFailure(at Progress, a *webhook.Attempt, on *On, now time.Time, random func() float64) Step {
	if p.Final.Match(a) {
		return Step{Kind: Stop, Rule: RuleFinal, Why: outcome(a) + " ends it for good"}
	}
	if s, ended := p.end(at, a, on); ended {
		if p.PauseAfter > 0 && at.InARow >= p.PauseAfter {
			return Step{Kind: Pause, Rule: RulePauseAfter, Why: inARow(at.InARow)}
		}
		return s
	}
	if wait, asked := p.asked(a, now); asked {
		return Step{Kind: Retry, Rule: RuleRetryAfter, Wait: wait, Why: "as Retry-After asks"}
	}
	if on != nil && on.Every > 0 {
		return Step{Kind: Retry, Rule: RuleOn, Wait: on.Every, Why: "as after every " + outcome(a)}
	}
	return Step{Kind: Retry, Rule: RuleWaits, Wait: p.Waits.draw(at.Failures, random)}
}

// end reports whether the delivery has had its attempts.
func (p *Policy) end(at Progress, a *webhook.Attempt, on *On) (Step, bool) {
	repeats := at.Attempts - at.Failures
	switch {
	case a.Error == webhook.ClassInvalid:
		return Step{Kind: GiveUp, Rule: RuleLimit, Why: "no attempt can send it"}, true
	case on == nil && !p.Retry.Match(a) && max(1, p.Attempts) > 1:
		return Step{Kind: GiveUp, Rule: RuleRetry, Why: outcome(a) + " is not tried again"}, true
	case at.Failures >= max(1, p.Attempts):
		return Step{Kind: GiveUp, Rule: RuleAttempts, Why: lastOf(p.Attempts)}, true
	case p.Most > 0 && at.Attempts >= p.Most:
		return Step{Kind: GiveUp, Rule: RuleLimit, Why: lastOf(p.Most)}, true
	case p.Repeats > 0 && repeats > p.Repeats:
		return Step{Kind: GiveUp, Rule: RuleLimit, Why: fmt.Sprintf("%s was repeated %d times", outcome(a), p.Repeats)}, true
	}
	return Step{}, false
}

func lastOf(n int) string {
	if n <= 1 {
		return "there is only one attempt"
	}
	return fmt.Sprintf("there are no more than %d attempts", n)
}

func inARow(n int) string {
	if n == 1 {
		return "one failure pauses"
	}
	return fmt.Sprintf("%d failures in a row", n)
}

// outcome is an attempt's result in a word or two.
func outcome(a *webhook.Attempt) string {
	if a.Error != "" {
		return a.Error
	}
	return fmt.Sprint(a.Status)
}
