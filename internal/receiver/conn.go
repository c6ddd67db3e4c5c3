package receiver

import (
	"net"
	"sync"
	"sync/atomic"
)

// conn is a connection that holds a slot of the gate until it is closed.
type conn struct {
	net.Conn
	gate  *gate
	used  atomic.Bool // something arrived on it
	leave sync.Once
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
	n, err := c.Conn.Read(p)
	if n > 0 && !c.used.Load() {
		c.used.Store(true)
	}
	return n, err
}

// CloseWrite lets net/http end its side first, so that a sender still busy
// sending gets to read the refusal.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.leave.Do(func() {
		c.gate.mu.Lock()
		delete(c.gate.conns, c)
		c.gate.mu.Unlock()
		<-c.gate.slots
	})
	return err
}
