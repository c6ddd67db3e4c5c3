package crashtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/wire"
)

// soakVariable sets for how long TestSoak sends.
const soakVariable = "WHK_SOAK"

// growing is how long a soak has to be for its halves to be compared: before
// that, caches and the heap still fill, sooner or later as the machine is fast or slow.
const growing = time.Minute

// most is what a listener may take at any moment of a soak, however short.
const most = 256 << 20

// A listener that forwards takes every kind of body, good and bad, for as long as
// it is told to. Afterwards every connection is closed, and in the second half of
// a long time it needed no more memory and descriptors than in the first.
func TestSoak(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	var forwarded atomic.Int64
	to := newTarget(t, func(conn *net.TCPConn, _ *http.Request) {
		forwarded.Add(1)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	to.forget()
	l := h.listen("-q", "--retain-count", "500", "--to", to.url)
	atRest := l.sockets()
	length := soakTime(t)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	senders := newLoad(t)
	senders.start(ctx, l.addr)
	var strangers sync.WaitGroup
	strangers.Go(func() { l.strangers(ctx) })
	memory, descriptors := l.watch(ctx)
	strangers.Wait()
	acknowledged := senders.wait()
	eventually(t, "nothing is forwarded", func() bool { return forwarded.Load() > 0 })
	eventually(t, "connections are still open", func() bool { return l.sockets() <= atRest })
	l.stop(syscall.SIGTERM, 7*time.Second)
	if text := l.errors(); strings.Contains(text, "panic") || strings.Contains(text, "cannot be kept") {
		t.Error(text)
	}
	if len(acknowledged) == 0 {
		t.Error("no delivery was acknowledged")
	}
	if peak := max(memory[0], memory[1]); peak > most {
		t.Errorf("%d MiB of memory, at most %d MiB are expected", peak>>20, most>>20)
	}
	if limit := memory[0] + memory[0]/8 + 8<<20; length >= growing && memory[1] > limit {
		t.Errorf("%d MiB of memory in the second half, %d MiB in the first", memory[1]>>20, memory[0]>>20)
	}
	if limit := descriptors[0] + descriptors[0]/4 + 8; length >= growing && descriptors[1] > limit {
		t.Errorf("%d descriptors in the second half, %d in the first", descriptors[1], descriptors[0])
	}
	t.Logf("%d acknowledged, %d forwarded, memory %v MiB, descriptors %v", len(acknowledged), forwarded.Load(),
		[]int{memory[0] >> 20, memory[1] >> 20}, descriptors)
}

func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv(soakVariable)
	if text == "" {
		return 4 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("%s is %q, want a time such as 10m", soakVariable, text)
	}
	return d
}

// strangers send everything in the collection, again and again. What becomes of
// it is another test's.
func (l *listener) strangers(ctx context.Context) {
	for {
		for _, group := range wire.Groups() {
			for _, c := range group.Cases {
				if ctx.Err() != nil {
					return
				}
				if l.strange(c.Send) != nil {
					return
				}
			}
		}
	}
}

// strange sends bytes, closes its side, and waits for the end of the connection.
func (l *listener) strange(send string) error {
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	go func() {
		io.WriteString(conn, send)       //nolint:errcheck // it may be refused before its end
		conn.(*net.TCPConn).CloseWrite() //nolint:errcheck
	}()
	// A reset is an end, too.
	if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
		l.t.Errorf("a connection is open %v after %.80q", patience, send)
		return err
	}
	return nil
}

// sockets counts those that the process has open.
func (l *listener) sockets() int {
	l.t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", l.cmd.Process.Pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		l.t.Fatalf("the listener is gone: %v\n%s", err, l.errors())
	}
	count := 0
	for _, file := range files {
		// One that is closed meanwhile has no name.
		if name, err := os.Readlink(filepath.Join(dir, file.Name())); err == nil && strings.HasPrefix(name, "socket:") {
			count++
		}
	}
	return count
}

// watch reads memory and descriptors until ctx ends, and returns the most of each
// in the first half of the time and in the second.
func (l *listener) watch(ctx context.Context) (memory, descriptors [2]int) {
	l.t.Helper()
	end, _ := ctx.Deadline()
	middle := time.Now().Add(time.Until(end) / 2)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return memory, descriptors
		case now := <-tick.C:
			half := 0
			if now.After(middle) {
				half = 1
			}
			open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", l.cmd.Process.Pid))
			if err != nil {
				l.t.Fatalf("the listener is gone: %v\n%s", err, l.errors())
			}
			descriptors[half] = max(descriptors[half], len(open))
			memory[half] = max(memory[half], l.memory("VmRSS"))
		}
	}
}
