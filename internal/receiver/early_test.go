package receiver

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/whk-cli/whk/internal/webhook"
)

const post417 = "POST / HTTP/1.1\r\nHost: h\r\nX-Verdict: own417\r\nContent-Length: 0\r\n\r\n"

// own417 answers 417 to what asks for it.
func own417(r *http.Request, d *webhook.Delivery) (*Answer, bool) {
	if r.Header.Get("X-Verdict") == "own417" {
		return &Answer{Status: http.StatusExpectationFailed}, true
	}
	return nil, false
}

// What net/http answers by itself is told, with the line that it was.
func TestRefusedEarly(t *testing.T) {
	long := "GET /" + strings.Repeat("a", 2*mostLine) + " HTTP/1.1\r\n\r\n"
	for name, tt := range map[string]struct {
		send string
		want Refusal
	}{
		"no request line":   {"BAD\r\n\r\n", Refusal{Status: 400, Class: ClassMalformed, Reason: reasons[""], Line: "BAD"}},
		"a long line":       {long, Refusal{Status: 400, Class: ClassMalformed, Reason: reasons["missing required Host header"], Line: long[:mostLine]}},
		"version":           {"POST / HTTP/3.0\r\nHost: h\r\n\r\n", Refusal{Status: 505, Class: ClassMalformed, Reason: reasons["unsupported protocol version"], Line: "POST / HTTP/3.0"}},
		"no host":           {"POST / HTTP/1.1\r\n\r\n", Refusal{Status: 400, Class: ClassMalformed, Reason: "there is no Host header", Line: "POST / HTTP/1.1"}},
		"bad host":          {"POST / HTTP/1.1\r\nHost: a b\r\n\r\n", Refusal{Status: 400, Class: ClassMalformed, Reason: "the Host header is malformed", Line: "POST / HTTP/1.1"}},
		"coding":            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", Refusal{Status: 501, Class: ClassMalformed, Reason: "its Transfer-Encoding is not chunked", Line: "POST / HTTP/1.1"}},
		"expectation":       {"POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", Refusal{Status: 417, Class: ClassMalformed, Reason: "its Expect is not 100-continue", Line: "POST / HTTP/1.1"}},
		"headers too large": {"POST / HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("a", 80<<10), Refusal{Status: 431, Class: ClassTooLarge, Reason: "the request line and headers are over the limit", Line: "POST / HTTP/1.1"}},
		"cut":               {"POST / HTTP/1.1\r\nHost: h\r\nA: ", Refusal{Status: 400, Class: ClassCut, Reason: "the request ended before its headers did", Line: "POST / HTTP/1.1"}},
		"a later request":   {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nBAD\r\n\r\n", Refusal{Status: 400, Class: ClassMalformed, Reason: reasons[""]}},
		"after an own one":  {post417 + "POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", Refusal{Status: 417, Class: ClassMalformed, Reason: "its Expect is not 100-continue"}},
		"TLS":               {"\x16\x03\x01\x00\x05hello\n\n", Refusal{Status: 400, Class: ClassHTTPS, Reason: "HTTPS came to a port for plain HTTP"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Options{Judge: own417})
			b.exchange(tt.send)
			if diff := cmp.Diff(tt.want, b.oneRefused(name), cmpopts.IgnoreFields(Refusal{}, "Remote")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What ends before it is a request, and gets no answer, is told when it is over.
func TestRefusedWithoutAnswer(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{HeaderTime: 50 * time.Millisecond}})
	c := b.dial()
	io.WriteString(c, "POST /late HTTP/1.1\r\nHost: h\r\n")
	io.Copy(io.Discard, c)
	want := Refusal{Class: ClassTooSlow, Reason: "the headers did not arrive in time", Line: "POST /late HTTP/1.1", Remote: c.LocalAddr().String()}
	if got := b.oneRefused("late"); got != want {
		t.Errorf("told %+v", got)
	}
	secure := tls.Client(b.dial(), &tls.Config{InsecureSkipVerify: true})
	secure.Handshake() //nolint:errcheck // nobody answers
	if got := b.oneRefused("TLS"); got.Class != ClassHTTPS || got.Line != "" {
		t.Errorf("told %+v", got)
	}
	b = newBench(t, Options{})
	c = b.dial()
	io.WriteString(c, "POST /reset HTTP/1.1\r\nHost: h\r\n")
	within(t, "it is being read", func() bool { return b.rc.heard(c.LocalAddr().String()) })
	c.SetLinger(0)
	c.Close()
	if got := b.oneRefused("reset"); got.Class != ClassCut || got.Line != "POST /reset HTTP/1.1" {
		t.Errorf("told %+v", got)
	}
}

// A connection that ends between two requests, or that nothing came over, is nobody's
// fault, and neither is an answer that is wanted.
func TestNotRefusedEarly(t *testing.T) {
	b := newBench(t, Options{Judge: own417, Limits: Limits{IdleTime: 20 * time.Millisecond, HeaderTime: 50 * time.Millisecond}})
	silent, idle := b.dial(), b.dial()
	io.WriteString(idle, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
	io.Copy(io.Discard, idle)
	io.Copy(io.Discard, silent)
	b.exchange(post417)
	within(t, "all are closed", func() bool { return b.rc.Connections() == 0 })
	b.locked(func() {
		if len(b.refused) > 0 {
			t.Errorf("told %+v", b.refused)
		}
	})
}
