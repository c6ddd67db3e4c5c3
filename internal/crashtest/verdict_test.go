//go:build unix

package crashtest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// Whatever is wrong with a signature, its sender is told the same; the delivery
// is kept, marked, and goes to no target.
func TestBadSignatures(t *testing.T) {
	body := []byte(`{"id":"evt_1","event":"invoice.paid","created_at":"2026-01-01T00:00:00Z","data":{}}`)
	good := signature(body)
	header := func(values ...string) string {
		var lines strings.Builder
		for _, v := range values {
			fmt.Fprintf(&lines, "%s: %s\r\n", signatureHeader, v)
		}
		return lines.String()
	}
	cases := []struct{ name, header, body string }{
		{"none", "", ""},
		{"empty", header(""), ""},
		{"not hex", header(strings.Repeat("z", 64)), ""},
		{"half", header(good[:32]), ""},
		{"one digit less", header(good[:63]), ""},
		{"one byte more", header(good + "00"), ""},
		{"one bit off", header(good[:63] + string("0123456789abcdef"[strings.IndexByte("0123456789abcdef", good[63])^1])), ""},
		{"over 8 KiB", header(good + strings.Repeat("0", 9<<10)), ""},
		{"a version in front", header("sha256=" + good), ""},
		{"an unknown version in front", header("v9=" + good), ""},
		{"a list", header(good + "," + good), ""},
		{"twice", header(good, good), ""},
		{"with a bad one", header(good, signature([]byte("x"))), ""},
		{"with an empty one", header("", good), ""},
		{"bytes that are no text", header("\xff\xfe\x9b"), ""},
		{"of another body", header(signature(nil)), ""},
		{"a body with a line break more", header(good), string(body) + "\n"},
		{"a body with a byte order mark", header(good), "\xef\xbb\xbf" + string(body)},
		{"a body of other spacing", header(good), strings.Replace(string(body), `:"`, `: "`, 1)},
		{"an empty body", header(good), "\x00"},
	}
	to := newTarget(t, func(conn *net.TCPConn, _ *http.Request) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	h := newHome(t)
	l := h.listen("-p", "saas", "--to", to.listener.Addr().String())
	first := ""
	for i, c := range cases {
		text := string(body)
		if c.body != "" {
			text = strings.Trim(c.body, "\x00")
		}
		status, answer := l.post(fmt.Sprint("/hooks/", i+1), c.header, text)
		if first == "" {
			first = answer
		}
		if status != 401 || answer != first {
			t.Errorf("%s: answered %d, %q, want %q as all others", c.name, status, answer, first)
		}
	}
	if status, answer := l.post(fmt.Sprint("/hooks/", len(cases)+1), header(good), string(body)); status != 200 {
		t.Errorf("the good one is answered %d, %q", status, answer)
	}
	l.stop(syscall.SIGTERM, 5*time.Second)
	if strings.Contains(first+l.errors(), good) || strings.Contains(l.output(), good) {
		t.Error("the listener tells the signature that it expects")
	}
	listed := h.list("--verdict", string(webhook.NotAuthentic))
	if len(listed) != len(cases) {
		t.Fatalf("%d are marked as not authentic, want %d", len(listed), len(cases))
	}
	for _, d := range listed {
		name := cases[numberOf(d)-1].name
		if d.Verification.Reason == "" || d.Response.Status != 401 || len(d.Forwards) != 0 {
			t.Errorf("%s: kept as %+v, answered %d, forwarded to %v", name, d.Verification, d.Response.Status, d.Forwards)
		}
	}
	if got := to.count(); got != 1 {
		t.Errorf("the target got %d requests, want the good one", got)
	}
}

// post sends one request and returns the answer: its status, and all of it but
// the date.
func (l *listener) post(target, headers, body string) (status int, answer string) {
	l.t.Helper()
	conn := l.dial()
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n%s", target, l.addr, headers, len(body), body); err != nil {
		l.t.Fatal(err)
	}
	response, text := readAnswer(l.t, bufio.NewReader(conn))
	response.Header.Del("Date")
	return response.StatusCode, fmt.Sprint(response.Status, response.Header, text)
}
