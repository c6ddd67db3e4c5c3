package sender

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
)

// progress is how far an attempt has come.
type progress struct {
	connected  atomic.Bool // the TCP connection stands
	encrypting atomic.Bool // the TLS handshake runs, or failed
	sent       atomic.Bool // the whole request is written
	answered   atomic.Bool // a byte of the answer arrived
}

func watch(ctx context.Context) (*progress, context.Context) {
	p := new(progress)
	return p, httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeStart:    func() { p.encrypting.Store(true) },
		TLSHandshakeDone:     func(_ tls.ConnectionState, err error) { p.encrypting.Store(err != nil) },
		GotConn:              func(httptrace.GotConnInfo) { p.connected.Store(true) },
		WroteRequest:         func(i httptrace.WroteRequestInfo) { p.sent.Store(i.Err == nil) },
		GotFirstResponseByte: func() { p.answered.Store(true) },
	})
}
