//go:build unix

package crashtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// patience bounds every wait for what must come. Only a failure takes so long.
const patience = 60 * time.Second

// busy is what a promised time may be exceeded by where other processes have
// the machine. What breaks the promise takes longer, or for ever.
const busy = 15 * time.Second

// eventually waits until ok; otherwise the test has the failure that is named.
func eventually(t *testing.T, failure string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s, after %v", failure, patience)
		}
	}
}

// home is an empty home in which whk runs, with one state directory.
type home struct {
	t       *testing.T
	dir     string
	state   string
	checked bool     // listen with the race detector, if this test was built with it
	under   []string // a program with arguments, under which to listen
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	// A repository's mark ends the search for a project's configuration.
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &home{t: t, dir: dir, state: filepath.Join(dir, "state")}
}

// command is whk with these arguments, not yet started.
func (h *home) command(args ...string) *exec.Cmd {
	h.t.Helper()
	c := exec.Command(program)
	if h.checked && args[0] == "listen" {
		own, err := os.Executable()
		if err != nil {
			h.t.Fatal(err)
		}
		c = exec.Command(own)
	}
	c.Args = append([]string{"whk"}, args...)
	if h.under != nil && args[0] == "listen" {
		c = exec.Command(h.under[0], slices.Concat(h.under[1:], []string{program}, args)...)
	}
	c.Dir = h.dir
	c.Env = []string{"HOME=" + h.dir, "PATH=" + os.Getenv("PATH"), "TZ=UTC", "WHK_STATE=" + h.state, "WHK_SECRET_SAAS=" + secret}
	return c
}

// run runs a command to its end and returns its exit code and streams.
func (h *home) run(args ...string) (code int, stdout, stderr string) {
	h.t.Helper()
	c := h.command(args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		h.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// list returns what whk list lists, newest first, each delivery whole. It ends
// the test if the command does not do so well.
func (h *home) list(args ...string) []*webhook.Delivery {
	h.t.Helper()
	c := h.command(append([]string{"list", "--json", "--reveal", "-n", "0"}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	var all []*webhook.Delivery
	decoder := json.NewDecoder(bufio.NewReaderSize(out, 1<<20))
	for {
		d := new(webhook.Delivery)
		if err = decoder.Decode(d); err != nil {
			break
		}
		all = append(all, d)
	}
	if !errors.Is(err, io.EOF) {
		h.t.Errorf("whk list: %v", err)
	}
	if err := c.Wait(); err != nil || strings.Contains(errs.String(), "damaged") {
		h.t.Fatalf("whk list: %v\n%s", err, errs.String())
	}
	return all
}

// listener is a running whk listen.
type listener struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string // host and port
	done chan struct{}
	err  error // of the process, once done is closed

	mu     sync.Mutex
	stdout bytes.Buffer
	stderr bytes.Buffer
	grown  chan struct{} // closed and made anew when a stream grows
}

// listen starts whk listen --json on a free port and waits until it is ready.
func (h *home) listen(args ...string) *listener {
	h.t.Helper()
	return h.listenOn("127.0.0.1:0", append([]string{"--json"}, args...)...)
}

// listenOn starts whk listen and waits for its address: from the line that says
// ready, on either stream.
func (h *home) listenOn(address string, args ...string) *listener {
	h.t.Helper()
	l := &listener{t: h.t, cmd: h.command(append([]string{"listen", address}, args...)...), done: make(chan struct{}), grown: make(chan struct{})}
	l.cmd.Stdout = stream{l, &l.stdout}
	l.cmd.Stderr = stream{l, &l.stderr}
	if err := l.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		l.err = l.cmd.Wait()
		close(l.done)
	}()
	h.t.Cleanup(func() {
		l.cmd.Process.Kill() //nolint:errcheck // it may have ended long ago
		<-l.done
	})
	l.waitFor("an address", func() bool {
		_, rest, ok := strings.Cut(l.stdout.String()+l.stderr.String(), "http://")
		if i := strings.IndexAny(rest, "\" \n"); ok && i >= 0 {
			u, err := url.Parse("http://" + rest[:i])
			if err != nil {
				return false
			}
			l.addr = u.Host
		}
		return l.addr != ""
	})
	return l
}

// stream takes what a process writes.
type stream struct {
	l *listener
	b *bytes.Buffer
}

func (s stream) Write(p []byte) (int, error) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	close(s.l.grown)
	s.l.grown = make(chan struct{})
	return s.b.Write(p)
}

// waitFor waits until ok, which is asked whenever the process has written.
func (l *listener) waitFor(what string, ok func() bool) {
	l.t.Helper()
	limit := time.After(patience)
	for {
		l.mu.Lock()
		found, grown := ok(), l.grown
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-grown:
		case <-l.done:
			l.mu.Lock()
			found = ok()
			l.mu.Unlock()
			if !found {
				l.t.Fatalf("whk listen ended without %s: %v\n%s", what, l.err, l.errors())
			}
			return
		case <-limit:
			l.t.Fatalf("whk listen: no %s\n%s", what, l.errors())
		}
	}
}

func (l *listener) errors() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stderr.String()
}

func (l *listener) output() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stdout.String()
}

// kill ends the process as a crash would, and waits until it is gone.
func (l *listener) kill() {
	l.t.Helper()
	if err := l.cmd.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	<-l.done
}

// stop sends a signal and wants exit code 0 within a time.
func (l *listener) stop(signal syscall.Signal, within time.Duration) {
	l.t.Helper()
	start := time.Now()
	l.signal(signal)
	l.ended()
	if code, took := l.cmd.ProcessState.ExitCode(), time.Since(start); code != 0 || took > within+busy {
		l.t.Errorf("%v: whk listen ended with %d (%v) after %v, want 0 within %v\n%s", signal, code, l.err, took, within, l.errors())
	}
}

func (l *listener) signal(signal syscall.Signal) {
	l.t.Helper()
	if err := l.cmd.Process.Signal(signal); err != nil {
		l.t.Fatalf("%v: %v\n%s", signal, err, l.errors())
	}
}

// ended waits until the process has ended.
func (l *listener) ended() {
	l.t.Helper()
	select {
	case <-l.done:
	case <-time.After(patience):
		l.t.Fatalf("whk listen does not end\n%s", l.errors())
	}
}
