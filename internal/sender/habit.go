package sender

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// habit is what a target does with a connection after an answer: most keep it,
// and some close it without announcing that. A request sent on a connection
// that is being closed is lost, and must not be repeated, since the target may
// have received it.
//
// One lane finds out for all: until it has, the others keep no connection, so
// that at most one request is lost in this way and not one for each of them.
type habit struct {
	state atomic.Int32
	trial atomic.Int64 // when a lane began to find out, in nanoseconds since 1970; 0 is never
}

const (
	habitUnknown int32 = iota
	habitKeeps         // a second answer came over some connection
	habitCloses
)

func (h *habit) is(state int32) bool { return h.state.Load() == state }

// learned sets the state only once: a target that keeps connections may close
// one for another reason.
func (h *habit) learned(state int32) { h.state.CompareAndSwap(habitUnknown, state) }

// trying is how long a lane may take to find out, before another one tries.
const trying = 50 * time.Millisecond

// claim reports whether the caller is the one to find out.
func (h *habit) claim(now time.Time) bool {
	began := h.trial.Load()
	return now.Sub(time.Unix(0, began)) > trying && h.trial.CompareAndSwap(began, now.UnixNano())
}

func (s *Sender) habitOf(home string) *habit {
	if known, ok := s.habits.Load(home); ok {
		return known.(*habit)
	}
	known, _ := s.habits.LoadOrStore(home, new(habit))
	return known.(*habit)
}

// closing is how soon after an answer a target has to close the connection to
// count as one that always does.
const closing = 2 * time.Millisecond

// probe waits a moment, before the first connection to a target is used again,
// for the target to close it.
func (l *Lane) probe() {
	if l.conn == nil || !l.used || !l.habit.is(habitUnknown) {
		return
	}
	var b [1]byte
	l.conn.SetReadDeadline(time.Now().Add(max(closing-time.Since(l.last), 100*time.Microsecond)))
	if _, err := l.conn.Read(b[:]); errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	l.habit.learned(habitCloses)
	l.drop()
}

// learn finds out from a finished turn what the target does with connections.
// To one that closes them, none is kept.
func (l *Lane) learn(t *turn, err error) {
	switch {
	case l.conn == nil:
		return
	case l.used && err == nil:
		l.habit.learned(habitKeeps)
	case l.used && !t.progress.answered.Load() && (isReset(err) || errors.Is(err, io.EOF)):
		l.habit.learned(habitCloses)
	}
	first := !l.used
	l.used = true
	switch {
	case t.spent || err != nil:
	case l.habit.is(habitCloses), first && l.habit.is(habitUnknown) && !l.habit.claim(time.Now()):
		t.spent = true
	}
}
