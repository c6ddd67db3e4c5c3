package sender

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// Deliveries that go to several targets by turns keep a connection to each, and
// never to more than a few.
func TestLanes(t *testing.T) {
	var conns, open, most atomic.Int32
	script := func(s *target, c net.Conn) {
		conns.Add(1)
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer open.Add(-1)
		for in := bufio.NewReader(c); s.request(in); {
			io.WriteString(c, ok)
		}
	}
	lanes := newSender(t, Options{}).Lanes()
	defer lanes.Close()
	one, other := serve(t, script), serve(t, script)
	for i := range 10 {
		for _, s := range []*target{one, other} {
			if a := attempt(lanes, post(strings.Replace(s.url(), "//", "//me:pw@", 1)+"/x")); !a.Acknowledged() {
				t.Errorf("attempt %d: %+v", i, a)
			}
		}
	}
	if n := conns.Load(); n != 2 || len(one.seen()) != 10 || len(other.seen()) != 10 {
		t.Errorf("%d connections for %d and %d requests", n, len(one.seen()), len(other.seen()))
	}
	for range 2 * mostLanes {
		if a := attempt(lanes, post(serve(t, script).url())); !a.Acknowledged() {
			t.Errorf("%+v", a)
		}
	}
	if n := len(lanes.lanes); n > mostLanes || most.Load() > 2*mostLanes {
		t.Errorf("%d lanes, %d connections at a time", n, most.Load())
	}
	if a := attempt(lanes, post("http://[::1")); a.Error != "invalid" {
		t.Errorf("%+v", a)
	}
}
