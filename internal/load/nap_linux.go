package load

import (
	"runtime"
	"syscall"
	"time"
)

// napSlack is how late a nap usually ends.
const napSlack = 30 * time.Microsecond

// prSetTimerSlack is PR_SET_TIMERSLACK of prctl(2).
const prSetTimerSlack = 29

// nap sleeps for less than a millisecond or two, which the runtime's timers can
// not do here: they wake on whole milliseconds. Linux may delay a wake-up by 50
// µs to save power, so it is asked not to, for whichever thread this is; if it
// refuses, the nap ends late. With one processor only, the other goroutines
// need it.
func nap(d time.Duration) {
	if runtime.GOMAXPROCS(0) == 1 {
		time.Sleep(d)
		return
	}
	syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerSlack, 1, 0)
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil) // cut short, it is followed by another
}
