package load

import (
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/whk-cli/whk/internal/webhook"
)

// Figures are what a meter has measured so far.
type Figures struct {
	Deliveries      int // that have ended
	Attempts        int
	Acknowledged    int
	NotAcknowledged int // answered, but not as wanted
	Unanswered      int
	Interrupted     int // given up here, before their answers

	Statuses map[int]int    // of the last attempts, by status
	Errors   map[string]int // of the last attempts, by class
	Bytes    int64          // of the bodies that were sent
	Elapsed  time.Duration  // from the start of the run to its end, or to now

	Missed   int           // at a rate, those that were due and never begun
	Behind   time.Duration // at a rate, how late the latest one was begun
	Achieved float64       // at a rate, how many were begun a second
}

// Meter measures a run while it goes on. The zero value is ready. It is safe for
// concurrent use.
type Meter struct {
	mu       sync.Mutex
	figures  Figures
	latency  *hdrhistogram.Histogram
	options  Options
	start    time.Time
	end      time.Time // zero while the run goes on
	begun    int
	lastTime time.Time // when the last one was begun
}

// The latencies that are told apart: to a thousandth of each, up to an hour.
const (
	least  = int64(100 * time.Nanosecond)
	most   = int64(time.Hour)
	digits = 3
)

func (m *Meter) begin(start time.Time, o Options) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start, m.options = start, o
	m.figures.Statuses, m.figures.Errors = map[int]int{}, map[string]int{}
	m.latency = hdrhistogram.New(least, most, digits)
}

// finish ends the run. One that came to its own end has missed what was due by
// then and was not begun.
func (m *Meter) finish(end time.Time, complete bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end = end
	if o := m.options; complete && o.Rate > 0 && o.Duration > 0 {
		due := int(math.Ceil(o.Rate*o.Duration.Seconds() - 1e-6))
		if o.Count > 0 {
			due = min(due, o.Count)
		}
		m.figures.Missed = max(0, due-m.begun)
	}
}

// late notes that a delivery was begun at now, by so much late.
func (m *Meter) late(by time.Duration, now time.Time) {
	m.mu.Lock()
	m.begun++
	m.lastTime = now
	m.figures.Behind = max(m.figures.Behind, by)
	m.mu.Unlock()
}

func (m *Meter) add(r *Result, latency time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.figures
	f.Attempts += r.Attempts
	f.Bytes += r.Bytes
	if r.Attempt.Error == webhook.ClassCanceled {
		f.Interrupted++
		return
	}
	f.Deliveries++
	switch {
	case r.Acknowledged:
		f.Acknowledged++
	case r.Attempt.Error != "" && !r.Answered:
		f.Unanswered++
	default:
		f.NotAcknowledged++
	}
	if r.Attempt.Error != "" {
		f.Errors[r.Attempt.Error]++
	} else {
		f.Statuses[r.Attempt.Status]++
	}
	// More than an hour counts as an hour.
	_ = m.latency.RecordValue(min(max(int64(latency), least), most))
}
