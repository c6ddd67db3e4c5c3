package receiver

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection that holds a slot of the gate until it is closed. It
// also saves net/http some of its system calls.
//
// While a handler runs, net/http reads one byte ahead in a goroutine of its
// own, to cancel the request's context when the sender goes away. That is not
// needed here: a delivery is kept and answered in any case. Such a read is
// recognised by its missing deadline, since all others have one; it returns at
// once with nothing.
//
// With TLS the connection belongs to crypto/tls, which reads in its own ways,
// and nothing is saved.
type conn struct {
	net.Conn
	gate    *gate
	used    atomic.Bool // something arrived on it
	untimed atomic.Bool // reads have no deadline
	leave   sync.Once

	early early        // used by one goroutine at a time
	open  atomic.Bool  // something of a request has arrived that was not answered yet
	end   atomic.Int32 // how reading it ended; 0 has not

	// Used by one goroutine at a time, of which the next sees what the one before
	// it did.
	wanted time.Time // the deadline of reads that was asked for last
	read   time.Time // the one that they have
	write  time.Time // the one of writes
}

func (g *gate) admit(nc net.Conn) *conn {
	c := &conn{Conn: nc, gate: g}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[c] = struct{}{}
	select {
	case <-g.closed: // too late: accepted while the server was ending
		nc.Close()
	default:
	}
	return c
}

func (c *conn) Read(p []byte) (int, error) {
	if !c.gate.secure {
		if len(p) == 1 && c.untimed.Load() {
			return 0, nil
		}
		if err := c.limit(); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Read(p)
	if n > 0 && !c.open.Load() {
		if !c.used.Load() {
			c.early.first(p[:n])
			c.used.Store(true)
		}
		c.open.Store(true)
	}
	if err != nil && c.open.Load() && !errors.Is(err, net.ErrClosed) {
		c.end.Store(endOf(err))
	}
	return n, err
}

// Write sends an answer, or a part of one.
func (c *conn) Write(p []byte) (int, error) {
	if !c.gate.secure {
		c.answers(p)
	}
	return c.Conn.Write(p)
}

// SetReadDeadline only notes the deadline, for the next read to set: net/http asks
// for three with each request, most of which arrive in one read. When it is to be
// cleared the old one stays in place: there is another call before the next read
// that matters.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.gate.secure {
		return c.Conn.SetReadDeadline(t)
	}
	if !t.IsZero() {
		c.wanted = t
	}
	c.untimed.Store(t.IsZero())
	return nil
}

// limit sets the deadline that is wanted, unless the one that is set is earlier by
// less than the gate's slack.
func (c *conn) limit() error {
	if suffices(c.read, c.wanted, c.gate.readSlack) {
		return nil
	}
	c.read = c.wanted
	return c.Conn.SetReadDeadline(c.wanted)
}

// suffices reports whether a deadline that is set will do for one that is wanted.
func suffices(set, wanted time.Time, slack time.Duration) bool {
	later := wanted.Sub(set)
	return later >= 0 && later < slack
}

// SetWriteDeadline moves a deadline only by at least the gate's slack: each
// request asks for a slightly later one.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.gate.secure {
		return c.Conn.SetWriteDeadline(t)
	}
	if t.IsZero() || suffices(c.write, t, c.gate.writeSlack) {
		return nil
	}
	c.write = t
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline is for who takes the connection over, and is obeyed to the letter.
func (c *conn) SetDeadline(t time.Time) error {
	c.untimed.Store(false)
	c.wanted, c.read, c.write = t, t, t
	return c.Conn.SetDeadline(t)
}

// CloseWrite lets net/http end its side first, so that a sender that is still
// sending can read the refusal.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetLinger is that of a TCP connection: with 0, closing it is a reset.
func (c *conn) SetLinger(seconds int) error {
	if tcp, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.leave.Do(func() {
		if !c.gate.secure {
			c.closes()
		}
		c.gate.mu.Lock()
		delete(c.gate.conns, c)
		c.gate.mu.Unlock()
		<-c.gate.slots
	})
	return err
}
