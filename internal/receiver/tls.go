package receiver

import (
	"crypto/tls"
	"net/http"
)

// Secure has the sockets speak TLS 1.2 and newer with a certificate, and HTTP/1.1
// or HTTP/2 within. Call it before [Receiver.Serve].
func (s *Sockets) Secure(c tls.Certificate) {
	s.tls = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// Secured reports whether the sockets speak TLS.
func (s *Sockets) Secured() bool { return s.tls != nil }

// http2 bounds each connection: the unread bytes of bodies that it holds, and
// the requests that it has under way.
func (l Limits) http2() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          100,
		MaxReceiveBufferPerConnection: 256 << 10,
		MaxReceiveBufferPerStream:     128 << 10,
		SendPingTimeout:               l.IdleTime,
		PingTimeout:                   l.HeaderTime,
	}
}
