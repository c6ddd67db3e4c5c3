//go:build unix

package crashtest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/store"
)

// keptAttempt is what the test reads of an attempt.
type keptAttempt struct {
	Number  int    `json:"number"`
	Outcome string `json:"outcome"`
}

// Processes that deliver to one endpoint are killed at any moment, one of three
// at a time. No request that the target has seen goes uncounted: at most the one
// that each killed process was about was not sent, or its end is not known.
func TestKillTriggers(t *testing.T) {
	var seen, good atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		good.Add(1)
	}))
	defer target.Close()
	h := newHome(t)
	if code, _, stderr := h.run("endpoint", "add", "orders", "--url", target.URL, "-p", "saas"); code != 0 {
		t.Fatal(stderr)
	}
	killed := int64(0)
	for range setting(t, roundsVariable, 20) {
		before := seen.Load()
		var all sync.WaitGroup
		for i := range 3 {
			c := h.command("trigger", "invoice.paid", "--retry", "--speed", "max", "-q")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			all.Go(func() { c.Wait() }) //nolint:errcheck // however it ends
			if i > 0 {
				continue
			}
			all.Go(func() {
				for limit := time.Now().Add(patience); seen.Load() == before && time.Now().Before(limit); {
					time.Sleep(200 * time.Microsecond)
				}
				// The moment itself lies anywhere in an attempt or between two.
				time.Sleep(time.Duration(rand.IntN(6000)) * time.Microsecond)
				c.Process.Kill() //nolint:errcheck // it may have ended
			})
			killed++
		}
		all.Wait()
	}
	code, stats, stderr := h.run("endpoint", "stats", "orders", "--json")
	if code != 0 {
		t.Fatal(stderr)
	}
	var figures struct {
		Triggers  int64 `json:"triggers"`
		Successes int64 `json:"success_responses"`
		Failures  int64 `json:"failure_responses"`
	}
	if err := json.Unmarshal([]byte(stats), &figures); err != nil {
		t.Fatal(err)
	}
	if n := figures.Triggers; n < seen.Load() || n > seen.Load()+killed {
		t.Errorf("%d attempts are counted, the target saw %d, and %d were killed", n, seen.Load(), killed)
	}
	if n := figures.Successes; n > good.Load() || n < good.Load()-killed {
		t.Errorf("%d successes are counted, the target answered %d well, and %d were killed", n, good.Load(), killed)
	}
	if known := figures.Successes + figures.Failures; known > seen.Load() || known < seen.Load()-killed {
		t.Errorf("%d ends are known, the target saw %d, and %d were killed", known, seen.Load(), killed)
	}
	h.compareAttempts(figures.Triggers, figures.Successes, figures.Failures)
}

// compareAttempts holds the figures against the attempts that are kept.
func (h *home) compareAttempts(triggers, successes, failures int64) {
	h.t.Helper()
	code, listed, stderr := h.run("endpoint", "show", "orders", "--attempts", "-n", "0", "--json")
	if code != 0 {
		h.t.Fatal(stderr)
	}
	numbers, outcomes := map[int]bool{}, map[string]int64{}
	for line := range strings.Lines(listed) {
		var a keptAttempt
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			h.t.Fatal(err)
		}
		numbers[a.Number] = true
		outcomes[a.Outcome]++
	}
	if triggers > store.KeptAttempts { // the older ones are counted only
		if len(numbers) != store.KeptAttempts || slices.Min(slices.Collect(maps.Keys(numbers))) != int(triggers)-store.KeptAttempts+1 {
			h.t.Errorf("%d attempts of %d are listed, not the newest %d", len(numbers), triggers, store.KeptAttempts)
		}
	} else if int64(len(numbers)) != triggers || outcomes["success"] != successes || outcomes["failure"] != failures {
		h.t.Errorf("%d attempts are listed, %v; counted are %d, %d and %d", len(numbers), outcomes, triggers, successes, failures)
	}
	if outcomes["unknown"] == 0 {
		h.t.Error("no kill hit an attempt on its way: the test tests nothing")
	}
}
