package sender

import (
	"bufio"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// A target that closes each connection after its answer, without saying so, costs
// no request: no connection to it is used again.
func TestLaneLearnsThatATargetCloses(t *testing.T) {
	s := serve(t, answersAndCloses(ok))
	l := newLane(t, Options{})
	for i := range 5 {
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Fatalf("attempt %d: %+v", i, a)
		}
		if kept := l.conn != nil; kept != (i == 0) {
			t.Errorf("after answer %d a connection is kept: %v", i, kept)
		}
		for deadline := time.Now().Add(patience); l.conn != nil && !isClosed(l.conn) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	other := l.sender.Lane()
	defer other.Close()
	if a := attempt(other, post(s.url())); !a.Acknowledged() || other.conn != nil {
		t.Errorf("another lane does not know: %+v, connection %v", a, other.conn)
	}
}

// Where the close comes too late to be seen, one request is lost and no other.
func TestLaneLearnsFromALostRequest(t *testing.T) {
	s := serve(t, answersOnce)
	l := newLane(t, Options{})
	for i, want := range []string{"", webhook.ClassReset, "", "", ""} {
		if a := attempt(l, post(s.url())); a.Error != want {
			t.Errorf("attempt %d: %+v, want class %q", i, a, want)
		}
	}
	if n := len(s.seen()); n != 4 {
		t.Errorf("%d requests came, want 4", n)
	}
}

// A target that keeps connections is not suspected again, whatever becomes of one.
func TestLaneTrustsATargetThatKeeps(t *testing.T) {
	var conns atomic.Int32
	s := serve(t, func(s *target, c net.Conn) {
		first := conns.Add(1) == 1
		in := bufio.NewReader(c)
		for i := 0; s.request(in); i++ {
			if first && i == 2 {
				return
			}
			io.WriteString(c, ok)
		}
	})
	l := newLane(t, Options{})
	for i, want := range []string{"", "", webhook.ClassReset, "", "", ""} {
		if a := attempt(l, post(s.url())); a.Error != want {
			t.Errorf("attempt %d: %+v, want class %q", i, a, want)
		}
	}
	if n := conns.Load(); n != 2 || !l.habit.is(habitKeeps) {
		t.Errorf("%d connections, want 2; keeps %v", n, l.habit.is(habitKeeps))
	}
}

// answersOnce answers one request of a connection and closes it when the next one
// is there, which it does not read.
func answersOnce(s *target, c net.Conn) {
	in := bufio.NewReader(c)
	if s.request(in) {
		io.WriteString(c, ok)
		in.Peek(1)
	}
}

// Of many lanes to a target that closes, one finds out, and the others lose nothing.
func TestOneLaneFindsOut(t *testing.T) {
	s := serve(t, answersOnce)
	first := newLane(t, Options{})
	if a := attempt(first, post(s.url())); !a.Acknowledged() || first.conn == nil {
		t.Fatalf("%+v, connection %v", a, first.conn)
	}
	first.habit.trial.Store(time.Now().Add(time.Hour).UnixNano()) // however slow this machine is
	for i := range 5 {
		lane := first.sender.Lane()
		defer lane.Close()
		for range 2 {
			if a := attempt(lane, post(s.url())); !a.Acknowledged() || lane.conn != nil {
				t.Errorf("lane %d: %+v, connection %v", i, a, lane.conn)
			}
		}
	}
	first.habit.trial.Store(time.Now().Add(-time.Hour).UnixNano())
	late := first.sender.Lane()
	defer late.Close()
	if a := attempt(late, post(s.url())); !a.Acknowledged() || late.conn == nil {
		t.Errorf("nobody finds out any more: %+v, connection %v", a, late.conn)
	}
}

// A connection that was reset since its last answer takes nothing of a request,
// which goes out over another, once.
func TestLaneSendsWhatDidNotGoOut(t *testing.T) {
	reset := make(chan bool)
	s := serve(t, func(s *target, c net.Conn) {
		in := bufio.NewReader(c)
		for s.request(in) {
			io.WriteString(c, ok)
			if <-reset {
				c.(*net.TCPConn).SetLinger(0)
				return
			}
		}
	})
	l := newLane(t, Options{})
	next := func(resets bool) {
		t.Helper()
		l.last = time.Now() // nobody looks whether the connection still stands
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Fatalf("%+v", a)
		}
		reset <- resets
	}
	next(false)
	l.habit.learned(habitKeeps)
	next(true)
	for deadline := time.Now().Add(time.Minute); !isClosed(l.conn) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	next(true)
	if n := len(s.seen()); n != 3 {
		t.Errorf("%d requests came, want 3", n)
	}
}

// A close that came a moment after the answer is seen before the next request.
func TestLaneLooksSoon(t *testing.T) {
	s := serve(t, answersAndCloses(ok))
	l := newLane(t, Options{})
	for i := range 3 {
		l.sender.habitOf(s.url()).learned(habitKeeps) // until now
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Errorf("attempt %d: %+v", i, a)
		}
		for deadline := time.Now().Add(time.Minute); !isClosed(l.conn) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		l.last = time.Now().Add(-2 * time.Millisecond)
	}
}
