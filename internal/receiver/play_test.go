package receiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// playing answers every delivery with a, whatever the verdict.
func playing(t *testing.T, a Answer) *bench {
	t.Helper()
	return newBench(t, playingOptions(a))
}

// playingOptions leave what is under way longer at the end than any test waits.
func playingOptions(a Answer) Options {
	return Options{InOrder: func(*webhook.Delivery) (Answer, bool) { return a, true }, Limits: Limits{Grace: time.Hour}}
}

// raw sends a delivery and returns all bytes that come back, and how that ended.
func (b *bench) raw(send string) (string, error) {
	b.t.Helper()
	c := b.dial()
	defer c.Close()
	io.WriteString(c, send)
	got, err := io.ReadAll(c)
	return string(got), err
}

func TestFaults(t *testing.T) {
	answer := Answer{Status: 503, Header: webhook.Header{{Name: "X-A", Value: "b"}}, Body: []byte("0123456789")}
	tests := []struct {
		fault   Fault
		has     []string // of what comes back
		lacks   string
		nothing bool
		reset   bool
		status  int // that is kept
	}{
		{fault: FaultTruncate, has: []string{"HTTP/1.1 503 ", "X-A: b\r\n", "Content-Length: 64\r\n", "\r\n\r\n01234"}, lacks: "012345", status: 503},
		{fault: FaultMalformed, has: []string{"HTTP/1.1 two hundred"}, lacks: "503"},
		{fault: FaultReset, nothing: true, reset: true},
		{fault: FaultClose, nothing: true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.fault), func(t *testing.T) {
			a := answer
			a.Fault, a.Played = tt.fault, "as told"
			b := playing(t, a)
			for range 3 {
				got, err := b.raw(post("", "body"))
				if tt.reset != errors.Is(err, syscall.ECONNRESET) || !tt.reset && err != nil {
					t.Errorf("it ended with %v", err)
				}
				for _, text := range tt.has {
					if !strings.Contains(got, text) {
						t.Errorf("%q lacks %q", got, text)
					}
				}
				if tt.lacks != "" && strings.Contains(got, tt.lacks) || tt.nothing && got != "" {
					t.Errorf("got %q", got)
				}
			}
			b.stop()
			if len(b.kept) != 3 || b.kept[2].Response != (webhook.Response{Status: tt.status, Played: "as told"}) {
				t.Errorf("kept %+v", b.kept)
			}
		})
	}
}

// A connection that hangs says nothing, and holds nobody up at the end.
func TestHang(t *testing.T) {
	b := playing(t, Answer{Fault: FaultHang})
	c := b.dial()
	io.WriteString(c, post("", "body"))
	within(t, "the delivery is kept", func() (ok bool) { b.locked(func() { ok = len(b.kept) == 1 }); return ok })
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
		t.Errorf("it said %d bytes, then %v", n, err)
	}
	gone := b.dial()
	io.WriteString(gone, post("", "body"))
	gone.CloseWrite()
	if got, err := io.ReadAll(gone); len(got) > 0 || err != nil {
		t.Errorf("a sender that ended its side got %q, %v", got, err)
	}
	b.stop()
	c.SetReadDeadline(time.Now().Add(deadline))
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("at the end it said %q, then %v", got, err)
	}
}

// What is late, or slow, comes in full.
func TestLateAnswers(t *testing.T) {
	const while = 300 * time.Millisecond
	tests := []struct {
		name   string
		answer Answer
		send   string
		status int
		body   string
		closes bool
	}{
		{"delay", Answer{Status: 200, Delay: while}, post("", "x"), 200, "", false},
		{"drip", Answer{Status: 503, Drip: while, Body: []byte("a body")}, post("", "x"), 503, "a body", true},
		{"drip of a 204", Answer{Status: 204, Drip: while, Body: []byte("none")}, post("", "x"), 204, "", true},
		{"drip to HEAD", Answer{Status: 200, Drip: while, Body: []byte("none")}, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200, "", true},
		{"both", Answer{Status: 200, Delay: while / 2, Drip: while / 2}, post("", "x"), 200, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := playing(t, tt.answer)
			start := time.Now()
			got := b.exchange(tt.send)
			if d := time.Since(start); d < while-20*time.Millisecond {
				t.Errorf("it took only %v", d)
			}
			if len(got) != 1 || got[0].status != tt.status || got[0].body != tt.body || got[0].closes != tt.closes {
				t.Errorf("answers %+v", got)
			}
		})
	}
}

// A drip is one: its bytes come one after the other.
func TestDripIsSpread(t *testing.T) {
	const while = 300 * time.Millisecond
	inTime(t, playingOptions(Answer{Status: 200, Drip: while, Body: []byte(strings.Repeat("x", 1000))}), func(t *testing.T, b *bench) {
		c := b.connect()
		io.WriteString(c, post("", "x"))
		start := time.Now()
		reads, space := 0, make([]byte, 4096)
		for {
			n, err := c.Read(space)
			if err != nil {
				break
			}
			if reads++; n > 200 {
				t.Errorf("%d bytes at a time", n)
			}
		}
		if d := time.Since(start); reads != int(while/tick) || d.Round(tick) != while {
			t.Errorf("%d reads in %v", reads, d)
		}
	})
}

// At the end nobody waits for what was to be late: it leaves at once.
func TestEndCutsDelays(t *testing.T) {
	for _, a := range []Answer{{Status: 200, Delay: time.Hour}, {Status: 200, Drip: time.Hour, Body: []byte("text")}} {
		b := playing(t, a)
		c := b.dial()
		io.WriteString(c, post("", "x"))
		within(t, "it is kept", func() (ok bool) { b.locked(func() { ok = len(b.kept) == 1 }); return ok })
		b.stop()
		if got := readAnswers(t, c, false); len(got) != 1 || got[0].status != 200 || got[0].body != string(a.Body) {
			t.Errorf("answers %+v", got)
		}
	}
}

// A store error is a 503 whatever was to be played, and web pages get their 403.
func TestFaultsComeAfterKeeping(t *testing.T) {
	asked := 0
	opts := Options{InOrder: func(*webhook.Delivery) (Answer, bool) { asked++; return Answer{Status: 418}, true }}
	b := newBench(t, opts)
	if got := b.exchange(post("Origin: https://evil.example\r\n", "x")); len(got) != 1 || got[0].status != 403 {
		t.Errorf("answers to a web page: %v", got)
	}
	if got := b.exchange(post("X-Verdict: bad\r\n", "x")); len(got) != 1 || got[0].status != 418 {
		t.Errorf("answers to what is not authentic: %v", got)
	}
	opts.Keep = func(context.Context, *webhook.Delivery) error { return errors.New("full") }
	failing := newBench(t, opts)
	if got := failing.exchange(post("", "x")); len(got) != 1 || got[0].status != 503 || got[0].header.Get("Retry-After") == "" {
		t.Errorf("answers without a store: %v", got)
	}
	if asked != 1 {
		t.Errorf("it was asked %d times, want 1: of what is kept and not refused", asked)
	}
}

// Over HTTP/2 a fault ends its own stream; the connection goes on.
func TestFaultsOverHTTP2(t *testing.T) {
	next, asked := make(chan Answer, 1), make(chan struct{}, 100)
	rc := New(Options{
		Keep:    func(_ context.Context, d *webhook.Delivery) error { d.ID = "1"; return nil },
		InOrder: func(*webhook.Delivery) (Answer, bool) { asked <- struct{}{}; return <-next, true },
	})
	server := httptest.NewUnstartedServer(rc)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := server.Client()
	conns := 0
	dial := (&net.Dialer{}).DialContext
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conns++
		return dial(ctx, network, addr)
	}
	send := func(ctx context.Context, a Answer) (int, string, error) {
		t.Helper()
		next <- a
		r, err := http.NewRequestWithContext(ctx, "POST", server.URL, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 2 {
			t.Fatalf("protocol %s", resp.Proto)
		}
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	body := []byte("0123456789")
	for _, fault := range []Fault{FaultTruncate, FaultMalformed, FaultReset, FaultClose} {
		if status, got, err := send(t.Context(), Answer{Status: 200, Body: body, Fault: fault}); err == nil {
			t.Errorf("fault %d: %d %q and no error", fault, status, got)
		}
	}
	impatient, cancel := context.WithCancel(t.Context())
	for len(asked) > 0 {
		<-asked
	}
	go func() { <-asked; cancel() }()
	if _, _, err := send(impatient, Answer{Fault: FaultHang}); !errors.Is(err, context.Canceled) {
		t.Errorf("hang: %v", err)
	}
	for _, a := range []Answer{
		{Status: 200, Body: body, Drip: 50 * time.Millisecond},
		{Status: 200, Drip: 50 * time.Millisecond},
		{Status: 200, Body: body, Delay: 50 * time.Millisecond},
	} {
		start := time.Now()
		status, got, err := send(t.Context(), a)
		if status != 200 || got != string(a.Body) || err != nil || time.Since(start) < 40*time.Millisecond {
			t.Errorf("%+v: %d %q %v after %v", a, status, got, err, time.Since(start))
		}
	}
	if conns != 1 {
		t.Errorf("%d connections", conns)
	}
}
