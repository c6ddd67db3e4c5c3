// Package sender makes attempts: it sends one HTTP request, exactly as given
// and exactly once, and says what became of it.
//
// A [Sender] never follows a redirect, never repeats a request by itself, never
// decodes an answer, and never waits longer than its limits. Whatever goes wrong
// becomes a class, a sentence and, where there is one, a hint in the
// [webhook.Attempt]; there is no error beside it.
package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// How many bytes of an answer's body are read and kept. After MaxRead the
// connection is dropped; after MaxKept bytes are only counted.
const (
	MaxRead = 1 << 20
	MaxKept = 64 << 10
)

// maxHeader bounds an answer's headers, the interim answers' included.
const maxHeader = 256 << 10

// Options are how a [Sender] reaches its targets. The zero value is ready to
// use: default timeouts, verified TLS, no proxy.
type Options struct {
	Connect   time.Duration // to be connected, name look-up included, and as long again for TLS; 5 s
	FirstByte time.Duration // from the sent request to the answer's headers; 15 s
	Whole     time.Duration // for the attempt with the answer's body; 30 s

	RootCAs     *x509.CertPool // who may vouch for a target; nil is the system's list
	InsecureTLS bool           // accept any certificate

	// Proxy names the proxy for a request; nil uses none.
	// [http.ProxyFromEnvironment] never gives one for loopback.
	Proxy func(*http.Request) (*url.URL, error)

	// Refuse gives a reason not to connect to an address, which is an IP and a
	// port: names are looked up by then. The attempt is invalid. nil refuses none.
	Refuse func(address string) error

	// UserAgent is sent with requests that have no User-Agent field; "" sends
	// none.
	UserAgent string

	connect connector // in place of a net.Dialer's; nil but in tests
}

// Sender makes attempts. Use it from any number of goroutines, and Close it.
type Sender struct {
	opts   Options
	pooled *http.Transport // keeps connections
	single *http.Transport // a connection for each request
	wire   *wire           // for a sender of one attempt with a [Wire]; nil otherwise
	habits sync.Map        // of targets' *habit, by scheme and host
}

// New makes a sender.
func New(opts Options) *Sender {
	setDefault(&opts.Connect, 5*time.Second)
	setDefault(&opts.FirstByte, 15*time.Second)
	setDefault(&opts.Whole, 30*time.Second)
	single := transport(opts)
	single.DisableKeepAlives = true
	return &Sender{opts: opts, pooled: transport(opts), single: single}
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

func transport(opts Options) *http.Transport {
	return &http.Transport{
		Proxy:                  opts.Proxy,
		DialContext:            opts.dialer().dial,
		TLSHandshakeTimeout:    opts.Connect,
		TLSClientConfig:        &tls.Config{RootCAs: opts.RootCAs, InsecureSkipVerify: opts.InsecureTLS},
		ResponseHeaderTimeout:  opts.FirstByte,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // an answer is shown as it was sent
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    64,
		// Servers close idle connections after as little as five seconds; a
		// request sent into that would be lost, and is not repeated.
		IdleConnTimeout: 2 * time.Second,
	}
}

// Close drops the connections kept for reuse.
func (s *Sender) Close() {
	s.pooled.CloseIdleConnections()
	s.single.CloseIdleConnections()
}

// Attempt sends r once and reads the answer. It returns within the limits, or
// at once when ctx ends. r is not changed.
//
// Names of header fields go out spelt as in r.Header, one spelling a name, in
// alphabetical order: net/http writes them so, and HTTP/2 in lower case. A Host
// field replaces the URL's host in the request; Content-Length and
// Transfer-Encoding follow from the body, whatever r.Header says. Userinfo in
// the URL becomes an Authorization field unless there is one.
//
// An Attempt may have both a status and an error: then the answer began, but
// did not end properly.
func (s *Sender) Attempt(ctx context.Context, r *webhook.Request) webhook.Attempt {
	start := time.Now()
	a := s.attempt(ctx, r)
	a.Duration = time.Since(start)
	return a
}

func (s *Sender) attempt(ctx context.Context, r *webhook.Request) webhook.Attempt {
	whole := s.whole(ctx)
	limited, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	progress, traced := watch(limited)
	req, err := s.request(traced, r)
	if err != nil {
		return webhook.Attempt{Error: webhook.ClassInvalid, Detail: err.Error()}
	}
	overdue := func() bool { return limited.Err() != nil }
	failure := failure{ctx: ctx, overdue: overdue, whole: whole, opts: s.opts, url: req.URL, progress: progress}

	resp, err := s.transportFor(req).RoundTrip(req)
	if err != nil {
		return failure.attempt(err)
	}
	defer resp.Body.Close()
	a := begun(resp)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return a // what follows is not an answer's body
	}
	if err := readBody(&a, resp); err != nil {
		failure.explain(&a, err)
		return a
	}
	a.Hint = answerHint(&a, req.URL)
	return a
}

// whole is the limit of an attempt, or what the deadline of ctx leaves of it.
func (s *Sender) whole(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(s.opts.Whole, time.Until(deadline).Round(time.Millisecond))
	}
	return s.opts.Whole
}

// begun is an attempt whose answer has begun: its status and its header.
func begun(resp *http.Response) webhook.Attempt {
	a := webhook.Attempt{Status: resp.StatusCode, Header: webhook.HeaderOf(resp.Header)}
	if resp.StatusCode/100 == 3 {
		a.Location = resp.Header.Get("Location")
	}
	return a
}

// transportFor keeps net/http from repeating a request. If a kept connection
// breaks, net/http would repeat a request without a body that looks idempotent
// by its method or an Idempotency-Key field.
func (s *Sender) transportFor(req *http.Request) *http.Transport {
	if req.Body != http.NoBody {
		return s.pooled
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return s.single
	}
	for name := range req.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Idempotency-Key", "X-Idempotency-Key":
			return s.single
		}
	}
	return s.pooled
}
