package load

import (
	"runtime"
	"syscall"
	"time"
)

// nap sleeps for less than a millisecond or two, which the runtime's timers can
// not do here: they wake on whole milliseconds. With one processor only, the
// other goroutines need it.
func nap(d time.Duration) {
	if runtime.GOMAXPROCS(0) == 1 {
		time.Sleep(d)
		return
	}
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil) // cut short, it is followed by another
}
