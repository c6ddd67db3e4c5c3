package sender

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"
)

// dialer connects to a target. Names of this machine go to loopback without a
// look-up, so that they really lead there.
type dialer struct {
	timeout time.Duration
	connect connector
}

// connector makes a connection as a [net.Dialer] does.
type connector = func(ctx context.Context, network, address string) (net.Conn, error)

func (o *Options) dialer() *dialer {
	d := &dialer{o.Connect, o.connect}
	if d.connect == nil {
		d.connect = o.system().DialContext
	}
	return d
}

// refusedError is a connection that was not to be made.
type refusedError struct{ error }

// system asks before each connection whether it is to be made.
func (o *Options) system() *net.Dialer {
	if o.Refuse == nil {
		return new(net.Dialer)
	}
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if err := o.Refuse(address); err != nil {
			return &refusedError{err}
		}
		return nil
	}}
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.timeout, errConnect)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if isNowhere(host) {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if err != nil || !isLocalName(host) {
		return d.reach(ctx, network, address)
	}
	c, err := d.reach(ctx, network, net.JoinHostPort("127.0.0.1", port))
	if err == nil || ctx.Err() != nil {
		return c, err
	}
	c, err6 := d.reach(ctx, network, net.JoinHostPort("::1", port))
	if err6 != nil {
		return nil, errors.Join(err, err6)
	}
	return c, nil
}

// isNowhere knows the names that never have an address, and are not to be looked up.
// https://www.rfc-editor.org/rfc/rfc6761#section-6.4
func isNowhere(host string) bool {
	name := "." + strings.ToLower(strings.TrimSuffix(host, "."))
	return strings.HasSuffix(name, ".invalid")
}

// errConnect is why a connection was given up.
var errConnect = errors.New("connecting took too long")

func (d *dialer) reach(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.connect(ctx, network, address)
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	return c, err
}
