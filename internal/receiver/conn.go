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
	write   time.Time // the deadline of writes; used by one goroutine at a time

	early early        // used by one goroutine at a time
	open  atomic.Bool  // something of a request has arrived that was not answered yet
	end   atomic.Int32 // how reading it ended; 0 has not
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
	if len(p) == 1 && c.untimed.Load() {
		return 0, nil
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

// SetReadDeadline leaves the old deadline in place when it is to be cleared:
// there is another call before the next read that matters.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.untimed.Store(t.IsZero())
	if t.IsZero() && !c.gate.secure {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline moves a deadline only by at least the gate's slack: each
// request asks for a slightly later one.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.gate.secure {
		return c.Conn.SetWriteDeadline(t)
	}
	if later := t.Sub(c.write); t.IsZero() || later >= 0 && later < c.gate.slack {
		return nil
	}
	c.write = t
	return c.Conn.SetWriteDeadline(t)
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
