//go:build unix

package crashtest

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

// A listener whose clock was set back by weeks, after captures of the past and
// of what is now the future: its ids follow all others, and its retention takes
// what is too old by this clock and nothing else.
func TestClockSetBack(t *testing.T) {
	h := newHome(t)
	const day = 24 * time.Hour
	now := time.Now()
	h.capture(now.Add(-31*day), 1, 5)
	h.capture(now.Add(-29*day), 6, 10)
	h.capture(now.Add(40*day), 11, 15)
	l := h.listen()
	for n := 16; n <= 20; n++ {
		if got := l.send(newMessage(n)); got != newMessage(n).wanted() {
			t.Errorf("message %d was answered %d", n, got)
		}
	}
	l.waitFor("word of retention", func() bool { return strings.Contains(l.stderr.String(), "removed 5 captures over the limits") })
	l.stop(syscall.SIGTERM, 5*time.Second)
	wanted := upTo(20)
	for n := 1; n <= 5; n++ {
		delete(wanted, n)
	}
	listed := h.list()
	compare(t, listed, 20, wanted)
	if len(listed) != len(wanted) {
		t.Errorf("%d are listed, want %d", len(listed), len(wanted))
	}
	for i, d := range listed {
		if want := 20 - i; numberOf(d) != want {
			t.Errorf("in place %d is message %d, want %d: the order of ids is not that of captures", i, numberOf(d), want)
		}
	}
}

// capture keeps messages as a listener with another clock would have.
func (h *home) capture(at time.Time, first, last int) {
	h.t.Helper()
	if err := os.MkdirAll(h.state, 0o700); err != nil {
		h.t.Fatal(err)
	}
	s, err := store.Open(h.t.Context(), h.state, store.Options{Now: func() time.Time { return at }})
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	for n := first; n <= last; n++ {
		m := newMessage(n)
		d := &webhook.Delivery{
			ReceivedAt: at, Method: "POST", URL: "http://localhost:8080" + m.path(),
			Header: webhook.Header{{Name: signatureHeader, Value: m.signature}}, Body: m.body, Provider: "saas",
			Verification: webhook.Verification{Status: webhook.Authentic}, Response: webhook.Response{Status: m.wanted()},
		}
		if !m.authentic {
			d.Verification = webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch}
		}
		if err := s.Keep(h.t.Context(), d); err != nil {
			h.t.Fatal(err)
		}
	}
}
