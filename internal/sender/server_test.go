package sender

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what takes no time worth mentioning where nobody else needs the
// processor, and for how long connections are kept.
const patience = time.Minute

// target is a TCP server that follows a script of bytes, not of HTTP.
type target struct {
	address string
	conns   sync.WaitGroup

	mu       sync.Mutex
	requests []string // as they stood on the wire
}

// serve runs script on every connection; the connection is closed after it.
func serve(t *testing.T, script func(s *target, c net.Conn)) *target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &target{address: l.Addr().String()}
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Go(func() {
				defer c.Close()
				script(s, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); s.conns.Wait() })
	return s
}

// piped is a target behind pipes, and what connects to it. Nothing passes through
// a system, so that in a bubble of testing/synctest all times are exact.
func piped(t *testing.T, script func(s *target, c net.Conn)) (*target, connector) {
	s := &target{address: "127.0.0.1:1"}
	t.Cleanup(s.conns.Wait)
	return s, func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		s.conns.Go(func() {
			defer far.Close()
			script(s, far)
		})
		return near, nil
	}
}

func (s *target) url() string { return "http://" + s.address }

// request reads one request with its body, and says whether there was one.
func (s *target) request(in *bufio.Reader) bool {
	var raw strings.Builder
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(in, &raw)))
	if err != nil {
		return false
	}
	io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, raw.String())
	return true
}

func (s *target) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// say writes text, and not even nothing where there is none: a pipe passes that on.
func say(c net.Conn, text string) {
	if text != "" {
		io.WriteString(c, text)
	}
}

// answers sends text after a request, and waits for the peer to close.
func answers(text string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		if s.request(bufio.NewReader(c)) {
			say(c, text)
			io.Copy(io.Discard, c)
		}
	}
}

// answersAndCloses sends text after a request and closes the connection.
func answersAndCloses(text string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		if s.request(bufio.NewReader(c)) {
			say(c, text)
		}
	}
}

// resets sends text after a request and resets the connection.
func resets(text string) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		if s.request(bufio.NewReader(c)) {
			say(c, text)
			waitDelivered(c)
			c.(*net.TCPConn).SetLinger(0)
		}
	}
}

// waitDelivered gives the peer the time to read what was sent before a reset
// makes its system forget it. Nothing on this side can tell when that is done.
func waitDelivered(c net.Conn) {
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	io.Copy(io.Discard, c)
}

// repeats sends head after a request and then part for as long as it is taken.
func repeats(head, part string, every time.Duration) func(*target, net.Conn) {
	return func(s *target, c net.Conn) {
		if !s.request(bufio.NewReader(c)) {
			return
		}
		say(c, head)
		for {
			if _, err := io.WriteString(c, part); err != nil {
				return
			}
			if every > 0 {
				c.SetReadDeadline(time.Now().Add(every))
				if _, err := io.Copy(io.Discard, c); err == nil {
					return // the peer closed
				}
			}
		}
	}
}

// newSender is a sender that is patient where the test says nothing else.
func newSender(t *testing.T, opts Options) *Sender {
	setDefault(&opts.Connect, patience)
	setDefault(&opts.FirstByte, patience)
	setDefault(&opts.Whole, patience)
	s := New(opts)
	s.pooled.IdleConnTimeout = patience
	t.Cleanup(s.Close)
	return s
}

func post(url string) *webhook.Request {
	return &webhook.Request{Method: "POST", URL: url, Body: []byte("body")}
}

// way is one of the two ways of making attempts.
type way interface {
	Attempt(context.Context, *webhook.Request) webhook.Attempt
}

// inTime runs a test with a sender, and with a lane of one, at a piped target and
// with a clock that stands still while anything happens.
func inTime(t *testing.T, name string, script func(*target, net.Conn), test func(t *testing.T, s *target, newWay func(Options) way)) {
	eachWay(t, name, func(t *testing.T, newWay func(*testing.T, Options) way) {
		synctest.Test(t, func(t *testing.T) {
			s, connect := piped(t, script)
			test(t, s, func(opts Options) way {
				opts.connect = connect
				return newWay(t, opts)
			})
		})
	})
}

// eachWay runs a test with a sender, and with a lane of one.
func eachWay(t *testing.T, name string, test func(t *testing.T, newWay func(*testing.T, Options) way)) {
	t.Run(name, func(t *testing.T) {
		test(t, func(t *testing.T, opts Options) way { return newSender(t, opts) })
	})
	t.Run(name+" in a lane", func(t *testing.T) {
		test(t, func(t *testing.T, opts Options) way { return newLane(t, opts) })
	})
}

func newLane(t *testing.T, opts Options) *Lane {
	l := newSender(t, opts).Lane()
	t.Cleanup(l.Close)
	return l
}

func attempt(s way, r *webhook.Request) webhook.Attempt {
	return s.Attempt(context.Background(), r)
}
