//go:build unix

package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Targets that are not there, hang, or break connections neither delay nor lose
// a capture, nor what goes to the target beside them, which gets the bytes that
// arrived. What became of each forward is kept.
func TestForward(t *testing.T) {
	t.Parallel()
	healthy := newTarget(t, func(conn *net.TCPConn, m *http.Request) {
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") //nolint:errcheck // the forward then has no answer
	})
	resetting := newTarget(t, func(conn *net.TCPConn, _ *http.Request) { conn.SetLinger(0) }) //nolint:errcheck // then it is closed in order
	end := make(chan struct{})
	hanging := newTarget(t, func(*net.TCPConn, *http.Request) { <-end })
	t.Cleanup(func() { close(end) })
	dead := newTarget(t, nil)
	dead.close()

	h := newHome(t)
	var args []string
	for _, to := range []*target{dead, hanging, resetting, healthy} {
		args = append(args, "--to", to.listener.Addr().String())
	}
	l := h.listen(args...)
	senders := newLoad(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	senders.start(ctx, l.addr)
	senders.await(200)
	cancel()
	acknowledged := senders.wait()
	l.stop(syscall.SIGTERM, 7*time.Second) // five of them are the hanging target's
	listed := h.list()
	compare(t, listed, int(senders.next.Load()), acknowledged)
	if len(listed) != len(acknowledged) {
		t.Errorf("%d are listed, %d acknowledged", len(listed), len(acknowledged))
	}
	allowed := map[string][]string{
		dead.url:      {webhook.ClassRefused},
		resetting.url: {webhook.ClassReset},
		hanging.url:   {webhook.ClassTimeout},
		healthy.url:   {""},
	}
	for _, d := range listed {
		m := newMessage(numberOf(d))
		checkForwards(t, m, d, allowed, hanging.url)
		healthy.check(m)
	}
	if got, want := healthy.count(), authentic(listed); got != want {
		t.Errorf("the healthy target got %d requests, want %d", got, want)
	}
}

// A listener that is killed while it forwards leaves nothing unsent: the target
// gets all that was acknowledged, from whichever listener, as it was sent.
func TestForwardKilled(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	answered := map[string]bool{} // by path
	requests := 0
	open := make(chan struct{})
	slow := newTarget(t, func(conn *net.TCPConn, r *http.Request) {
		mu.Lock()
		requests++
		hangs := requests%3 != 0
		mu.Unlock()
		select {
		case <-open:
		default:
			if hangs {
				<-open
				return
			}
		}
		mu.Lock()
		defer mu.Unlock()
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") //nolint:errcheck // the listener may be gone
		answered[r.URL.Path] = true
	})
	openOnce := sync.OnceFunc(func() { close(open) })
	t.Cleanup(openOnce)
	h := newHome(t)
	senders := newLoad(t)
	for range 4 {
		before := senders.count()
		l := h.listen("--to", slow.listener.Addr().String())
		senders.start(t.Context(), l.addr)
		senders.await(before + 40)
		l.kill()
		senders.wait()
	}
	acknowledged := senders.wait()
	sent := slow.count()
	missing := func() (list []int) {
		mu.Lock()
		defer mu.Unlock()
		for n := range acknowledged {
			if m := newMessage(n); m.authentic && !answered[m.path()] {
				list = append(list, n)
			}
		}
		return list
	}
	if len(missing()) == 0 {
		t.Error("nothing was left unsent: the test tests nothing")
	}
	openOnce()
	l := h.listen("--to", slow.listener.Addr().String())
	for limit := time.Now().Add(patience); len(missing()) > 0 && time.Now().Before(limit); {
		time.Sleep(10 * time.Millisecond)
	}
	if list := missing(); len(list) > 0 {
		t.Errorf("%d of %d are never sent on: %v", len(list), len(acknowledged), list)
	}
	l.stop(syscall.SIGTERM, 7*time.Second)
	if !strings.Contains(l.errors(), "resuming ") {
		t.Errorf("it does not say that it resumes: %q", l.errors())
	}
	for n := range acknowledged {
		slow.check(newMessage(n))
	}
	t.Logf("%d acknowledged, %d sent on by those that were killed, %d in all", len(acknowledged), sent, slow.count())
}

func authentic(all []*webhook.Delivery) int {
	n := 0
	for _, d := range all {
		if d.Verification.Status == webhook.Authentic {
			n++
		}
	}
	return n
}

// checkForwards wants one outcome for each target, of a class that fits it, and
// none for what is not authentic. The one of a target that hangs may be missing:
// its attempt is made again by the next listener.
func checkForwards(t *testing.T, m message, d *webhook.Delivery, allowed map[string][]string, hanging string) {
	t.Helper()
	if !m.authentic {
		if len(d.Forwards) != 0 {
			t.Errorf("message %d, which is not authentic, was forwarded: %v", m.number, d.Forwards)
		}
		return
	}
	seen := map[string]bool{}
	defer func() {
		for target := range allowed {
			if !seen[target] && target != hanging {
				t.Errorf("message %d has no outcome of %s: %v", m.number, target, d.Forwards)
			}
		}
	}()
	for _, f := range d.Forwards {
		target, ok := strings.CutSuffix(f.URL, m.path())
		if !ok || seen[target] || !slices.Contains(allowed[target], f.Error) {
			t.Errorf("message %d: the outcome %+v is not one of %q", m.number, f, allowed[target])
		}
		if f.Error == "" && f.Status != 204 {
			t.Errorf("message %d was answered %d by %s", m.number, f.Status, target)
		}
		seen[target] = true
	}
}

// target is a server to forward to that takes one request per connection.
type target struct {
	t        *testing.T
	url      string
	listener net.Listener
	answer   func(*net.TCPConn, *http.Request)
	all      sync.WaitGroup

	mu   sync.Mutex
	got  map[int]message // what of each message arrived
	more int             // requests that are no new message
	idle bool            // got stays empty
}

// forget keeps a target that runs for long from filling the memory.
func (to *target) forget() {
	to.mu.Lock()
	defer to.mu.Unlock()
	to.idle = true
}

func newTarget(t *testing.T, answer func(*net.TCPConn, *http.Request)) *target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := &target{t: t, url: "http://" + listener.Addr().String(), listener: listener, answer: answer, got: map[int]message{}}
	to.all.Go(to.serve)
	t.Cleanup(to.close)
	return to
}

func (to *target) close() {
	to.listener.Close()
	to.all.Wait()
}

func (to *target) serve() {
	for {
		conn, err := to.listener.Accept()
		if err != nil {
			return
		}
		to.all.Go(func() {
			defer conn.Close()
			to.take(conn.(*net.TCPConn))
		})
	}
}

func (to *target) take(conn *net.TCPConn) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(request.URL.Path, "/hooks/"))
	to.mu.Lock()
	if _, twice := to.got[n]; twice || err != nil {
		to.more++
	}
	if !to.idle {
		to.got[n] = message{number: n, body: body, signature: fmt.Sprint(request.Header[signatureHeader])}
	}
	to.mu.Unlock()
	to.answer(conn, request)
}

func (to *target) count() int {
	to.mu.Lock()
	defer to.mu.Unlock()
	return len(to.got) + to.more
}

// check wants a message to have arrived as it was sent, if it is authentic.
func (to *target) check(m message) {
	to.t.Helper()
	to.mu.Lock()
	defer to.mu.Unlock()
	got, ok := to.got[m.number]
	switch {
	case ok != m.authentic:
		to.t.Errorf("message %d arrived: %v, want %v", m.number, ok, m.authentic)
	case ok && (!bytes.Equal(got.body, m.body) || got.signature != fmt.Sprint([]string{m.signature})):
		to.t.Errorf("message %d arrived with other bytes, or signed %s", m.number, got.signature)
	}
}
