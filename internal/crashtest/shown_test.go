//go:build unix

package crashtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// What strangers send in every place that is shown: sequences for terminals in
// 7 and 8 bits, bytes that are no text, marks that turn the direction of text or
// are not seen, and a line break with a line of its own.
const (
	hostileBytes = "\x9b2J\xff\xc2\x9b31m\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf"
	hostileText  = "\x1b]0;owned\x07\x1b[2J\r\nFORGED line\x7f\x00" + hostileBytes
	hostileJSON  = "\\u001b]0;owned\\u0007\\u001b[2J\\r\\nFORGED line\\u007f\\u0000\\u009b31m\\u202e\\u200b\\ufeff"
)

// hostile are deliveries; their parts go on the wire as they are.
var hostile = []struct{ target, header, body string }{
	{"/%1b[2J%0aFORGED" + hostileBytes + "?a=%1b[2J" + hostileBytes, "", "x"},
	{"/header", "X-Odd: " + hostileBytes + "\r\nUser-Agent: " + hostileBytes + "\r\nContent-Type: text/plain; " + hostileBytes + "\r\n", "x"},
	{"/signature", signatureHeader + ": " + hostileBytes + "\r\n", "x"},
	{"/body", "", hostileText},
	{"/text", "Content-Type: text/html\r\n", "<script>" + hostileText + "</script>"},
	{"/json", "Content-Type: application/json\r\n", `{"id":"` + hostileJSON + `","event":"` + hostileJSON + `","` + hostileJSON + `":1}`},
	{"/raw-json", "Content-Type: application/json\r\n", `{"id":"` + hostileBytes + `","event":"` + hostileBytes + `"}`},
}

// ownColour is what whk itself writes to a terminal: no more than colours.
var ownColour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Nothing of what a stranger or a target sends reaches a terminal as anything
// but visible characters, and no line of the output can be forged.
func TestHostile(t *testing.T) {
	to := newTarget(t, func(conn *net.TCPConn, _ *http.Request) {
		fmt.Fprintf(conn, "HTTP/1.1 500 %s\r\nX-Odd: %s\r\nConnection: close\r\n\r\n%s", hostileBytes, hostileBytes, hostileText)
	})
	for _, c := range []struct {
		name  string
		args  []string
		lines bool // one for each event
	}{
		{"plain", nil, true},
		{"verbose", []string{"-v"}, false},
		{"colour", []string{"--color", "always"}, true},
		{"verbose, colour", []string{"-v", "--color", "always"}, false},
		{"json", []string{"--json"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			l := h.listenOn("127.0.0.1:0", append(c.args, "--forward-all", "--to", to.url)...)
			l.sendHostile()
			l.stop(syscall.SIGTERM, 7*time.Second)
			colour := strings.Contains(c.name, "colour")
			checkShown(t, "listen", l.output(), colour)
			checkShown(t, "listen's messages", l.errors(), colour)
			want := 2 * len(hostile) // a delivery and its forward are an event each
			if c.name == "json" {
				checkJSON(t, l.output())
				want += 2 // ready, and the refused one
			}
			if n := strings.Count(l.output(), "\n"); c.lines && n != want {
				t.Errorf("%d lines for %d events:\n%s", n, want, l.output())
			}
			h.checkCommands(t, c.args)
		})
	}
}

// checkCommands looks at what the commands show that read captures.
func (h *home) checkCommands(t *testing.T, args []string) {
	t.Helper()
	for _, command := range [][]string{{"list"}, {"list", "--reveal"}, {"show", "last"}, {"show", "last~1"}, {"show", "last~2"}, {"show", "last~3"}, {"show", "last~4", "--reveal"}, {"show", "last~5"}, {"show", "last~6"}} {
		code, stdout, stderr := h.run(append(command, args...)...)
		name := strings.Join(append(command, args...), " ")
		if code != 0 {
			t.Errorf("%s: exit code %d, %q", name, code, stderr)
		}
		colour := strings.Contains(name, "always")
		checkShown(t, name, stdout, colour)
		checkShown(t, name, stderr, colour)
		if strings.Contains(name, "json") {
			checkJSON(t, stdout)
		}
		if n := strings.Count(stdout, "\n"); command[0] == "list" && n != len(hostile) {
			t.Errorf("%s: %d lines for %d deliveries:\n%s", name, n, len(hostile), stdout)
		}
	}
}

func (l *listener) sendHostile() {
	l.t.Helper()
	for _, c := range hostile {
		if status, answer := l.post(c.target, c.header, c.body); status != 200 && status != 401 || strings.Contains(answer, "2J") {
			l.t.Errorf("%q is answered %q", c.target, answer)
		}
	}
	// What is refused is shown too.
	conn := l.dial()
	defer conn.Close()
	fmt.Fprintf(conn, "TRACE %s HTTP/1.1\r\nHost: %s\r\n\r\n", hostile[0].target, l.addr)
	if status := readStatus(l.t, bufio.NewReader(conn)); status != http.StatusMethodNotAllowed {
		l.t.Errorf("TRACE is answered %d", status)
	}
}

// checkShown wants an output to be text that no terminal acts on.
func checkShown(t *testing.T, what, output string, colour bool) {
	t.Helper()
	if colour {
		output = ownColour.ReplaceAllString(output, "")
	}
	for line := range strings.Lines(output) {
		for i, r := range strings.TrimSuffix(line, "\n") {
			_, size := utf8.DecodeRuneInString(line[i:])
			if dangerous(r, size) {
				t.Errorf("%s shows %q in the line %q", what, line[i:i+size], line)
				break
			}
		}
		if strings.HasPrefix(line, "FORGED") {
			t.Errorf("%s shows the forged line %q", what, line)
		}
	}
}

func dangerous(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size == 1, r < 0x20 && r != '\t', r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return true
	}
	return false
}

func checkJSON(t *testing.T, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the line %q is no JSON", line)
		}
	}
}
