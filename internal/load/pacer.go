package load

import (
	"context"
	"math"
	"runtime"
	"time"
)

// pacer says when each delivery is due, from the start of the run alone, so that
// no delay adds up.
type pacer struct {
	start time.Time
	gap   float64 // nanoseconds from one to the next
}

// due is the time of the n-th delivery, counted from 1; no later than a time can
// tell.
func (p *pacer) due(n int) time.Time {
	return p.start.Add(time.Duration(min(float64(n-1)*p.gap, math.MaxInt64/2)))
}

// timerSlack is how late the runtime's timers may wake.
const timerSlack = 1200 * time.Microsecond

// until waits for a time, to within a few microseconds, or for the end of ctx,
// whose error it returns. The last bit of the wait keeps a processor busy.
func until(ctx context.Context, due time.Time) error {
	for {
		left := time.Until(due)
		switch {
		case left <= 0:
			return ctx.Err()
		case left > 2*timerSlack:
			timer := time.NewTimer(left - timerSlack)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			}
		case left > napSlack+napSlack/4:
			nap(left - napSlack)
		default:
			runtime.Gosched()
		}
	}
}
