// Package flock locks an open file, between processes and between the open
// files of one process. A lock ends with the file or with the process, however
// it dies, so that nothing is ever left to clean up.
package flock

import "os"

// Lock waits for the only lock on f. Nothing ends the wait early.
func Lock(f *os.File) error { return lock(f) }

// TryLock is [Lock] without waiting: the error is [ErrLocked] when another has it.
func TryLock(f *os.File) error { return tryLock(f) }

// Unlock gives the lock on f back, which stays open.
func Unlock(f *os.File) error { return unlock(f) }
