package cmd_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/signing"
)

const loadSecret = "YS1zZWNyZXQtb2YtdHdlbnR5LWZvdXItYnl0ZXM="

// verifying is a receiver that judges every delivery, and answers with statuses in
// turn, the last one for ever.
type verifying struct {
	*httptest.Server
	mu       sync.Mutex
	got      int
	refused  []string
	distinct map[string]bool // signatures and bodies together
	events   map[string]int
}

func newVerifying(t *testing.T, name string) *verifying {
	t.Helper()
	p, err := provider.NewRegistry().Load(name)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := p.Scheme().Verifier([]signing.Secret{signing.NewSecret([]byte(loadSecret))}, -1)
	if err != nil {
		t.Fatal(err)
	}
	v := &verifying{distinct: map[string]bool{}, events: map[string]int{}}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		m := signing.Message{Method: r.Method, URL: "http://" + r.Host + r.URL.String(), Header: r.Header, Body: body}
		if err == nil {
			_, err = verifier.Verify(&m, time.Now())
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.got++
		v.events[p.EventOf(&m)]++
		v.distinct[r.Header.Get(p.Scheme().Names()[0])+string(body)] = true
		if err != nil {
			v.refused = append(v.refused, err.Error())
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(v.Close)
	return v
}

// summaryOf runs whk for a summary alone.
func summaryOf(t *testing.T, wantCode int, args ...string) (s struct {
	Deliveries, Attempts, Acknowledged, Unanswered, Bytes int
	NotAcknowledged                                       int `json:"not_acknowledged"`
	Statuses                                              map[string]int
	RateAchieved                                          float64 `json:"rate_achieved"`
}) {
	t.Helper()
	code, stdout, stderr := whk(t, "", append(args, "--secret", loadSecret, "--json", "-q")...)
	if code != wantCode || strings.Count(stdout, "\n") != 1 {
		t.Fatalf("code %d, want %d: %s%s", code, wantCode, stdout, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A receiver that verifies everything finds every delivery of a run authentic and
// like no other, and counts as many as the run says.
func TestLoadIsAuthentic(t *testing.T) {
	for _, tt := range []struct {
		provider, event string
		more            []string
	}{
		{"saas", "saas/invoice.*,saas/user.*", []string{"--concurrency", "16"}},
		{"rosaas", "rosaas/Tenant.StatusChanged", []string{"--concurrency", "4"}},
		{"github", "github/push", []string{"--rate", "2000/s"}},
		{"cloudblue-connect", "cloudblue-connect/usage_file.event", []string{"--concurrency", "4"}},
		{"slack", "slack/*", []string{"--concurrency", "8"}},
	} {
		t.Run(tt.provider, func(t *testing.T) {
			t.Parallel()
			const n = 400
			v := newVerifying(t, tt.provider)
			s := summaryOf(t, 0, append([]string{"trigger", tt.event, "--to", v.URL, "--count", strconv.Itoa(n)}, tt.more...)...)
			if s.Deliveries != n || s.Attempts != n || s.Acknowledged != n || v.got != n {
				t.Errorf("the run says %+v; the receiver has seen %d", s, v.got)
			}
			if len(v.refused) > 0 {
				t.Errorf("%d were refused, first: %s", len(v.refused), v.refused[0])
			}
			if len(v.distinct) != n {
				t.Errorf("%d of %d are distinct", len(v.distinct), n)
			}
		})
	}
}

// The event types of a mix take turns.
func TestLoadMixes(t *testing.T) {
	v := newVerifying(t, "saas")
	summaryOf(t, 0, "trigger", "invoice.*,user.*,invoice.paid,!user.deleted", "-p", "saas", "--to", v.URL, "--count", "40", "--concurrency", "3")
	if v.events["invoice.paid"] != 20 || v.events["user.created"] != 10 || v.events["user.subscription.updated"] != 10 || len(v.events) != 3 {
		t.Errorf("%v", v.events)
	}
}

// By a provider's own rules the attempts that are reported are those that were
// seen, and a delivery stays the same message over its attempts.
func TestLoadRetries(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if seen[string(body)]++; seen[string(body)] < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer target.Close()
	s := summaryOf(t, 0, "trigger", "saas/invoice.paid", "--to", target.URL, "--count", "30", "--concurrency", "5", "--retry", "--speed", "max")
	if s.Deliveries != 30 || s.Attempts != 90 || s.Acknowledged != 30 || len(seen) != 30 {
		t.Errorf("%+v, %d messages seen", s, len(seen))
	}
}

// A provider that stops for good, or pauses, ends the run.
func TestLoadEndsWithTheProvider(t *testing.T) {
	target := newEndpoint(t, 410)
	s := summaryOf(t, 4, "trigger", "standard-webhooks/*", "--to", target.URL, "--count", "1000", "--retry", "--speed", "max")
	if s.Attempts != 1 || target.count() != 1 {
		t.Errorf("%+v, %d seen", s, target.count())
	}
}

// A target that answers with all that it was sent gives no secret away.
func TestLoadHidesWhatWasSent(t *testing.T) {
	var mu sync.Mutex
	var signatures []string
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sign := r.Header.Get("X-Webhook-Signature")
		mu.Lock()
		signatures = append(signatures, sign)
		mu.Unlock()
		w.Header().Set("Location", "/"+sign)
		w.WriteHeader(http.StatusFound)
		io.WriteString(w, sign+" "+loadSecret+" \x1b[31m")
	}))
	defer target.Close()
	for _, more := range [][]string{nil, {"--json"}, {"-v"}} {
		code, stdout, stderr := whk(t, "", append([]string{"trigger", "saas/invoice.paid", "--to", target.URL, "--count", "3", "--secret", loadSecret}, more...)...)
		if code != 4 {
			t.Errorf("code %d: %s", code, stderr)
		}
		for _, hidden := range append(slices.Clone(signatures), loadSecret, "\x1b") {
			if strings.Contains(stdout+stderr, hidden) {
				t.Errorf("%v shows %q:\n%s%s", more, hidden, stdout, stderr)
			}
		}
	}
}
