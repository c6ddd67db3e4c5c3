package cmd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/sender"
)

// retryFlags say whether a delivery is repeated as its provider does, and how
// fast.
type retryFlags struct {
	Retry       bool
	Speed       speedFlag
	MaxAttempts attemptsFlag
}

func (f *retryFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.Retry, "retry", false, "deliver by the provider's own rules: its attempts, waits and limits")
	cmd.Flags().Var(&f.Speed, "speed", "of --retry and --flow: 1x waits as long as the provider, 100x a hundredth of that, max not at all (no wait over 5s unless given)")
	cmd.Flags().Var(&f.MaxAttempts, "max-attempts", "of --retry: end after this many, instead of as many as the provider makes")
}

// addForForwards is add for listen, which forwards.
func (f *retryFlags) addForForwards(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.Retry, "retry", false, "forward again what a target does not acknowledge, by the provider's own rules")
	cmd.Flags().Var(&f.Speed, "speed", "of --retry: 1x waits as long as the provider, 100x a hundredth of that, max not at all (no wait over 5s unless given)")
	cmd.Flags().Var(&f.MaxAttempts, "max-attempts", "of --retry: end after this many, instead of as many as the provider makes")
}

// check refuses flags that were typed and would do nothing.
func (f *retryFlags) check(app *App) error {
	for _, name := range []string{"speed", "max-attempts"} {
		if app.held.typed[name] && !f.Retry {
			return usageError(fmt.Errorf("--%s: without --retry there is one attempt, and no wait", name), "add --retry to deliver by the provider's rules")
		}
	}
	return nil
}

// longestWait is the longest wait between attempts without --speed.
const longestWait = 5 * time.Second

// policy is how p delivers an event type in this run; without --retry it makes
// one attempt.
func (f *retryFlags) policy(p *provider.Provider, event string) *sender.Policy {
	policy := policyOf(p, event)
	switch {
	case !f.Retry:
		policy.Attempts, policy.Repeats, policy.Most = 1, 0, 1
	case f.MaxAttempts > 0:
		policy.Attempts, policy.Repeats, policy.Most = int(f.MaxAttempts), 0, int(f.MaxAttempts)
		policy.Assumed = slices.DeleteFunc(policy.Assumed, func(r sender.Rule) bool { return r == sender.RuleAttempts })
	}
	return policy
}

// pace is how waits of up to longest are scaled here: as --speed says, else so
// that none is over [longestWait].
func (f *retryFlags) pace(longest time.Duration) sender.Pace {
	if f.Speed.given {
		return sender.Pace{Speed: f.Speed.factor}
	}
	return sender.PaceFor(longest, longestWait)
}

// network is how targets are reached. At --speed 1x an answer may take as long
// as the provider allows.
func (f *retryFlags) network(flags networkFlags, p *provider.Provider) networkFlags {
	if f.Retry && f.Speed.given && f.Speed.factor == 1 && !flags.Timeout.given && p.Timeout() > longestPolicyTimeout {
		flags.Timeout = durationFlag{d: p.Timeout(), given: true}
	}
	return flags
}

// jitter is a source of random numbers for waits. With a seed they repeat.
func (app *App) jitter(seed *uint64) (func() float64, error) {
	var key [16]byte
	if seed != nil {
		binary.LittleEndian.PutUint64(key[:], *seed)
	} else if _, err := io.ReadFull(app.Random, key[:]); err != nil {
		return nil, failed(fmt.Errorf("read randomness: %w", err))
	}
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:]))).Float64, nil
}

// attemptsFlag is a number of attempts; 0 is the provider's.
type attemptsFlag int

// Set reads 1 or more.
func (f *attemptsFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return errors.New("a number of attempts is 1 or more")
	}
	*f = attemptsFlag(n)
	return nil
}
func (f *attemptsFlag) String() string { return "" }

// Type is what help calls the value.
func (f *attemptsFlag) Type() string { return "number" }

// speedText is a pace for a person; "" is the provider's own time.
func speedText(pace sender.Pace) string {
	switch {
	case math.IsInf(pace.Speed, 1):
		return "no waits"
	case pace.Speed > 1:
		return "waits " + timesText(pace.Speed) + " shorter"
	case pace.Speed < 1:
		return "waits " + timesText(1/pace.Speed) + " longer"
	}
	return ""
}

// timesText is a factor to four digits, and never with an exponent.
func timesText(factor float64) string {
	if factor >= 1000 {
		return fmt.Sprintf("%.0f times", factor)
	}
	return fmt.Sprintf("%.4g times", factor)
}
