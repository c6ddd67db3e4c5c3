package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// endpoint is a target that writes down what it gets.
type endpoint struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*http.Request
	bodies []string
}

// newEndpoint answers with the statuses in turn, the last one for ever.
func newEndpoint(t *testing.T, statuses ...int) *endpoint {
	e := new(endpoint)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		status := 200
		if len(statuses) > 0 {
			status = statuses[min(len(e.got), len(statuses)-1)]
		}
		e.got, e.bodies = append(e.got, r), append(e.bodies, string(body))
		if status/100 == 3 {
			w.Header().Set("Location", e.URL+"/elsewhere")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.got)
}

func (e *endpoint) host() string { return strings.TrimPrefix(e.URL, "http://") }

// attempts reads the lines of --json, and the summary behind them.
func attempts(t *testing.T, out string) (lines []map[string]any, summary map[string]any) {
	t.Helper()
	for line := range strings.Lines(out) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		lines = append(lines, v)
	}
	if len(lines) == 0 || lines[len(lines)-1]["type"] != "summary" {
		t.Fatalf("no summary at the end of\n%s", out)
	}
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func TestReplaySendsTheSameBytes(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t)
	body := make([]byte, 256)
	for i := range body {
		body[i] = byte(i)
	}
	d := invoice(string(body))
	d.Method, d.URL = "PUT", "http://localhost:8080/a%2Fb//c?x=1&y=%20"
	d.Header = append(d.Header,
		webhook.Field{Name: "X-Twice", Value: "1"}, webhook.Field{Name: "X-Twice", Value: "2"},
		webhook.Field{Name: "User-Agent", Value: "sender/1"}, webhook.Field{Name: "Cookie", Value: "a=b"},
		webhook.Field{Name: "Content-Length", Value: "999"}, webhook.Field{Name: "Transfer-Encoding", Value: "chunked"},
		webhook.Field{Name: "Connection", Value: "close, X-Hop"}, webhook.Field{Name: "X-Hop", Value: "1"},
		webhook.Field{Name: "Expect", Value: "100-continue"}, webhook.Field{Name: "Upgrade", Value: "websocket"},
	)
	c.keep(d)
	code, _, errs := c.run("replay", "last", "--to", e.host(), "-H", "X-Mine: yes", "-H", "Content-Type: text/plain")
	wantCode(t, code, 0, errs)
	if e.count() != 1 {
		t.Fatalf("%d requests, want 1", e.count())
	}
	r := e.got[0]
	if r.Method != "PUT" || r.RequestURI != "/a%2Fb//c?x=1&y=%20" || e.bodies[0] != string(body) || r.Host != e.host() {
		t.Errorf("%s %s to %s with %q", r.Method, r.RequestURI, r.Host, e.bodies[0])
	}
	want := http.Header{
		"X-Webhook-Signature": {signature}, "X-Twice": {"1", "2"}, "User-Agent": {"sender/1"}, "Cookie": {"a=b"},
		"Content-Length": {"256"}, "Content-Type": {"text/plain"}, "X-Mine": {"yes"},
	}
	if fmt.Sprint(r.Header) != fmt.Sprint(want) {
		t.Errorf("headers\n%v\nwant\n%v", r.Header, want)
	}
}

func TestReplayGoesWhereItWent(t *testing.T) {
	c, first, second := newCaptures(t), newEndpoint(t), newEndpoint(t, 503)
	d := invoice("{}")
	for _, url := range []string{second.URL + "/x", first.URL + "/y?z", second.URL + "/x"} {
		d.Forwards = append(d.Forwards, webhook.Forward{URL: url, Status: 200})
	}
	c.keep(d)
	code, out, errs := c.run("replay", "last", "--json")
	wantCode(t, code, 4, errs)
	lines, summary := attempts(t, out)
	if len(lines) != 2 || lines[0]["endpoint"] != second.URL+"/x" || lines[1]["endpoint"] != first.URL+"/y?z" || lines[0]["status"] != 503.0 {
		t.Errorf("%v", lines)
	}
	if summary["deliveries"] != 2.0 || summary["acknowledged"] != 1.0 || summary["not_acknowledged"] != 1.0 {
		t.Errorf("%v", summary)
	}
	if lines[0]["delivery"] != d.ID {
		t.Errorf("the attempt names %v, want %s", lines[0]["delivery"], d.ID)
	}
}

func TestReplaySendsNothingWhenSomethingIsWrong(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t)
	there := invoice(`{"amount":1}`)
	there.Forwards = []webhook.Forward{{URL: e.URL, Status: 200}}
	ids := c.keep(there, stranger())
	for _, test := range []struct {
		args string
		code int
		text string
	}{
		{"", 2, "whk replay last --to localhost:3000"},
		{"last", 2, "whk replay last --to localhost:3000"},
		{"last~1 last", 2, "whk replay last~1 last --to localhost:3000"},
		{"--since -3h", 2, ids[1]},
		{"last~1 nothing!", 1, "nothing!"},
		{"last~1 last~7", 1, "last~7"},
		{"last --resign --to " + e.host(), 2, "-p NAME"},
		{"last~1 last --to " + e.host() + " --resign", 2, ids[1]},
		{"last~1 --override total=2", 2, "amount"},
		{"last -p saas --override a=2 --to " + e.host(), 2, "edited"},
		{"last~1 --resign -H X-Webhook-Signature:1", 2, "carries the signature"},
		{"last~1 --resign --keep-signature", 2, "choose one"},
		{"last~1 --since -1h", 2, "choose one way"},
		{"last~1 --secret-env X", 2, "--resign"},
		{"last~1 -p saas", 2, "--resign"},
		{"last~1 --resign --secret-env NOT_THERE", 2, "NOT_THERE"},
		{"last~1 --resign --variant none", 2, "variant"},
		{"last~1 --to ftp://localhost", 2, "http or https"},
		{"last~1 --rate 1/s --speed 1x", 2, "choose one"},
		{"last~1 --rate fast", 2, "10/s"},
		{"last~1 --speed 3", 2, "100x"},
		{"last~1 --print yaml", 2, "curl"},
	} {
		code, out, errs := c.run(append([]string{"replay"}, strings.Fields(test.args)...)...)
		if code != test.code || !strings.Contains(errs, test.text) || !strings.Contains(errs, "hint: ") {
			t.Errorf("replay %s: exit code %d, want %d, with %q:\n%s", test.args, code, test.code, test.text, errs)
		}
		if out != "" {
			t.Errorf("replay %s: stdout has %q", test.args, out)
		}
	}
	if e.count() != 0 {
		t.Errorf("%d requests were sent", e.count())
	}
	if code, _, errs := newCaptures(t).run("replay", "last"); code != 1 || !strings.Contains(errs, "nothing has been captured yet") {
		t.Errorf("without captures: exit code %d, %s", code, errs)
	}
}

func TestReplayKeepsSecretsFromOtherHosts(t *testing.T) {
	c := newCaptures(t)
	d := invoice("{}")
	d.Header = append(d.Header,
		webhook.Field{Name: "Authorization", Value: "Bearer " + signature}, webhook.Field{Name: "Cookie", Value: signature},
		webhook.Field{Name: "X-Signing-Secret", Value: signature}, webhook.Field{Name: "X-Acme-Token", Value: signature},
		webhook.Field{Name: "X-Request-Id", Value: "7"},
	)
	c.keep(d)
	header := func(args ...string) (webhook.Header, string) {
		t.Helper()
		code, out, errs := c.run(append([]string{"replay", "last", "--print", "json", "--reveal"}, args...)...)
		wantCode(t, code, 0, errs)
		return deliveriesIn(t, out)[0].Header, errs
	}
	names := func(h webhook.Header) string {
		var all []string
		for _, f := range h {
			all = append(all, f.Name)
		}
		return strings.Join(all, " ")
	}
	for _, to := range []string{"localhost:1", "http://127.0.0.1:1", "[::1]:1", "https://app.localhost"} {
		if h, errs := header("--to", to); len(h) != len(d.Header)-1 || errs != "" { // all but Host
			t.Errorf("to %s: %s; %s", to, names(h), errs)
		}
	}
	for _, to := range []string{"example.com", "http://10.0.0.1", "http://localhost.example.com", "http://localhost@example.com"} {
		h, errs := header("--to", to, "-H", "X-Acme-Token: mine")
		if got := strings.TrimSuffix(names(h), " Authorization"); got != "Content-Type X-Request-Id X-Acme-Token" || h.Get("X-Acme-Token") != "mine" {
			t.Errorf("to %s: %s", to, got)
		}
		wantText(t, errs, "X-Webhook-Signature", "Authorization", "Cookie", "X-Signing-Secret", "X-Acme-Token")
	}
	if h, _ := header("--to", "example.com", "--keep-signature"); len(h) != len(d.Header)-1 {
		t.Errorf("--keep-signature: %s", names(h))
	}
	h, _ := header("--to", "example.com", "--resign")
	if got := h.Get("X-Webhook-Signature"); len(got) != 64 || got == signature || h.Has("Cookie") || h.Has("X-Signing-Secret") {
		t.Errorf("--resign: %v", h)
	}
	// What is printed hides even what would be sent, unless it is revealed.
	_, out, _ := c.run("replay", "last", "--dry-run", "--to", "localhost:1")
	if strings.Contains(out, signature) {
		t.Errorf("a dry run shows a signature:\n%s", out)
	}
}

// A delivery of each kind, captured long ago, is authentic again once it is
// signed anew, and not before where its signature has a time.
func TestReplaySignsAnew(t *testing.T) {
	c := newCaptures(t)
	for _, test := range []struct {
		sample string
		fresh  bool // the signature says when it was made
		edit   string
	}{
		{"Tenant.StatusChanged", false, "Event=\"x\""},
		{"Tenant.StatusChanged --variant api-key", false, ""},
		{"invoice.paid", false, "data.amount=1"},
		{"transaction_processed", false, ""},
		{"fulfillment_request.event", true, "product_id=PRD-1"},
		{"fulfillment_request.event --variant authentication", true, ""},
		{"fulfillment_request.event --variant both-headers", true, ""},
		{"fulfillment_request.event --method GET", true, "product_id=PRD-1"},
		{"fulfillment_request.validator", true, "status=\"x\""},
	} {
		code, out, errs := c.run(append([]string{"trigger", "--print", "json", "--at", "-48h"}, strings.Fields(test.sample)...)...)
		wantCode(t, code, 0, errs)
		old := deliveriesIn(t, out)[0]
		old.URL = "http://localhost:8080/hooks"
		c.keep(old)
		replay := func(args ...string) *webhook.Delivery {
			t.Helper()
			code, out, errs := c.run(append([]string{"replay", "last", "--to", "localhost:1", "--print", "json", "--reveal"}, args...)...)
			wantCode(t, code, 0, errs)
			return deliveriesIn(t, out)[0]
		}
		verify := func(d *webhook.Delivery) (int, string) {
			t.Helper()
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"verify", "--json", "--dev-secret", "-p", old.Provider, "-"}
			if strings.Contains(test.sample, "api-key") {
				args = append(args, "--variant", "api-key")
			}
			code, out, errs := c.runInput(string(text), args...)
			return code, out + errs
		}
		stored := replay()
		if code, said := verify(stored); (code == 3) != test.fresh || code != 0 && code != 3 {
			t.Errorf("%s, as it was: exit code %d: %s", test.sample, code, said)
		}
		signed := replay("--resign")
		if code, said := verify(signed); code != 0 || strings.Contains(said, `"warnings"`) {
			t.Errorf("%s, signed anew: exit code %d: %s", test.sample, code, said)
		}
		if !bytes.Equal(signed.Body, old.Body) {
			t.Errorf("%s: --resign changes the body:\n%s\n%s", test.sample, old.Body, signed.Body)
		}
		if a, b := headerNames(signed), headerNames(stored); a != b {
			t.Errorf("%s: --resign sends %s, it came with %s", test.sample, a, b)
		}
		if test.edit == "" {
			continue
		}
		edited := replay("--override", test.edit)
		if code, said := verify(edited); code != 0 {
			t.Errorf("%s, edited: exit code %d: %s", test.sample, code, said)
		}
		if len(old.Body) > 0 && bytes.Equal(edited.Body, old.Body) {
			t.Errorf("%s: --override changes nothing", test.sample)
		}
	}
}

func headerNames(d *webhook.Delivery) string {
	var names []string
	for _, f := range d.Header {
		names = append(names, http.CanonicalHeaderKey(f.Name))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestReplaySelects(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t, 200, 500, 200)
	failed := invoice(`{"n":2}`)
	failed.Forwards = []webhook.Forward{{URL: "http://localhost:1", Error: webhook.ClassTimeout}}
	ids := c.keep(invoice(`{"n":0}`), notAuthentic(), failed, stranger())
	code, out, errs := c.run("replay", "--since", "-2h", "--to", e.host(), "--json")
	wantCode(t, code, 4, errs)
	lines, summary := attempts(t, out)
	for i, line := range lines {
		if line["delivery"] != ids[i] {
			t.Errorf("place %d is %v, want %s", i, line["delivery"], ids[i])
		}
	}
	if summary["deliveries"] != 4.0 || summary["not_acknowledged"] != 1.0 || e.bodies[0] != `{"n":0}` {
		t.Errorf("%v", summary)
	}
	code, out, errs = c.run("replay", "--failed", "-p", "saas", "--to", e.host())
	wantCode(t, code, 0, errs)
	if !strings.Contains(out, ids[1]) || !strings.Contains(out, ids[2]) || strings.Count(out, "\n") != 2 {
		t.Errorf("--failed:\n%s", out)
	}
	wantText(t, errs, "2 deliveries sent: 2 acknowledged")
	code, out, errs = c.run("replay", "--text", "nowhere", "--to", e.host())
	wantCode(t, code, 0, errs)
	if out != "" {
		t.Errorf("stdout has %q", out)
	}
	c.damage(2)
	before := e.count()
	code, _, errs = c.run("replay", "-p", "saas", "--to", e.host())
	wantCode(t, code, 1, errs)
	wantText(t, errs, ids[2], "damaged", "2 deliveries sent")
	if n := e.count() - before; n != 2 {
		t.Errorf("%d sent beside a damaged one, want 2", n)
	}
}

// A target that captures into the same store must not feed the run.
func TestReplayEndsWhereItBegan(t *testing.T) {
	c := newCaptures(t)
	d := invoice("{}")
	c.keep(d, invoice("{}"))
	var sent int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if sent++; sent < 20 {
			c.keep(invoice("{}"))
		}
	}))
	defer server.Close()
	code, _, errs := c.run("replay", "-p", "saas", "--to", server.URL)
	wantCode(t, code, 0, errs)
	if sent != 2 {
		t.Errorf("%d requests, want 2", sent)
	}
}

func TestReplayExitCodes(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + listener.Addr().String()
	listener.Close()
	c := newCaptures(t)
	up, down := newEndpoint(t), newEndpoint(t, 500)
	d := invoice("{}")
	d.Forwards = []webhook.Forward{{URL: up.URL}, {URL: down.URL}, {URL: dead}}
	c.keep(d)
	for _, test := range []struct {
		to   string
		code int
	}{{up.URL, 0}, {down.URL, 4}, {dead, 1}, {"", 1}} {
		args := []string{"replay", "last"}
		if test.to != "" {
			args = append(args, "--to", test.to)
		}
		code, _, errs := c.run(args...)
		wantCode(t, code, test.code, errs)
	}
	code, out, errs := c.run("replay", "last")
	wantCode(t, code, 1, errs)
	wantText(t, out, "✓ 200 OK", "✗ 500 Internal Server Error", "✗ refused", d.ID)
	wantText(t, errs, "3 deliveries sent: 1 acknowledged, 1 not acknowledged, 1 without an answer", "hint: ")
}

func TestReplayFollowsNoRedirect(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t, 307)
	c.keep(invoice("{}"))
	code, out, errs := c.run("replay", "last", "--to", e.host())
	wantCode(t, code, 4, errs)
	wantText(t, out, "307")
	wantText(t, errs, "/elsewhere")
	if e.count() != 1 {
		t.Errorf("%d requests, want 1", e.count())
	}
}

func TestReplayIsInterrupted(t *testing.T) {
	c := newCaptures(t)
	ids := c.keep(invoice("{}"), invoice("{}"), invoice("{}"), invoice("{}"))
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	var sent int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if sent++; sent == 2 {
			cancel()
			<-release
		}
	}))
	defer server.Close()
	defer close(release)
	start := time.Now()
	code, out, errs := c.runContext(ctx, "replay", "-p", "saas", "--to", server.URL, "--timeout", "2m")
	wantCode(t, code, 130, errs)
	if took := time.Since(start); took > time.Minute { // and not the target's time
		t.Errorf("it took %s", took)
	}
	wantText(t, out, ids[0])
	wantText(t, errs, "interrupted", ids[1]+" was being sent", "not sent: 2 deliveries: "+ids[2]+" "+ids[3])

	// In a pause nothing is under way.
	ctx, cancel = context.WithCancel(t.Context())
	paused := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer paused.Close()
	c.said = cancel // once the first is done
	code, _, errs = c.runContext(ctx, "replay", ids[0], ids[1], "--to", paused.URL, "--rate", "1/h")
	wantCode(t, code, 130, errs)
	wantText(t, errs, "not sent: 1 delivery: "+ids[1])
}

func TestReplayPrints(t *testing.T) {
	c := newCaptures(t)
	ids := c.keep(invoice(`{"n":1}`), invoice(`{"n":2}`))
	code, out, errs := c.run("replay", "last", "--dry-run", "--to", "localhost:3000", "--reveal")
	wantCode(t, code, 0, errs)
	want := "POST /webhooks/saas?try=1 HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: application/json\r\n" +
		"X-Webhook-Signature: " + signature + "\r\nContent-Length: 7\r\n\r\n{\"n\":2}"
	if out != want {
		t.Errorf("%q\nwant\n%q", out, want)
	}
	code, out, errs = c.run("replay", "-p", "saas", "--dry-run", "--to", "localhost:3000")
	wantCode(t, code, 0, errs)
	if lines := strings.Split(out, "\n"); len(lines) != 3 || !strings.Contains(lines[0], ids[0]) || !strings.Contains(lines[1], ids[1]) {
		t.Errorf("%q", out)
	}
	code, out, errs = c.run("replay", "last", "--print", "curl", "--to", "http://me:pass@localhost:3000/x")
	wantCode(t, code, 0, errs)
	wantText(t, out, "curl http://localhost:3000/x", "Authorization: [redacted]", "X-Webhook-Signature: [redacted]")
	if strings.Contains(out+errs, "pass") {
		t.Errorf("a password is shown:\n%s%s", out, errs)
	}
}

// What a file says of events is for other commands.
func TestReplayTakesNoSelectionFromAFile(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t)
	c.keep(invoice("{}"), invoice("{}"))
	writeFile(t, filepath.Join(c.env["XDG_CONFIG_HOME"], "whk", "config.yaml"), "event: [invoice.*]\nprovider: saas\n")
	code, _, errs := c.run("replay", "--to", e.host())
	wantCode(t, code, 2, errs)
	if e.count() != 0 {
		t.Errorf("%d requests were sent", e.count())
	}
	maps.Copy(c.env, map[string]string{"WHK_PROVIDER": "machnet", "WHK_URL": "http://localhost:1", "WHK_EVENT": "x", "WHK_SINCE": "-1h"})
	code, _, errs = c.run("replay", "last", "--to", e.host())
	wantCode(t, code, 0, errs)
	code, out, errs := c.run("replay", "last", "--resign", "--print", "http", "--to", e.host())
	wantCode(t, code, 0, errs)
	wantText(t, out, "X-Webhook-Signature: ")
	code, out, errs = c.run("replay", "last", "--resign", "-p", "machnet", "--print", "http", "--to", e.host())
	wantCode(t, code, 0, errs)
	wantText(t, out, "x-raas-webhook-signature: ")
	if e.count() != 1 {
		t.Errorf("%d requests, want 1", e.count())
	}
}

// What does not fit into the plan's memory is read again when its turn comes.
func TestReplayReadsLargeDeliveriesAgain(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t)
	var all []*webhook.Delivery
	for i := range 4 {
		all = append(all, invoice(strings.Repeat(fmt.Sprint(i), 12<<20)))
	}
	c.keep(all...)
	code, _, errs := c.run("replay", "-p", "saas", "--to", e.host())
	wantCode(t, code, 0, errs)
	for i, body := range e.bodies {
		if body != string(all[i].Body) {
			t.Errorf("body %d has %d bytes, or others than it had", i, len(body))
		}
	}
	if len(e.bodies) != 4 {
		t.Errorf("%d requests, want 4", len(e.bodies))
	}

	// One that is lost meanwhile is named, and the others are sent.
	damaging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { c.damage(2) }))
	defer damaging.Close()
	code, out, errs := c.run("replay", "-p", "saas", "--to", damaging.URL)
	wantCode(t, code, 1, errs)
	wantText(t, errs, all[2].ID, "3 deliveries sent: 3 acknowledged")
	if strings.Count(out, "\n") != 3 {
		t.Errorf("%s", out)
	}
}

// Many that do not fit are read some at a time, each in its turn.
func TestReplayReadsManyAhead(t *testing.T) {
	c, e := newCaptures(t), newEndpoint(t)
	all := []*webhook.Delivery{invoice(strings.Repeat("x", 33<<20))}
	for i := range 150 {
		all = append(all, invoice(fmt.Sprintf(`{"n":%d}`, i)))
	}
	c.keep(all...)
	c.damage(100)
	code, _, errs := c.run("replay", "-p", "saas", "--to", e.host())
	wantCode(t, code, 1, errs)
	wantText(t, errs, all[100].ID, "150 deliveries sent: 150 acknowledged")
	all = slices.Delete(all, 100, 101)
	for i, body := range e.bodies {
		if body != string(all[i].Body) {
			t.Fatalf("body %d is %.40q, want %.40q", i, body, all[i].Body)
		}
	}
	if len(e.bodies) != len(all) {
		t.Errorf("%d requests, want %d", len(e.bodies), len(all))
	}
}
