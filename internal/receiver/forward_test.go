package receiver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whk-cli/whk/internal/webhook"
)

// attempts is an Attempter made of a function.
type attempts func(context.Context, *webhook.Request) webhook.Attempt

func (f attempts) Attempt(ctx context.Context, r *webhook.Request) webhook.Attempt { return f(ctx, r) }

// report collects what a Forwarder says.
type report struct {
	mu    sync.Mutex
	lines []string
}

func (r *report) done(f Forwarded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf("%s %s %d %s", f.ID, f.Result.URL, f.Result.Status, f.Result.Error))
}

func (r *report) sorted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.lines))
}

func to(url string) Target { return Target{URL: func(*webhook.Delivery) string { return url }} }

func answering(ctx context.Context, r *webhook.Request) webhook.Attempt {
	return webhook.Attempt{Status: 204}
}

// stuck waits for its context, as an attempt at a dead target does.
func stuck(ctx context.Context, _ *webhook.Request) webhook.Attempt {
	<-ctx.Done()
	return webhook.Attempt{Error: webhook.ClassCanceled}
}

// push queues a delivery for every target that it goes to.
func push(f *Forwarder, d *webhook.Delivery) {
	for _, target := range f.Targets(d) {
		f.Push(target, Forward{ID: d.ID, Delivery: d})
	}
}

func deliveries(n int) []*webhook.Delivery {
	var list []*webhook.Delivery
	for i := range n {
		list = append(list, &webhook.Delivery{ID: fmt.Sprintf("%03d", i), Body: []byte("body")})
	}
	return list
}

func TestForwardedRequest(t *testing.T) {
	d := &webhook.Delivery{
		Method: "PUT", URL: "http://localhost:8080/x", Body: []byte("\x00\xff"),
		Header: webhook.Header{
			{Name: "Host", Value: "public.example"}, {Name: "Connection", Value: "keep-alive, X-Hop"}, {Name: "Connection", Value: "x-other"},
			{Name: "Content-Length", Value: "2"}, {Name: "Content-Type", Value: "text/plain"}, {Name: "Expect", Value: "100-continue"},
			{Name: "Keep-Alive", Value: "5"}, {Name: "Proxy-Authorization", Value: "secret"}, {Name: "Te", Value: "trailers"},
			{Name: "Trailer", Value: "X"}, {Name: "Transfer-Encoding", Value: "chunked"}, {Name: "Upgrade", Value: "h2c"},
			{Name: "Http2-Settings", Value: "AA"}, {Name: "X-Hop", Value: "1"}, {Name: "X-Other", Value: "1"},
			{Name: "X-Signature", Value: "abc"}, {Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}, {Name: "X-B", Value: "1"},
		},
	}
	target := to("http://target")
	target.Header = webhook.Header{{Name: "x-b", Value: "mine"}}
	got := target.Request(d)
	want := &webhook.Request{Method: "PUT", URL: "http://target", Body: d.Body, Header: webhook.Header{
		{Name: "Content-Type", Value: "text/plain"}, {Name: "X-Signature", Value: "abc"},
		{Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}, {Name: "x-b", Value: "mine"},
		{Name: "User-Agent"}, // none is sent
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	target.KeepHost = true
	if got := target.Request(d).Header.Get("Host"); got != "public.example" {
		t.Errorf("Host %q", got)
	}
	if len(d.Header) != 19 || d.Header[5].Name != "Expect" {
		t.Error("the delivery was changed")
	}
}

func TestForward(t *testing.T) {
	var r report
	only := to("http://user@b")
	only.Match = func(d *webhook.Delivery) bool { return d.ID == "001" }
	f := NewForwarder(context.Background(), attempts(answering), []Target{to("http://a"), only}, ForwardOptions{
		Done: r.done, Shown: func(url string) string { return strings.Replace(url, "user@", "", 1) },
	})
	for _, d := range deliveries(3) {
		push(f, d)
	}
	f.Close(context.Background())
	want := []string{"000 http://a 204 ", "001 http://a 204 ", "001 http://b 204 ", "002 http://a 204 "}
	if got := r.sorted(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A dead target delays neither the caller nor another target, and what its
// queue does not hold is reported, not lost.
func TestDeadTarget(t *testing.T) {
	var r report
	f := NewForwarder(context.Background(), attempts(func(ctx context.Context, req *webhook.Request) webhook.Attempt {
		if req.URL == "http://dead" {
			return stuck(ctx, req)
		}
		return answering(ctx, req)
	}), []Target{to("http://dead"), to("http://live")}, ForwardOptions{Workers: 2, Queue: 3, Done: r.done})
	count := func(part string) int {
		n := 0
		for _, line := range r.sorted() {
			if strings.Contains(line, part) {
				n++
			}
		}
		return n
	}
	const sent = 20
	for i, d := range deliveries(sent) {
		push(f, d)
		within(t, "the live target has it", func() bool { return count("live 204") == i+1 })
	}
	// Two are under way and three wait.
	if n := count("dead 0 dropped"); n < sent-5 || n > sent-3 {
		t.Errorf("%d were dropped", n)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	left := f.Close(ended)
	if n := count("dead 0 dropped") + left; n != sent || count("live 204") != sent {
		t.Errorf("%d of %d are accounted for: %q", n, sent, r.sorted())
	}
	if n := count("dead 0 canceled"); n != 0 {
		t.Errorf("%d that were interrupted are reported", n)
	}
	push(f, deliveries(1)[0])
	if n := len(r.sorted()); n != sent+count("dead 0 dropped") {
		t.Errorf("after Close something was reported: %q", r.sorted())
	}
}

// Bodies beyond the limit are not held: they are loaded when it is their turn.
func TestForwardQueueBytes(t *testing.T) {
	var r report
	var mu sync.Mutex
	var loaded []string
	goOn := make(chan struct{})
	f := NewForwarder(context.Background(), attempts(func(_ context.Context, req *webhook.Request) webhook.Attempt {
		<-goOn
		return webhook.Attempt{Status: 200 + len(req.Body)}
	}), []Target{to("http://a")}, ForwardOptions{Workers: 1, QueueBytes: 10, Done: r.done, Load: func(_ context.Context, id string) (*webhook.Delivery, error) {
		mu.Lock()
		defer mu.Unlock()
		loaded = append(loaded, id)
		if id == "3" {
			return nil, nil
		}
		return &webhook.Delivery{ID: id, Body: make([]byte, 9)}, nil
	}})
	for id := range 4 {
		push(f, &webhook.Delivery{ID: fmt.Sprint(id), Body: make([]byte, 9)})
	}
	close(goOn)
	if left := f.Close(context.Background()); left != 0 {
		t.Errorf("%d are left", left)
	}
	if got, want := r.sorted(), []string{"0 http://a 209 ", "1 http://a 209 ", "2 http://a 209 ", "3  0 "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q; the last is gone", got, want)
	}
	if !slices.Contains(loaded, "3") || slices.Contains(loaded, "0") {
		t.Errorf("%q were loaded", loaded)
	}
}

// An attempt that is to be made again is, when it is due; what is not due when
// the forwarder ends is left.
func TestForwardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var lines []string
		f := NewForwarder(t.Context(), attempts(func(context.Context, *webhook.Request) webhook.Attempt {
			return webhook.Attempt{Status: 503}
		}), []Target{to("http://a")}, ForwardOptions{
			Next: func(f *Forward, _ *webhook.Attempt) bool {
				f.Attempts++
				f.Due = time.Now().Add(time.Duration(f.Attempts) * time.Second)
				return f.Attempts < 3
			},
			Done: func(f Forwarded) {
				mu.Lock()
				defer mu.Unlock()
				lines = append(lines, fmt.Sprint(f.ID, " ", f.Attempts, " ", f.Again, " ", time.Since(start)))
			},
		})
		f.Push(0, Forward{ID: "b", Delivery: &webhook.Delivery{}, Due: start.Add(1500 * time.Millisecond), Attempts: 1})
		f.Push(0, Forward{ID: "a", Delivery: &webhook.Delivery{}})
		f.Push(0, Forward{ID: "late", Delivery: &webhook.Delivery{}, Due: start.Add(time.Hour)})
		time.Sleep(time.Minute)
		if left := f.Close(t.Context()); left != 1 {
			t.Errorf("%d are left, want the late one", left)
		}
		want := []string{"a 1 true 0s", "a 2 true 1s", "b 2 true 1.5s", "a 3 false 3s", "b 3 false 3.5s"}
		if !slices.Equal(lines, want) {
			t.Errorf("got %q, want %q", lines, want)
		}
	})
}

// Close finishes what is queued, in spite of the context that the forwarder
// was made with.
func TestForwardClose(t *testing.T) {
	var r report
	goOn := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	f := NewForwarder(ctx, attempts(func(ctx context.Context, req *webhook.Request) webhook.Attempt {
		<-goOn
		return webhook.Attempt{Status: 200, Duration: time.Millisecond}
	}), []Target{to("http://slow")}, ForwardOptions{Workers: 1, Done: r.done})
	for _, d := range deliveries(10) {
		push(f, d)
	}
	cancel()
	closed := make(chan struct{})
	go func() { defer close(closed); f.Close(context.Background()) }()
	close(goOn)
	select {
	case <-closed:
	case <-time.After(deadline):
		t.Fatal("Close does not return")
	}
	if got := r.sorted(); len(got) != 10 || got[9] != "009 http://slow 200 " {
		t.Errorf("got %q", got)
	}
}

func TestAnswerOf(t *testing.T) {
	header := webhook.Header{{Name: "X", Value: "1"}}
	for _, tt := range []struct {
		attempt webhook.Attempt
		status  int
		body    string
	}{
		{webhook.Attempt{Status: 201, Header: header, Body: []byte("ok"), BodySize: 2}, 201, "ok"},
		{webhook.Attempt{Status: 302, Header: header}, 302, ""},
		{webhook.Attempt{Status: 200, Body: []byte("cut"), BodySize: 1000}, 200, ""},
		{webhook.Attempt{Status: 200, Error: webhook.ClassTimeout}, 504, "the target did not answer in time\n"},
		{webhook.Attempt{Error: webhook.ClassRefused, Detail: "secret"}, 502, "the target did not answer\n"},
		{webhook.Attempt{Status: 101}, 502, "the target did not answer\n"},
	} {
		if got := AnswerOf(tt.attempt); got.Status != tt.status || string(got.Body) != tt.body {
			t.Errorf("%+v: %+v", tt.attempt, got)
		}
	}
}
