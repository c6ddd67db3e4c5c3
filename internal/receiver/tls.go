package receiver

import (
	"crypto/tls"
	"log"
	"net/http"
	"strings"
)

// Secure has the sockets speak TLS 1.2 and newer with a certificate, and HTTP/1.1
// or HTTP/2 within. Call it before [Receiver.Serve].
func (s *Sockets) Secure(c tls.Certificate) {
	s.tls = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// Secured reports whether the sockets speak TLS.
func (s *Sockets) Secured() bool { return s.tls != nil }

// http2 bounds one connection, of which there may be many: what it holds of
// bodies that nobody has read yet, and how many requests it has under way.
func (l Limits) http2() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          100,
		MaxReceiveBufferPerConnection: 256 << 10,
		MaxReceiveBufferPerStream:     128 << 10,
		SendPingTimeout:               l.IdleTime,
		PingTimeout:                   l.HeaderTime,
	}
}

// tlsLog makes refusals of what net/http has to say about connections on which no
// request came about. It has no other way to tell.
type tlsLog struct{ rc *Receiver }

func (l tlsLog) logger() *log.Logger { return log.New(l, "", 0) }

const (
	tlsLogPrefix  = "http: TLS handshake error from "
	plainOverTLS  = "plain HTTP came to a port for HTTPS"
	distrustedTLS = "the sender does not trust the certificate, and ended the connection"
)

// distrust are the alerts of senders that do not want the certificate.
// https://www.rfc-editor.org/rfc/rfc8446#section-6.2
var distrust = []string{"bad certificate", "unknown certificate authority", "unknown certificate", "expired certificate", "unsupported certificate", "revoked certificate"}

// Write takes one line of net/http's log.
func (l tlsLog) Write(line []byte) (int, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), tlsLogPrefix)
	remote, cause, found := strings.Cut(text, ": ")
	if !ok || !found || l.rc.opts.Refused == nil {
		return len(line), nil
	}
	if strings.Contains(cause, "HTTP request to an HTTPS server") {
		l.rc.opts.Refused(Refusal{Status: http.StatusBadRequest, Class: ClassPlainHTTP, Reason: plainOverTLS, Remote: remote})
		return len(line), nil
	}
	for _, alert := range distrust {
		if strings.HasSuffix(cause, "remote error: tls: "+alert) {
			l.rc.opts.Refused(Refusal{Class: ClassUntrusted, Reason: distrustedTLS, Remote: remote})
		}
	}
	return len(line), nil
}
