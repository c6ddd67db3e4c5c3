package sender

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Lane makes attempts one after the other over one connection, which it keeps
// between them, at a third of what [Sender.Attempt] costs. It is for many
// attempts at one target: one goroutine uses it at a time, and closes it.
//
// An attempt is the same as there: the same limits and classes of errors, no
// redirect, no repetition. It differs in three ways. Fields go out in the order
// and spelling of the request. The connection speaks HTTP/1.1, also where the
// target has HTTP/2. And of an answer that acknowledges (2xx), header and body
// are not kept, but for their size.
type Lane struct {
	sender *Sender
	target lineTarget
	conn   net.Conn
	home   string // the scheme and host that conn leads to
	habit  *habit // of the target there
	used   bool   // an answer came over conn
	last   time.Time
	out    []byte
	in     []byte

	ctx     context.Context // whose end interrupts a wait
	release func() bool
	waiting atomic.Pointer[net.Conn]
}

// Lane makes a lane. Closing the sender does not close it.
func (s *Sender) Lane() *Lane { return &Lane{sender: s, in: make([]byte, 4096)} }

// Close closes the connection.
func (l *Lane) Close() {
	l.drop()
	if l.release != nil {
		l.release()
	}
}

// A larger body than this goes through net/http, which reads an answer while it
// still writes.
const maxLaneBody = 256 << 10 // bytes

// Attempt sends r once and reads the answer, as [Sender.Attempt] does.
func (l *Lane) Attempt(ctx context.Context, r *webhook.Request) webhook.Attempt {
	l.probe()
	start := time.Now()
	a := l.attempt(ctx, r, start)
	l.last = time.Now()
	a.Duration = l.last.Sub(start)
	return a
}

func (l *Lane) attempt(ctx context.Context, r *webhook.Request, start time.Time) webhook.Attempt {
	if err := l.target.set(l.sender, r.URL); err != nil {
		return webhook.Attempt{Error: webhook.ClassInvalid, Detail: err.Error()}
	}
	if l.target.foreign || r.Method == http.MethodHead || len(r.Body) > maxLaneBody {
		return l.sender.attempt(ctx, r)
	}
	if err := checkFields(r); err != nil {
		return webhook.Attempt{Error: webhook.ClassInvalid, Detail: err.Error()}
	}
	whole := l.sender.whole(ctx)
	t := turn{lane: l, start: start, end: start.Add(whole)}
	a, err := t.run(ctx, r)
	l.learn(&t, err)
	if err != nil || t.spent {
		l.drop()
	}
	if err != nil {
		failure := failure{ctx: ctx, overdue: t.overdue, whole: whole, opts: l.sender.opts, url: l.target.url, progress: &t.progress}
		failure.explain(&a, err)
	} else if a.Status/100 != 2 {
		a.Hint = answerHint(&a, l.target.url)
	}
	return a
}

// watch makes the end of ctx interrupt a wait for the peer.
func (l *Lane) watch(ctx context.Context) {
	if l.ctx == ctx {
		return
	}
	if l.release != nil {
		l.release()
	}
	l.ctx = ctx
	l.release = context.AfterFunc(ctx, func() {
		if c := l.waiting.Load(); c != nil {
			(*c).SetDeadline(past)
		}
	})
}

var past = time.Unix(1, 0)

func (l *Lane) drop() {
	if l.conn != nil {
		l.waiting.Store(nil)
		l.conn.Close()
		l.conn = nil
	}
}

// connect makes sure that there is a connection to the target, which the target
// has not closed meanwhile.
func (l *Lane) connect(ctx context.Context, p *progress) error {
	if l.conn != nil && (l.home != l.target.home || l.isStale()) {
		l.drop()
	}
	if l.conn != nil {
		p.connected.Store(true)
		return nil
	}
	c, err := l.sender.opts.dialer().dial(ctx, "tcp", l.target.address)
	if err != nil {
		return err
	}
	if l.target.url.Scheme == "https" {
		p.encrypting.Store(true)
		if c, err = l.encrypt(ctx, c); err != nil {
			return err
		}
		p.encrypting.Store(false)
	}
	p.connected.Store(true)
	l.conn, l.home, l.used = c, l.target.home, false
	l.habit = l.sender.habitOf(l.home)
	l.waiting.Store(&c)
	return nil
}

func (l *Lane) encrypt(ctx context.Context, c net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.sender.opts.Connect, errConnect)
	defer cancel()
	config := l.sender.pooled.TLSClientConfig.Clone()
	config.ServerName, config.NextProtos = l.target.url.Hostname(), []string{"http/1.1"}
	secure := tls.Client(c, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	return secure, nil
}

// isStale reports whether a kept connection should not be used again. A request
// sent while the peer closes it would be lost, and is not repeated.
func (l *Lane) isStale() bool {
	switch idle := time.Since(l.last); {
	case idle > l.sender.pooled.IdleConnTimeout:
		return true
	case idle > time.Millisecond: // a look costs a hundredth of an attempt
		return isClosed(l.conn)
	}
	return false
}

// lineTarget is the beginning of requests to one URL.
type lineTarget struct {
	raw     string
	url     *url.URL // without user and password
	home    string   // scheme and host
	address string   // to connect to
	line    string   // the request line behind the method, and the host
	host    string
	auth    string // of the URL's user and password; "" is none
	foreign bool   // net/http is needed: for a proxy, or a host that has to be encoded
}

func (t *lineTarget) set(s *Sender, raw string) error {
	if raw == t.raw && raw != "" {
		return nil
	}
	u, err := parseURL(raw)
	if err != nil {
		return err
	}
	*t = lineTarget{raw: raw, url: u, host: u.Host, home: u.Scheme + "://" + u.Host}
	if user := u.User; user != nil {
		t.auth, u.User = basicAuth(user), nil
	}
	t.address = net.JoinHostPort(u.Hostname(), port(u))
	t.foreign = s.proxied(&http.Request{URL: u}) || strings.ContainsFunc(u.Host, func(r rune) bool { return r == '%' || r > '~' })
	line := requestTarget(raw)
	if line == "" || strings.HasPrefix(line, "//") {
		line = u.RequestURI()
	}
	t.line = " " + line + " HTTP/1.1\r\nHost: "
	return nil
}
