package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// failure turns the error of one attempt into words.
type failure struct {
	ctx      context.Context // the caller's
	overdue  func() bool     // the limit of the whole has passed
	whole    time.Duration   // that limit, or what the caller's deadline left of it
	opts     Options
	url      *url.URL
	progress *progress
}

func (f *failure) attempt(err error) webhook.Attempt {
	var a webhook.Attempt
	f.explain(&a, err)
	return a
}

// explain sets the class, the sentence and the hint of err. The order counts:
// an interruption or a timeout causes other errors in its wake.
func (f *failure) explain(a *webhook.Attempt, err error) {
	switch {
	case errors.Is(f.ctx.Err(), context.Canceled):
		a.Error, a.Detail = webhook.ClassCanceled, "interrupted before the answer was complete"
	case f.unwanted(a, err), f.proxy(a, err), f.dns(a, err), f.tls(a, err), f.timeout(a, err), f.refused(a, err), f.answer(a, err):
	default:
		a.Error = webhook.ClassNetwork
		a.Detail = fmt.Sprintf("%s: %s", f.host(), plain(err))
	}
}

// host is the target's host and port, the port also where the URL leaves it out.
func (f *failure) host() string { return net.JoinHostPort(f.url.Hostname(), port(f.url)) }

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// unwanted is a connection that [Options.Refuse] did not want.
func (f *failure) unwanted(a *webhook.Attempt, err error) bool {
	refused, ok := errors.AsType[*refusedError](err)
	if ok {
		a.Error, a.Detail, a.Hint = webhook.ClassInvalid, refused.Error(), "give another target: "+refused.Error()
	}
	return ok
}

func (f *failure) proxy(a *webhook.Attempt, err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "proxyconnect" {
		return false
	}
	a.Error = webhook.ClassNetwork
	a.Detail = "the proxy does not connect: " + plain(op.Err)
	a.Hint = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
	return true
}

func (f *failure) dns(a *webhook.Attempt, err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	if !ok {
		return false
	}
	a.Error = webhook.ClassDNS
	switch {
	case dns.IsNotFound:
		a.Detail = fmt.Sprintf("the name %s has no address", dns.Name)
		a.Hint = "check the spelling; a machine in the local network or a container may be known under another name here"
	case dns.IsTimeout:
		a.Detail = fmt.Sprintf("no name server answered for %s", dns.Name)
		a.Hint = "check the network connection"
	default:
		a.Detail = fmt.Sprintf("the name %s could not be looked up: %s", dns.Name, dns.Err)
		a.Hint = "check the network connection"
	}
	return true
}

func (f *failure) refused(a *webhook.Attempt, err error) bool {
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.Errno(10061)) {
		return false
	}
	a.Error = webhook.ClassRefused
	a.Detail = "nothing listens on " + f.host()
	switch host := f.url.Hostname(); {
	case isLocalName(host):
		a.Detail += " (127.0.0.1 and ::1 were tried)"
		a.Hint = fmt.Sprintf("start the handler, or a listener with: whk listen :%s; inside a container localhost is the container, and the machine is host.docker.internal", port(f.url))
	case isLoopbackHost(host):
		a.Hint = fmt.Sprintf("start the handler, or a listener with: whk listen %s; a handler that listens on the other of IPv4 and IPv6 is found as localhost:%s", f.host(), port(f.url))
	default:
		a.Hint = "check the port, and that the handler listens on more than its own loopback (0.0.0.0 for containers and other machines)"
	}
	return true
}

const timeoutHint = "--timeout sets how long to wait"

func (f *failure) timeout(a *webhook.Attempt, err error) bool {
	network, ok := errors.AsType[net.Error](err)
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errConnect) && !(ok && network.Timeout()) {
		return false
	}
	a.Error = webhook.ClassTimeout
	whole := f.overdue()
	p := f.progress
	switch {
	case !p.connected.Load() && p.encrypting.Load():
		a.Detail = fmt.Sprintf("no encrypted connection to %s after %s", f.host(), f.limit(f.opts.Connect, whole))
		a.Hint = "the target accepts connections but does not speak TLS; try http://"
	case !p.connected.Load():
		a.Detail = fmt.Sprintf("no connection to %s after %s", f.host(), f.limit(f.opts.Connect, whole))
		a.Hint = "a firewall may drop the packets; check host and port"
	case a.Status != 0:
		a.Detail = fmt.Sprintf("the answer began with status %d and was not complete after %s", a.Status, f.whole)
		a.Hint = timeoutHint
	case p.answered.Load():
		a.Detail = fmt.Sprintf("the answer's headers were not complete after %s", f.limit(f.opts.FirstByte, whole))
		a.Hint = timeoutHint
	case !p.sent.Load():
		a.Detail = fmt.Sprintf("%s did not take the whole request within %s", f.host(), f.whole)
		a.Hint = timeoutHint
	default:
		a.Detail = fmt.Sprintf("no answer after %s", f.limit(f.opts.FirstByte, whole))
		a.Hint = timeoutHint
	}
	return true
}

// limit is which of the limits ended the wait.
func (f *failure) limit(phase time.Duration, whole bool) time.Duration {
	if whole {
		return f.whole
	}
	return phase
}

func (f *failure) tls(a *webhook.Attempt, err error) bool {
	detail, hint := tlsWords(err, f.url)
	if !f.progress.connected.Load() && f.progress.encrypting.Load() && (isEnd(err) || isReset(err)) {
		detail, hint = f.host()+" broke the connection off while it was being encrypted", "it may not speak TLS: try http://"
	}
	if detail == "" {
		return false
	}
	a.Error, a.Detail, a.Hint = webhook.ClassTLS, detail, hint
	return true
}

func tlsWords(err error, u *url.URL) (detail, hint string) {
	const trust = "give its authority with --cacert FILE, or skip the check with --insecure-tls"
	record, notTLS := errors.AsType[tls.RecordHeaderError](err)
	if notTLS && string(record.RecordHeader[:]) == "HTTP/" {
		return "the target speaks plain HTTP, not HTTPS", "use http:// for this port"
	}
	if notTLS {
		return "the target does not speak TLS: " + record.Msg, "use http:// if it speaks plain HTTP"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Sprintf("the certificate of %s is signed by an authority that is not trusted here", u.Hostname()), trust
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate is not for %s: %s", u.Hostname(), plain(name)), "use a name that the certificate holds, or skip the check with --insecure-tls"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return fmt.Sprintf("the certificate of %s has expired or is not valid yet", u.Hostname()), "renew it, check this machine's clock, or skip the check with --insecure-tls"
		}
		return fmt.Sprintf("the certificate of %s is not valid: %s", u.Hostname(), plain(invalid)), trust
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return "the target refused the encrypted connection: " + plain(op), "it may want a client certificate, or another name in the URL"
	}
	if verify, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("the certificate of %s is not trusted: %s", u.Hostname(), plain(verify.Err)), trust
	}
	if text := plain(err); strings.HasPrefix(text, "tls: ") || strings.HasPrefix(text, "x509: ") {
		return "no encrypted connection: " + text, ""
	}
	return "", ""
}

// answer explains what went wrong after the connection was made.
func (f *failure) answer(a *webhook.Attempt, err error) bool {
	text := plain(err)
	switch {
	case isReset(err):
		a.Error, a.Detail = webhook.ClassReset, f.brokenOff(a, "reset the connection")
	case !f.progress.connected.Load():
		return false
	case !f.progress.answered.Load() && isEnd(err):
		a.Error, a.Detail = webhook.ClassReset, f.brokenOff(a, "closed the connection")
	case a.Status != 0 && errors.Is(err, io.ErrUnexpectedEOF):
		a.Error = webhook.ClassBadAnswer
		a.Detail = fmt.Sprintf("the answer with status %d was cut short after %d bytes of its body", a.Status, a.BodySize)
	case isEnd(err):
		a.Error, a.Detail = webhook.ClassBadAnswer, "the answer ended within its headers"
	case f.progress.answered.Load():
		a.Error, a.Detail = webhook.ClassBadAnswer, "the answer is not valid HTTP: "+text
		if strings.Contains(text, `"\x15\x03`) {
			a.Detail, a.Hint = "the target answered with TLS, not with plain HTTP", "use https:// for this port"
		}
	default:
		return false
	}
	return true
}

func (f *failure) brokenOff(a *webhook.Attempt, what string) string {
	if a.Status != 0 {
		return fmt.Sprintf("%s %s after status %d and %d bytes of the body", f.host(), what, a.Status, a.BodySize)
	}
	return fmt.Sprintf("%s %s without an answer", f.host(), what)
}

// isReset recognises the errors of a connection that the peer broke; the
// numbers are Windows' WSAECONNABORTED and WSAECONNRESET.
func isReset(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, 10053, 10054} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// isEnd reports the end of a connection. net/http has no value for one that it
// noticed between two requests.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "server closed idle connection")
}

// answerHint is for answers that show a mistake in the target's address.
func answerHint(a *webhook.Attempt, u *url.URL) string {
	switch {
	case a.Status == http.StatusBadRequest && u.Scheme == "http" && strings.Contains(string(a.Body), "HTTP request to an HTTPS server"):
		return "the target speaks HTTPS: use https:// for this port"
	case a.Status/100 == 3:
		return "redirects are never followed: give the address that it points to"
	}
	return ""
}

// plain is an error's text in one short line without net/http's wrapping. It
// may quote bytes of the peer, and is not safe for a terminal as it is.
func plain(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	text := strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
	text = strings.TrimPrefix(text, "net/http: ")
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return text
}
