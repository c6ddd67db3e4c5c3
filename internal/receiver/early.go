package receiver

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
)

// early is what a connection knows of a request for as long as nothing was
// answered to it, so that what net/http refuses by itself is told, too. It calls
// no handler then, and has no other way to tell. Over TLS nothing is known.
type early struct {
	head  [mostLine]byte // of the connection's first request
	heard int            // bytes of head
	later atomic.Bool    // the connection's first request was answered
	own   atomic.Bool    // the next 417 is a handler's
}

// mostLine is how much is told of a request line.
const mostLine = 80

// first takes the first bytes on the connection.
func (e *early) first(p []byte) { e.heard = copy(e.head[:], p) }

// line is the first request's line, or its beginning; "" where another request is
// meant.
func (e *early) line() string {
	if e.later.Load() {
		return ""
	}
	line, _, _ := bytes.Cut(e.head[:e.heard], []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r")))
}

// isTLS reports whether a TLS handshake came instead of a request.
// https://www.rfc-editor.org/rfc/rfc8446#section-5.1
func (e *early) isTLS() bool {
	return !e.later.Load() && e.heard > 2 && e.head[0] == 0x16 && e.head[1] == 0x03
}

// How reading a request ended, before it was answered.
const (
	readCut int32 = iota + 1
	readLate
)

func endOf(err error) int32 {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return readLate
	}
	return readCut
}

// errorHeaders follow the status line of what net/http answers without a handler,
// and of nothing else: an answer of a handler has a Date.
var errorHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

// reasons are net/http's words for a bad request, and ours.
var reasons = map[string]string{
	"":                             "the request line, a header or the length of the body is malformed",
	"missing required Host header": "there is no Host header",
	"malformed Host header":        "the Host header is malformed",
	"unsupported protocol version": "the request is of another version than HTTP/1.1 and HTTP/1.0",
}

// refusalOf reads an answer, if it is one that net/http gives by itself.
func refusalOf(answer []byte) (ref Refusal, ok bool) {
	line, _, ok := bytes.Cut(answer[:min(len(answer), 200)], errorHeaders)
	if !ok || len(line) < len("HTTP/1.1 400") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return ref, false
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return ref, false
	}
	ref = Refusal{Status: status, Class: ClassMalformed}
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		ref.Class, ref.Reason = ClassTooLarge, "the request line and headers are over the limit"
	case http.StatusNotImplemented:
		ref.Reason = "its Transfer-Encoding is not chunked"
	default:
		_, text, _ := bytes.Cut(line, []byte(": "))
		if ref.Reason = reasons[string(text)]; ref.Reason == "" {
			ref.Reason = string(text)
		}
	}
	return ref, true
}

// expectation is how net/http answers an Expect that it does not know: as a handler
// would, so that handlers that answer so on purpose have to say it.
const expectation = "HTTP/1.1 417 "

// onPurpose is where a request's connection is found in its context.
type onPurpose struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, onPurpose{}, c)
}

// ownAnswer says that a is about to be sent.
func ownAnswer(r *http.Request, a *Answer) {
	if a.Status != http.StatusExpectationFailed {
		return
	}
	if c, ok := r.Context().Value(onPurpose{}).(*conn); ok {
		c.early.own.Store(true)
	}
}

// answers looks at what is about to be sent.
func (c *conn) answers(p []byte) {
	if c.open.Load() {
		c.open.Store(false)
	}
	if len(p) > 9 && p[9] >= '4' {
		ref, ok := refusalOf(p)
		if !ok && bytes.HasPrefix(p, []byte(expectation)) && !c.early.own.Swap(false) {
			ref, ok = Refusal{Status: http.StatusExpectationFailed, Class: ClassMalformed, Reason: "its Expect is not 100-continue"}, true
		}
		if ok {
			c.refuse(ref)
		}
	}
	if !c.early.later.Load() {
		c.early.later.Store(true)
	}
}

// closes tells of a request that ended before its headers did, and was not
// answered.
func (c *conn) closes() {
	if c.end.Load() != 0 && c.open.Load() {
		c.refuse(Refusal{})
	}
}

func (c *conn) refuse(ref Refusal) {
	select {
	case <-c.gate.closed: // the server is ending, and perhaps who is to be told
		return
	default:
	}
	switch end := c.end.Load(); {
	case c.early.isTLS():
		ref.Class, ref.Reason = ClassHTTPS, "HTTPS came to a port for plain HTTP"
	case end == readLate:
		ref.Class, ref.Reason = ClassTooSlow, "the headers did not arrive in time"
	case end == readCut:
		ref.Class, ref.Reason = ClassCut, "the request ended before its headers did"
	}
	if ref.Class != ClassHTTPS {
		ref.Line = c.early.line()
	}
	ref.Remote = c.RemoteAddr().String()
	c.gate.refused(ref)
}
