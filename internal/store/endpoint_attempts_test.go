package store

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// attempt makes one attempt with an outcome.
func attempt(t *testing.T, s *Store, e *Endpoint, outcome Outcome, pause PauseRule) *Endpoint {
	t.Helper()
	a := &EndpointAttempt{At: s.now(), Attempt: 1, Event: "invoice.paid", Request: webhook.Request{Method: "POST", Body: []byte("{}")}}
	if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
		t.Fatal(err)
	}
	a.Outcome = outcome
	now, err := s.EndAttempt(t.Context(), e, a, pause)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// What is counted is what happened; only an acknowledgement ends a row of
// failures.
func TestEndpointStats(t *testing.T) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := open(t, t.TempDir(), Options{Now: func() time.Time { return clock }})
	e := add(t, s, sampleEndpoint("a"), "")
	counts := PauseRule{Counts: true, After: 3}
	for i, outcome := range []Outcome{Success, Failure, Failure, Success, Failure, Interrupted, Failure, Unknown} {
		clock = clock.Add(time.Second)
		rule := counts
		rule.Counts = i != 6
		attempt(t, s, e, outcome, rule)
	}
	got := find(t, s, "a")
	want := Stats{
		Events: 8, Triggers: 8, Successes: 2, Failures: 4, FailuresSince: 2, LastEvent: clock,
		LastSuccess: Mark{4, clock.Add(-4 * time.Second)}, LastFailure: Mark{7, clock.Add(-time.Second)},
	}
	if got.Stats != want {
		t.Errorf("got %+v, want %+v", got.Stats, want)
	}
	if got.Paused() || got.Pause.Failing != 1 {
		t.Errorf("%+v", got.Pause)
	}
}

// The failure that fills the number pauses, and nothing but a resume ends it.
func TestEndpointPause(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	e := add(t, s, sampleEndpoint("a"), "")
	rule := PauseRule{Counts: true, After: 3}
	for i := range 3 {
		if now := attempt(t, s, e, Failure, rule); now.Paused() != (i == 2) {
			t.Fatalf("after %d: %+v", i+1, now.Pause)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	e = find(t, s, "a")
	if !e.Paused() || e.Pause.Why != "3 failures in a row" {
		t.Errorf("%+v", e.Pause)
	}
	a := &EndpointAttempt{At: time.Now(), Request: webhook.Request{Body: []byte("x")}}
	if err := s.BeginAttempt(t.Context(), e, a, false); !errors.Is(err, ErrNotRunning) {
		t.Errorf("an attempt at a paused endpoint: %v", err)
	}
	if err := s.BeginAttempt(t.Context(), e, a, true); err != nil {
		t.Errorf("a forced one: %v", err)
	}
	a.Outcome = Success
	if now, err := s.EndAttempt(t.Context(), e, a, rule); err != nil || !now.Paused() {
		t.Errorf("a success resumed it: %v", err)
	}
	if was, err := s.ResumeEndpoint(t.Context(), "A"); err != nil || !was.Paused() {
		t.Errorf("%v", err)
	}
	if e = find(t, s, "a"); e.Paused() || e.Pause != (Pause{}) {
		t.Errorf("%+v", e.Pause)
	}
}

// An attempt comes back as it was, body and answer, byte for byte.
func TestEndpointAttempt(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	e := add(t, s, sampleEndpoint("a"), "")
	a := &EndpointAttempt{
		At: time.Now().UTC().Round(0), Attempt: 1, Event: "invoice.paid", MessageID: "evt_1",
		Request: webhook.Request{Method: "POST", URL: "http://x/y", Header: webhook.Header{{Name: "A", Value: "\xff"}}, Body: sample().Body},
	}
	if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
		t.Fatal(err)
	}
	a.Outcome, a.Next, a.Wait, a.NextAt = Failure, "retry", time.Hour, a.At.Add(time.Minute)
	a.Answer = webhook.Attempt{
		Status: 503, Header: webhook.Header{{Name: "B", Value: "c"}}, Body: []byte("\x00\xff"), BodySize: 1 << 20, Location: "l", Duration: time.Second,
		Error: "reset", Detail: "d", Hint: "h",
	}
	if _, err := s.EndAttempt(t.Context(), e, a, PauseRule{}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Attempt(t.Context(), e, 1)
	if err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%v:\ngot  %+v\nwant %+v", err, got, a)
	}
	if next, err := s.NextTrigger(t.Context(), e, a.At); err != nil || !next.Equal(a.NextAt) {
		t.Errorf("next trigger %v %v", next, err)
	}
	if next, _ := s.NextTrigger(t.Context(), e, a.NextAt); !next.IsZero() {
		t.Errorf("next trigger in the past: %v", next)
	}
	if err := s.AbandonAttempt(t.Context(), e, a); err != nil {
		t.Fatal(err)
	}
	if next, _ := s.NextTrigger(t.Context(), e, a.At); !next.IsZero() {
		t.Errorf("abandoned, and due at %v", next)
	}
	if _, err := s.Attempt(t.Context(), e, 2); !errors.Is(err, ErrNoAttempt) {
		t.Errorf("%v", err)
	}
}

// The second attempt of a delivery is no second event, and shares its body.
func TestEndpointRetry(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	e := add(t, s, sampleEndpoint("a"), "")
	first := &EndpointAttempt{At: time.Now(), Attempt: 1, Request: webhook.Request{Body: []byte("body")}}
	second := &EndpointAttempt{At: time.Now(), Attempt: 2, Request: first.Request}
	for _, a := range []*EndpointAttempt{first, second} {
		if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
			t.Fatal(err)
		}
		second.First = first.First
	}
	if e = find(t, s, "a"); e.Stats.Events != 1 || e.Stats.Triggers != 2 || second.First != 1 || second.Number != 2 {
		t.Errorf("%+v", e.Stats)
	}
	if n := bodiesKept(t, s); n != 1 {
		t.Errorf("%d bodies are kept", n)
	}
	if _, err := s.RemoveEndpoint(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if n := bodiesKept(t, s); n != 0 {
		t.Errorf("%d bodies are left", n)
	}
	if err := s.BeginAttempt(t.Context(), e, second, false); !errors.As(err, new(*UnknownEndpointError)) {
		t.Errorf("an attempt at a removed endpoint: %v", err)
	}
}

func bodiesKept(t *testing.T, s *Store) int64 {
	t.Helper()
	n, err := s.number(t.Context(), "SELECT count(*) FROM endpoint_bodies")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Attempts are bounded by their number and their bytes; the last success and the
// last failure stay whatever comes after them.
func TestEndpointAttemptsBounded(t *testing.T) {
	s := open(t, t.TempDir(), Options{Attempts: 5, AttemptBytes: 3000})
	e := add(t, s, sampleEndpoint("a"), "")
	numbers := func() string {
		t.Helper()
		all, err := s.Attempts(t.Context(), e, 0)
		if err != nil {
			t.Fatal(err)
		}
		var list []int64
		for _, a := range all {
			list = append(list, a.Number)
		}
		return fmt.Sprint(list)
	}
	attempt(t, s, e, Success, PauseRule{})
	attempt(t, s, e, Failure, PauseRule{})
	for range 6 {
		attempt(t, s, e, Interrupted, PauseRule{})
	}
	if got := numbers(); got != "[8 7 6 5 4 2 1]" {
		t.Errorf("%s are kept", got)
	}
	for range 2 {
		a := &EndpointAttempt{At: time.Now(), Request: webhook.Request{Body: bytes.Repeat([]byte("x"), 2500)}}
		if err := s.BeginAttempt(t.Context(), e, a, false); err != nil {
			t.Fatal(err)
		}
	}
	if got := numbers(); got != "[10 2 1]" {
		t.Errorf("%s are kept", got)
	}
	if n := bodiesKept(t, s); n != 2 {
		t.Errorf("%d bodies are kept", n)
	}
	if e = find(t, s, "a"); e.Stats.Triggers != 10 {
		t.Errorf("%+v", e.Stats)
	}
}

// Two programs at once: every attempt has a number of its own, and exactly one
// failure pauses.
func TestEndpointConcurrent(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store{open(t, dir, Options{}), open(t, dir, Options{})}
	e := add(t, stores[0], sampleEndpoint("a"), "")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			s := stores[i%2]
			a := &EndpointAttempt{At: time.Now(), Attempt: 1, Request: webhook.Request{Body: []byte("x")}}
			if err := s.BeginAttempt(t.Context(), e, a, true); err != nil {
				t.Error(err)
				return
			}
			a.Outcome = Failure
			if _, err := s.EndAttempt(t.Context(), e, a, PauseRule{Counts: true, After: 10}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	e = find(t, stores[0], "a")
	if e.Stats.Triggers != 20 || e.Stats.Failures != 20 || e.Pause.Failing != 20 || e.Pause.Why != "10 failures in a row" {
		t.Errorf("%+v %+v", e.Stats, e.Pause)
	}
	kept, err := stores[1].Attempts(t.Context(), e, 0)
	if err != nil || len(kept) != 20 || kept[19].Number != 1 {
		t.Errorf("%d attempts, %v", len(kept), err)
	}
}
