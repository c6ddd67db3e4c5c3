package ui

import (
	"math"
	"strings"
)

// Bar is one column of a chart: how high it is, and how it ended.
type Bar struct {
	Value float64 // not negative
	Role  Role    // Good, Bad, or Warn for what is neither
}

// Chart draws bars side by side, with a mark under each that repeats its role
// for those who see no colour.
type Chart struct {
	Style *Styler
	ASCII bool // for terminals that show nothing else
	Width int  // at most so many columns, the last ones; 0: all
}

// bars are eight heights, the lowest first.
const (
	unicodeBars = "▁▂▃▄▅▆▇█"
	asciiBars   = ".:-=+*#@"
)

// Rows returns the line of bars and the line of marks. The heights are
// logarithms, so that one long bar leaves the others their differences; all are
// low when all values are alike.
func (c *Chart) Rows(bars []Bar) (heights, marks string) {
	if c.Width > 0 && len(bars) > c.Width {
		bars = bars[len(bars)-c.Width:]
	}
	low, high := span(bars)
	ramp := []rune(unicodeBars)
	if c.ASCII {
		ramp = []rune(asciiBars)
	}
	var up, down strings.Builder
	for _, bar := range bars {
		level := 0
		if high > low {
			level = int(math.Round((scale(bar.Value) - low) / (high - low) * float64(len(ramp)-1)))
		}
		up.WriteString(c.Style.Paint(bar.Role, string(ramp[level])))
		down.WriteString(c.Style.Paint(bar.Role, c.mark(bar.Role)))
	}
	return up.String(), down.String()
}

// scale is a value's height; the unit is a difference that nobody sees.
func scale(v float64) float64 { return math.Log2(1 + max(v, 0)) }

func span(bars []Bar) (low, high float64) {
	low = math.Inf(1)
	for _, bar := range bars {
		low, high = min(low, scale(bar.Value)), max(high, scale(bar.Value))
	}
	return low, high
}

func (c *Chart) mark(role Role) string {
	good, bad := "✓", "✗"
	if c.ASCII {
		good, bad = "+", "x"
	}
	switch role {
	case Good:
		return good
	case Bad:
		return bad
	}
	return "?"
}

// Unicode reports whether characters beyond ASCII can be shown: not on a dumb
// terminal, and where the environment names a character set, only if that is
// UTF-8. Windows names none, and can show them. goos is [runtime.GOOS] except
// in tests.
//
// Rule: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02
func Unicode(getenv func(string) string, goos string) bool {
	if getenv("TERM") == "dumb" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return goos == "windows"
}
