package crashtest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/tool"
)

// connectionsVariable sets how many connections TestManyConnections opens.
const connectionsVariable = "WHK_CRASH_CONNECTIONS"

// Thousands of senders that say nothing, do not end their headers, or announce a
// large body and send little of it: deliveries of others are taken all the same,
// in little memory, and a signal ends the listener in time.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	count := setting(t, connectionsVariable, 2000)
	if limit := descriptors(t); count > limit-200 {
		tool.Lacking(t, fmt.Sprintf("%d connections need more than the %d descriptors that there are", count, limit))
	}
	h := newHome(t)
	l := h.listen("--max-connections", strconv.Itoa(count+10))
	before := l.memory("VmRSS")
	for n := range count {
		conn := l.dial()
		begin := []string{
			"",
			"POST /slow HTTP/1.1\r\nHost: h\r\nX-A: ",
			"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 10485760\r\n\r\n{",
			"POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9fffff\r\n{",
		}[n%4]
		if _, err := conn.Write([]byte(begin)); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 20; n++ {
		if m := newMessage(n); l.send(m) != m.wanted() {
			t.Errorf("message %d was not acknowledged", n)
		}
	}
	// Each has a goroutine with buffers for reading and writing, and half of them
	// the first 4 KiB of a body.
	each := (l.memory("VmRSS") - before) / count
	if each > 40<<10 {
		t.Errorf("a connection takes %d bytes", each)
	}
	t.Logf("a connection takes %d bytes", each)
	l.stop(syscall.SIGTERM, 7*time.Second)
	compare(t, h.list(), 20, upTo(20))
}

// A crowd that would take every file that the process may open leaves those that
// a delivery is kept in, and the next command to open the captures can.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.under = []string{"sh", "-c", `ulimit -n 128 && exec "$@"`, "sh"}
	l := h.listen()
	if errors := l.errors(); !strings.Contains(errors, "at most 64 connections at a time") {
		t.Errorf("nothing is said of the connections:\n%s", errors)
	}
	early := l.dial()
	answers := bufio.NewReader(early)
	for n := 1; n <= 40; n++ {
		if n == 2 {
			for range 200 {
				l.dial()
			}
		}
		m := newMessage(n)
		if _, err := early.Write(m.wire(l.addr)); err != nil {
			t.Fatal(err)
		}
		if status := readStatus(t, answers); status != m.wanted() {
			t.Errorf("message %d of %d bytes was answered %d", n, len(m.body), status)
		}
	}
	compare(t, h.list(), 40, upTo(40))
	l.stop(syscall.SIGTERM, 5*time.Second)
}

// Large bodies that arrive together take no more memory than is allowed in all:
// those for which there is none are turned away, and there is room again as soon
// as the others have ended.
func TestManyBodies(t *testing.T) {
	t.Parallel()
	const senders, most = 48, 16 << 20
	h := newHome(t)
	l := h.listen("--max-memory", strconv.Itoa(most))
	half := make([]byte, 5<<20)
	var refused atomic.Int64
	var all sync.WaitGroup
	var conns []*net.TCPConn
	for range senders {
		conn := l.dial()
		conns = append(conns, conn)
		all.Go(func() {
			fmt.Fprintf(conn, "POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", 2*len(half))
			conn.Write(half) //nolint:errcheck // whoever is turned away may be so before its end
			if l.turnedAway(conn) {
				refused.Add(1)
			}
		})
	}
	// None of them ends its body, so that those for which there was room keep it.
	eventually(t, "there is room for half of them", func() bool { return refused.Load() >= senders/2 })
	// What the collector has not yet taken back counts once more.
	if peak := l.memory("VmHWM"); peak > 3*most+64<<20 {
		t.Errorf("%d MiB were taken, with %d MiB allowed for bodies", peak>>20, most>>20)
	}
	if refused.Load() == senders {
		t.Error("all were turned away")
	}
	for _, conn := range conns {
		conn.Close()
	}
	all.Wait()
	sent := 0
	for limit := time.Now().Add(patience); sent == 0 || !t.Failed() && sent < 8; {
		if m := newMessage(sent + 1); l.send(m) == m.wanted() {
			sent++
		} else if time.Now().After(limit) {
			t.Fatal("there is no room again")
		}
	}
	l.stop(syscall.SIGTERM, 5*time.Second)
	compare(t, h.list(), sent, upTo(sent))
}

// turnedAway waits for the end of a connection, and tells whether the other side
// made it. An answer before that has to be a 503.
func (l *listener) turnedAway(conn *net.TCPConn) bool {
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "HTTP/1.1 503 ") {
		l.t.Errorf("half a body is answered %q", line)
	}
	return !errors.Is(err, net.ErrClosed) && !os.IsTimeout(err)
}

// memory is a figure of the process, in bytes: VmRSS now, VmHWM at most.
func (l *listener) memory(name string) int {
	l.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
	if err != nil {
		l.t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
	if m == nil {
		l.t.Fatalf("no %s in %s", name, text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		l.t.Fatal(err)
	}
	return n << 10
}

// descriptors is how many a process may have.
func descriptors(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(limit.Cur)
}
