package receiver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
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

func (r *report) done(d *webhook.Delivery, f webhook.Forward, _ webhook.Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf("%s %s %d %s", d.ID, f.URL, f.Status, f.Error))
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
		f.Forward(d)
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
		f.Forward(d)
		within(t, "the live target has it", func() bool { return count("live 204") == i+1 })
	}
	// Two are under way and three wait.
	if n := count("dead 0 dropped"); n < sent-5 || n > sent-3 {
		t.Errorf("%d were dropped", n)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	f.Close(ended)
	if n := count("dead 0 dropped") + count("dead 0 canceled"); n != sent || count("live 204") != sent {
		t.Errorf("%d of %d are accounted for: %q", n, sent, r.sorted())
	}
	f.Forward(deliveries(1)[0])
	if n := count("dropped"); n < 2 {
		t.Errorf("after Close nothing was reported")
	}
}

func TestForwardQueueBytes(t *testing.T) {
	var r report
	f := NewForwarder(context.Background(), attempts(stuck), []Target{to("http://dead")}, ForwardOptions{Workers: 1, QueueBytes: 10, Done: r.done})
	big := &webhook.Delivery{ID: "big", Body: make([]byte, 100)}
	f.Forward(big)
	within(t, "the first is under way", func() bool {
		f.lanes[0].mu.Lock()
		defer f.lanes[0].mu.Unlock()
		return len(f.lanes[0].waiting) == 0
	})
	f.Forward(big) // alone in the queue
	f.Forward(&webhook.Delivery{ID: "small", Body: make([]byte, 1)})
	if got := r.sorted(); !slices.Equal(got, []string{"small http://dead 0 dropped"}) {
		t.Errorf("got %q", got)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	f.Close(ended)
	if n := len(r.sorted()); n != 3 {
		t.Errorf("%d of 3 are accounted for", n)
	}
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
		f.Forward(d)
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
