package receiver

import (
	"net"
	"slices"
	"testing"
	"time"
)

// deadlines is a connection on which something always arrives, and the deadlines of
// reads that were set on it.
type deadlines struct {
	net.Conn
	set []time.Time
}

func (d *deadlines) Read(p []byte) (int, error) { return len(p), nil }

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// Of the deadlines that are asked for, a read has the last one: set if it is
// earlier than the one that the connection has, or later by more than the slack.
func TestReadDeadlines(t *testing.T) {
	under := &deadlines{}
	c := &conn{Conn: under, gate: newGate(Limits{HeaderTime: 16 * time.Second, RequestTime: time.Minute, IdleTime: time.Minute})}
	at := func(seconds int) time.Time { return time.Unix(1000+int64(seconds), 0) }
	var want []time.Time
	for _, step := range []struct {
		asked []int
		set   bool
	}{
		{[]int{60}, true},
		{[]int{10, 70, 60}, false}, // two that no read had
		{[]int{10}, true},
		{[]int{10}, false},
		{[]int{11}, true},
		{[]int{10}, true},
		{nil, false},
	} {
		for _, seconds := range step.asked {
			c.SetReadDeadline(at(seconds)) //nolint:errcheck // that of the read counts
		}
		if step.set {
			want = append(want, at(step.asked[len(step.asked)-1]))
		}
		if n, err := c.Read(make([]byte, 16)); n != 16 || err != nil {
			t.Fatal(n, err)
		}
		if !slices.Equal(under.set, want) {
			t.Fatalf("after %v: deadlines %v, want %v", step.asked, under.set, want)
		}
	}
	c.SetReadDeadline(at(10).Add(time.Second / 2)) //nolint:errcheck
	if c.Read(make([]byte, 16)); !slices.Equal(under.set, want) {
		t.Errorf("a deadline was moved by half a second, of a slack of one: %v", under.set)
	}
	// What net/http reads while a request is handled finds nothing, and waits for nothing.
	c.SetReadDeadline(time.Time{}) //nolint:errcheck
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != nil || !slices.Equal(under.set, want) {
		t.Errorf("the byte ahead: %d, %v, %v", n, err, under.set)
	}
}
