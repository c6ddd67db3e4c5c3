package sender

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Waits are the times between attempts: those of List, and then the last of
// them, growing by Factor each time up to Cap.
type Waits struct {
	List   []time.Duration // nil is no waits
	Factor float64         // 1 or less keeps the last one as it is
	Cap    time.Duration   // 0 is a day
	Jitter float64         // up to this part of a wait is added or subtracted, at random; 0.1 is a tenth
}

// longestWait bounds waits that grow without a bound of their own.
const longestWait = 24 * time.Hour

// longestAsked bounds what a target can ask for.
const longestAsked = time.Hour

// After is the wait after the n-th failure, from 1, without jitter.
func (w Waits) After(n int) time.Duration {
	if len(w.List) == 0 {
		return 0
	}
	if n <= len(w.List) {
		return w.List[max(0, n-1)]
	}
	last := w.List[len(w.List)-1]
	if w.Factor <= 1 {
		return last
	}
	most := w.Cap
	if most == 0 {
		most = max(longestWait, last)
	}
	grown := float64(last) * math.Pow(w.Factor, float64(n-len(w.List)))
	if grown >= float64(most) {
		return most
	}
	return time.Duration(grown)
}

// draw is the wait after the n-th failure with its jitter.
func (w Waits) draw(n int, random func() float64) time.Duration {
	wait := w.After(n)
	if w.Jitter <= 0 || random == nil {
		return wait
	}
	return time.Duration(float64(wait) * (1 + w.Jitter*(2*random()-1)))
}

// asked is the wait that the target's Retry-After asks for, where the policy
// respects it.
func (p *Policy) asked(a *webhook.Attempt, now time.Time) (time.Duration, bool) {
	if !p.RetryAfter || a.Error != "" || a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	wait, ok := retryAfter(a.Header.Get("Retry-After"), now)
	return min(max(wait, 0), longestAsked), ok
}

// retryAfter reads seconds or an HTTP date. A date in the past is no wait.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if text != "" && strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return longestAsked, true // more seconds than fit
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return at.Sub(now), true
}

// Longest is the longest wait that the policy can lead to, apart from what
// targets ask for.
func (p *Policy) Longest() time.Duration {
	var longest time.Duration
	if n := p.Attempts - 1; n > 0 { // waits
		longest = p.Waits.After(n)
		for _, wait := range p.Waits.List[:min(n, len(p.Waits.List))] {
			longest = max(longest, wait)
		}
	}
	longest = time.Duration(float64(longest) * (1 + max(0, p.Waits.Jitter)))
	for _, on := range p.On {
		longest = max(longest, on.Every)
	}
	return longest
}

// Pace says how much of a policy's waits is really waited. The zero value waits
// all of it.
type Pace struct {
	Speed float64       // waits are divided by it; 0 is 1, +Inf waits for nothing
	Most  time.Duration // no wait is longer than this; 0 is no bound
}

// Of is how long a wait really takes.
func (c Pace) Of(wait time.Duration) time.Duration {
	if c.Speed > 0 {
		wait = time.Duration(float64(wait) / c.Speed)
	}
	if c.Most > 0 {
		wait = min(wait, c.Most)
	}
	return wait
}

// PaceFor is the pace at which waits of up to longest become at most most, and all
// keep their proportions.
func PaceFor(longest, most time.Duration) Pace {
	return Pace{Speed: max(1, float64(longest)/float64(most)), Most: most}
}
