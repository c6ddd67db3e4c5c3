//go:build unix

package crashtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Senders that close their side after the request still get their answer, and
// that while the disk is slow and their leaving is noticed long before it is
// done.
func TestHalfClose(t *testing.T) {
	h := newHome(t)
	l := h.listen()
	t.Run("fast disk", func(t *testing.T) { halfClose(t, l, 1, 128) })
	t.Run("slow disk", func(t *testing.T) {
		defer l.trace("-e", "inject=fsync,fdatasync:delay_enter=50000")()
		halfClose(t, l, 129, 160)
	})
	l.stop(syscall.SIGTERM, 5*time.Second)
	compare(t, h.list(), 160, upTo(160))
}

// halfClose sends messages whose senders close, eight at a time.
func halfClose(t *testing.T, l *listener, first, last int) {
	numbers := make(chan int)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range numbers {
				m := newMessage(n)
				if status, err := l.halfClose(m); err != nil || status != m.wanted() {
					t.Errorf("message %d was answered %d, %v, want %d", n, status, err, m.wanted())
				}
			}
		})
	}
	for n := first; n <= last; n++ {
		numbers <- n
	}
	close(numbers)
	all.Wait()
}

func (l *listener) halfClose(m message) (status int, err error) {
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.Write(m.wire(l.addr)); err != nil {
		return 0, err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
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
	compare(t, h.list(), 1, upTo(1))
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
	compare(t, h.list(), 1, upTo(1))
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
	for n := 1; n <= count; n++ {
		if got := readStatus(t, r); got != newMessage(n).wanted() {
			t.Errorf("message %d was answered %d, want %d", n, got, newMessage(n).wanted())
		}
	}
	listed := h.list()
	compare(t, listed, count, upTo(count))
	var order []int
	for _, d := range slices.Backward(listed) {
		order = append(order, numberOf(d))
	}
	if !slices.IsSorted(order) {
		t.Errorf("they were kept in the order %v", order)
	}
}
