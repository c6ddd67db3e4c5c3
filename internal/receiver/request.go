package receiver

import (
	"net/http"
	"slices"
	"strings"

	"github.com/whk-cli/whk/internal/webhook"
)

// refusal is an answer to what is not kept, with the reason, which only the
// owner sees.
type refusal struct {
	answer *Answer
	class  string
	reason string
}

// The classes of refusals: a closed list, for counting.
const (
	ClassMethod    = "method"
	ClassTarget    = "target"
	ClassUpgrade   = "upgrade"
	ClassNoLength  = "no_length"
	ClassTooLarge  = "too_large"
	ClassTooSlow   = "too_slow"
	ClassCut       = "cut"
	ClassMalformed = "malformed"
	ClassMemory    = "memory"
	ClassNotKept   = "not_kept"
	ClassPlainHTTP = "plain_http" // on a port for HTTPS
	ClassHTTPS     = "https"      // on a port for plain HTTP
	ClassUntrusted = "untrusted"  // the sender does not trust the certificate; there was no request
	ClassHandshake = "handshake"  // TLS did not come about for another reason
)

var (
	methodRefused  = &refusal{noSuchMethod, ClassMethod, "CONNECT and TRACE are not deliveries"}
	targetRefused  = &refusal{badRequest, ClassTarget, "the request target is neither a path nor an http URL"}
	upgradeRefused = &refusal{badRequest, ClassUpgrade, "a change of protocol is not offered"}
	lengthMissing  = &refusal{badRequest, ClassNoLength, "an HTTP/1.0 request with a body needs a Content-Length"}
	bodyTooLarge   = &refusal{tooLarge, ClassTooLarge, "the body is over the limit"}
	bodyTooSlow    = &refusal{tooSlow, ClassTooSlow, "the body did not arrive in time"}
	bodyCut        = &refusal{badRequest, ClassCut, "the request ended before its body did"}
	bodyMalformed  = &refusal{badRequest, ClassMalformed, "the body's chunks are malformed"}
	memoryFull     = &refusal{unavailable, ClassMemory, "too many bodies are being received at once"}
	notKept        = &refusal{unavailable, ClassNotKept, "the delivery could not be stored"}
)

// unfit refuses what can not be a delivery before its body is read; nil when it
// may be one.
func (rc *Receiver) unfit(r *http.Request) *refusal {
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return methodRefused
	case originForm(r.RequestURI) == "":
		return targetRefused
	case upgrades(r):
		return upgradeRefused
	case lacksLength(r):
		return lengthMissing
	case r.ContentLength > rc.limits.Body:
		return bodyTooLarge
	}
	return nil
}

// originForm is the path and query of a request target as they stand in it; ""
// when there are none, as in "*" and "mailto:x". An http URL as the target is
// read as if only its path and query had been sent (RFC 9112, section 3.2.2).
func originForm(target string) string {
	if strings.HasPrefix(target, "/") {
		return target
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	i := strings.IndexAny(rest, "/?")
	switch {
	case i < 0:
		return "/"
	case rest[i] == '?':
		return "/" + rest[i:]
	}
	return rest[i:]
}

// upgrades reports a wish for another protocol. An offer of h2c alone does not
// count: some HTTP clients attach it to every plain request and are content to
// see it ignored (RFC 9110, section 7.8).
func upgrades(r *http.Request) bool {
	if r.ProtoMajor != 1 {
		return r.Method == "PRI"
	}
	wished := r.Header["Upgrade"]
	return len(wished) > 0 && !(len(wished) == 1 && strings.EqualFold(wished[0], "h2c"))
}

// lacksLength reports an HTTP/1.0 request whose body could only be told by the
// end of the connection, which also looks like a cut (RFC 1945, section 7.2.2).
func lacksLength(r *http.Request) bool {
	if r.ProtoAtLeast(1, 1) || r.Header["Content-Length"] != nil {
		return false
	}
	return r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch
}

// headerOf is the request's header with Host first and the others by name;
// see [webhook.Header] for what net/http keeps of it. Trailers are not part of
// it.
func headerOf(r *http.Request) webhook.Header {
	// Not by webhook.HeaderOf: with Host in mind, the fields are allocated once.
	h := make(webhook.Header, 0, len(r.Header)+2)
	for name, values := range r.Header {
		for _, value := range values {
			h = append(h, webhook.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(h, func(a, b webhook.Field) int { return strings.Compare(a.Name, b.Name) })
	if r.Host == "" {
		return h
	}
	h = append(h, webhook.Field{})
	copy(h[1:], h)
	h[0] = webhook.Field{Name: "Host", Value: r.Host}
	return h
}
