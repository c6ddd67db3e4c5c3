package cmd_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/ui"
)

// wire is an endpoint that misbehaves as told, and keeps what came.
type wire struct {
	*httptest.Server
	mu       sync.Mutex
	messages []signing.Message
	at       []time.Time
	conns    atomic.Int32
}

// newWire answers with each of answers in turn, the last one for ever: a status,
// 0 for a connection that is reset, -1 for no answer in time.
func newWire(t *testing.T, answers ...int) *wire {
	w := new(wire)
	done := make(chan struct{})
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.mu.Lock()
		n := len(w.at)
		w.at = append(w.at, time.Now())
		w.messages = append(w.messages, signing.Message{Method: r.Method, URL: w.URL + r.RequestURI, Header: r.Header, Body: body})
		w.mu.Unlock()
		switch answer := answers[min(n, len(answers)-1)]; answer {
		case -1:
			<-done
		case 0:
			conn, _, err := http.NewResponseController(out).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		default:
			out.WriteHeader(answer)
		}
	}))
	w.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.conns.Add(1)
		}
	}
	w.Start()
	t.Cleanup(w.Close)
	t.Cleanup(func() { close(done) })
	return w
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.at)
}

// retried runs trigger --retry against w, on a clock that goes on by an hour with
// each request that arrives, and gives the lines of its output.
func (w *wire) retried(t *testing.T, secret string, args ...string) (lines []map[string]any, summary map[string]any, code int) {
	t.Helper()
	streams, out, _ := ui.Buffers("")
	app := &cmd.App{
		IO: streams, Random: rand.Reader, Dir: t.TempDir(),
		LookupEnv: func(name string) (string, bool) {
			return map[string]string{"WHK_SECRET": secret}[name], name == "WHK_SECRET"
		},
		Now: func() time.Time { return beginning.Add(time.Duration(w.count()) * time.Hour) },
	}
	code = cmd.Run(context.Background(), app, append([]string{"trigger", "--retry", "--json", "--to", w.URL}, args...))
	lines, summary = attempts(t, out.String())
	return lines, summary, code
}

var beginning = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const textSecret, standardSecret = "a-secret-of-twenty-four-bytes", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// retryTest is a delivery by the rules of its provider.
type retryTest struct {
	name, provider, event, secret string
	answers                       []int
	attempts, code                int
	outcome                       string
	sameBody, sameSignature       bool
}

var retryTests = []retryTest{
	{"acknowledged at once", "saas", "invoice.paid", textSecret, []int{200}, 1, 0, "acknowledged", true, true},
	{"acknowledged in the end", "saas", "invoice.paid", textSecret, []int{500, 0, 302, 200}, 4, 0, "acknowledged", true, true},
	{"exhausted", "saas", "invoice.paid", textSecret, []int{500, 0}, 4, 4, "exhausted", true, true},
	{"no answer at all", "saas", "invoice.paid", textSecret, []int{0}, 4, 1, "exhausted", true, true},
	{"never in time", "saas", "invoice.paid", textSecret, []int{-1}, 4, 1, "exhausted", true, true},
	{"once", "rosaas", "Tenant.StatusChanged", textSecret, []int{500, 200}, 1, 4, "exhausted", true, true},
	{"busy, then taken", "machnet", "transaction_processed", textSecret, []int{409, 409, 204}, 3, 0, "acknowledged", true, true},
	{"paused", "machnet", "transaction_processed", textSecret, []int{409, 500}, 12, 4, "paused", true, true},
	{"a token for each", "cloudblue-connect", "fulfillment_request.event", textSecret, []int{500, 404, 0, 200}, 4, 0, "acknowledged", false, false},
	{"given up", "cloudblue-connect", "fulfillment_request.event", textSecret, []int{500}, 6, 4, "exhausted", false, false},
	{"a time for each", "standard-webhooks", "contact.created", standardSecret, []int{500, 500, 200}, 3, 0, "acknowledged", true, false},
	{"gone", "standard-webhooks", "contact.created", standardSecret, []int{500, 410}, 2, 4, "stopped", true, false},
}

// run makes the delivery, perhaps with more flags. What is reported is what the
// endpoint saw, attempt for attempt; each of them is authentic at its own time, and
// they are all the same message.
func (tt *retryTest) run(t *testing.T, more ...string) (w *wire, summary map[string]any) {
	t.Helper()
	p, err := provider.NewRegistry().Load(tt.provider)
	if err != nil {
		t.Fatal(err)
	}
	w = newWire(t, tt.answers...)
	lines, summary, code := w.retried(t, tt.secret, append([]string{"-p", tt.provider, tt.event, "--speed", "max", "--timeout", "300ms"}, more...)...)
	if len(lines) != tt.attempts || w.count() != tt.attempts || summary["attempts"] != float64(tt.attempts) {
		t.Errorf("%d lines, %d requests, summary %v; want %d of each", len(lines), w.count(), summary["attempts"], tt.attempts)
	}
	if code != tt.code {
		t.Errorf("exit code %d, want %d", code, tt.code)
	}
	w.holds(t, p, tt.secret, tt.sameBody, tt.sameSignature)
	return w, summary
}

func TestRetryOnTheWire(t *testing.T) {
	for _, tt := range retryTests {
		t.Run(tt.provider+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			w, summary := tt.run(t)
			if conns := int(w.conns.Load()); conns != tt.attempts {
				t.Errorf("%d attempts over %d connections: one that has just been closed would lose an attempt", tt.attempts, conns)
			}
			if summary["outcome"] != tt.outcome {
				t.Errorf("%v, want %s", summary["outcome"], tt.outcome)
			}
		})
	}
}

// A run of many makes its requests in another way, and by the same rules.
func TestLoadRetryOnTheWire(t *testing.T) {
	for _, tt := range retryTests {
		t.Run(tt.provider+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, "--count", "1", "--concurrency", "1")
		})
	}
}

// holds checks every request that came.
func (w *wire) holds(t *testing.T, p *provider.Provider, secret string, sameBody, sameSignature bool) {
	t.Helper()
	verifier, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(secret))}, -1)
	if err != nil {
		t.Fatal(err)
	}
	first := &w.messages[0]
	for i := range w.messages {
		m := &w.messages[i]
		if _, err := verifier.Verify(m, beginning.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Errorf("attempt %d is not authentic when it is made: %v", i+1, err)
		}
		if p.MessageIDOf(m) != p.MessageIDOf(first) {
			t.Errorf("attempt %d is message %q, the first is %q", i+1, p.MessageIDOf(m), p.MessageIDOf(first))
		}
		if i == 0 {
			continue
		}
		if bytes.Equal(m.Body, first.Body) != sameBody {
			t.Errorf("attempt %d: %s\nthe first: %s", i+1, m.Body, first.Body)
		}
		if same := signatures(p, m) == signatures(p, first); same != sameSignature {
			t.Errorf("attempt %d: the same signature is %v", i+1, same)
		}
	}
}

func signatures(p *provider.Provider, m *signing.Message) string {
	var all []string
	for _, name := range p.Scheme().Names() {
		all = append(all, m.Header.Values(name)...)
	}
	return strings.Join(all, "\n")
}

// Scaled waits are waited, and keep their proportions.
func TestRetryWaits(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	for _, tt := range []struct {
		event   string
		speed   int
		answers []int
		waits   []time.Duration
	}{
		{"invoice.paid", 50, []int{500}, []time.Duration{s, 2 * s, 4 * s}},
		{"Tenant.StatusChanged", 50, []int{500}, nil},
		{"transaction_processed", 100_000, []int{500, 409, 500}, []time.Duration{h, 5 * s, h, h, h, h, h, h, h, h, h}},
		{"fulfillment_request.event", 30_000, []int{500}, []time.Duration{5 * m, 10 * m, 20 * m, 40 * m, 80 * m}},
	} {
		t.Run(tt.event, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, tt.answers...)
			lines, _, _ := w.retried(t, "a-secret-of-twenty-four-bytes", tt.event, "--speed", fmt.Sprintf("%dx", tt.speed))
			if len(w.at) != len(tt.waits)+1 {
				t.Fatalf("%d attempts", len(w.at))
			}
			for i, want := range tt.waits {
				here := want / time.Duration(tt.speed)
				if got := w.at[i+1].Sub(w.at[i]); got < here {
					t.Errorf("attempt %d came after %v, less than %v", i+2, got, here)
				}
				if got := lines[i]["wait_ms"]; got != float64(want.Milliseconds()) {
					t.Errorf("attempt %d: wait_ms %v, want %v", i+1, got, want)
				}
				if got := lines[i]["here_ms"].(float64); got < float64(here)/1e6-0.001 || got > float64(here)/1e6+0.001 {
					t.Errorf("attempt %d: here_ms %v, want %v", i+1, got, here)
				}
			}
		})
	}
}

// The seed repeats the waits of a policy that has jitter.
func TestRetrySeed(t *testing.T) {
	t.Parallel()
	waits := func(seed string) string {
		w := newWire(t, 500)
		lines, _, _ := w.retried(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "-p", "stripe", "payment_intent.succeeded", "--speed", "max", "--seed", seed)
		var all []any
		for _, line := range lines {
			all = append(all, line["wait_ms"])
		}
		return fmt.Sprint(all)
	}
	if a, b := waits("1"), waits("1"); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if a, b := waits("1"), waits("2"); a == b {
		t.Errorf("two seeds wait alike: %s", a)
	}
}
