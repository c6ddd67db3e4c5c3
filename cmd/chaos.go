package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/chaos"
)

// chaosFlags are what a sender does wrong on purpose.
type chaosFlags struct{ Faults chaos.Faults }

func (f *chaosFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&copiesFlag{&f.Faults.Duplicate}, "duplicate", "send each delivery this many times more, byte for byte")
	flags.BoolVar(&f.Faults.Shuffle, "shuffle", false, "send the requests of the run in another order")
	flags.Var(&shareFlag{&f.Faults.Drop}, "drop", "lose this part of the deliveries: 0.3 or 30%")
	flags.Var(&delayFlag{&f.Faults.From, &f.Faults.To}, "delay", "hold each request back: 1s, or 100ms..2s at random")
	flags.Var(&tamperFlag{&f.Faults.Tamper}, "tamper", "change what was signed: body, signature, timestamp, secret, event (repeatable: one of them each)")
	flags.Var(&shiftFlag{&f.Faults.Shift, -1}, "stale", "make and sign deliveries as of this long ago")
	flags.Var(&shiftFlag{&f.Faults.Shift, 1}, "future", "make and sign deliveries as of this far ahead")
	flags.BoolVar(&f.Faults.Split, "split", false, "send bodies in slow pieces")
	flags.BoolVar(&f.Faults.Abort, "abort", false, "close the connection half-way through the body")
	flags.BoolVar(&f.Faults.NoSignature, "no-signature", false, "leave the signature out")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("tamper", cobra.FixedCompletions(targetNames(), cobra.ShellCompDirectiveNoFileComp)))
}

// check refuses what does not go together.
func (f *chaosFlags) check(opts *triggerOptions, typed map[string]bool) error {
	if err := f.Faults.Check(); err != nil {
		return usageError(err, "choose one of them")
	}
	switch {
	case typed["stale"] && typed["future"]:
		return usageError(errors.New("--stale and --future: a delivery has one time only"), "choose one of them")
	case len(opts.Endpoints) > 0:
		return usageError(errors.New("--endpoint delivers as its provider does, and these flags do not"), "name a target: --to localhost")
	case opts.Retry:
		return usageError(errors.New("--retry delivers as the provider does, and these flags do not"), "choose one of the two")
	case opts.Duration.given || opts.Histogram:
		return usageError(errors.New("a run that misbehaves is planned in advance: it takes --count, --rate and --concurrency, not --duration or --histogram"), "--count 100 in place of --duration")
	case opts.Count.n > mostMisbehaving/(1+f.Faults.Duplicate):
		return usageError(fmt.Errorf("%d deliveries are more than one run plans, which is %d requests", opts.Count.n, mostMisbehaving), "several runs, each with a seed of its own, do more")
	case isMix(opts.Event) && opts.Count.n == 0:
		return usageError(errors.New("how many? several event types take turns"), "--count 10")
	case opts.Edit:
		return usageError(errors.New("--edit changes one body by hand, and a run that misbehaves has to be repeatable"), "save the body in a file: --data @FILE")
	}
	return nil
}

// deliveries is how many deliveries a run has.
func (o *triggerOptions) deliveries() int { return max(1, o.Count.n) }

// atOnce is how many requests are under way at the same time.
func (o *triggerOptions) atOnce() int { return o.options(1).Concurrency }

// interval is the time from one request to the next; 0 is none.
func (o *triggerOptions) interval() time.Duration {
	if o.Rate == 0 {
		return 0
	}
	return o.Rate.after(1)
}

// mostMisbehaving bounds a run, whose requests are planned and reported one by
// one.
const mostMisbehaving = 1_000_000

func targetNames() []string {
	var names []string
	for _, t := range chaos.Targets {
		names = append(names, string(t))
	}
	return names
}

// copiesFlag is a number of further copies.
type copiesFlag struct{ n *int }

const mostCopies = 1000

// Set reads 1 or more.
func (f *copiesFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostCopies {
		return fmt.Errorf("a number of copies is 1 to %d", mostCopies)
	}
	*f.n = n
	return nil
}
func (f *copiesFlag) String() string { return "" }

// Type is what help calls the value.
func (f *copiesFlag) Type() string { return "number" }

// shareFlag is a part of a whole.
type shareFlag struct{ part *float64 }

// Set reads 0.3 or 30%.
func (f *shareFlag) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	part, err := strconv.ParseFloat(number, 64)
	if percent {
		part /= 100
	}
	if err != nil || !(part >= 0 && part <= 1) {
		return errors.New("a part is 0 to 1, or 0% to 100%")
	}
	*f.part = part
	return nil
}
func (f *shareFlag) String() string { return "" }

// Type is what help calls the value.
func (f *shareFlag) Type() string { return "part" }

// delayFlag is a duration, or a range of them.
type delayFlag struct{ from, to *time.Duration }

// Set reads 1s or 100ms..2s.
func (f *delayFlag) Set(text string) error {
	first, last, isRange := strings.Cut(text, "..")
	if !isRange {
		last = first
	}
	from, err1 := time.ParseDuration(first)
	to, err2 := time.ParseDuration(last)
	if err1 != nil || err2 != nil || from < 0 || to < from {
		return errors.New("a delay is a duration such as 1s, or a range of them such as 100ms..2s")
	}
	*f.from, *f.to = from, to
	return nil
}
func (f *delayFlag) String() string { return "" }

// Type is what help calls the value.
func (f *delayFlag) Type() string { return "range" }

// tamperFlag is a list of what is changed.
type tamperFlag struct{ targets *[]chaos.Target }

// Set reads the name of one.
func (f *tamperFlag) Set(text string) error {
	t, ok := chaos.ParseTarget(text)
	if !ok {
		return fmt.Errorf("use one of %s", strings.Join(targetNames(), ", "))
	}
	if !slices.Contains(*f.targets, t) {
		*f.targets = append(*f.targets, t)
	}
	return nil
}
func (f *tamperFlag) String() string { return "" }

// Type is what help calls the value.
func (f *tamperFlag) Type() string { return "name" }

// shiftFlag is a duration before or after now.
type shiftFlag struct {
	shift *time.Duration
	sign  time.Duration
}

// Set reads 10m, 2h or 3d.
func (f *shiftFlag) Set(text string) error {
	d, err := parseDuration(text)
	if err != nil || d <= 0 || d > 100*365*24*time.Hour {
		return errors.New("give a duration such as 10m, 2h or 3d")
	}
	*f.shift = f.sign * d
	return nil
}
func (f *shiftFlag) String() string { return "" }

// Type is what help calls the value.
func (f *shiftFlag) Type() string { return "duration" }
