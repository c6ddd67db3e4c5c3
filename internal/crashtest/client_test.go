//go:build unix

package crashtest

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Senders that close their side after the request still get their answer.
func TestHalfClose(t *testing.T) {
	h := newHome(t)
	l := h.listen()
	acknowledged := map[int]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := i*16 + 1; n <= (i+1)*16; n++ {
				m := newMessage(n)
				conn := l.dial()
				conn.Write(m.wire(l.addr)) //nolint:errcheck // then there is no answer
				conn.CloseWrite()          //nolint:errcheck // likewise
				line, err := bufio.NewReader(conn).ReadString('\n')
				if err != nil || !strings.HasPrefix(line, fmt.Sprintf("HTTP/1.1 %d ", m.wanted())) {
					t.Errorf("message %d was answered %q, %v, want %d", n, line, err, m.wanted())
				}
				conn.Close()
				mu.Lock()
				acknowledged[n] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	l.stop(syscall.SIGTERM, 5*time.Second)
	compare(t, h.list(), 8*16, acknowledged)
}

// A sender that asks whether to send its body is told: to go on, or that it is
// too large without having sent it.
func TestExpect(t *testing.T) {
	h := newHome(t)
	l := h.listen("--max-body", "1MiB")
	m := newMessage(1)
	conn, r := l.begin(m)
	if _, err := conn.Write(m.body[len(m.body)/2:]); err != nil {
		t.Fatal(err)
	}
	if status := readStatus(t, r); status != 200 {
		t.Errorf("the answer is %d, want 200", status)
	}
	large := l.dial()
	fmt.Fprintf(large, "POST /large HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", l.addr, 1<<20+1)
	line, err := bufio.NewReader(large).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("a body over the limit is answered %q, %v, want 413", line, err)
	}
	compare(t, h.list(), 1, map[int]bool{1: true})
}

// An HTTP/1.0 sender is served, and the connection closed.
func TestHTTP10(t *testing.T) {
	h := newHome(t)
	l := h.listen()
	m := newMessage(1)
	conn := l.dial()
	if _, err := io.WriteString(conn, strings.Replace(string(m.wire(l.addr)), "HTTP/1.1", "HTTP/1.0", 1)); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(all), "HTTP/1.0 200 ") {
		t.Errorf("the answer is %q, %v", all, err)
	}
	compare(t, h.list(), 1, map[int]bool{1: true})
}

// Requests sent together on one connection are kept and answered in order.
func TestPipelined(t *testing.T) {
	h := newHome(t)
	l := h.listen()
	var all []byte
	const count = 24 // numbers 8, 16 and 24 are wrongly signed
	for n := 1; n <= count; n++ {
		all = append(all, newMessage(n).wire(l.addr)...)
	}
	conn := l.dial()
	go conn.Write(all) //nolint:errcheck // then answers lack
	r := bufio.NewReader(conn)
	acknowledged := map[int]bool{}
	for n := 1; n <= count; n++ {
		if got := readStatus(t, r); got != newMessage(n).wanted() {
			t.Errorf("message %d was answered %d, want %d", n, got, newMessage(n).wanted())
		}
		acknowledged[n] = true
	}
	listed := h.list()
	compare(t, listed, count, acknowledged)
	var order []int
	for _, d := range slices.Backward(listed) {
		order = append(order, numberOf(d))
	}
	if !slices.IsSorted(order) {
		t.Errorf("they were kept in the order %v", order)
	}
}
