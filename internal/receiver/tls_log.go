package receiver

import (
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// tlsLog makes refusals of what net/http has to say about connections on which no
// request came about. It has no other way to tell.
type tlsLog struct{ rc *Receiver }

func (l tlsLog) logger() *log.Logger { return log.New(l, "", 0) }

const tlsLogPrefix = "http: TLS handshake error from "

// What is said of handshakes that failed.
var (
	plainOverTLS  = Refusal{Status: http.StatusBadRequest, Class: ClassPlainHTTP, Reason: "plain HTTP came to a port for HTTPS"}
	distrustedTLS = Refusal{Class: ClassUntrusted, Reason: "the sender does not trust the certificate, and ended the connection"}
	droppedTLS    = Refusal{Class: ClassUntrusted, Reason: "the sender ended the connection at the certificate, which it probably does not trust"}
	versionTLS    = Refusal{Class: ClassHandshake, Reason: "the sender speaks no TLS newer than 1.1, and whk none older than 1.2"}
	cipherTLS     = Refusal{Class: ClassHandshake, Reason: "the sender takes no cipher that whk has"}
	protocolTLS   = Refusal{Class: ClassHandshake, Reason: "the sender wants another protocol than HTTP/1.1 and HTTP/2"}
	noTLS         = Refusal{Class: ClassHandshake, Reason: "what came is neither TLS nor HTTP"}
)

// handshakeFaults are how crypto/tls's errors begin or end. Alerts that are not
// about the certificate are none: they do not tell what the sender wanted.
// https://www.rfc-editor.org/rfc/rfc8446#section-6.2
var handshakeFaults = []struct {
	text    string
	refusal Refusal
}{
	{"HTTP request to an HTTPS server", plainOverTLS},
	{"remote error: tls: bad certificate", distrustedTLS},
	{"remote error: tls: unknown certificate authority", distrustedTLS},
	{"remote error: tls: unknown certificate", distrustedTLS},
	{"remote error: tls: expired certificate", distrustedTLS},
	{"remote error: tls: unsupported certificate", distrustedTLS},
	{"remote error: tls: revoked certificate", distrustedTLS},
	// OpenSSL sends TLS 1.3's alert in the clear, where crypto/tls expects what is
	// encrypted.
	{"local error: tls: bad record MAC", droppedTLS},
	{"tls: client offered only unsupported versions", versionTLS},
	{"tls: unsupported SSLv2 handshake received", versionTLS},
	{"tls: no cipher suite supported by both client and server", cipherTLS},
	{"tls: client requested unsupported application protocols", protocolTLS},
	{"tls: first record does not look like a TLS handshake", noTLS},
}

// Write takes one line of net/http's log.
func (l tlsLog) Write(line []byte) (int, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), tlsLogPrefix)
	remote, cause, found := strings.Cut(text, ": ")
	if !ok || !found || l.rc.opts.Refused == nil {
		return len(line), nil
	}
	if ref, ok := l.refusal(remote, cause); ok {
		ref.Remote = remote
		l.rc.opts.Refused(ref)
	}
	return len(line), nil
}

func (l tlsLog) refusal(remote, cause string) (Refusal, bool) {
	for _, f := range handshakeFaults {
		if strings.HasPrefix(cause, f.text) || strings.HasSuffix(cause, f.text) {
			return f.refusal, true
		}
	}
	// Some end it without an alert. Who never said anything only looked at the port.
	gone := cause == "EOF" || strings.HasSuffix(cause, "connection reset by peer")
	return droppedTLS, gone && l.rc.heard(remote)
}

// heard reports whether anything arrived on the connection from remote.
func (rc *Receiver) heard(remote string) bool {
	gate := rc.gate.Load()
	if gate == nil {
		return false
	}
	wanted, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	gate.mu.Lock()
	defer gate.mu.Unlock()
	for c := range gate.conns {
		// There may be thousands, of which none is worth a text.
		addr, ok := c.RemoteAddr().(*net.TCPAddr)
		if ok && c.used.Load() && addr.Port == int(wanted.Port()) && addr.AddrPort().Addr().Unmap() == wanted.Addr().Unmap() {
			return true
		}
	}
	return false
}
