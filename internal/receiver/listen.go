package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// InUseError is a port that another program listens on.
type InUseError struct {
	Address Address
	Err     error
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("port %d on %s is already in use", e.Address.Port, e.Address.Host)
}

// Unwrap returns the system's error.
func (e *InUseError) Unwrap() error { return e.Err }

// Sockets are the open listening sockets of one address: two for localhost
// where the machine has both IPv4 and IPv6.
type Sockets struct {
	Address   Address // with the port that the system picked, if it was asked to
	listeners []net.Listener
	tls       *tls.Config // nil: plain HTTP
}

// Listen opens the sockets of an address. If another program has the port, on
// any of the address's sockets, the error is an [*InUseError] and none stays
// open.
func Listen(ctx context.Context, a Address) (*Sockets, error) {
	if a.Host != "localhost" {
		l, err := listen(ctx, "tcp", a)
		if err != nil {
			return nil, err
		}
		return newSockets(a, l), nil
	}
	// A port that is free on one of the two may be taken on the other.
	for try := 1; ; try++ {
		s, err := listenLoopback(ctx, a)
		var inUse *InUseError
		if a.Port == 0 && errors.As(err, &inUse) && try < 100 {
			continue
		}
		return s, err
	}
}

func listenLoopback(ctx context.Context, a Address) (*Sockets, error) {
	v4, err := listen(ctx, "tcp4", Address{"127.0.0.1", a.Port})
	if err != nil && !absent(err) {
		return nil, err
	}
	if err != nil { // a machine with IPv6 only
		v6, err := listen(ctx, "tcp6", Address{"::1", a.Port})
		if err != nil {
			return nil, err
		}
		return newSockets(a, v6), nil
	}
	port := v4.Addr().(*net.TCPAddr).Port
	v6, err := listen(ctx, "tcp6", Address{"::1", port})
	if absent(err) {
		return newSockets(a, v4), nil
	}
	if err != nil {
		v4.Close()
		return nil, err
	}
	return newSockets(a, v4, v6), nil
}

func newSockets(a Address, listeners ...net.Listener) *Sockets {
	a.Port = listeners[0].Addr().(*net.TCPAddr).Port
	return &Sockets{Address: a, listeners: listeners}
}

func listen(ctx context.Context, network string, a Address) (net.Listener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // senders on this machine gain nothing by it
	l, err := lc.Listen(ctx, network, a.String())
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, errAddrInUse):
		return nil, &InUseError{Address: a, Err: err}
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", a, cause(err))
	}
	return l, nil
}

// cause strips the address, which the net package repeats.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// absent reports whether the machine does not have the address at all.
func absent(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		errors.Is(err, errAddrNotAvail) || errors.Is(err, errNoFamily)
}

// The same conditions as Windows numbers them (WSAEADDRINUSE and its like).
const (
	errNoFamily     = syscall.Errno(10047)
	errAddrInUse    = syscall.Errno(10048)
	errAddrNotAvail = syscall.Errno(10049)
)

// URL is how programs on this machine reach the sockets, without a final slash.
func (s *Sockets) URL() string {
	if s.tls != nil {
		return "https" + strings.TrimPrefix(s.Address.URL(), "http")
	}
	return s.Address.URL()
}

// Listeners are the open sockets, for another server than a [Receiver].
func (s *Sockets) Listeners() []net.Listener { return s.listeners }

// Close closes the sockets. [Receiver.Serve] does so by itself.
func (s *Sockets) Close() error {
	var errs []error
	for _, l := range s.listeners {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
