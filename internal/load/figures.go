package load

import (
	"maps"
	"time"
)

// Figures returns what was measured so far. It shares nothing with the meter.
func (m *Meter) Figures() Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.figures
	f.Statuses, f.Errors = maps.Clone(f.Statuses), maps.Clone(f.Errors)
	end := m.end
	if end.IsZero() {
		end = time.Now()
	}
	if !m.start.IsZero() {
		f.Elapsed = end.Sub(m.start)
	}
	if took := m.lastTime.Sub(m.start); m.begun > 1 && took > 0 {
		f.Achieved = float64(m.begun-1) / took.Seconds()
	}
	return f
}

// Progress is the part of a run that is over, from 0 to 1.
func (f *Figures) Progress(o Options) float64 {
	part := 0.0
	if o.Count > 0 {
		part = float64(f.Deliveries) / float64(o.Count)
	}
	if o.Duration > 0 {
		part = max(part, f.Elapsed.Seconds()/o.Duration.Seconds())
	}
	return min(part, 1)
}

// Left is how long a run will still take if it goes on as it did; 0 when nobody
// can tell.
func (f *Figures) Left(o Options) time.Duration {
	part := f.Progress(o)
	if part <= 0 || part >= 1 {
		return 0
	}
	return time.Duration(float64(f.Elapsed) * (1 - part) / part)
}

// PerSecond is how many deliveries have ended a second.
func (f *Figures) PerSecond() float64 {
	if f.Elapsed <= 0 {
		return 0
	}
	return float64(f.Deliveries) / f.Elapsed.Seconds()
}

// Latency are the figures of how long deliveries took: to the answer of their
// last attempt, from when they were begun or, at a rate, from when they were due.
type Latency struct {
	Mean, Max   time.Duration
	Percentiles []time.Duration // of [Percentiles]
}

// Percentiles are those that a summary has.
var Percentiles = [...]float64{50, 90, 95, 99, 99.9}

// Latency returns the latencies so far; the zero value when nothing has ended.
func (m *Meter) Latency() Latency {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latency == nil || m.latency.TotalCount() == 0 {
		return Latency{Percentiles: make([]time.Duration, len(Percentiles))}
	}
	l := Latency{Mean: time.Duration(m.latency.Mean()), Max: time.Duration(m.latency.Max())}
	for _, p := range Percentiles {
		l.Percentiles = append(l.Percentiles, time.Duration(m.latency.ValueAtPercentile(p)))
	}
	return l
}

// Bar is the deliveries whose latency is above the bar's before, and at most To.
type Bar struct {
	To    time.Duration
	Count int
}

// Bars sorts the latencies into steps of 1, 2 and 5, without empty ends.
func (m *Meter) Bars() []Bar {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latency == nil || m.latency.TotalCount() == 0 {
		return nil
	}
	var bars []Bar
	for unit := int64(time.Microsecond); unit < most; unit *= 10 {
		for _, factor := range []int64{1, 2, 5} {
			if unit*factor < most {
				bars = append(bars, Bar{To: time.Duration(unit * factor)})
			}
		}
	}
	bars = append(bars, Bar{To: time.Duration(most)})
	at := 0
	for _, bar := range m.latency.Distribution() {
		for at < len(bars)-1 && bar.From > int64(bars[at].To) {
			at++
		}
		bars[at].Count += int(bar.Count)
	}
	for len(bars) > 0 && bars[0].Count == 0 {
		bars = bars[1:]
	}
	for len(bars) > 0 && bars[len(bars)-1].Count == 0 {
		bars = bars[:len(bars)-1]
	}
	return bars
}
