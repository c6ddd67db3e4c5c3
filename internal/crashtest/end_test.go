//go:build unix

package crashtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends a listener under load in order: exit 0 in time, with all that
// was acknowledged, and all that it showed, kept. With the race detector it finds no race: it would
// say so, and end with another code.
func TestSignal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			h := newHome(t)
			h.checked = true
			l := h.listen()
			senders := newLoad(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			senders.start(ctx, l.addr)
			senders.await(100)
			l.stop(signal, 5*time.Second)
			cancel()
			listed := h.list()
			compare(t, listed, int(senders.next.Load()), senders.wait())
			shown := map[string]int{}
			noteShown(t, l.output(), shown)
			if len(shown) != len(listed) {
				t.Errorf("%d deliveries were shown, %d are listed", len(shown), len(listed))
			}
			if text := l.errors(); text != "" {
				t.Errorf("it said %q", text)
			}
		})
	}
}

// A request that is on its way when the signal comes is finished and answered.
func TestSignalFinishes(t *testing.T) {
	h := newHome(t)
	l := h.listen()
	m := newMessage(1)
	conn, r := l.begin(m)
	l.signal(syscall.SIGTERM)
	l.refusing()
	l.finish(m, conn, r)
	l.ended()
	if code := l.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, l.errors())
	}
	compare(t, h.list(), 1, upTo(1))
}

// What a sender has begun to send when the time of --within is over counts, and is
// answered.
func TestExpectFinishes(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	l := h.listen("--expect", "*", "--within", "8s")
	m := newMessage(1)
	conn, r := l.begin(m)
	l.refusing()
	l.finish(m, conn, r)
	l.ended()
	if code := l.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(l.output(), `{"type":"verdict","met":true,`) {
		t.Errorf("exit code %d, want 0; it said\n%s%s", code, l.output(), l.errors())
	}
	compare(t, h.list(), 1, upTo(1))
}

// A sender that never finishes does not hold the end up for longer than five
// seconds, and not at all once a second signal comes. What it sent half of is
// no delivery.
func TestSignalStalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		second bool
	}{{"one signal", false}, {"two signals", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			l := h.listen()
			l.begin(newMessage(1))
			start := time.Now()
			l.signal(syscall.SIGTERM)
			l.refusing()
			if c.second {
				l.signal(syscall.SIGTERM)
			}
			l.ended()
			if took := time.Since(start); took > 7*time.Second+busy {
				t.Errorf("it ended after %v", took)
			}
			// Without the second one it would end by itself.
			status := l.cmd.ProcessState.Sys().(syscall.WaitStatus)
			switch {
			case c.second && !(status.Signaled() && status.Signal() == syscall.SIGTERM):
				t.Errorf("it ended with %v, want the signal", l.err)
			case !c.second && l.err != nil:
				t.Errorf("it ended with %v, want 0\n%s", l.err, l.errors())
			}
			if listed := h.list(); len(listed) != 0 {
				t.Errorf("half a message is listed: %q", listed[0].Body)
			}
		})
	}
}

// begin sends the first half of a message and returns once the listener has
// begun with it: it has then asked for the body.
func (l *listener) begin(m message) (net.Conn, *bufio.Reader) {
	l.t.Helper()
	conn := l.dial()
	half := len(m.body) / 2
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		m.path(), l.addr, signatureHeader, m.signature, len(m.body))
	r := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := r.ReadString('\n'); err != nil || line != want {
			l.t.Fatalf("the listener says %q, %v, want %q", line, err, want)
		}
	}
	if _, err := conn.Write(m.body[:half]); err != nil {
		l.t.Fatal(err)
	}
	return conn, r
}

// finish sends the other half, and wants it to be kept.
func (l *listener) finish(m message, conn net.Conn, r *bufio.Reader) {
	l.t.Helper()
	if _, err := conn.Write(m.body[len(m.body)/2:]); err != nil {
		l.t.Fatal(err)
	}
	if status := readStatus(l.t, r); status != 200 {
		l.t.Errorf("the answer is %d, want 200", status)
	}
}

func (l *listener) dial() *net.TCPConn {
	l.t.Helper()
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		l.t.Fatalf("%v\n%s", err, l.errors())
	}
	l.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		l.t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// refusing waits until the listener takes no more connections.
func (l *listener) refusing() {
	l.t.Helper()
	eventually(l.t, "the listener does not close its port", func() bool {
		conn, err := net.Dial("tcp", l.addr)
		if err != nil {
			return true
		}
		conn.Close()
		return false
	})
}

// readStatus reads a whole answer and returns its status.
func readStatus(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	response, _ := readAnswer(t, r)
	return response.StatusCode
}

func readAnswer(t *testing.T, r *bufio.Reader) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	var body strings.Builder
	if _, err := io.Copy(&body, response.Body); err != nil {
		t.Fatal(err)
	}
	return response, body.String()
}
