package screen

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stopHere stops the process before it returns, if the system stops it at all: what
// is sent to a whole process reaches a thread of it in time, and what is sent to
// this one now. The goroutine is locked to its thread.
func stopHere() { _ = unix.Tgkill(os.Getpid(), unix.Gettid(), syscall.SIGTSTP) } // it has been told already
