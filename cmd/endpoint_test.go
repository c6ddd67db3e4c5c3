package cmd_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/cmd"
	"github.com/whk-cli/whk/internal/ui"
)

// console is a state directory in which endpoints are registered.
type console struct {
	t    *testing.T
	home string
}

func newConsole(t *testing.T) *console { return &console{t, t.TempDir()} }

// try runs one command line and returns its exit code and its stdout. It may be
// used by several at once, as several terminals would be.
func (c *console) try(args ...string) (int, string) {
	streams, out, errs := ui.Buffers("")
	env := map[string]string{"HOME": c.home, "XDG_STATE_HOME": filepath.Join(c.home, "state"), "WHK_SECRET": "a-secret-of-twenty-four-bytes"}
	app := &cmd.App{
		IO: streams, Now: time.Now, Random: rand.Reader, Dir: c.home,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	}
	code := cmd.Run(c.t.Context(), app, args)
	if c.t.Failed() || testing.Verbose() {
		c.t.Logf("whk %q: %d\n%s%s", args, code, out, errs)
	}
	return code, out.String()
}

func (c *console) run(args ...string) string {
	c.t.Helper()
	code, out := c.try(args...)
	if code != 0 {
		c.t.Fatalf("whk %q: exit code %d", args, code)
	}
	return out
}

func (c *console) stats(name string) gjson.Result {
	c.t.Helper()
	return gjson.Parse(c.run("endpoint", "stats", name, "--json"))
}

// However many processes deliver at once, what is counted is what the target
// saw: in all, as successes and as failures, and attempt by attempt.
func TestEndpointCountsAreTheTargets(t *testing.T) {
	var seen, good atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1)%3 == 0 {
			good.Add(1)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer sink.Close()
	c := newConsole(t)
	c.run("endpoint", "add", "sink", "--url", sink.URL, "-p", "saas")
	const runs = 12
	var all sync.WaitGroup
	for range runs {
		all.Go(func() {
			if code, _ := c.try("trigger", "invoice.paid", "--retry", "--speed", "max", "-q"); code != 0 && code != 4 {
				t.Errorf("exit code %d", code)
			}
		})
	}
	all.Wait()
	stats := c.stats("sink")
	want := fmt.Sprint(runs, seen.Load(), good.Load(), seen.Load()-good.Load())
	got := fmt.Sprint(stats.Get("events"), stats.Get("triggers"), stats.Get("success_responses"), stats.Get("failure_responses"))
	if got != want {
		t.Errorf("events, triggers, successes and failures are %s, the target saw %s", got, want)
	}
	numbers := map[int64]bool{}
	outcomes := map[string]int64{}
	for line := range strings.Lines(c.run("endpoint", "show", "sink", "--attempts", "-n", "0", "--json")) {
		numbers[gjson.Get(line, "number").Int()] = true
		outcomes[gjson.Get(line, "outcome").String()]++
	}
	if int64(len(numbers)) != seen.Load() || outcomes["success"] != good.Load() || outcomes["success"]+outcomes["failure"] != seen.Load() {
		t.Errorf("%d numbers, %v, and the target saw %d", len(numbers), outcomes, seen.Load())
	}
}

// Failures of deliveries that run at once pause an endpoint once, and what comes
// later gets nothing through.
func TestEndpointPausedByMany(t *testing.T) {
	var seen atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer sink.Close()
	c := newConsole(t)
	c.run("endpoint", "add", "sink", "--url", sink.URL, "-p", "machnet")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 4 {
				c.try("trigger", "transaction_processed", "-q")
			}
		})
	}
	all.Wait()
	state := gjson.Parse(c.run("endpoint", "show", "sink", "--json"))
	if state.Get("state").String() != "paused" || state.Get("consecutive_failures").Int() != seen.Load() || seen.Load() < 10 || seen.Load() > 17 {
		t.Errorf("the target saw %d, and it is %s", seen.Load(), state)
	}
	if triggers := c.stats("sink").Get("triggers").Int(); triggers != seen.Load() {
		t.Errorf("%d triggers, the target saw %d", triggers, seen.Load())
	}
}

// A validation's body is the request object, and its token tells the endpoint.
func TestEndpointInClaims(t *testing.T) {
	c := newConsole(t)
	added := gjson.Parse(c.run("endpoint", "add", "Checks", "--url", "localhost", "-p", "cloudblue-connect", "--custom-data", `{"n":1.0}`, "--json"))
	sent := gjson.Parse(c.run("trigger", "fulfillment_request.validator", "--dry-run", "--json"))
	var token string
	for _, h := range sent.Get("headers").Array() {
		if rest, ok := strings.CutPrefix(h.Get("1").String(), "Bearer "); ok {
			token = rest
		}
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID   string  `json:"webhook_id"`
		Name string  `json:"webhook_name"`
		Last *string `json:"last_success_at"`
		Data json.RawMessage
	}
	if err := json.Unmarshal(claims, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != added.Get("id").String() || got.Name != "Checks" || string(got.Data) != `{"n":1.0}` || got.Last != nil {
		t.Errorf("the claims are %s", claims)
	}
	if strings.Contains(sent.Get("body").String(), "webhook_id") {
		t.Error("the body tells the endpoint, and is not that kind of object")
	}
}
