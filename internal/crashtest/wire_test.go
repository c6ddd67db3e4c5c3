//go:build unix

package crashtest

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/wire"
)

// Whatever strangers send to a listener, each is answered as it should be, the
// next delivery is taken as if nothing had been, and in the end all that is to be
// kept is, byte for byte, and nothing else.
func TestWire(t *testing.T) {
	for _, group := range wire.Groups() {
		t.Run(group.Name, func(t *testing.T) {
			t.Parallel()
			testWire(t, group)
		})
	}
}

func testWire(t *testing.T, group wire.Group) {
	h := newHome(t)
	h.checked = true
	l := h.listen("--max-header", strconv.Itoa(group.Header), "--max-body", strconv.Itoa(group.Body))
	var want []string
	for _, c := range group.Cases {
		healthy := message{number: len(want), body: []byte(c.Name), authentic: true}
		healthy.signature = signature(healthy.body)
		for _, line := range c.Kept {
			want = append(want, listedLine(line))
		}
		want = append(want, wire.Line("POST", healthy.path(), string(healthy.body)))
		got, last := l.exchange(t, c.Send)
		if !slices.Equal(got, c.Status) {
			t.Errorf("%s: the answers are %v, want %v", c.Name, got, c.Status)
		}
		if len(got) > 0 && last.Close == c.Stays {
			t.Errorf("%s: the last answer closes: %v, want %v", c.Name, last.Close, !c.Stays)
		}
		if status := l.send(healthy); status != healthy.wanted() {
			t.Errorf("a delivery after %s is answered %d", c.Name, status)
		}
	}
	l.stop(syscall.SIGTERM, 5*time.Second)
	if text := l.errors(); strings.Contains(text, "panic") || strings.Contains(text, "DATA RACE") {
		t.Error(text)
	}
	listed := h.list()
	slices.Reverse(listed)
	for i, d := range listed {
		line := wire.Line(d.Method, strings.TrimPrefix(d.URL, "http://"+l.addr), string(d.Body))
		if i >= len(want) || line != want[i] {
			t.Fatalf("in place %d is %.200q, want %.200q", i, line, strings.Join(want[min(i, len(want)):min(i+1, len(want))], ""))
		}
	}
	if len(listed) != len(want) {
		t.Errorf("%d are listed, want %d", len(listed), len(want))
	}
}

// listedLine is a line as JSON gives it back, in which a URL is text: each byte of
// it that is no UTF-8 is a replacement character. Bodies are bytes.
func listedLine(line string) string {
	method, rest, _ := strings.Cut(line, " ")
	target, body, _ := strings.Cut(rest, " ")
	return wire.Line(method, string([]rune(target)), body)
}

// exchange sends bytes, closes its side, and reads all answers.
func (l *listener) exchange(t *testing.T, send string) (status []int, last *http.Response) {
	t.Helper()
	conn := l.dial()
	defer conn.Close()
	go func() {
		io.WriteString(conn, send) //nolint:errcheck // the listener need not read all of it
		conn.CloseWrite()          //nolint:errcheck
	}()
	method := "POST"
	if strings.HasPrefix(send, "HEAD ") {
		method = "HEAD"
	}
	r := bufio.NewReader(conn)
	for {
		if _, err := r.Peek(1); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("after the answers %v: %v", status, err)
			}
			return status, last
		}
		response, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("after the answers %v: %v", status, err)
		}
		io.Copy(io.Discard, response.Body) //nolint:errcheck // what it says is another test's
		status, last = append(status, response.StatusCode), response
	}
}
