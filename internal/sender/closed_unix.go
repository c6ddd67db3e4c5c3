//go:build unix

package sender

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// isClosed reports whether the peer has closed an idle connection, or has sent
// something unexpected on it. It does not wait.
func isClosed(c net.Conn) bool {
	secure, encrypted := c.(*tls.Conn)
	if encrypted {
		c = secure.NetConn()
	}
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return true
	}
	closed := true
	err = raw.Control(func(fd uintptr) { // whatever deadline has passed
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet := errors.Is(err, syscall.EAGAIN)
		closed = !quiet && !(encrypted && n > 0) // a TLS peer may well send a ticket
	})
	return err != nil || closed
}
