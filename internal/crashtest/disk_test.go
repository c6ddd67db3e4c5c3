//go:build unix

package crashtest

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/tool"
)

// A disk that fails is an honest 503 with the time to try again, said once; the
// listener goes on, and keeps again by itself as soon as it can. It never
// acknowledges what is not on the disk.
func TestFailingDisk(t *testing.T) {
	for _, c := range []struct{ name, inject string }{
		{"syncs fail", "fsync,fdatasync:error=EIO"},
		{"some syncs fail", "fsync,fdatasync:error=EIO:when=2+3"},
		{"the disk is full", "pwrite64,fallocate,ftruncate:error=ENOSPC"},
		{"the disk is read-only", "pwrite64,openat:error=EROFS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			l := h.listen()
			d := newDisk(t, l)
			d.send(2)
			if d.failed > 0 {
				t.Fatalf("%d deliveries were refused with nothing wrong", d.failed)
			}
			repair := l.trace("-e", "inject="+c.inject)
			d.send(12)
			if d.failed == 0 {
				t.Errorf("no delivery was refused: nothing is tested")
			}
			repair()
			d.whole(8)
			d.end(h)
		})
	}
}

// callsVariable sets how many calls of each kind TestFailingCall lets fail.
const callsVariable = "WHK_CRASH_CALLS"

// Whichever call fails, the first, the second or a later one, once or from then
// on: what was acknowledged is kept, what was refused is not, and as soon as
// calls work again so does the listener.
func TestFailingCall(t *testing.T) {
	calls := setting(t, callsVariable, 6)
	for _, c := range []struct{ calls, err string }{
		{"pwrite64", "ENOSPC"}, {"pwrite64", "EIO"}, {"pwrite64,openat", "EROFS"},
		{"fsync,fdatasync", "EIO"}, {"fsync,fdatasync", "ENOSPC"}, {"ftruncate,fallocate,unlink,unlinkat", "EIO"}, {"pread64", "EIO"},
	} {
		t.Run(c.calls+" "+c.err, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			d := newDisk(t, h.listen())
			d.send(1)
			for n := 1; n <= calls; n++ {
				for _, when := range []string{fmt.Sprint(n), fmt.Sprint(n, "+")} {
					repair := d.l.trace("-e", "inject="+c.calls+":error="+c.err+":when="+when)
					d.send(3)
					repair()
					d.whole(2)
				}
			}
			d.end(h)
		})
	}
}

// whole sends messages while nothing is wrong with the disk.
func (d *disk) whole(count int) {
	d.t.Helper()
	before := d.failed
	d.send(count)
	if d.failed > before {
		d.t.Errorf("%d deliveries are refused with the disk whole again\n%s", d.failed-before, d.l.errors())
	}
}

// A listener that is killed while its disk fails leaves what it acknowledged
// before, and the next one needs no help.
func TestFailingDiskKilled(t *testing.T) {
	h := newHome(t)
	d := newDisk(t, h.listen())
	for range 5 {
		d.send(5)
		detach := d.l.trace("-e", "inject=fsync,fdatasync:error=EIO:when=1+2")
		d.send(6)
		d.l.kill()
		detach()
		d.l, d.failing = h.listen(), false
	}
	if d.failed == 0 {
		t.Error("no delivery was refused: nothing is tested")
	}
	d.l.stop(syscall.SIGTERM, 5*time.Second)
	compare(t, h.list(), d.sent, d.acknowledged)
}

// disk is one sender to a listener on a disk that may fail.
type disk struct {
	t            *testing.T
	l            *listener
	sent         int
	failed       int
	failing      bool // the last one was refused
	changes      int  // from keeping to refusing
	acknowledged map[int]bool
}

func newDisk(t *testing.T, l *listener) *disk {
	return &disk{t: t, l: l, acknowledged: map[int]bool{}}
}

// send sends messages, each on a connection of its own, and holds the answers
// against what may be answered.
func (d *disk) send(count int) {
	d.t.Helper()
	for range count {
		d.sent++
		m := newMessage(d.sent)
		conn := d.l.dial()
		if _, err := conn.Write(m.wire(d.l.addr)); err != nil {
			d.t.Fatal(err)
		}
		response, body := readAnswer(d.t, bufio.NewReader(conn))
		conn.Close()
		switch response.StatusCode {
		case m.wanted():
			d.acknowledged[m.number] = true
			d.failing = false
		case http.StatusServiceUnavailable:
			if response.Header.Get("Retry-After") == "" || body != "not kept, try again\n" {
				d.t.Errorf("message %d was refused with %v and %q", m.number, response.Header, body)
			}
			d.failed++
			if !d.failing {
				d.changes++
			}
			d.failing = true
		default:
			d.t.Errorf("message %d was answered %d", m.number, response.StatusCode)
		}
	}
}

// end stops the listener and holds what it said and kept against what it
// answered.
func (d *disk) end(h *home) {
	d.t.Helper()
	d.l.stop(syscall.SIGTERM, 5*time.Second)
	said := d.l.errors()
	if n := strings.Count(said, "deliveries cannot be kept"); n != d.changes {
		d.t.Errorf("it said %d times that it could not keep, want %d:\n%s", n, d.changes, said)
	}
	if n := strings.Count(said, "captures are kept again"); n != d.changes {
		d.t.Errorf("it said %d times that it keeps again, want %d:\n%s", n, d.changes, said)
	}
	if n := strings.Count(said, "\n") - strings.Count(said, "hint: "); n != 2*d.changes {
		d.t.Errorf("it said %d lines, want %d:\n%s", n, 2*d.changes, said)
	}
	if n := refusedOf(said); n != d.failed {
		d.t.Errorf("it said that %d requests were refused, want %d:\n%s", n, d.failed, said)
	}
	listed := h.list()
	compare(d.t, listed, d.sent, d.acknowledged)
	if len(listed) != len(d.acknowledged) {
		d.t.Errorf("%d are listed, %d were acknowledged", len(listed), len(d.acknowledged))
	}
	shown := map[string]int{}
	noteShown(d.t, d.l.output(), shown)
	if len(shown) != len(d.acknowledged) {
		d.t.Errorf("%d deliveries were shown, %d acknowledged", len(shown), len(d.acknowledged))
	}
	d.t.Logf("%d sent, %d acknowledged, %d refused, %d listed", d.sent, len(d.acknowledged), d.failed, len(listed))
}

// refusedOf adds up how many requests a listener said to have refused.
func refusedOf(said string) (n int) {
	for line := range strings.Lines(said) {
		if _, text, ok := strings.Cut(line, "; 503 for "); ok {
			var one int
			fmt.Sscan(text, &one)
			n += one
		}
	}
	return n
}

// trace attaches strace to the listener, to let its system calls fail or wait,
// until the returned function is called.
func (l *listener) trace(args ...string) (detach func()) {
	l.t.Helper()
	strace := tool.Need(l.t, "strace")
	c := exec.Command(strace, append([]string{"-f", "-o", "/dev/null", "-p", fmt.Sprint(l.cmd.Process.Pid)}, args...)...)
	messages, err := c.StderrPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		l.t.Fatal(err)
	}
	line, err := bufio.NewReader(messages).ReadString('\n')
	if err != nil || !strings.Contains(line, "attached") {
		c.Wait() //nolint:errcheck // it has said what is wrong
		tool.Lacking(l.t, "strace cannot attach: "+line)
	}
	return func() {
		c.Process.Signal(os.Interrupt) //nolint:errcheck // it has ended by itself if the listener has
		c.Wait()                       //nolint:errcheck // it ends by the signal
	}
}
