package receiver

import (
	"net/http"
	"strconv"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Answer is an answer to a sender.
type Answer struct {
	Status int            // 200 to 599
	Header webhook.Header // hop-by-hop and Content-Length fields are left out
	Body   []byte

	// The rest is for testing senders; the zero values are a normal answer.
	// When the server ends, it does not wait for any of it.
	Delay  time.Duration // waited before anything is sent
	Drip   time.Duration // over which the bytes of the whole answer are spread
	Fault  Fault
	Played string // the answer's name in a script, for the delivery's Response
}

func (a *Answer) response() webhook.Response {
	r := webhook.Response{Status: a.Status, Played: a.Played}
	switch a.Fault {
	case FaultReset, FaultClose, FaultHang, FaultMalformed:
		r.Status = 0
	}
	return r
}

// The answers are constant and do not depend on the request, so that nothing of
// it is reflected and no reason for a refusal leaks.
var (
	accepted      = &Answer{Status: http.StatusOK}
	notAuthentic  = text(http.StatusUnauthorized, "not authentic\n")
	fromElsewhere = text(http.StatusForbidden, "not accepted from a web page of another origin\n")
	badRequest    = text(http.StatusBadRequest, "bad request\n")
	tooSlow       = text(http.StatusRequestTimeout, "the request took too long\n")
	tooLarge      = text(http.StatusRequestEntityTooLarge, "the body is too large\n")
	broken        = text(http.StatusInternalServerError, "internal error\n")

	noSuchMethod = text(http.StatusMethodNotAllowed, "method not allowed\n",
		webhook.Field{Name: "Allow", Value: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"})
	unavailable = text(http.StatusServiceUnavailable, "not kept, try again\n",
		webhook.Field{Name: "Retry-After", Value: "5"})
)

func text(status int, body string, fields ...webhook.Field) *Answer {
	header := webhook.Header{
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "X-Content-Type-Options", Value: "nosniff"},
	}
	return &Answer{Status: status, Header: append(header, fields...), Body: []byte(body)}
}

// write sends the answer. The empty 200 on a connection that stays open goes
// out without touching w's header map, which would cost as much as the rest.
func (a *Answer) write(w http.ResponseWriter, last bool) {
	if len(a.Header) > 0 || len(a.Body) > 0 || last {
		h := w.Header()
		a.headers(h, len(a.Body))
		if last {
			h.Set("Connection", "close")
		}
	}
	w.WriteHeader(a.Status)
	if len(a.Body) > 0 {
		w.Write(a.Body)
	}
}

// headers puts the answer's headers into h, with a length for its body.
func (a *Answer) headers(h http.Header, length int) {
	for _, f := range EndToEnd(a.Header) {
		h.Add(f.Name, f.Value)
	}
	if len(a.Body) > 0 && h.Get("Content-Type") == "" {
		h["Content-Type"] = nil // an answer's type is not guessed from its bytes
	}
	if !bodiless(a.Status) {
		h.Set("Content-Length", strconv.Itoa(length))
	}
}

// bodiless reports a status whose answers have no body.
func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// mustClose reports whether a request's framing leaves room for two readings:
// chunked ones, since net/http hides a Content-Length that came along, and
// those of HTTP/1.0, since it ignores their Transfer-Encoding (RFC 9112,
// section 6.1).
func mustClose(r *http.Request) bool {
	return len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1)
}
