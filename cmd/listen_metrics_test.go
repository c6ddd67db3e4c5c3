package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/whk-cli/whk/internal/flock"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// newTestMetrics are metrics at an address, and what is said of them.
func newTestMetrics(t *testing.T, address string) (m *listenMetrics, said func() string) {
	t.Helper()
	streams, _, stderr := ui.Buffers("")
	app := &App{IO: streams, Now: func() time.Time { return time.UnixMilli(1_700_000_000_250) }}
	m, err := app.newMetrics(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	m.warn(app)
	return m, stderr.String
}

// newWatched are metrics of a listener, the parts of which that they look at are
// there: a store, a forwarder that gets nowhere, and a receiver.
func newWatched(t *testing.T, options receiver.Options) (*listenMetrics, *listener, *receiver.Receiver) {
	t.Helper()
	m, _ := newTestMetrics(t, "127.0.0.1:0")
	captures, err := store.Open(t.Context(), t.TempDir(), store.Options{Committed: m.committed()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { captures.Close() })
	target := receiver.Target{URL: func(*webhook.Delivery) string { return "http://localhost:1" }}
	forwarder := receiver.NewForwarder(t.Context(), nil, []receiver.Target{target}, receiver.ForwardOptions{})
	t.Cleanup(func() { forwarder.Close(t.Context()) })
	l := &listener{store: captures, forwarder: forwarder}
	rc := receiver.New(options)
	m.watch(l, rc)
	return m, l, rc
}

// comes waits until a line is among the metrics.
func (m *listenMetrics) comes(t *testing.T, pattern string) {
	t.Helper()
	wanted := regexp.MustCompile("(?m)^" + pattern + "$")
	var text []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if text = m.set.AppendText(nil); wanted.Match(text) {
			return
		}
	}
	t.Fatalf("no %s in\n%s", pattern, text)
}

// The page on metrics lists those that there are, in their order.
func TestMetricsDoc(t *testing.T) {
	m, _, _ := newWatched(t, receiver.Options{})
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern, text string) (all []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, match[1])
		}
		return all
	}
	there := names(`(?m)^# TYPE (\S+) `, string(m.set.AppendText(nil)))
	if told := names("(?m)^\\| `(whk_\\w+)`", string(page)); !slices.Equal(told, there) {
		t.Errorf("the page has\n%s\nthere are\n%s", strings.Join(told, "\n"), strings.Join(there, "\n"))
	}
}

const countedText = `whk_start_time_seconds 1.70000000025e+09
whk_deliveries_total{provider="none",verdict="unverified",reason=""} 1
whk_deliveries_total{provider="slack",verdict="unverified",reason=""} 1
whk_deliveries_total{provider="stripe",verdict="authentic",reason=""} 2
whk_deliveries_total{provider="stripe",verdict="not_authentic",reason="mismatch"} 1
whk_delivery_body_bytes_total 15
whk_handshakes_total{provider="slack"} 1
whk_answers_total{status="200"} 3
whk_answers_total{status="401"} 1
whk_answers_total{status="413"} 1
whk_answers_total{status="none"} 1
whk_refusals_total{class="too_large"} 1
whk_forwards_total{target="app:3000",outcome="2xx"} 2
whk_forwards_total{target="app:3000",outcome="5xx"} 1
whk_forwards_total{target="app:3000",outcome="refused"} 1
whk_panics_total 1
whk_store_failures_total 1
whk_store_commit_seconds_sum 0.0625
whk_store_commit_seconds_count 2
whk_store_batch_size_sum 10
whk_store_batch_size_count 2
`

// Everything that happens is counted, once, and under its own labels.
func TestMetricsCount(t *testing.T) {
	m, _ := newTestMetrics(t, "127.0.0.1:0")
	kept := func(provider string, verdict webhook.Verification, body string, status int, handshake bool) {
		m.kept(&webhook.Delivery{Provider: provider, Verification: verdict, Body: []byte(body), Handshake: handshake, Response: webhook.Response{Status: status}})
	}
	authentic := webhook.Verification{Status: webhook.Authentic}
	kept("stripe", authentic, "12345", 200, false)
	kept("stripe", authentic, "1234567", 0, false)
	kept("stripe", webhook.Verification{Status: webhook.NotAuthentic, Reason: webhook.ReasonMismatch}, "123", 401, false)
	kept("", webhook.Verification{Status: webhook.Unverified}, "", 200, false)
	kept("slack", webhook.Verification{Status: webhook.Unverified}, "", 200, true)
	m.refused(receiver.Refusal{Class: "too_large", Reason: "a stranger's words", Status: 413})
	for _, f := range []webhook.Forward{{Status: 204}, {Status: 200}, {Status: 503}, {Error: webhook.ClassRefused}} {
		f.URL = "http://app:3000/hooks?token=x"
		m.forwarded(f)
	}
	m.panicked()
	committed := m.committed()
	committed(3, 50*time.Millisecond, nil)
	committed(7, 12500*time.Microsecond, nil)
	committed(9, time.Second, errors.New("full"))

	var lines []string
	for line := range strings.Lines(string(m.set.AppendText(nil))) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, "_bucket{") && !strings.HasPrefix(line, "whk_build_info") {
			lines = append(lines, line)
		}
	}
	if diff := cmp.Diff(countedText, strings.Join(lines, "")); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// What is read when somebody asks is what there is at that moment.
func TestMetricsGauges(t *testing.T) {
	m, l, rc := newWatched(t, receiver.Options{
		Judge: func(*http.Request, *webhook.Delivery) (*receiver.Answer, bool) { return nil, false },
		Keep:  func(context.Context, *webhook.Delivery) error { return errors.New("the disk is full") },
	})
	for _, name := range []string{"connections", "body_memory_bytes", "store_queue_length", "store_failing", "forward_queue_length"} {
		m.comes(t, "whk_"+name+" 0")
	}
	defer serveUntilEnd(t, rc, "127.0.0.1:0", func(address string) {
		sender, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		m.comes(t, "whk_connections 1")
		io.WriteString(sender, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n"+strings.Repeat("x", 10000))
		m.comes(t, "whk_body_memory_bytes [1-9].*")
		io.WriteString(sender, strings.Repeat("x", 10000))
		m.comes(t, "whk_store_failing 1")
		m.comes(t, "whk_body_memory_bytes 0")
	})()

	l.forwarder.Push(0, receiver.Forward{ID: "a", Due: time.Now().Add(time.Hour)})
	m.comes(t, "whk_forward_queue_length 1")

	turn, err := os.OpenFile(filepath.Join(filepath.Dir(l.store.Path()), "deliveries.turn"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer turn.Close()
	if err := flock.TryLock(turn); err != nil { // another process writes
		t.Fatal(err)
	}
	var keeping sync.WaitGroup
	kept := 0
	for ; l.store.Waiting() == 0 && kept < 1000; kept++ { // what is not in the first batch waits
		keeping.Go(func() {
			if err := l.store.Keep(t.Context(), &webhook.Delivery{ReceivedAt: time.Now()}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Millisecond)
	}
	m.comes(t, "whk_store_queue_length [1-9].*")
	if err := flock.Unlock(turn); err != nil {
		t.Fatal(err)
	}
	keeping.Wait()
	m.comes(t, "whk_store_queue_length 0")
	m.comes(t, fmt.Sprintf("whk_store_batch_size_sum %d", kept))
}

// serveUntilEnd serves while do runs; the result waits for the end.
func serveUntilEnd(t *testing.T, rc *receiver.Receiver, address string, do func(address string)) func() {
	t.Helper()
	a, err := receiver.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	sockets, err := receiver.Listen(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := rc.Serve(ctx, sockets); err != nil {
			t.Error(err)
		}
	})
	do(sockets.Address.String())
	end()
	return serving.Wait
}

// A port alone is for this machine; for others too it takes a host, and is said.
func TestMetricsAddress(t *testing.T) {
	m, said := newTestMetrics(t, ":0")
	for _, l := range m.sockets.Listeners() {
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			t.Errorf(":0 listens on %s", ip)
		}
	}
	if said() != "" || len(m.hosts()) > 0 {
		t.Errorf(":0 says %q and answers to %q", said(), m.hosts())
	}
	m, said = newTestMetrics(t, "0.0.0.0:0")
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said(), "other machines can read the metrics") || !slices.Contains(m.hosts(), strings.ToLower(name)) || !slices.Contains(m.hosts(), "host.docker.internal") {
		t.Errorf("0.0.0.0:0 says %q and answers to %q", said(), m.hosts())
	}
}
