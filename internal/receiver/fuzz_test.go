package receiver

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/wire"
)

// Whatever comes, nothing panics, nobody is redirected or tunnelled, what is kept
// is no more than was sent, and the next delivery is taken.
func FuzzWire(f *testing.F) {
	for _, group := range wire.Groups() {
		for _, c := range group.Cases {
			if len(c.Send) < 4<<10 {
				f.Add(c.Send)
			}
		}
	}
	f.Fuzz(func(t *testing.T, send string) {
		b := newBench(t, Options{Limits: Limits{Header: 8 << 10, Body: 1 << 10}})
		c := b.dial()
		go func() {
			io.WriteString(c, send)
			c.CloseWrite()
		}()
		answers, err := io.ReadAll(c)
		if isTimeout(err) {
			t.Errorf("%q is not answered", send)
		}
		for _, m := range unwanted.FindAll(answers, -1) {
			t.Errorf("%q is answered %s", send, m)
		}
		for _, line := range b.deliveries() {
			if len(line) > len(send) {
				t.Errorf("of %q is kept %q", send, line)
			}
		}
		if n := b.rc.Panics(); n != 0 {
			t.Errorf("%q is %d panics", send, n)
		}
		b.healthy()
		b.stop()
	})
}

// unwanted are answers that no request gets.
var unwanted = regexp.MustCompile(`HTTP/1\.[01] (101|3\d\d|500) .*`)

// An address that is taken is one that Go's network package can take apart, and
// means the same when it is written out.
func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{"", "8080", ":8080", "localhost:0", "0.0.0.0:1", "[::1]:80", "::1", "a.b:c", "http://x", "1:2:3", "[::]:65536"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			return // refusing is fine
		}
		if _, _, err := net.SplitHostPort(a.String()); err != nil || strings.ContainsAny(a.URL(), " \r\n") {
			t.Errorf("ParseAddress(%q) is %q, %v", text, a.URL(), err)
		}
		if again, err := ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("ParseAddress(%q) is %v, and that %v, %v", text, a, again, err)
		}
	})
}
