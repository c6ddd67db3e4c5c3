package load

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is the workers of a run: it writes down which deliveries they were asked
// for.
type fake struct {
	mu      sync.Mutex
	seen    map[int]int
	made    int
	closed  int
	deliver func(ctx context.Context, n int) (Result, error)
}

func (f *fake) newWorker() Worker {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	return fakeWorker{f}
}

type fakeWorker struct{ *fake }

func (w fakeWorker) Deliver(ctx context.Context, n int) (Result, error) {
	w.mu.Lock()
	if w.seen == nil {
		w.seen = map[int]int{}
	}
	w.seen[n]++
	w.mu.Unlock()
	if w.deliver != nil {
		return w.deliver(ctx, n)
	}
	return acknowledged, nil
}

func (w fakeWorker) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed++
}

var acknowledged = Result{Attempt: webhook.Attempt{Status: 200}, Attempts: 1, Acknowledged: true, Bytes: 10}

// each checks that the deliveries 1 to n were asked for, once each.
func (f *fake) each(t *testing.T, n int) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 1; i <= n; i++ {
		if f.seen[i] != 1 {
			t.Errorf("delivery %d was asked for %d times", i, f.seen[i])
		}
	}
	if len(f.seen) != n {
		t.Errorf("%d deliveries for %d", len(f.seen), n)
	}
	if f.made != f.closed {
		t.Errorf("%d workers made, %d closed", f.made, f.closed)
	}
}

func TestCount(t *testing.T) {
	for _, o := range []Options{{Count: 1}, {Count: 100}, {Count: 20_000, Concurrency: 16}, {Count: 3, Concurrency: 16}, {Count: 50, Rate: 5000, Concurrency: 4}, {Count: 7, Rate: 1e9, Concurrency: 64}} {
		var f fake
		var m Meter
		if err := Run(t.Context(), o, &m, f.newWorker); err != nil {
			t.Fatal(err)
		}
		f.each(t, o.Count)
		got := m.Figures()
		if got.Deliveries != o.Count || got.Attempts != o.Count || got.Acknowledged != o.Count || got.Statuses[200] != o.Count || got.Bytes != int64(10*o.Count) || got.Missed != 0 {
			t.Errorf("%+v: %+v", o, got)
		}
		if most := min(max(1, o.Concurrency), o.Count); f.made > most {
			t.Errorf("%+v: %d workers", o, f.made)
		}
	}
}

// However many workers ask at the same moment, a number is given once: 1 to as many
// as were given have the sum that they should. Each worker asks until all have
// asked often, so that they are at it together.
func TestNumbersAreGivenOnce(t *testing.T) {
	const workers, often = 4, 3_000_000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	r := &run{ctx: context.Background()}
	var all sync.WaitGroup
	var busy atomic.Int64
	var given, sum atomic.Uint64
	busy.Store(workers)
	for range workers {
		all.Go(func() {
			var count, numbers uint64
			for ; busy.Load() > 0; count++ {
				n, _ := r.next(time.Time{})
				numbers += uint64(n)
				if count == often {
					busy.Add(-1)
				}
			}
			given.Add(count)
			sum.Add(numbers)
		})
	}
	all.Wait()
	if n := given.Load(); sum.Load() != n*(n+1)/2 || r.begun.Load() != int64(n) {
		t.Errorf("of %d numbers the last is %d, and their sum %d is not %d", n, r.begun.Load(), sum.Load(), n*(n+1)/2)
	}
}

// timed is until for a clock that stands still: it keeps no processor busy.
func timed(ctx context.Context, due time.Time) error {
	select {
	case <-time.After(time.Until(due)):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inTime is Run with a clock that stands still while anything happens.
func inTime(t *testing.T, o Options, f *fake) (m *Meter, took time.Duration, err error) {
	t.Helper()
	o.until = timed
	m = new(Meter)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err = Run(t.Context(), o, m, f.newWorker)
		took = time.Since(start)
	})
	return m, took, err
}

// taking is a fake of which each delivery takes some time.
func taking(d time.Duration) *fake {
	return &fake{deliver: func(context.Context, int) (Result, error) {
		time.Sleep(d)
		return acknowledged, nil
	}}
}

func TestDuration(t *testing.T) {
	const lasts = 100 * time.Millisecond
	f := taking(time.Millisecond)
	m, took, err := inTime(t, Options{Duration: lasts, Concurrency: 4}, f)
	if n := m.Figures().Deliveries; err != nil || took != lasts || n != 400 {
		t.Errorf("%d deliveries in %v, %v", n, took, err)
	}
	f.each(t, 400)
}

// A rate decides how many there are, whatever each takes.
func TestRate(t *testing.T) {
	const lasts = 500 * time.Millisecond
	f := taking(10 * time.Millisecond)
	m, took, err := inTime(t, Options{Duration: lasts, Rate: 1000, Concurrency: 64}, f)
	got := m.Figures()
	if err != nil || got.Elapsed < lasts || got.Elapsed != took || got.Deliveries != 500 || got.Missed != 0 || got.Behind != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got.Achieved < 999 || got.Achieved > 1003 {
		t.Errorf("achieved %v", got.Achieved)
	}
	f.each(t, 500)
}

// A wait is never too short, and where nobody else wants the processor not much too
// long: of several, one has met such a moment.
func TestUntil(t *testing.T) {
	for _, wait := range []time.Duration{0, 50 * time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
		least := time.Hour
		for range 20 {
			due := time.Now().Add(wait)
			if err := until(t.Context(), due); err != nil {
				t.Fatal(err)
			}
			late := time.Since(due)
			if late < 0 {
				t.Fatalf("of %v, it is %v too early", wait, -late)
			}
			least = min(least, late)
		}
		if least > 20*time.Millisecond {
			t.Errorf("of %v, none is less late than %v", wait, least)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := until(ctx, time.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off with %v", err)
	}
}

// No delay adds up: the millionth is due to the nanosecond that the rate says.
func TestDueTimes(t *testing.T) {
	start := time.Now()
	for rate, want := range map[float64]time.Duration{1000: 1000 * time.Second, 3: 333333333333333, 20_000: 50 * time.Second} {
		p := pacer{start: start, gap: float64(time.Second) / rate}
		if got := p.due(1_000_001).Sub(start); got < want-time.Microsecond || got > want+time.Microsecond {
			t.Errorf("rate %v: %v, want %v", rate, got, want)
		}
		if got := p.due(1); got != start {
			t.Errorf("rate %v: the first is due after %v", rate, got.Sub(start))
		}
	}
	never := pacer{start: start, gap: 3.6e18} // one in a hundred years
	for n := 1; n < 10; n++ {
		if never.due(n + 1).Before(never.due(n)) {
			t.Errorf("number %d is due before the one in front of it: %v", n+1, never.due(n+1))
		}
	}
}

// A target that stalls once makes all that were due meanwhile late, and the
// latencies say so: each counts from when it was due.
func TestNoCoordinatedOmission(t *testing.T) {
	const stall = 200 * time.Millisecond
	f := &fake{deliver: func(_ context.Context, n int) (Result, error) {
		if n == 100 {
			time.Sleep(stall) // the stall that is measured
		}
		return acknowledged, nil
	}}
	m, _, err := inTime(t, Options{Count: 400, Rate: 1000, Concurrency: 1}, f)
	if err != nil {
		t.Fatal(err)
	}
	l := m.Latency()
	// 200 of 400 were due while it stalled, so that a quarter is later than half of it.
	if l.Max < stall || l.Max > stall*11/10 || l.Percentiles[1] < stall/2 {
		t.Errorf("p90 %v, max %v after a stall of %v", l.Percentiles[1], l.Max, stall)
	}
	if got := m.Figures(); got.Behind != stall-time.Millisecond || got.Missed != 0 {
		t.Errorf("behind %v, missed %d", got.Behind, got.Missed)
	}
}

// What could not be begun by the end is counted.
func TestMissed(t *testing.T) {
	f := taking(25 * time.Millisecond) // more than half of what is due is too much for it
	m, _, err := inTime(t, Options{Duration: 200 * time.Millisecond, Rate: 100, Concurrency: 1}, f)
	// At the end one more is begun than fits: it was due, and is not yet very late.
	if got := m.Figures(); err != nil || got.Deliveries != 9 || got.Missed != 11 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A machine that is so busy that the time is over before anything was begun makes
// the first delivery all the same, and no other.
func TestTheFirstIsMade(t *testing.T) {
	for _, o := range []Options{{Duration: 50 * time.Millisecond, Concurrency: 3}, {Duration: 50 * time.Millisecond, Rate: 100}} {
		f := new(fake)
		o.until = timed
		var m Meter
		synctest.Test(t, func(t *testing.T) {
			if err := Run(t.Context(), o, &m, func() Worker {
				time.Sleep(time.Second)
				return f.newWorker()
			}); err != nil {
				t.Error(err)
			}
		})
		if n := m.Figures().Deliveries; n != 1 || f.seen[1] != 1 {
			t.Errorf("%d deliveries", n)
		}
	}
}

// At a low rate the same worker does most of the work, and few are made.
func TestFewWorkersAtALowRate(t *testing.T) {
	f := taking(time.Millisecond)
	m, _, err := inTime(t, Options{Count: 40, Rate: 200, Concurrency: 64}, f)
	if behind := m.Figures().Behind; err != nil || behind != 0 {
		t.Errorf("%v behind, %v", behind, err)
	}
	if f.made != 2 {
		t.Errorf("%d workers where two are enough", f.made)
	}
}

// An interrupted run begins nothing more, and leaves what is under way a moment.
func TestInterrupted(t *testing.T) {
	for name, o := range map[string]Options{"closed": {Count: 1000, Concurrency: 2}, "open": {Count: 1000, Rate: 100_000, Concurrency: 2}, "waiting": {Count: 10, Rate: 0.01}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				f := fake{deliver: func(sending context.Context, n int) (Result, error) {
					if n == 1 {
						cancel()
						select {
						case <-sending.Done():
						case <-time.After(grace / 5): // for its answer
						}
						if sending.Err() != nil {
							t.Error("the sending context ended at once")
						}
						return acknowledged, nil // its answer came in time
					}
					<-sending.Done()
					return Result{Attempt: webhook.Attempt{Error: webhook.ClassCanceled}, Attempts: 1}, nil
				}}
				var m Meter
				o.until = timed
				start := time.Now()
				err := Run(ctx, o, &m, f.newWorker)
				if took := time.Since(start); !errors.Is(err, context.Canceled) || took < grace/5 || took > grace {
					t.Errorf("%v after %v", err, took)
				}
				got := m.Figures()
				if got.Acknowledged != 1 || got.Interrupted > 1 || got.Unanswered != 0 || got.Deliveries != 1 {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

func TestWorkersErrorEndsTheRun(t *testing.T) {
	broken := errors.New("broken")
	for _, o := range []Options{{Count: 1000, Concurrency: 3}, {Count: 1000, Rate: 100_000, Concurrency: 3}} {
		f := &fake{deliver: func(_ context.Context, n int) (Result, error) {
			if n == 5 {
				return Result{}, broken
			}
			time.Sleep(time.Microsecond)
			return acknowledged, nil
		}}
		if m, _, err := inTime(t, o, f); !errors.Is(err, broken) || m.Figures().Deliveries > 10 {
			t.Errorf("%v after %d", err, m.Figures().Deliveries)
		}
	}
}

func TestFigures(t *testing.T) {
	results := []Result{
		acknowledged,
		{Attempt: webhook.Attempt{Status: 503}, Attempts: 3},
		{Attempt: webhook.Attempt{Status: 500}, Attempts: 1},
		{Attempt: webhook.Attempt{Error: webhook.ClassTimeout}, Attempts: 1},
		{Attempt: webhook.Attempt{Error: webhook.ClassTimeout}, Attempts: 2, Answered: true},
		{Attempt: webhook.Attempt{Status: 200, Error: webhook.ClassReset}, Attempts: 1},
		{Attempt: webhook.Attempt{Error: webhook.ClassCanceled}, Attempts: 1},
		{}, // never sent
	}
	var f fake
	f.deliver = func(_ context.Context, n int) (Result, error) { return results[n-1], nil }
	var m Meter
	if err := Run(t.Context(), Options{Count: len(results)}, &m, f.newWorker); err != nil {
		t.Fatal(err)
	}
	got := m.Figures()
	if got.Deliveries != 6 || got.Attempts != 10 || got.Acknowledged != 1 || got.NotAcknowledged != 3 || got.Unanswered != 2 || got.Interrupted != 1 {
		t.Errorf("%+v", got)
	}
	if got.Statuses[503] != 1 || got.Statuses[500] != 1 || got.Statuses[200] != 1 || got.Errors["timeout"] != 2 || got.Errors["reset"] != 1 || len(got.Errors) != 2 {
		t.Errorf("%v %v", got.Statuses, got.Errors)
	}
}

// Bars hold every delivery once, each where its latency belongs.
func TestBars(t *testing.T) {
	var m Meter
	m.begin(time.Now(), Options{})
	for _, d := range []time.Duration{900 * time.Nanosecond, 3 * time.Microsecond, 5 * time.Microsecond, 51 * time.Microsecond, 2 * time.Hour} {
		m.add(&acknowledged, d)
	}
	bars := m.Bars()
	want := map[time.Duration]int{time.Microsecond: 1, 5 * time.Microsecond: 2, 100 * time.Microsecond: 1, time.Hour: 1}
	sum := 0
	for _, b := range bars {
		if sum += b.Count; b.Count != want[b.To] {
			t.Errorf("%v: %d", b.To, b.Count)
		}
	}
	if sum != 5 || bars[0].Count == 0 || bars[len(bars)-1].Count == 0 {
		t.Errorf("%v", bars)
	}
	if l := m.Latency(); l.Max < time.Hour*99/100 || l.Percentiles[0] < 4990 || l.Percentiles[0] > 5070 {
		t.Errorf("%+v", l)
	}
}

// An empty run has figures, too.
func TestNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var m Meter
	var f fake
	if err := Run(ctx, Options{Count: 5}, &m, f.newWorker); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := m.Figures(); got.Deliveries != 0 || len(m.Latency().Percentiles) != len(Percentiles) || m.Bars() != nil {
		t.Errorf("%+v", got)
	}
	if got := (&Meter{}).Figures(); got.Elapsed != 0 || got.PerSecond() != 0 {
		t.Errorf("%+v", got)
	}
}
