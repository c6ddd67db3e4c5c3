package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// message is a delivery of a message that was received some minutes after the first.
func message(id string, minutes int) *webhook.Delivery {
	d := sample()
	d.MessageID = id
	d.ReceivedAt = d.ReceivedAt.Add(time.Duration(minutes) * time.Minute)
	return d
}

// ask wants d to repeat a delivery, or none if that is nil, and keeps it.
func ask(t *testing.T, s *Store, d, of *webhook.Delivery) *webhook.Delivery {
	t.Helper()
	want := ""
	if of != nil {
		want = of.ID
	}
	if got, repeated := s.Repeats(t.Context(), d); got != want || repeated != (of != nil) {
		t.Errorf("%s of %s, at %v, repeats %q, want %q", d.MessageID, d.Provider, d.ReceivedAt, got, want)
	}
	if err := s.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRepeats(t *testing.T) {
	dir := t.TempDir()
	opts := Options{Remember: 5 * time.Minute, Now: func() time.Time { return sample().ReceivedAt }}
	s := open(t, dir, opts)
	a := ask(t, s, message("a", 0), nil)
	ask(t, s, message("b", 0), nil)
	ask(t, s, message("a", 1), a)
	ask(t, s, message("a", -4), a) // another clock's
	other := message("a", 1)
	other.Provider = "rosaas"
	ask(t, s, other, nil)
	none := message("", 1)
	ask(t, s, none, nil)
	ask(t, s, message("", 1), nil)
	later := ask(t, s, message("a", 6), nil)
	ask(t, s, message("a", 7), later)
	s.Forget(later)
	later = ask(t, s, message("a", 8), nil)
	ask(t, s, message("a", 9), later)

	// Another store of the same directory, and one after a restart, know it, too.
	beside := open(t, dir, opts)
	b := ask(t, beside, message("c", 0), nil)
	time.Sleep(lookAgain) // the least after which others are looked for
	ask(t, s, message("c", 1), b)
	for _, s := range []*Store{s, beside} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, dir, opts)
	ask(t, again, message("c", 2), b)
}

// Of many that come at once one is the first, and the others wait to hear which.
func TestRepeatsAtOnce(t *testing.T) {
	s := open(t, t.TempDir(), Options{Remember: time.Hour})
	for round := range 20 {
		id := fmt.Sprint("message-", round)
		firsts := make(chan string, 16)
		repeats := make(chan string, 16)
		var wg sync.WaitGroup
		for range cap(firsts) {
			wg.Go(func() {
				d := message(id, 0)
				of, repeated := s.Repeats(t.Context(), d)
				if err := s.Keep(t.Context(), d); err != nil {
					t.Error(err)
				}
				if repeated {
					repeats <- of
				} else {
					firsts <- d.ID
				}
			})
		}
		wg.Wait()
		close(repeats)
		if len(firsts) != 1 {
			t.Fatalf("%d are the first with %s", len(firsts), id)
		}
		first := <-firsts
		for of := range repeats {
			if of != first {
				t.Errorf("repeats %s, want %s", of, first)
			}
		}
	}
}

// What was not kept was not seen: its sender comes again.
func TestRepeatsOfWhatFailed(t *testing.T) {
	s := open(t, t.TempDir(), Options{Remember: time.Hour})
	d := message("a", 0)
	s.Repeats(t.Context(), d)
	waiting := make(chan bool)
	go func() {
		_, repeated := s.Repeats(t.Context(), message("a", 1))
		waiting <- repeated
	}()
	for s.seen.waited(d) == nil { // until the other one waits for this
		time.Sleep(time.Millisecond)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s.writer.budget.total = 0 // nothing has a place any more
	s.writer.budget.taken = 1
	if err := s.Keep(ended, d); err == nil {
		t.Fatal("it was kept")
	}
	if <-waiting {
		t.Error("it repeats what was not kept")
	}
}

// waited is what those wait for who have the message id of d; nil while none does.
func (s *seen) waited(d *webhook.Delivery) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[s.key(d.Provider, d.MessageID)].over
}

// What is remembered is bounded; the oldest goes first.
func TestRepeatsBound(t *testing.T) {
	s := newSeen(time.Hour)
	for n := range maxSeen + 10 {
		s.remember(s.key("saas", fmt.Sprint(n)), sight{int64(n + 1), 0})
	}
	if len(s.first) != maxSeen || len(s.order) != maxSeen {
		t.Errorf("%d are remembered, in an order of %d", len(s.first), len(s.order))
	}
	for n, want := range map[int]bool{0: false, 9: false, 10: true, maxSeen + 9: true} {
		if _, got := s.first[s.key("saas", fmt.Sprint(n))]; got != want {
			t.Errorf("number %d is remembered: %v", n, got)
		}
	}
}
