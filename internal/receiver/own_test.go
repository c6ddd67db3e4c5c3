package receiver

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// Whoever judges a delivery may have an answer to it: for what is not refused,
// once it is kept, and instead of Reply's where it is firm.
func TestOwnAnswer(t *testing.T) {
	own := &Answer{Status: 202, Header: webhook.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"a":1}`)}
	full, inOrder := false, 0
	b := newBench(t, Options{
		Judge: func(r *http.Request, d *webhook.Delivery) (*Answer, bool) {
			judgeByHeader(r, d)
			switch r.Header.Get("X-Own") {
			case "":
				return nil, r.Header.Get("X-Firm") != ""
			case "no":
				return &Answer{Status: 422}, r.Header.Get("X-Firm") != ""
			}
			return own, r.Header.Get("X-Firm") != ""
		},
		InOrder: func(d *webhook.Delivery) (Answer, bool) {
			inOrder++
			return Answer{Status: 298}, string(d.Body) == "s"
		},
		Reply: func(context.Context, *webhook.Delivery) (Answer, bool) { return Answer{Status: 299}, true },
		Keep: func(context.Context, *webhook.Delivery) error {
			if full {
				return errors.New("full")
			}
			return nil
		},
	})
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"Reply's goes before it", "X-Own: 1\r\n", 299},
		{"firm", "X-Own: 1\r\nX-Firm: 1\r\n", 202},
		{"firm, and nothing of its own", "X-Firm: 1\r\n", 200},
		{"not authentic", "X-Own: 1\r\nX-Firm: 1\r\nX-Verdict: bad\r\n", 401},
		{"not authentic, and nothing of its own", "X-Firm: 1\r\nX-Verdict: bad\r\n", 401},
		{"not authentic, refused in its own way", "X-Own: no\r\nX-Firm: 1\r\nX-Verdict: bad\r\n", 422},
		{"not authentic, refused but not firmly", "X-Own: no\r\nX-Verdict: bad\r\n", 401},
		{"refused in its own way, from a web page", "X-Own: no\r\nX-Firm: 1\r\nX-Verdict: bad\r\nOrigin: https://evil.example\r\n", 403},
		{"from a web page", "X-Own: 1\r\nX-Firm: 1\r\nOrigin: https://evil.example\r\n", 403},
	} {
		got := b.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n" + c.header + "\r\nx")
		if len(got) != 1 || got[0].status != c.status {
			t.Fatalf("%s: %v, want %d", c.name, got, c.status)
		}
		if c.status == 202 && (got[0].body != `{"a":1}` || got[0].header.Get("Content-Type") != "application/json") {
			t.Errorf("%s: %v", c.name, got[0])
		}
		if d := b.kept[len(b.kept)-1]; d.Response.Status != c.status {
			t.Errorf("%s: kept with the answer %d, want %d", c.name, d.Response.Status, c.status)
		}
	}
	// Only those that were open are for a script.
	if inOrder != 4 {
		t.Errorf("%d deliveries in order, want 4", inOrder)
	}
	full = true
	if got := b.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nX-Own: 1\r\nX-Firm: 1\r\n\r\nx"); got[0].status != 503 {
		t.Errorf("not kept, it got %v", got)
	}
}

// An answer without content has no length either.
func TestNoContent(t *testing.T) {
	b := newBench(t, Options{Judge: func(*http.Request, *webhook.Delivery) (*Answer, bool) {
		return &Answer{Status: 204, Header: webhook.Header{{Name: "Content-Type", Value: "application/json"}}}, true
	}})
	got := b.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
	if len(got) != 2 || got[0].status != 204 || got[1].status != 204 || got[0].header.Get("Content-Length") != "" || got[0].header.Get("Content-Type") != "application/json" {
		t.Errorf("got %v", got)
	}
}
