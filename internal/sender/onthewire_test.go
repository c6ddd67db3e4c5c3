package sender

import (
	"slices"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// wireCase is a request, and how it stands on the wire.
type wireCase struct {
	name string
	r    webhook.Request
	path string // of the URL as given
	want string // HOST stands for the target's address
}

// onTheWire tries the cases of one way of making attempts, and those in which all
// ways are alike.
func onTheWire(t *testing.T, newWay func(*testing.T, Options) way, own []wireCase) {
	t.Helper()
	alike := []wireCase{
		{"empty POST", webhook.Request{Method: "POST"}, "", "POST / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nContent-Length: 0\r\n\r\n"},
		{"target as written", webhook.Request{Method: "POST"}, "/é%2f%C3%A9/{x}|y?q=é&z=%41'#frag",
			"POST /é%2f%C3%A9/{x}|y?q=é&z=%41' HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nContent-Length: 0\r\n\r\n"},
		{"no agent", webhook.Request{Method: "POST", Header: webhook.Header{{Name: "User-Agent"}}}, "/", "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
		{"two slashes", webhook.Request{Method: "POST"}, "//x?", "POST //x? HTTP/1.1\r\nHost: HOST\r\nUser-Agent: whk/1\r\nContent-Length: 0\r\n\r\n"},
	}
	for _, c := range slices.Concat(own, alike) {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, answers(ok))
			c.r.URL = s.url() + c.path
			a := attempt(newWay(t, Options{UserAgent: "whk/1"}), &c.r)
			if !a.Acknowledged() || len(s.seen()) != 1 {
				t.Fatalf("%+v, seen %q", a, s.seen())
			}
			if want := strings.ReplaceAll(c.want, "HOST", s.address); s.seen()[0] != want {
				t.Errorf("sent %q\nwant %q", s.seen()[0], want)
			}
		})
	}
}
