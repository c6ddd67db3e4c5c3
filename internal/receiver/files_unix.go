//go:build unix

package receiver

import (
	"math"
	"syscall"
)

// openFiles is how many files this process may have open, its connections among
// them; 0 where the system does not say.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32)) // Go has raised it as far as it may
}
