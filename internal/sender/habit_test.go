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
	l := newLane(t, limits)
	for i := range 5 {
		if a := attempt(l, post(s.url())); !a.Acknowledged() {
			t.Fatalf("attempt %d: %+v", i, a)
		}
		if kept := l.conn != nil; kept != (i == 0) {
			t.Errorf("after answer %d a connection is kept: %v", i, kept)
		}
		for deadline := time.Now().Add(5 * time.Second); l.conn != nil && !isClosed(l.conn) && time.Now().Before(deadline); {
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
	s := serve(t, func(s *target, c *net.TCPConn) {
		in := bufio.NewReader(c)
		if s.request(in) {
			io.WriteString(c, ok)
			in.Peek(1) // the next request is there, and not read
		}
	})
	l := newLane(t, limits)
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
	s := serve(t, func(s *target, c *net.TCPConn) {
		first := conns.Add(1) == 1
		in := bufio.NewReader(c)
		for i := 0; s.request(in); i++ {
			if first && i == 2 {
				return
			}
			io.WriteString(c, ok)
		}
	})
	l := newLane(t, limits)
	for i, want := range []string{"", "", webhook.ClassReset, "", "", ""} {
		if a := attempt(l, post(s.url())); a.Error != want {
			t.Errorf("attempt %d: %+v, want class %q", i, a, want)
		}
	}
	if n := conns.Load(); n != 2 || !l.habit.is(habitKeeps) {
		t.Errorf("%d connections, want 2; keeps %v", n, l.habit.is(habitKeeps))
	}
}
