package cmd

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// paceFlags say when each of many deliveries is sent. The zero value is one
// after the other, without a pause.
type paceFlags struct {
	Rate  rateFlag
	Speed speedFlag
}

func (f *paceFlags) add(cmd *cobra.Command) {
	cmd.Flags().Var(&f.Rate, "rate", "send no more than this many, such as 10/s or 30/m")
	cmd.Flags().Var(&f.Speed, "speed", "keep the gaps between the deliveries as they were captured: 1x, or scaled: 100x; max keeps none")
}

// rateFlag is how many deliveries a second; 0 is as they come.
type rateFlag float64

// after is how long after the first the n-th delivery is due, counted from 0;
// at most about 146 years, so that times do not overflow.
func (f rateFlag) after(n int) time.Duration {
	return time.Duration(min(float64(n)*float64(time.Second)/float64(f), math.MaxInt64/2))
}

// Set reads 10/s, 30/m, 100/h, or 10, which is 10/s.
func (f *rateFlag) Set(text string) error {
	number, unit, given := strings.Cut(text, "/")
	seconds, known := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if !given {
		seconds, known = 1, true
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || !(n >= 1e-6 && n <= 1e9) {
		return errors.New("a rate is a number per second, minute or hour: 10/s, 30/m, 100/h")
	}
	*f = rateFlag(n / seconds)
	return nil
}
func (f *rateFlag) String() string { return "" }

// Type is what help calls the value.
func (f *rateFlag) Type() string { return "n/s" }

// speedFlag is the factor by which waits are divided; +Inf means no waits.
type speedFlag struct {
	factor float64
	given  bool
}

// Set reads 1x, 0.5x, 100x or max.
func (f *speedFlag) Set(text string) error {
	if text == "max" {
		*f = speedFlag{math.Inf(1), true}
		return nil
	}
	number, ok := strings.CutSuffix(text, "x")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !ok || !(n >= 1e-6 && n <= 1e9) {
		return errors.New("a speed is a factor such as 1x or 100x, or max")
	}
	*f = speedFlag{n, true}
	return nil
}
func (f *speedFlag) String() string { return "" }

// Type is what help calls the value.
func (f *speedFlag) Type() string { return "factor" }

// pacer says when the next delivery is due, counted from the first one, so that
// delays do not add up.
type pacer struct {
	flags paceFlags
	first time.Time // when the first one was captured
	start time.Time // when it was sent
	count int
}

// due is how long to wait at the time now for a delivery captured at received.
func (p *pacer) due(now, received time.Time) time.Duration {
	if p.count++; p.count == 1 {
		p.first, p.start = received, now
		return 0
	}
	var at time.Duration
	switch {
	case p.flags.Rate > 0:
		at = p.flags.Rate.after(p.count - 1)
	case p.flags.Speed.given:
		at = time.Duration(float64(received.Sub(p.first)) / p.flags.Speed.factor)
	}
	return max(0, p.start.Add(at).Sub(now))
}
