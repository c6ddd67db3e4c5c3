package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// retention is how long captures are kept: a limit that is 0 is off.
type retention struct {
	For   ageFlag
	Size  sizeFlag
	Count countFlag
}

func (r *retention) add(cmd *cobra.Command) {
	r.For, r.Size = ageFlag(30*24*time.Hour), 5<<30
	cmd.Flags().Var(&r.For, "retain-for", "remove captures that are older, such as 30d; off keeps them")
	cmd.Flags().Var(&r.Size, "retain-size", "remove the oldest captures while all take more, such as 5GiB; off keeps them")
	cmd.Flags().Var(&r.Count, "retain-count", "remove all captures except this many of the newest and those that are still to be forwarded; off keeps them")
}

func (r *retention) limits() (limits store.Limits, on bool) {
	limits = store.Limits{Age: time.Duration(r.For), Bytes: int64(r.Size), Count: int(r.Count)}
	return limits, limits != store.Limits{}
}

// String is the rule in words.
func (r *retention) String() string {
	var rules []string
	if r.For > 0 {
		rules = append(rules, r.For.String())
	}
	if r.Size > 0 {
		rules = append(rules, "up to "+r.Size.String())
	}
	if r.Count > 0 {
		rules = append(rules, "up to "+r.Count.String()+" of them")
	}
	switch n := len(rules); {
	case n == 0:
		return "captures are kept until whk prune removes them"
	case n == 1 && r.For > 0:
		return "captures are kept " + rules[0]
	case n < 3:
		return "captures are kept " + strings.Join(rules, " and ") + ", oldest removed first"
	}
	return fmt.Sprintf("captures are kept %s, %s and %s, oldest removed first", rules[0], rules[1], rules[2])
}

// lostText says how many forwards were lost with what was removed.
func lostText(n int) string {
	if n == 0 {
		return ""
	}
	return ", and " + countText(n, "forward") + " that had not been made"
}

// countFlag is a number of captures; 0 is off.
type countFlag int

// Set reads 1000 or off.
func (f *countFlag) Set(text string) error {
	if text == "off" {
		*f = 0
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		return errors.New("a number of captures is 1 or more, or off")
	}
	*f = countFlag(n)
	return nil
}

func (f *countFlag) String() string {
	if *f == 0 {
		return "off"
	}
	return strconv.Itoa(int(*f))
}

// Type is what help calls the value.
func (f *countFlag) Type() string { return "count" }

// ageFlag is a duration with days; 0 is off.
type ageFlag time.Duration

// Set reads 30d, 12h or off.
func (f *ageFlag) Set(text string) error {
	if text == "off" {
		*f = 0
		return nil
	}
	d, err := parseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("a time is a number with a unit, such as 30d or 12h, or off")
	}
	*f = ageFlag(d)
	return nil
}

func (f *ageFlag) String() string {
	switch d := time.Duration(*f); {
	case d == 0:
		return "off"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	default:
		return webhook.ShortDuration(d)
	}
}

// Type is what help calls the value.
func (f *ageFlag) Type() string { return "time" }

// startRetention removes what is over the limits, every ten minutes.
func (l *listener) startRetention(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	limits, on := l.opts.retention.limits()
	if !on {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Minute)
		defer tick.Stop()
		for {
			if removed, err := l.store.Prune(ctx, limits); err != nil && ctx.Err() == nil {
				l.view.say("old captures could not be removed: " + err.Error())
			} else if removed.Deliveries > 0 {
				l.view.say(fmt.Sprintf("removed %s over the limits, %s%s", countText(removed.Deliveries, "capture"), ui.Size(removed.Bytes), lostText(removed.Forwards)))
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return done
}
