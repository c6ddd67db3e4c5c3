package receiver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is for what ends at once when all is well and nobody else needs the
// processor.
const deadline = time.Minute

// bench is a receiver on a loopback socket that remembers what it kept.
type bench struct {
	t       *testing.T
	rc      *Receiver
	sockets *Sockets
	pipes   *pipes // nil: real sockets
	stop    func()

	mu      sync.Mutex
	kept    []*webhook.Delivery
	refused []Refusal
	trouble []error
}

func newBench(t *testing.T, opts Options, secure ...tls.Certificate) *bench {
	t.Helper()
	s, err := Listen(context.Background(), Address{Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return serving(t, s, opts, secure...)
}

func serving(t *testing.T, s *Sockets, opts Options, secure ...tls.Certificate) *bench {
	t.Helper()
	b := &bench{t: t, sockets: s}
	keep := opts.Keep
	opts.Keep = func(ctx context.Context, d *webhook.Delivery) error {
		if keep != nil {
			if err := keep(ctx, d); err != nil {
				return err
			}
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.kept = append(b.kept, d)
		d.ID = fmt.Sprint(len(b.kept))
		return nil
	}
	opts.Refused = func(r Refusal) { b.locked(func() { b.refused = append(b.refused, r) }) }
	opts.Trouble = func(err error) { b.locked(func() { b.trouble = append(b.trouble, err) }) }
	if opts.Judge == nil {
		opts.Judge = judgeByHeader
	}
	b.rc = New(opts)
	b.start(secure...)
	return b
}

// judgeByHeader finds authentic what says so.
func judgeByHeader(r *http.Request, d *webhook.Delivery) (*Answer, bool) {
	switch r.Header.Get("X-Verdict") {
	case "good":
		d.Verification.Status = webhook.Authentic
	case "bad":
		d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch, Detail: "secret detail"}
	case "missing":
		d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMissing}
	case "panic":
		panic("judge")
	}
	return nil, false
}

func (b *bench) start(secure ...tls.Certificate) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if len(secure) > 0 {
		b.sockets.Secure(secure[0])
	}
	done := make(chan error, 1)
	go func() { done <- b.rc.Serve(ctx, b.sockets) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				b.t.Errorf("Serve: %v", err)
			}
		case <-time.After(deadline):
			b.t.Error("Serve did not return")
		}
	})
	b.t.Cleanup(b.stop)
}

func (b *bench) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// deliveries describes what was kept since the last call, one line each.
func (b *bench) deliveries() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for _, d := range b.kept {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s %s", d.Method, strings.TrimPrefix(d.URL, b.sockets.URL()), d.Body), " "))
	}
	b.kept = nil
	return lines
}

func (b *bench) addr() string { return b.sockets.Address.String() }

func (b *bench) dial() *net.TCPConn {
	b.t.Helper()
	c, err := net.Dial("tcp", b.addr())
	if err != nil {
		b.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(deadline))
	b.t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// answer is what a raw exchange got back.
type answer struct {
	status int
	closes bool
	header http.Header
	body   string
}

// exchange writes bytes, ends the sending side and reads all answers.
func (b *bench) exchange(send string) []answer {
	b.t.Helper()
	c := b.dial()
	defer c.Close()
	go func() {
		io.WriteString(c, send)
		c.CloseWrite()
	}()
	return readAnswers(b.t, c, strings.HasPrefix(send, "HEAD "))
}

func readAnswers(t *testing.T, c net.Conn, head bool) []answer {
	t.Helper()
	method := http.MethodPost
	if head {
		method = http.MethodHead
	}
	var got []answer
	in := bufio.NewReader(c)
	for {
		if _, err := in.Peek(1); err != nil {
			if isTimeout(err) {
				t.Errorf("the server neither answered nor closed; so far %v", got)
			}
			return got
		}
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			t.Errorf("bad answer after %v: %v", got, err)
			return got
		}
		body, _ := io.ReadAll(resp.Body)
		got = append(got, answer{resp.StatusCode, resp.Close, resp.Header, string(body)})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func statuses(answers []answer) []int {
	var list []int
	for _, a := range answers {
		list = append(list, a.status)
	}
	return list
}

// healthy shows that the server still takes an ordinary delivery.
func (b *bench) healthy() {
	b.t.Helper()
	got := b.exchange("POST /healthy HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")
	if !slices.Equal(statuses(got), []int{200}) {
		b.t.Fatalf("a healthy delivery afterwards got %v", got)
	}
	if lines := b.deliveries(); !slices.Equal(lines, []string{"POST /healthy ok"}) {
		b.t.Fatalf("a healthy delivery afterwards was kept as %q", lines)
	}
}

// within waits until a condition holds.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}
