//go:build unix

package screen

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// stopping is how long the system has to stop the process: unless it does so at
// once, it never does.
const stopping = time.Second

// Run returns when the process was stopped and goes on.
func (s suspension) Run() error {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	runtime.LockOSThread()
	err := syscall.Kill(0, syscall.SIGTSTP) // the job, as the shell sees it
	if err == nil {
		stopHere()
	}
	runtime.UnlockOSThread()
	if err != nil {
		return err
	}
	wait := time.NewTimer(stopping)
	defer wait.Stop()
	select {
	case <-continued:
		return nil
	case <-s.ctx.Done():
		return nil
	case <-wait.C:
	}
	select {
	case <-continued: // the clock went on while the process did not
		return nil
	default:
		return errNotSuspended
	}
}
