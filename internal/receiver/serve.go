package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// headerSlop is how many bytes net/http reads beyond its header limit.
const headerSlop = 4 << 10

// Serve takes deliveries from the sockets until ctx ends, then closes them,
// finishes what is in flight for as long as Limits.Grace, and returns nil. It
// returns early only if the sockets fail. Call it once.
//
// When it returns, no function of [Options] is running any more, unless one of
// them did not return in the time given to it and a second more.
func (rc *Receiver) Serve(ctx context.Context, s *Sockets) error {
	if rc.opts.BaseURL == "" {
		rc.opts.BaseURL = s.URL()
	}
	rc.page = slices.Concat(originsOf(rc.opts.BaseURL), originsOf(s.URL()))
	gate := newGate(rc.limits)
	gate.secure = s.tls != nil
	if gate.refused = rc.opts.Refused; gate.refused == nil {
		gate.refused = func(Refusal) {}
	}
	rc.gate.Store(gate)
	srv := rc.server(ctx)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	rc.life, rc.ending = life, ctx.Done()

	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		wrapped := gate.wrap(l)
		if s.tls != nil {
			wrapped = tls.NewListener(wrapped, s.tls)
		}
		go func() { failed <- srv.Serve(wrapped) }()
	}
	var err error
	running := len(s.listeners)
	select {
	case <-ctx.Done():
	case err = <-failed:
		running--
	}
	gate.close()
	rc.shutDown(ctx, srv, gate, end)
	for ; running > 0; running-- {
		<-failed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (rc *Receiver) server(ctx context.Context) *http.Server {
	errorLog := rc.opts.ErrorLog
	if errorLog == nil {
		errorLog = tlsLog{rc}.logger()
	}
	base := context.WithoutCancel(ctx)
	return &http.Server{
		Handler:                      rc,
		DisableGeneralOptionsHandler: true,
		MaxHeaderBytes:               max(rc.limits.Header-headerSlop, 1),
		ReadHeaderTimeout:            rc.limits.HeaderTime,
		ReadTimeout:                  rc.limits.RequestTime,
		WriteTimeout:                 rc.limits.RequestTime + rc.limits.AnswerTime,
		IdleTimeout:                  rc.limits.IdleTime,
		HTTP2:                        rc.limits.http2(),
		ErrorLog:                     errorLog,
		BaseContext:                  func(net.Listener) context.Context { return base },
		ConnContext:                  withConn,
	}
}

// shutDown lets requests in flight finish, and cuts what is left after the
// grace: bodies still arriving, and headers never finished.
func (rc *Receiver) shutDown(ctx context.Context, srv *http.Server, gate *gate, end func()) {
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), rc.limits.Grace)
	defer cancel()
	gate.dropUnused()
	// net/http does not wait for hijacked connections.
	if srv.Shutdown(grace) == nil && idle(rc, grace.Done()) {
		return
	}
	end()
	srv.Close()
	gate.dropAll()
	late := time.NewTimer(time.Second)
	defer late.Stop()
	idle(rc, late.C)
}

// idle waits until no request is running, or gives up.
func idle[T any](rc *Receiver, giveUp <-chan T) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		rc.running.Lock()
		defer rc.running.Unlock()
	}()
	select {
	case <-done:
		return true
	case <-giveUp:
		return false
	}
}

// gate admits a number of connections at a time; further ones wait in the
// system's queue, where their sender sees a slow answer rather than a refusal.
type gate struct {
	slots  chan struct{}
	closed chan struct{}
	secure bool // TLS is spoken over the connections

	// How much earlier than asked for a deadline may be.
	readSlack, writeSlack time.Duration

	refused func(Refusal) // told of what net/http refuses by itself

	mu    sync.Mutex
	conns map[*conn]struct{}
}

func newGate(l Limits) *gate {
	return &gate{
		slots:  make(chan struct{}, l.Connections),
		closed: make(chan struct{}),
		conns:  map[*conn]struct{}{},

		readSlack:  min(l.HeaderTime, l.RequestTime, l.IdleTime) / 16,
		writeSlack: (l.RequestTime + l.AnswerTime) / 16,
	}
}

func (g *gate) wrap(l net.Listener) net.Listener { return &listener{l, g} }

func (g *gate) close() { close(g.closed) }

// dropUnused closes connections that never sent a byte: net/http would wait
// seconds for them.
func (g *gate) dropUnused() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		if !c.used.Load() {
			c.Conn.Close()
		}
	}
}

// dropAll closes what is still open.
func (g *gate) dropAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		c.Conn.Close()
	}
}

type listener struct {
	net.Listener
	gate *gate
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.gate.slots <- struct{}{}:
	case <-l.gate.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.gate.slots
		return nil, err
	}
	return l.gate.admit(c), nil
}
