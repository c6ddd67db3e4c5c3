package sender

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// habit is what a target does with a connection over which it has answered: most
// keep it, and some close it without having said so. A request that is sent into
// a connection that is being closed is lost, and can not be sent again, since the
// target may have it all the same.
//
// One lane finds out for all: until it has, the others keep no connection, so that
// at most one request is lost in this way and not one for each of them.
type habit struct {
	state atomic.Int32
	trial atomic.Int64 // when a lane set out to find out, in nanoseconds since 1970; 0 is never
}

const (
	habitUnknown int32 = iota
	habitKeeps         // a second answer came over some connection
	habitCloses
)

func (h *habit) is(state int32) bool { return h.state.Load() == state }

// learned stays as it is once something is known: whoever has kept a connection
// may close one for another reason.
func (h *habit) learned(state int32) { h.state.CompareAndSwap(habitUnknown, state) }

// trying is how long a lane may take to find out, before another one tries.
const trying = 50 * time.Millisecond

// claim reports whether it is on the caller to find out.
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

// closing is how long a target has to close a connection after an answer, to be
// taken for one that always does.
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

// learn takes from a turn that is over what the target does with connections, and
// keeps none to a target that closes them.
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
