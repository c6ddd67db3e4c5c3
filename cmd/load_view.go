package cmd

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/load"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// loadText says how many deliveries are made, and how fast.
func loadText(o load.Options) string {
	var parts []string
	if o.Count > 0 {
		parts = append(parts, countDeliveries(o.Count))
	}
	if o.Duration > 0 {
		parts = append(parts, "for "+webhook.ShortDuration(o.Duration))
	}
	if o.Rate > 0 {
		parts = append(parts, perSecond(o.Rate))
	}
	if o.Concurrency > 1 {
		parts = append(parts, fmt.Sprintf("%d at once", o.Concurrency))
	} else {
		parts = append(parts, "one after the other")
	}
	return strings.Join(parts, ", ")
}

func countDeliveries(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return grouped(n) + " deliveries"
}

// grouped is a number with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// perSecond is a rate in four digits or all that are needed.
func perSecond(rate float64) string {
	if rate >= 999.5 {
		return grouped(int(rate+0.5)) + "/s"
	}
	return strconv.FormatFloat(rate, 'g', 4, 64) + "/s"
}

// indent is in front of the rows of a summary.
const indent = "  "

// summary prints what became of the run.
func (r *loadRun) summary(interrupted bool) error {
	f, latency := r.meter.Figures(), r.meter.Latency()
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, r.summaryJSON(f, latency, interrupted))
	}
	st := r.app.IO.Style()
	var out strings.Builder
	row := func(name, text string) { fmt.Fprintf(&out, "  %s  %s\n", st.Key(fmt.Sprintf("%-12s", name)), text) }
	fmt.Fprintf(&out, "%s in %s: %s, %s of bodies\n", countDeliveries(f.Deliveries), ui.Took(f.Elapsed), perSecond(f.PerSecond()), ui.Size(f.Bytes))
	if f.Attempts != f.Deliveries+f.Interrupted {
		row("attempts", grouped(f.Attempts))
	}
	acknowledged := grouped(f.Acknowledged)
	if f.Acknowledged > 0 {
		acknowledged = st.Good(acknowledged)
	}
	row("acknowledged", acknowledged+failedText(st, f))
	if len(f.Statuses) > 0 {
		row("status", countsText(f.Statuses, strconv.Itoa))
	}
	if len(f.Errors) > 0 {
		row("errors", countsText(f.Errors, func(class string) string { return strings.ReplaceAll(class, "_", " ") }))
	}
	if f.Deliveries > 0 {
		row("latency", latencyText(latency))
	}
	if r.options.Rate > 0 {
		row("rate", r.rateText(f))
	}
	if r.opts.Histogram {
		out.WriteByte('\n')
		for _, line := range r.histogram(st) {
			out.WriteString(indent + line + "\n")
		}
	}
	_, err := fmt.Fprint(r.app.IO.Out, out.String())
	r.warnBehind(f)
	return err
}

func failedText(st *ui.Styler, f load.Figures) string {
	var parts string
	if f.NotAcknowledged > 0 {
		parts += ", " + st.Bad("not acknowledged "+grouped(f.NotAcknowledged))
	}
	if f.Unanswered > 0 {
		parts += ", " + st.Bad("without an answer "+grouped(f.Unanswered))
	}
	if f.Interrupted > 0 {
		parts += ", " + st.Paint(ui.Warn, "interrupted "+grouped(f.Interrupted))
	}
	return parts
}

// countsText lists what was counted, the most frequent first.
func countsText[K int | string](counts map[K]int, name func(K) string) string {
	keys := slices.Collect(maps.Keys(counts))
	slices.Sort(keys)
	slices.SortStableFunc(keys, func(a, b K) int { return counts[b] - counts[a] })
	var parts []string
	for _, k := range keys {
		parts = append(parts, name(k)+": "+grouped(counts[k]))
	}
	return strings.Join(parts, ", ")
}

func latencyText(l load.Latency) string {
	var parts []string
	for i, p := range load.Percentiles {
		parts = append(parts, fmt.Sprintf("p%g %s", p, ui.Took(l.Percentiles[i])))
	}
	return strings.Join(append(parts, "max "+ui.Took(l.Max), "mean "+ui.Took(l.Mean)), ", ")
}

// rateText says how well the rate was kept.
func (r *loadRun) rateText(f load.Figures) string {
	return fmt.Sprintf("%s of %s, the latest begun %s late", perSecond(f.Achieved), perSecond(r.options.Rate), ui.Took(f.Behind))
}

// tooLate is how far behind a run may fall before it says so.
const tooLate = 100 * time.Millisecond

func (r *loadRun) warnBehind(f load.Figures) {
	if r.options.Rate <= 0 || f.Missed == 0 && f.Behind < tooLate {
		return
	}
	text := fmt.Sprintf("the rate was not kept: the latest delivery was begun %s late", ui.Took(f.Behind))
	if f.Missed > 0 {
		text += fmt.Sprintf(", and %s that were due were not begun at all", grouped(f.Missed))
	}
	hint := "lower --rate"
	if r.options.Concurrency < mostConcurrency {
		hint = fmt.Sprintf("raise --concurrency over %d where answers are slow, or lower --rate", r.options.Concurrency)
	}
	r.app.warn(text, hint)
}

// histogram draws how long the deliveries took.
func (r *loadRun) histogram(st *ui.Styler) []string {
	ascii := r.ascii()
	label := "≤ "
	if ascii {
		label = "<= "
	}
	var steps []ui.Step
	for _, b := range r.meter.Bars() {
		steps = append(steps, ui.Step{Label: label + ui.Took(b.To), Count: b.Count})
	}
	return (&ui.Histogram{Style: st, ASCII: ascii, Width: max(r.app.IO.Width-len(indent), 0)}).Rows(steps)
}

func (r *loadRun) ascii() bool { return !ui.Unicode(r.app.getenv, runtime.GOOS) }
