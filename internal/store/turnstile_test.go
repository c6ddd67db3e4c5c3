package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Two processes that write as fast as they can take turns: neither gets far
// while the other waits.
func TestTurns(t *testing.T) {
	const each = 500
	for range 5 {
		order := turns(t, each)
		// Before the second has begun, and after one has ended, there are no turns.
		from := max(strings.Index(order, "0"), strings.Index(order, "1"))
		to := min(strings.LastIndex(order, "0"), strings.LastIndex(order, "1"))
		if len(order) != 2*each {
			t.Fatalf("%d are there, want %d", len(order), 2*each)
		}
		if to-from < each/2 {
			continue // one came late, on a machine that is busy
		}
		both := order[from:to]
		changes := strings.Count(both, "01") + strings.Count(both, "10")
		// Each keeps eight at a time, of which some share a commit.
		if changes*30 < len(both) {
			t.Errorf("of %d deliveries one wrote %d in a row on average while the other waited", len(both), len(both)/max(changes, 1))
		}
		return
	}
	t.Error("the two never wrote at the same time")
}

// turns has two processes write, and returns which of them wrote each delivery.
func turns(t *testing.T, each int) string {
	t.Helper()
	dir := t.TempDir()
	open(t, dir, Options{}) // so that neither is first by making it
	writeTogether(t, dir, 2, each)
	var order strings.Builder
	for d, err := range open(t, dir, Options{}).List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		order.WriteByte(d.MessageID[len("run")])
	}
	return order.String()
}

// A process that does not let go is an error to who waits, in time; when it lets
// go, the next try has the turn.
func TestTurnPatience(t *testing.T) {
	dir := t.TempDir()
	turnstiles := make([]*turnstile, 2)
	for i := range turnstiles {
		var err error
		if turnstiles[i], err = openTurnstile(dir); err != nil {
			t.Fatal(err)
		}
		defer turnstiles[i].close()
	}
	holder, waiter := turnstiles[0], turnstiles[1]
	waiter.patience = 10 * time.Millisecond
	if err := holder.enter(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := waiter.enter(); !errors.Is(err, errTurn) || !busy(err) {
			t.Fatalf("with the turn taken: %v", err)
		}
	}
	if err := holder.leave(); err != nil {
		t.Fatal(err)
	}
	waiter.patience = time.Minute
	if err := waiter.enter(); err != nil {
		t.Fatal(err)
	}
	if free, err := holder.try(); free || err != nil {
		t.Errorf("two have the turn: %v", err)
	}
	if err := waiter.leave(); err != nil {
		t.Fatal(err)
	}
	if free, err := holder.try(); !free || err != nil {
		t.Errorf("the turn is not free: %v", err)
	}
}
