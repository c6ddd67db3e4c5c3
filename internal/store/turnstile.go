package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/whk-cli/whk/internal/flock"
)

// turnstile lets the processes that write to one store take turns. SQLite polls
// its own lock, ever more rarely, so that a process with much to write would
// keep the others out for seconds. The turn is a lock on a file. A process
// waits for it while it holds a second lock, so that a process that gives the
// turn back comes after the one that waits. A process that dies gives both
// back.
//
// It is used by one goroutine.
type turnstile struct {
	next, turn *os.File
	waiting    chan error // of a wait that took too long, and goes on; else nil
	patience   time.Duration
}

// errTurn is the error for a turn that did not come in time.
var errTurn = errors.New("another process does not let go of the captures")

// turnPatience is how long a writer waits for its turn.
const turnPatience = 10 * time.Second

func openTurnstile(dir string) (*turnstile, error) {
	next, err := openLock(filepath.Join(dir, "deliveries.next"))
	if err != nil {
		return nil, err
	}
	turn, err := openLock(filepath.Join(dir, "deliveries.turn"))
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return &turnstile{next: next, turn: turn, patience: turnPatience}, nil
}

func openLock(path string) (*os.File, error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR, 0)
}

// enter waits for the turn; leave gives it back.
func (t *turnstile) enter() error {
	if t.waiting == nil {
		if free, err := t.try(); free || err != nil {
			return err
		}
		t.waiting = make(chan error, 1)
		go func(result chan<- error) { result <- t.wait() }(t.waiting)
	}
	limit := time.NewTimer(t.patience)
	defer limit.Stop()
	select {
	case err := <-t.waiting:
		t.waiting = nil
		return err
	case <-limit.C:
		return errTurn
	}
}

// try takes the turn if nobody has it or waits for it.
func (t *turnstile) try() (free bool, err error) {
	if err := flock.TryLock(t.next); err != nil {
		return false, taken(err)
	}
	err = flock.TryLock(t.turn)
	if err := flock.Unlock(t.next); err != nil {
		return false, fmt.Errorf("lock %s: %w", t.next.Name(), err)
	}
	return err == nil, taken(err)
}

// taken turns ErrLocked into no error: another process has the lock.
func taken(err error) error {
	if errors.Is(err, flock.ErrLocked) {
		return nil
	}
	return err
}

func (t *turnstile) wait() error {
	if err := flock.Lock(t.next); err != nil {
		return err
	}
	return errors.Join(flock.Lock(t.turn), flock.Unlock(t.next))
}

func (t *turnstile) leave() error { return flock.Unlock(t.turn) }

// close closes both files. A wait that still goes on ends with the process.
func (t *turnstile) close() error {
	if t.waiting != nil {
		return nil
	}
	return errors.Join(t.next.Close(), t.turn.Close())
}
