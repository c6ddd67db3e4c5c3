package cmd_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// target is a server that a script sends to. It answers one request of each
// connection, with each of its answers in turn and then always the last, and
// keeps the bytes of the request as they came.
type target struct {
	dir     string
	answers []targetAnswer

	listener net.Listener
	stop     chan struct{}
	all      sync.WaitGroup
	mu       sync.Mutex
	received int
}

// targetAnswer is what becomes of one request.
type targetAnswer struct {
	text   string
	behave string // "", hang, reset or held
}

func cmdTarget(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 && args[1] != "script" {
		ts.Fatalf("usage: target NAME STATUS|hang|reset|garbage|chatty|closed [BODY or 'Header: value']\n       target NAME held STATUS\n       target NAME script STATUS[;'Header: value']|hang|reset|garbage ...")
	}
	if args[1] == "closed" {
		// A port that was free a moment ago may be another script's by now; nobody
		// is given this one, and nobody listens on it.
		setTarget(ts, args[0], 1)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	setTarget(ts, args[0], listener.Addr().(*net.TCPAddr).Port)
	t := &target{dir: ts.MkAbs(args[0]), listener: listener, stop: make(chan struct{})}
	ts.Check(os.MkdirAll(t.dir, 0o700))
	if args[1] == "script" {
		for _, item := range args[2:] {
			what, more, _ := strings.Cut(item, ";")
			t.answers = append(t.answers, newTargetAnswer(ts, what, more))
		}
	} else if args[1] == "held" {
		answer := newTargetAnswer(ts, strings.Join(args[2:], ""), "")
		answer.behave = "held"
		t.answers = []targetAnswer{answer}
	} else {
		t.answers = []targetAnswer{newTargetAnswer(ts, args[1], strings.Join(args[2:], ""))}
	}
	t.all.Go(t.serve)
	ts.Defer(func() {
		close(t.stop)
		listener.Close()
		t.all.Wait()
	})
}

func newTargetAnswer(ts *testscript.TestScript, what, more string) targetAnswer {
	switch what {
	case "hang", "reset":
		return targetAnswer{behave: what}
	case "chatty": // more than it says, over a connection that stays
		return targetAnswer{text: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorryGET OUT"}
	case "garbage":
		return targetAnswer{text: "SSH-2.0-OpenSSH_9.6\r\n"}
	}
	status, err := strconv.Atoi(what)
	ts.Check(err)
	return targetAnswer{text: answerText(status, more)}
}

func setTarget(ts *testscript.TestScript, name string, port int) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ts.Setenv(name+"_URL", "http://"+address)
	ts.Setenv(name+"_ADDR", address)
	ts.Setenv(name+"_PORT", strconv.Itoa(port))
}

// answerText is a whole HTTP answer. What looks like a header is one.
func answerText(status int, more string) string {
	header, body := "", more
	if name, _, ok := strings.Cut(more, ": "); ok && !strings.ContainsAny(name, " {") {
		header, body = more+"\r\n", ""
	}
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), header, len(body), body)
}

func (t *target) serve() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return
		}
		t.all.Go(func() { t.handle(conn) })
	}
}

func (t *target) handle(conn net.Conn) {
	defer conn.Close()
	var raw bytes.Buffer
	r := bufio.NewReader(io.TeeReader(conn, &raw))
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		return
	}
	answer := t.keep(raw.Bytes()[:raw.Len()-r.Buffered()])
	switch answer.behave {
	case "hang":
		<-t.stop
		return
	case "held":
		t.hold()
	case "reset":
		conn.(*net.TCPConn).SetLinger(0)
		return
	}
	io.WriteString(conn, answer.text)
}

// hold waits until the script has made a file go beside the requests.
func (t *target) hold() {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(t.dir, "go")); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-t.stop:
			return
		}
	}
}

// keep writes a request to a file that appears whole, and tells its answer.
func (t *target) keep(raw []byte) targetAnswer {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.received++
	name := filepath.Join(t.dir, strconv.Itoa(t.received)+".http")
	if err := os.WriteFile(name+".part", raw, 0o600); err == nil {
		os.Rename(name+".part", name)
	}
	return t.answers[min(t.received, len(t.answers))-1]
}
