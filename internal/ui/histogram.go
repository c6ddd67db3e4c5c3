package ui

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Step is a row of a [Histogram]: what it counts, and how many.
type Step struct {
	Label string
	Count int
}

// Histogram draws a row for each step, one below the other.
type Histogram struct {
	Style *Styler
	ASCII bool // for terminals that show nothing else
	Width int  // columns for a row; 0: as many as it takes
}

// The longest bar has as many columns as fit, between these.
const longestBar, shortestBar = 40, 4

// Rows returns a line for each step: its label, a bar as long as its part of the
// largest, its count, and the share of all up to it. What is not nothing has a
// bar that shows.
func (h *Histogram) Rows(steps []Step) []string {
	labels, counts, largest, all := 0, 0, 1, 0
	for _, s := range steps {
		labels = max(labels, utf8.RuneCountInString(s.Label))
		counts = max(counts, len(strconv.Itoa(s.Count)))
		largest = max(largest, s.Count)
		all += s.Count
	}
	longest := longestBar
	if h.Width > 0 {
		longest = min(max(h.Width-labels-counts-len("    ")-len("  100.0 %"), shortestBar), longestBar)
	}
	var lines []string
	sum := 0
	for _, s := range steps {
		sum += s.Count
		bar := h.bar(float64(s.Count)/float64(largest), longest)
		lines = append(lines, fmt.Sprintf("%s%s  %s%s  %*d  %s",
			strings.Repeat(" ", labels-utf8.RuneCountInString(s.Label)), s.Label,
			h.Style.Good(bar), strings.Repeat(" ", longest-utf8.RuneCountInString(bar)), counts, s.Count,
			h.Style.Dim(fmt.Sprintf("%5.1f %%", 100*float64(sum)/float64(max(all, 1))))))
	}
	return lines
}

// bar draws a part of the longest bar, to an eighth of a column.
func (h *Histogram) bar(part float64, longest int) string {
	eighths := int(part * float64(longest) * 8)
	if part > 0 {
		eighths = max(eighths, 1)
	}
	if h.ASCII {
		return strings.Repeat("#", (eighths+7)/8)
	}
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string(rune('█' + 8 - rest)) // the last is ▏, one eighth
	}
	return bar
}
