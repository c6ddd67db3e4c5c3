package receiver

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes are a listener whose connections are pipes: nothing passes through a
// system, so that in a bubble of testing/synctest all times are exact.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// inTime runs a test of a receiver behind pipes, with a clock that stands still
// while anything happens.
func inTime(t *testing.T, opts Options, test func(t *testing.T, b *bench), secure ...tls.Certificate) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		b := serving(t, newSockets(Address{Host: "127.0.0.1"}, p), opts, secure...)
		b.pipes = p
		test(t, b)
		b.stop()
	})
}

// connect is dial for pipes.
func (b *bench) connect() net.Conn {
	b.t.Helper()
	c, err := b.pipes.dial(b.t.Context(), "", "")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close() })
	return c
}

// heals is healthy for pipes, whose ends close at once.
func (b *bench) heals() {
	b.t.Helper()
	c := b.connect()
	go io.WriteString(c, "POST /healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
	if got := readAnswers(b.t, c, false); !slices.Equal(statuses(got), []int{200}) {
		b.t.Fatalf("a healthy delivery afterwards got %v", got)
	}
	if lines := b.deliveries(); !slices.Equal(lines, []string{"POST /healthy ok"}) {
		b.t.Fatalf("a healthy delivery afterwards was kept as %q", lines)
	}
}

// took runs f and checks how long it needed by the clock of a bubble.
func took(t *testing.T, atMost time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if d := time.Since(start); d > atMost {
		t.Errorf("took %v, at most %v allowed", d, atMost)
	}
}
