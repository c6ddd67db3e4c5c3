package store

import (
	"errors"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/flock"
)

// Who gives the turn back and wants it again at once comes behind the one that
// waits, so that nobody with much to write keeps the others out.
func TestTurns(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	greedy, err := openTurnstile(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer greedy.close()
	const rounds = 50
	overtaken := 0
	for i := range rounds {
		if err := greedy.enter(); err != nil {
			t.Fatal(err)
		}
		kept := make(chan error, 1)
		go func() { kept <- s.Keep(t.Context(), numbered("run", i)) }()
		untilNext(t, greedy)
		if err := errors.Join(greedy.leave(), greedy.enter()); err != nil {
			t.Fatal(err)
		}
		if stored(t, s) != i+1 {
			overtaken++
		}
		if err := greedy.leave(); err != nil {
			t.Fatal(err)
		}
		if err := <-kept; err != nil {
			t.Fatal(err)
		}
	}
	// Who looks whether the turn is free seems to wait, for an instant.
	if overtaken > rounds/10 {
		t.Errorf("in %d of %d rounds the turn went to who had it", overtaken, rounds)
	}
}

// untilNext waits until somebody is the next to have the turn, which has to show in
// several looks.
func untilNext(t *testing.T, s *turnstile) {
	t.Helper()
	looks := 0
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		err := flock.TryLock(s.next)
		switch {
		case errors.Is(err, flock.ErrLocked):
			if looks++; looks == 5 {
				return
			}
			continue
		case err == nil:
			looks, err = 0, flock.Unlock(s.next)
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("nobody waits for the turn: %v", err)
		}
	}
}

func stored(t *testing.T, s *Store) (n int) {
	t.Helper()
	for _, err := range s.List(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
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
