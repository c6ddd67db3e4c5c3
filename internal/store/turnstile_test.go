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
	dir := t.TempDir()
	const each = 1000
	open(t, dir, Options{}) // so that neither is first by making it
	writeTogether(t, dir, 2, each)
	s := open(t, dir, Options{})
	var order strings.Builder
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		order.WriteByte(d.MessageID[len("run")])
	}
	text := order.String()
	// Before the second has begun, and after one has ended, there are no turns.
	from := max(strings.Index(text, "0"), strings.Index(text, "1"))
	to := min(strings.LastIndex(text, "0"), strings.LastIndex(text, "1"))
	if len(text) != 2*each || to-from < each/2 {
		t.Fatalf("%d are there, %d of them while both wrote", len(text), to-from)
	}
	longest, run := 0, 0
	for i := from; i <= to; i++ {
		if run++; text[i] != text[i-1] {
			run = 1
		}
		longest = max(longest, run)
	}
	// Each keeps eight at a time, of which some share a commit.
	if longest > 50 {
		t.Errorf("one wrote %d deliveries in a row while the other waited", longest)
	}
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
