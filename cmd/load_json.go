package cmd

import (
	"math"

	"github.com/whk-cli/whk/internal/load"
)

// loadJSON is the summary of many deliveries as a program reads it.
type loadJSON struct {
	summaryJSON
	Interrupted  int            `json:"interrupted"` // given up here; the target may have received them
	Statuses     map[int]int    `json:"statuses"`    // of last attempts
	Errors       map[string]int `json:"errors"`      // the same, by class
	Bytes        int64          `json:"bytes"`       // of the bodies sent
	ElapsedMS    float64        `json:"elapsed_ms"`
	PerSecond    float64        `json:"per_second"` // deliveries that ended
	Concurrency  int            `json:"concurrency"`
	Rate         float64        `json:"rate,omitempty"`          // asked for, a second
	RateAchieved float64        `json:"rate_achieved,omitempty"` // begun, a second
	BehindMS     float64        `json:"behind_ms,omitempty"`     // how late the latest one was begun
	Missed       int            `json:"missed,omitempty"`        // due, and not begun
	LatencyMS    latencyJSON    `json:"latency_ms"`
	Histogram    []barJSON      `json:"histogram,omitempty"`
}

// latencyJSON is how long deliveries took, to the answer of their last attempt,
// from when they were begun or, at a rate, from when they were due.
type latencyJSON struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

func newLatencyJSON(l load.Latency) latencyJSON {
	ms := func(i int) float64 { return milliseconds(l.Percentiles[i]) }
	return latencyJSON{ms(0), ms(1), ms(2), ms(3), ms(4), milliseconds(l.Max), milliseconds(l.Mean)}
}

// barJSON is how many deliveries took longer than the bar's before, and at most
// this long.
type barJSON struct {
	ToMS  float64 `json:"to_ms"`
	Count int     `json:"count"`
}

func (r *loadRun) summaryJSON(f load.Figures, l load.Latency, interrupted bool) loadJSON {
	out := loadJSON{
		summaryJSON: summaryJSON{
			Type: "summary", Deliveries: f.Deliveries, Attempts: f.Attempts,
			Acknowledged: f.Acknowledged, NotAcknowledged: f.NotAcknowledged, Unanswered: f.Unanswered,
		},
		Interrupted: f.Interrupted, Statuses: f.Statuses, Errors: f.Errors, Bytes: f.Bytes,
		ElapsedMS: milliseconds(f.Elapsed), PerSecond: rounded(f.PerSecond()), Concurrency: r.options.Concurrency,
		Rate: rounded(r.options.Rate), LatencyMS: newLatencyJSON(l),
	}
	if interrupted {
		out.Outcome = "interrupted"
	}
	if r.options.Rate > 0 {
		out.RateAchieved, out.BehindMS, out.Missed = rounded(f.Achieved), milliseconds(f.Behind), f.Missed
	}
	if r.opts.Histogram {
		for _, b := range r.meter.Bars() {
			out.Histogram = append(out.Histogram, barJSON{milliseconds(b.To), b.Count})
		}
	}
	return out
}

// rounded is a number to the thousandth.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }
