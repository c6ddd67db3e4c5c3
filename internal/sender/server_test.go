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
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a TCP server that follows a script of bytes, not of HTTP.
type target struct {
	net.Listener
	conns sync.WaitGroup

	mu       sync.Mutex
	requests []string // as they stood on the wire
}

// serve runs script on every connection; the connection is closed after it.
func serve(t *testing.T, script func(s *target, c *net.TCPConn)) *target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &target{Listener: l}
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Go(func() {
				defer c.Close()
				script(s, c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() { l.Close(); s.conns.Wait() })
	return s
}

func (s *target) url() string { return "http://" + s.Addr().String() }

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

// answers sends text after a request, and waits for the peer to close.
func answers(text string) func(*target, *net.TCPConn) {
	return func(s *target, c *net.TCPConn) {
		if s.request(bufio.NewReader(c)) {
			io.WriteString(c, text)
			io.Copy(io.Discard, c)
		}
	}
}

// answersAndCloses sends text after a request and closes the connection.
func answersAndCloses(text string) func(*target, *net.TCPConn) {
	return func(s *target, c *net.TCPConn) {
		if s.request(bufio.NewReader(c)) {
			io.WriteString(c, text)
		}
	}
}

// resets sends text after a request and resets the connection.
func resets(text string) func(*target, *net.TCPConn) {
	return func(s *target, c *net.TCPConn) {
		if s.request(bufio.NewReader(c)) {
			io.WriteString(c, text)
			waitDelivered(c)
			c.SetLinger(0)
		}
	}
}

// waitDelivered gives the peer the time to read what was sent before a reset
// makes its system forget it. Nothing on this side can tell when that is done.
func waitDelivered(c *net.TCPConn) {
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	io.Copy(io.Discard, c)
}

// repeats sends head after a request and then part for as long as it is taken.
func repeats(head, part string, every time.Duration) func(*target, *net.TCPConn) {
	return func(s *target, c *net.TCPConn) {
		if !s.request(bufio.NewReader(c)) {
			return
		}
		io.WriteString(c, head)
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

func newSender(t *testing.T, opts Options) *Sender {
	s := New(opts)
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
