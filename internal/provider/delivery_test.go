package provider

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// deliveries are policies that the language has to say.
var deliveries = []string{
	`{success: 200}`,
	`{success: [200, "302"], retry: ["!404", "!4xx"], final: 410}`,
	`{retry: [5xx, no_answer, timeout]}`,
	`{waits: [5s, 5m, 30m, 2h]}`,
	`{waits: [5s], attempts: 4, jitter: 0.2, retry_after: true}`,
	`{backoff: {first: 1m, factor: 1, cap: 1h}, timeout: 1m30s}`,
	`{every: 5m, on: {429: {every: 3m}, no_answer: {}, 4xx: {counts_as_failure: false}}}`,
	`{timeout: 5s, assumed: [timeout, on, waits, retry_after]}`,
}

func TestDeliveries(t *testing.T) {
	for _, text := range deliveries {
		folderOf(t, "signature: {header: X, algorithm: static}\ndelivery: "+text)
	}
	for text, want := range map[string]string{
		`{success: 6xx}`:                       "line 3: \"6xx\" is not a status",
		`{retry: [5xx, never]}`:                "\"never\" is not a status",
		`{attempts: 1001}`:                     "delivery.attempts: 1001 is not 1 to 1000",
		`{every: 5s, waits: [5s]}`:             "line 3: the intervals are stated as every and waits",
		`{backoff: {first: 5s}}`:               "a factor of 1 or more",
		`{backoff: {factor: 2}}`:               "a first interval",
		`{backoff: {first: 5s, factor: .nan}}`: "a factor of 1 or more",
		`{waits: []}`:                          "no interval",
		`{waits: [5]}`:                         "\"5\" is not a duration",
		`{jitter: 2}`:                          "delivery.jitter: 2 is not 0 to 1",
		`{pause_after: -1}`:                    "delivery.pause_after",
		`{on: {gone: {every: 5s}}}`:            "delivery.on: \"gone\" is not a status",
		`{on: {410: {evry: 5s}}}`:              `unknown key "evry": did you mean every?`,
		`{assumed: [tiemout]}`:                 "delivery.assumed: \"tiemout\" is not a field",
		`{retryafter: true}`:                   `unknown key "retryafter": did you mean retry_after?`,
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\nsignature: {header: X, algorithm: static}\ndelivery: "+text+"\n")
		_, err := NewRegistry(Source{FS: os.DirFS(dir), Origin: User}).Load("own")
		if err == nil || !strings.Contains(strings.Replace(err.Error(), "provider.yaml:3: ", "line 3: ", 1), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Intervals that a variant states stand in place of the others.
func TestDeliveryOfVariant(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "own", "provider.yaml"), "name: own\nsignature: {header: X, algorithm: static}\ndelivery: {attempts: 3, backoff: {first: 1s, factor: 2}}\n"+
		"variants: {slow: {delivery: {every: 1h}}, listed: {delivery: {waits: [5s, 6s], attempts: 3}}, short: {delivery: {attempts: 2}}}\n")
	r := NewRegistry(Source{FS: os.DirFS(dir), Origin: User})
	for variant, want := range map[string]DeliveryPolicy{
		"slow":   {Attempts: 3, Every: Duration(time.Hour)},
		"listed": {Attempts: 3, Waits: []Duration{Duration(5 * time.Second), Duration(6 * time.Second)}},
		"short":  {Attempts: 2, Backoff: Backoff{First: Duration(time.Second), Factor: 2}},
	} {
		p, err := r.Load("own", variant)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p.Delivery, want) {
			t.Errorf("%s: %+v, want %+v", variant, p.Delivery, want)
		}
	}
}

// What nobody has stated is filled in, and named.
func TestDeliveryOf(t *testing.T) {
	tests := []struct {
		name, stated string
		event        string
		attempts     int
		retry        Answers
		final        Answers
		assumed      []string
	}{
		{"nothing", `{}`, "a", 5, unstated.Retry, Answers{"410"}, []string{"attempts", "backoff", "final", "retry", "retry_after", "success"}},
		{"a timeout only", `{success: 2xx, timeout: 5s, assumed: [timeout]}`, "a", 5, unstated.Retry, Answers{"410"}, []string{"attempts", "backoff", "final", "retry", "retry_after", "timeout"}},
		{"what is tried again", `{success: 2xx, retry: 5xx}`, "a", 5, Answers{"5xx"}, nil, []string{"attempts", "backoff"}},
		{"attempts", `{success: 2xx, attempts: 3}`, "a", 3, Answers{"any"}, nil, []string{"backoff"}},
		{"intervals", `{success: 2xx, every: 5s}`, "a", 5, Answers{"any"}, nil, []string{"attempts"}},
		{"each interval", `{success: 2xx, waits: [5s, 6s]}`, "a", 3, Answers{"any"}, nil, nil},
		{"all", `{success: 2xx, attempts: 1, every: 5s, retry: 5xx, final: 410}`, "a", 1, Answers{"5xx"}, Answers{"410"}, nil},
		{"once", `{success: 2xx, attempts: 5, every: 5s, once: ["*_val"], assumed: [attempts, once]}`, "a_val", 1, Answers{"any"}, nil, []string{"attempts", "once"}},
		{"once for certain", `{success: 2xx, attempts: 5, every: 5s, once: [b], assumed: [attempts]}`, "alias", 1, Answers{"any"}, nil, nil},
		{"not once", `{success: 2xx, attempts: 5, every: 5s, once: ["*_val"]}`, "a", 5, Answers{"any"}, nil, nil},
	}
	for _, tt := range tests {
		p := folderOf(t, "signature: {header: X, algorithm: static}\nevents: {b: {aliases: [alias]}}\ndelivery: "+tt.stated)
		before := slices.Clone(p.Delivery.Assumed)
		d := p.DeliveryOf(tt.event)
		slices.Sort(d.Assumed)
		if d.Attempts != tt.attempts || !slices.Equal(d.Retry, tt.retry) || !slices.Equal(d.Final, tt.final) || !slices.Equal(d.Assumed, tt.assumed) {
			t.Errorf("%s: %d attempts, retry %v, final %v, assumed %v; want %d, %v, %v, %v",
				tt.name, d.Attempts, d.Retry, d.Final, d.Assumed, tt.attempts, tt.retry, tt.final, tt.assumed)
		}
		if !slices.Equal(p.Delivery.Assumed, before) {
			t.Errorf("%s: the provider itself was changed: %v", tt.name, p.Delivery.Assumed)
		}
	}
}
