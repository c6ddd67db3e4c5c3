package store

import (
	"slices"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

func route(t *testing.T, s *Store, owner, target string) int64 {
	t.Helper()
	id, err := s.Route(t.Context(), owner, target)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func pending(t *testing.T, s *Store, route int64) []Pending {
	t.Helper()
	list, err := s.Pending(t.Context(), route)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// keepFor keeps a delivery for routes and wants a key for each.
func keepFor(t *testing.T, s *Store, n int, routes ...int64) (*webhook.Delivery, []int64) {
	t.Helper()
	d := numbered("run", n)
	keys, err := s.KeepFor(t.Context(), d, routes)
	if err != nil || len(keys) != len(routes) {
		t.Fatalf("%d keys for %d routes, %v", len(keys), len(routes), err)
	}
	return d, keys
}

// What is kept for a route is pending there until something has become of it,
// also for the next process.
func TestPending(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	a, b := route(t, s, "localhost:8080", "localhost:3000"), route(t, s, "localhost:8080", "x=localhost:3000")
	if again := route(t, s, "localhost:8080", "localhost:3000"); again != a || a == b {
		t.Fatalf("routes %d, %d, %d", a, b, again)
	}
	first, keys := keepFor(t, s, 1, a, b)
	second, more := keepFor(t, s, 2, a)
	keepFor(t, s, 3)
	due := time.Unix(1_800_000_000, 5)
	outcome := webhook.Forward{URL: "http://localhost:3000/", Status: 503, DurationMS: 2}
	if err := s.Pass(t.Context(), []Passed{
		{Pending: Pending{Key: keys[0], Delivery: first.ID}, Outcome: &outcome},
		{Pending: Pending{Key: more[0], Delivery: second.ID, Due: due, Attempts: 2, Failures: 1}, Outcome: &outcome, Again: true},
		{Pending: Pending{Key: keys[1], Delivery: second.ID}}, // another delivery's
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if got, want := pending(t, s, a), []Pending{{more[0], second.ID, due, 2, 1}}; !slices.Equal(got, want) {
		t.Errorf("on the first %+v, want %+v", got, want)
	}
	if got, want := pending(t, s, b), []Pending{{Key: keys[1], Delivery: first.ID}}; !slices.Equal(got, want) {
		t.Errorf("on the second %+v, want %+v", got, want)
	}
	for _, d := range []*webhook.Delivery{first, second} {
		got, err := s.Get(t.Context(), d.ID)
		if err != nil || !slices.Equal(got.Forwards, []webhook.Forward{outcome}) {
			t.Errorf("%s: %+v, %v", d.ID, got.Forwards, err)
		}
	}
	routes, err := s.Routes(t.Context())
	if want := []Route{{a, "localhost:8080", "localhost:3000", 1}, {b, "localhost:8080", "x=localhost:3000", 1}}; err != nil || !slices.Equal(routes, want) {
		t.Errorf("%+v, %v, want %+v", routes, err, want)
	}
	if err := s.Reroute(t.Context(), b, a); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, s, a); len(got) != 2 || got[0].Delivery != first.ID {
		t.Errorf("after the other's came: %+v", got)
	}
	// What is pruned is not pending.
	if _, err := s.Prune(t.Context(), Limits{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, s, a); len(got) != 0 {
		t.Errorf("after all was pruned: %+v", got)
	}
}

// Many at once: each has a key of its own, in one statement or in several.
func TestPendingMany(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	to := []int64{route(t, s, "a", "b"), route(t, s, "a", "c"), route(t, s, "a", "d")}
	const count = 200
	all := make(chan []int64, count)
	for n := range count {
		go func() {
			keys, err := s.KeepFor(t.Context(), numbered("run", n), to)
			if err != nil {
				t.Error(err)
			}
			all <- keys
		}()
	}
	seen := map[int64]bool{}
	for range count {
		for _, key := range <-all {
			seen[key] = true
		}
	}
	if len(seen) != count*len(to) {
		t.Errorf("%d keys, want %d", len(seen), count*len(to))
	}
	var passed []Passed
	for _, r := range to {
		list := pending(t, s, r)
		if len(list) != count || !slices.IsSortedFunc(list, func(a, b Pending) int { return int(a.Key - b.Key) }) {
			t.Errorf("%d are pending, want %d in order", len(list), count)
		}
		for _, p := range list {
			passed = append(passed, Passed{Pending: p})
		}
	}
	if err := s.Pass(t.Context(), passed); err != nil {
		t.Fatal(err)
	}
	if routes, err := s.Routes(t.Context()); len(routes) != 0 || err != nil {
		t.Errorf("pending yet: %+v, %v", routes, err)
	}
}
