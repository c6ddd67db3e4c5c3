package cmd

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// asOf is at, else the clock's time.
func (app *App) asOf(at time.Time) time.Time {
	if at.IsZero() {
		return app.Now()
	}
	return at
}

// timeValue is a flag for a point in time: RFC 3339, Unix seconds, or a
// difference from now.
type timeValue struct {
	at  *time.Time
	now func() time.Time
}

func addTimeFlag(cmd *cobra.Command, app *App, at *time.Time, name, usage string) {
	cmd.Flags().Var(&timeValue{at, app.Now}, name, usage)
}

// pastValue is a timeValue for the past: 2h is two hours ago, as -2h is.
type pastValue struct{ timeValue }

func addPastFlag(cmd *cobra.Command, app *App, at *time.Time, name, usage string) {
	cmd.Flags().Var(&pastValue{timeValue{at, app.Now}}, name, usage)
}

func (v *pastValue) Set(text string) error {
	if d, err := parseDuration(text); err == nil && text[0] != '+' && text[0] != '-' && text != "0" {
		*v.at = v.now().Add(-d)
		return nil
	}
	return v.timeValue.Set(text)
}

func (v *timeValue) Set(text string) error {
	at, err := parseTime(text, v.now())
	*v.at = at
	return err
}
func (v *timeValue) String() string { return "" }
func (v *timeValue) Type() string   { return "time" }

func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if d, err := parseDifference(text); err == nil {
		return now.Add(d), nil
	}
	var seconds int64
	if n, err := fmt.Sscanf(text, "%d", &seconds); err == nil && n == 1 && fmt.Sprint(seconds) == text && len(text) <= 12 {
		if at := time.Unix(seconds, 0).UTC(); 0 <= at.Year() && at.Year() <= 9999 { // others can not be written in RFC 3339
			return at, nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("a time is RFC 3339 (2026-01-31T08:15:00Z), Unix seconds, or a difference from now such as -2h")
}

// parseDifference reads +2h, -90m or -3d.
func parseDifference(text string) (time.Duration, error) {
	if !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
		return 0, errors.New("no sign")
	}
	return parseDuration(text)
}

// parseDuration is time.ParseDuration, or a number of days: 2d, 1.5d.
func parseDuration(text string) (time.Duration, error) {
	days, ok := strings.CutSuffix(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	hours, err := time.ParseDuration(days + "h")
	switch {
	case err != nil:
		return 0, err
	case strings.ContainsAny(days, "hms"), hours.Abs() > math.MaxInt64/24:
		return 0, errors.New("days are a number alone, and of less than 292 years")
	}
	return 24 * hours, nil
}

// durationFlag is a duration that may be left out, which is different from
// zero.
type durationFlag struct {
	d     time.Duration
	given bool
}

func addToleranceFlag(cmd *cobra.Command, f *durationFlag) {
	cmd.Flags().Var(f, "tolerance", "accept timestamps this far from now, in place of the scheme's own limit")
}

// Set reads a duration that is not negative.
func (f *durationFlag) Set(text string) error {
	d, err := parseDuration(text)
	if err != nil || d < 0 {
		return errors.New("a duration is a number with a unit, such as 90s, 5m or 2d")
	}
	f.d, f.given = d, true
	return nil
}
func (f *durationFlag) String() string { return "" }

// Type is what help calls the value.
func (f *durationFlag) Type() string { return "duration" }

func (f *durationFlag) or(unset time.Duration) time.Duration {
	if f.given {
		return f.d
	}
	return unset
}
