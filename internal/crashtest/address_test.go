//go:build unix

package crashtest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A port that another program has is an error at once that names it, and no
// state comes to be.
func TestPortInUse(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	port := other.Addr().(*net.TCPAddr).Port
	h := newHome(t)
	for _, address := range []string{fmt.Sprint(port), fmt.Sprint(":", port), fmt.Sprint("127.0.0.1:", port), fmt.Sprint("0.0.0.0:", port)} {
		stderr := h.refused(address)
		if !strings.Contains(stderr, fmt.Sprintf("port %d ", port)) || strings.Contains(stderr, "another whk") {
			t.Errorf("listen %s says %q", address, stderr)
		}
		if _, err := os.Lstat(h.state); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("listen %s has made the state directory", address)
		}
	}
}

// refused starts a listener that cannot have its address, and returns what it
// says about that. It has a second; where the machine is busy, in one of its tries.
func (h *home) refused(address string) (stderr string) {
	h.t.Helper()
	var code int
	var stdout string
	took := patience
	for tries := 0; took > time.Second && tries < 10; tries++ {
		start := time.Now()
		code, stdout, stderr = h.run("listen", address)
		took = time.Since(start)
	}
	if code != 1 || stdout != "" || took > time.Second {
		h.t.Errorf("listen %s: exit code %d after %v, stdout %q, want 1 within a second", address, code, took, stdout)
	}
	return stderr
}

// A second listener on an address refuses and names the first one, by whatever
// name either asked for it. When the first is killed, the next has its place.
func TestSameAddress(t *testing.T) {
	for _, first := range []string{"localhost", "127.0.0.1", "0.0.0.0"} {
		t.Run(first, func(t *testing.T) {
			h := newHome(t)
			l := h.listenOn(first+":0", "--json")
			_, port, err := net.SplitHostPort(l.addr)
			if err != nil {
				t.Fatal(err)
			}
			l.addr = "127.0.0.1:" + port
			for _, address := range []string{first + ":" + port, port, "127.0.0.1:" + port} {
				stderr := h.refused(address)
				if !strings.Contains(stderr, "port "+port+" ") || !strings.Contains(stderr, fmt.Sprintf("process %d,", l.cmd.Process.Pid)) {
					t.Errorf("listen %s says %q, and not that process %d has it", address, stderr, l.cmd.Process.Pid)
				}
			}
			if got := l.send(newMessage(1)); got != 200 {
				t.Errorf("the first listener answers %d", got)
			}
			l.kill()
			again := h.listenOn(first+":"+port, "--json")
			again.addr = l.addr
			if got := again.send(newMessage(2)); got != 200 {
				t.Errorf("the next listener answers %d", got)
			}
			again.stop(syscall.SIGTERM, 5*time.Second)
			compare(t, h.list(), 2, upTo(2))
		})
	}
}

// Two listeners keep in one directory while others list and prune it: what they
// acknowledged is listed or was pruned, once, and the oldest were pruned.
func TestShare(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	senders := newLoad(t)
	senders.most = 1000
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listeners := []*listener{h.listen(), h.listen()}
	for _, l := range listeners {
		senders.start(ctx, l.addr)
	}
	pruned := 0
	for target := 80; target <= 320; target += 80 {
		senders.await(target)
		pruned += h.prune(50)
		previous := ""
		for _, d := range h.list("--since", "-1h") {
			if text := newMessage(numberOf(d)).check(d); text != "" {
				t.Errorf("message %d, listed as %s: %s", numberOf(d), d.ID, text)
			}
			if previous != "" && d.ID >= previous {
				t.Errorf("the id %s is listed after %s", d.ID, previous)
			}
			previous = d.ID
		}
	}
	cancel()
	acknowledged := senders.wait()
	ids := map[string]int{} // what the listeners said
	for _, l := range listeners {
		l.stop(syscall.SIGTERM, 5*time.Second)
		noteShown(t, l.output(), ids)
		if text := l.errors(); text != "" {
			t.Errorf("a listener said %q", text)
		}
	}
	listed := h.list()
	compare(t, listed, int(senders.next.Load()), nil)
	if len(ids) != len(acknowledged) || len(listed)+pruned != len(acknowledged) || pruned == 0 || len(listed) == 0 {
		t.Fatalf("%d acknowledged, %d shown, %d listed, %d pruned", len(acknowledged), len(ids), len(listed), pruned)
	}
	oldest := listed[len(listed)-1].ID
	kept := map[string]bool{}
	for _, d := range listed {
		kept[d.ID] = true
	}
	for id, n := range ids {
		if id >= oldest && !kept[id] {
			t.Errorf("message %d (%s) is gone, and the older %s is there", n, id, oldest)
		}
	}
}

// prune removes all but the newest and returns how many went.
func (h *home) prune(keep int) int {
	h.t.Helper()
	code, stdout, stderr := h.run("prune", "--json", "--keep", fmt.Sprint(keep))
	var result struct{ Deliveries int }
	if err := json.Unmarshal([]byte(stdout), &result); code != 0 || err != nil {
		h.t.Fatalf("whk prune: %d, %q, %q", code, stdout, stderr)
	}
	return result.Deliveries
}

// send sends a message on a connection of its own and returns the status.
func (l *listener) send(m message) int {
	l.t.Helper()
	conn := l.dial()
	defer conn.Close()
	if _, err := conn.Write(m.wire(l.addr)); err != nil {
		l.t.Fatal(err)
	}
	return readStatus(l.t, bufio.NewReader(conn))
}
