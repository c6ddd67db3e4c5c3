package receiver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whk-cli/whk/internal/webhook"
)

func post(fields, body string) string {
	return "POST /p HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}

func TestDelivery(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600))
	var took time.Duration
	kept := make(chan *webhook.Delivery, 1)
	b := newBench(t, Options{
		BaseURL: "https://public.example",
		Now:     func() time.Time { return at },
		Kept:    func(d *webhook.Delivery, d1 time.Duration, _ bool) { took = d1; kept <- d },
	})
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	b.exchange("POST //x?y=%41 HTTP/1.1\r\nx-b: 2\r\nhost: Some.Host:1\r\nX-A: 1\r\nx-b: 1\r\nX-Verdict: good\r\nContent-Length: 256\r\n\r\n" + string(body))
	got := <-kept
	if got.Remote == "" || took != 0 {
		t.Errorf("remote %q, took %v", got.Remote, took)
	}
	got.Remote = ""
	want := &webhook.Delivery{
		ID: "1", ReceivedAt: at.UTC(), Method: "POST", URL: "https://public.example//x?y=%41", Body: body,
		Header: webhook.Header{
			{Name: "Host", Value: "Some.Host:1"}, {Name: "Content-Length", Value: "256"}, {Name: "X-A", Value: "1"},
			{Name: "X-B", Value: "2"}, {Name: "X-B", Value: "1"}, {Name: "X-Verdict", Value: "good"},
		},
		Verification: webhook.Verification{Status: webhook.Authentic},
		Response:     webhook.Response{Status: 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
}

func TestVerdicts(t *testing.T) {
	b := newBench(t, Options{})
	own := b.sockets.URL()
	tests := []struct {
		name   string
		fields string
		status int
	}{
		{"authentic", "X-Verdict: good\r\n", 200},
		{"unverified", "", 200},
		{"not authentic", "X-Verdict: bad\r\n", 401},
		{"not authentic for another reason", "X-Verdict: missing\r\n", 401},
		{"cross-site page", "Sec-Fetch-Site: cross-site\r\n", 403},
		{"same-site page", "X-Verdict: good\r\nSec-Fetch-Site: same-site\r\n", 403},
		{"same origin", "Sec-Fetch-Site: same-origin\r\nOrigin: " + own + "\r\n", 200},
		{"by hand", "Sec-Fetch-Site: none\r\n", 200},
		{"two sites", "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n", 403},
		{"own origin by name", "Origin: " + strings.Replace(own, "127.0.0.1", "localhost", 1) + "\r\n", 200},
		{"other origin", "Origin: https://evil.example\r\n", 403},
		{"other port", "Origin: http://127.0.0.1:1\r\n", 403},
		{"no origin", "Origin: null\r\n", 403},
		{"origin that rebinds to here", "Origin: http://h\r\n", 403},
		{"page without authenticity", "X-Verdict: bad\r\nOrigin: https://evil.example\r\n", 403},
	}
	bodies := map[int]string{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			got := b.exchange(post(tt.fields, "body"))
			if !slices.Equal(statuses(got), []int{tt.status}) {
				t.Fatalf("answers %v, want %d", got, tt.status)
			}
			b.mu.Lock()
			if len(b.kept) != 1 || b.kept[0].Response.Status != tt.status {
				t.Errorf("kept %+v", b.kept)
			}
			b.mu.Unlock()
			b.deliveries()
			if before, ok := bodies[tt.status]; ok && before != got[0].body {
				t.Errorf("%d says %q, and said %q", tt.status, got[0].body, before)
			}
			bodies[tt.status] = got[0].body
		})
	}
	if strings.Contains(bodies[401], "detail") || bodies[200] != "" {
		t.Errorf("answers %v", bodies)
	}
}

// A store that fails makes each answer a 503, says so once, and recovers.
func TestTrouble(t *testing.T) {
	failing := errors.New("disk full")
	var err error
	b := newBench(t, Options{Keep: func(context.Context, *webhook.Delivery) error { return err }})
	for range 3 {
		err = failing
		for range 2 {
			got := b.exchange(post("X-Verdict: good\r\n", "x"))
			if len(got) != 1 || got[0].status != 503 || got[0].header.Get("Retry-After") == "" || !got[0].closes {
				t.Fatalf("answers %v", got)
			}
		}
		err = nil
		b.healthy()
	}
	want := []error{failing, nil, failing, nil, failing, nil}
	if !slices.Equal(b.trouble, want) {
		t.Errorf("trouble %v, want %v", b.trouble, want)
	}
	if len(b.refused) != 6 || b.refused[0].Status != 503 || b.refused[0].Target != "/p" {
		t.Errorf("refused %v", b.refused)
	}
}

func TestPanic(t *testing.T) {
	var value any
	var stack string
	b := newBench(t, Options{Panicked: func(v any, s []byte) { value, stack = v, string(s) }})
	if got := b.exchange(post("X-Verdict: panic\r\n", "x")); !slices.Equal(statuses(got), []int{500}) {
		t.Errorf("answers %v", got)
	}
	if b.rc.Panics() != 1 || value != "judge" || !strings.Contains(stack, "judgeByHeader") {
		t.Errorf("%d panics, %v, stack %q", b.rc.Panics(), value, stack)
	}
	b.healthy()
}

// The sender may close its side, or all of it, and the delivery is still kept.
func TestKeepOutlivesTheSender(t *testing.T) {
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var keepErr error
	b := newBench(t, Options{Keep: func(ctx context.Context, d *webhook.Delivery) error {
		if d.URL[len(d.URL)-2:] != "/p" {
			return nil
		}
		close(arrived)
		<-goOn
		keepErr = ctx.Err()
		return nil
	}})
	c := b.dial()
	io.WriteString(c, post("", "x"))
	<-arrived
	c.SetLinger(0)
	c.Close() // resets the connection while the delivery is being kept
	close(goOn)
	within(t, "the delivery is kept", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.kept) == 1
	})
	if keepErr != nil {
		t.Errorf("Keep's context: %v", keepErr)
	}
	b.deliveries()
	b.healthy()
}

func TestHalfClose(t *testing.T) {
	arrived, goOn := make(chan struct{}, 1), make(chan struct{})
	var ctxErr error
	b := newBench(t, Options{Reply: func(ctx context.Context, d *webhook.Delivery) (Answer, bool) {
		arrived <- struct{}{}
		<-goOn
		ctxErr = ctx.Err()
		return Answer{}, false
	}})
	c := b.dial()
	io.WriteString(c, post("", "x"))
	c.CloseWrite()
	<-arrived
	close(goOn)
	if got := readAnswers(t, c, false); !slices.Equal(statuses(got), []int{200}) {
		t.Errorf("answers %v", got)
	}
	if ctxErr != nil {
		t.Errorf("Reply's context: %v", ctxErr)
	}
}

func TestReply(t *testing.T) {
	var atKeep int
	b := newBench(t, Options{
		Keep: func(_ context.Context, d *webhook.Delivery) error { atKeep = d.Response.Status; return nil },
		Reply: func(_ context.Context, d *webhook.Delivery) (Answer, bool) {
			return Answer{
				Status: 418,
				Header: webhook.Header{{Name: "X-A", Value: "1"}, {Name: "Connection", Value: "X-B"}, {Name: "X-B", Value: "1"}, {Name: "Content-Length", Value: "99"}},
				Body:   []byte("<html>"),
			}, true
		},
	})
	got := b.exchange(post("", "x"))
	if len(got) != 1 || got[0].status != 418 || got[0].body != "<html>" || got[0].closes {
		t.Fatalf("answers %v", got)
	}
	h := got[0].header
	if h.Get("X-A") != "1" || h["X-B"] != nil || h["Content-Type"] != nil || h.Get("Content-Length") != "6" {
		t.Errorf("header %v", h)
	}
	if atKeep != 0 || b.kept[0].Response.Status != 418 {
		t.Errorf("status %d while kept, %d afterwards", atKeep, b.kept[0].Response.Status)
	}
	if got := b.exchange(post("X-Verdict: bad\r\n", "x")); !slices.Equal(statuses(got), []int{401}) || atKeep != 401 {
		t.Errorf("not authentic: %v, kept with %d", got, atKeep)
	}
}

// The whole request is received before anything is answered, and 100 Continue
// comes only when the body is wanted.
func TestExpectation(t *testing.T) {
	b := newBench(t, Options{})
	c := b.dial()
	io.WriteString(c, "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q %v", line, err)
	}
	in.ReadString('\n')
	io.WriteString(c, "hi")
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 200 OK\r\n" {
		t.Fatalf("%q %v", line, err)
	}
}

func TestLargeBodies(t *testing.T) {
	b := newBench(t, Options{})
	for _, size := range []int{firstRead - 1, firstRead, firstRead + 1, 16 << 10, 1 << 20, 10 << 20} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		for _, chunks := range []bool{false, true} {
			var r io.Reader = strings.NewReader(body)
			if chunks {
				r = io.MultiReader(r) // of unknown length
			}
			resp, err := http.Post(b.sockets.URL(), "", r)
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("%d bytes: %v %v", size, resp, err)
			}
			resp.Body.Close()
			b.mu.Lock()
			if len(b.kept) != 1 || string(b.kept[0].Body) != body {
				t.Errorf("%d bytes, chunked %v: not kept as sent", size, chunks)
			}
			b.mu.Unlock()
			b.deliveries()
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if free := b.rc.budget.free.Load(); free != b.rc.limits.Memory {
		t.Errorf("%d bytes of the budget are free, want all %d", free, b.rc.limits.Memory)
	}
}

// Bodies in flight share a budget; what exceeds it is turned away, and no
// declared length takes any of it in advance.
func TestMemoryBudget(t *testing.T) {
	entered, goOn := make(chan struct{}, 1), make(chan struct{})
	b := newBench(t, Options{
		Limits: Limits{Memory: 10 << 10},
		Keep: func(_ context.Context, d *webhook.Delivery) error {
			if strings.HasPrefix(string(d.Body), "wait") {
				entered <- struct{}{}
				<-goOn
			}
			return nil
		},
	})
	idle := b.dial()
	io.WriteString(idle, "POST /declares HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n")
	within(t, "a declared length is waited for with little memory", func() bool { return b.rc.budget.free.Load() == 6<<10 })
	held := b.dial()
	io.WriteString(held, post("", "wait"+strings.Repeat("x", 4092)))
	<-entered
	if got := b.exchange(post("", strings.Repeat("y", 4<<10))); !slices.Equal(statuses(got), []int{503}) {
		t.Errorf("over the budget: %v", statuses(got))
	}
	close(goOn)
	held.CloseWrite()
	if got := readAnswers(t, held, false); !slices.Equal(statuses(got), []int{200}) {
		t.Errorf("held: %v", got)
	}
	idle.Close()
	within(t, "the budget is whole again", func() bool { return b.rc.budget.free.Load() == 10<<10 })
	b.deliveries()
	b.healthy()
}

// The handler also works under another server, one that ends a request's
// context when the sender closes its side.
func TestHandler(t *testing.T) {
	var request context.Context
	rc := New(Options{
		BaseURL: "http://x",
		Judge:   func(r *http.Request, _ *webhook.Delivery) (*Answer, bool) { request = r.Context(); return nil, false },
		Keep: func(ctx context.Context, d *webhook.Delivery) error {
			<-request.Done()
			return ctx.Err()
		},
		Reply: func(ctx context.Context, d *webhook.Delivery) (Answer, bool) {
			return Answer{Status: 202}, ctx.Err() == nil
		},
	})
	srv := httptest.NewServer(rc)
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(deadline))
	io.WriteString(c, post("", "x"))
	c.(*net.TCPConn).CloseWrite()
	if got := readAnswers(t, c, false); !slices.Equal(statuses(got), []int{202}) {
		t.Errorf("answers %v", got)
	}
}

func ExampleReceiver() {
	rc := New(Options{
		BaseURL: "http://localhost:8080",
		Keep: func(_ context.Context, d *webhook.Delivery) error {
			fmt.Printf("%s %s %q\n", d.Method, d.URL, d.Body)
			return nil
		},
	})
	w := httptest.NewRecorder()
	rc.ServeHTTP(w, httptest.NewRequest("POST", "/hooks?x=1", strings.NewReader("hi")))
	fmt.Println(w.Code)
	// Output:
	// POST http://localhost:8080/hooks?x=1 "hi"
	// 200
}
