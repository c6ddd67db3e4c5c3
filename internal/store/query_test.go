package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

var day = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

// fill keeps n deliveries an hour apart and returns them.
func fill(t *testing.T, s *Store, n int) []*webhook.Delivery {
	t.Helper()
	var kept []*webhook.Delivery
	for i := range n {
		d := sample()
		d.ReceivedAt = day.Add(time.Duration(i) * time.Hour)
		d.Provider = []string{"saas", "rosaas", "machnet"}[i%3]
		d.Event = []string{"invoice.paid", "invoice.failed", "orders/create", "[odd]", ""}[i%5]
		d.Verification.Status = []webhook.Status{webhook.Authentic, webhook.NotAuthentic, webhook.Unverified, ""}[i%4]
		d.Body = fmt.Appendf(nil, "{\"n\":%d,\"data\":\"\xff\x00%s\"}", i, strings.Repeat("x", i*10))
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, d)
	}
	return kept
}

func list(t *testing.T, s *Store, q Query) (ids []string) {
	t.Helper()
	for d, err := range s.List(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	return ids
}

func TestList(t *testing.T) {
	s := open(t, t.TempDir(), Options{BodyFile: 1000})
	kept := fill(t, s, 200) // over several chunks, the later bodies in files
	for name, c := range map[string]struct {
		query Query
		match func(d *webhook.Delivery) bool
	}{
		"all":           {Query{}, func(*webhook.Delivery) bool { return true }},
		"limit":         {Query{Limit: 70}, func(*webhook.Delivery) bool { return true }},
		"provider":      {Query{Provider: "saas"}, func(d *webhook.Delivery) bool { return d.Provider == "saas" }},
		"verdict":       {Query{Verdict: webhook.NotAuthentic}, func(d *webhook.Delivery) bool { return d.Verification.Status == webhook.NotAuthentic }},
		"since":         {Query{Since: day.Add(100 * time.Hour)}, func(d *webhook.Delivery) bool { return !d.ReceivedAt.Before(day.Add(100 * time.Hour)) }},
		"until":         {Query{Until: day.Add(100 * time.Hour)}, func(d *webhook.Delivery) bool { return d.ReceivedAt.Before(day.Add(100 * time.Hour)) }},
		"since forever": {Query{Since: time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC)}, func(*webhook.Delivery) bool { return true }},
		"until never":   {Query{Until: time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC)}, func(*webhook.Delivery) bool { return false }},
		"text":          {Query{Text: []byte("\xff\x00x")}, func(d *webhook.Delivery) bool { return len(d.Body) > 20 }},
		"text and head": {Query{Text: []byte("localhost")}, func(*webhook.Delivery) bool { return false }},
		"text, limit":   {Query{Text: []byte(`"n":7`), Limit: 3}, func(d *webhook.Delivery) bool { return strings.Contains(string(d.Body), `"n":7`) }},
		"all at once": {Query{Provider: "saas", Verdict: webhook.Authentic, Events: webhook.Patterns{"i*", "!*failed"}, Limit: 2},
			func(d *webhook.Delivery) bool {
				return d.Provider == "saas" && d.Verification.Status == webhook.Authentic && d.Event == "invoice.paid"
			}},
	} {
		for _, oldest := range []bool{false, true} {
			var want []string
			for _, d := range kept {
				if c.match(d) {
					want = append(want, d.ID)
				}
			}
			if !oldest {
				slices.Reverse(want)
			}
			if c.query.Limit > 0 {
				want = want[:min(len(want), c.query.Limit)]
			}
			c.query.OldestFirst = oldest
			if got := list(t, s, c.query); !slices.Equal(got, want) {
				t.Errorf("%s, oldest first %v: %d of %d\ngot  %v\nwant %v", name, oldest, len(got), len(want), got, want)
			}
		}
	}
}

// The database understands event patterns as the rest of whk does.
func TestListEvents(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	kept := fill(t, s, 10)
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"*", "?", "!", "invoice", ".", "paid", "o", "[", "]", "odd", "/", "I", "\\", "^", "-"}
	for range 500 {
		var patterns webhook.Patterns
		for range random.IntN(4) {
			var p strings.Builder
			for range random.IntN(5) {
				p.WriteString(pieces[random.IntN(len(pieces))])
			}
			patterns = append(patterns, p.String())
		}
		var want []string
		for _, d := range kept {
			if patterns.Match(d.Event) {
				want = append(want, d.ID)
			}
		}
		if got := list(t, s, Query{Events: patterns, OldestFirst: true}); !slices.Equal(got, want) {
			t.Fatalf("%q: %d deliveries, want %d", patterns, len(got), len(want))
		}
	}
}

// A listing may stop early, and what is pruned meanwhile is left out of it.
func TestListWhilePruning(t *testing.T) {
	s := open(t, t.TempDir(), Options{BodyFile: 100})
	fill(t, s, 200)
	n := 0
	for _, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			if _, err := s.Prune(t.Context(), Limits{Count: 10}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 11 || n > 10+chunkRows {
		t.Errorf("listed %d", n)
	}
	for range s.List(t.Context(), Query{}) {
		break
	}
}

func TestSinceWithOtherClocks(t *testing.T) {
	s := open(t, t.TempDir(), Options{Now: func() time.Time { return day }})
	d := sample()
	d.ReceivedAt = day.Add(48 * time.Hour) // as another clock saw it
	if err := s.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, Query{Since: day.Add(24 * time.Hour)}); len(got) != 1 {
		t.Error("a record whose time of receipt lies ahead of its id is not found")
	}
}

func TestResolve(t *testing.T) {
	s := open(t, t.TempDir(), Options{Now: func() time.Time { return day }})
	if _, err := s.Resolve(t.Context(), "last"); !errors.Is(err, ErrNotFound) {
		t.Errorf("last of none: %v", err)
	}
	kept := fill(t, s, 20)
	newest, first := kept[19].ID, kept[0].ID
	for ref, want := range map[string]string{
		"last": newest, "last~0": newest, "last~2": kept[17].ID, "last~19": first,
		first: first, strings.ToUpper(first): first, first[:12] + first[12:]: first,
	} {
		if got, err := s.Resolve(t.Context(), ref); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "last~20", "last~99999999999999999999", "last~", "last~-1", "last2", "7zzzzzzzzzzzz", "u", first + "0", "über", "-"} {
		if got, err := s.Resolve(t.Context(), ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q is %q, %v", ref, got, err)
		}
	}
	var ambiguous *AmbiguousError
	if _, err := s.Resolve(t.Context(), first[:3]); !errors.As(err, &ambiguous) {
		t.Fatalf("a prefix of all: %v", err)
	}
	if len(ambiguous.Matches) != maxMatches || !ambiguous.More || ambiguous.Matches[0] != newest {
		t.Errorf("%+v", ambiguous)
	}
}

// The shortest prefix that only one id has is that id.
func TestResolvePrefix(t *testing.T) {
	clock := day
	s := open(t, t.TempDir(), Options{Now: func() time.Time { clock = clock.Add(77 * time.Hour); return clock }})
	var ids []string
	for _, d := range fill(t, s, 50) {
		ids = append(ids, d.ID)
	}
	for _, id := range ids {
		for n := 1; n <= idLen; n++ {
			same := 0
			for _, other := range ids {
				if strings.HasPrefix(other, id[:n]) {
					same++
				}
			}
			got, err := s.Resolve(t.Context(), id[:n])
			if (same == 1) != (err == nil) || same == 1 && got != id {
				t.Fatalf("%q, that %d begin with, is %q, %v", id[:n], same, got, err)
			}
		}
	}
}

func TestOutcomes(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	d := sample()
	d.Forwards = []webhook.Forward{{URL: "http://a", Status: 500, DurationMS: 0.125}}
	if err := s.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	second := webhook.Forward{URL: "http://b", Error: webhook.ClassRefused, DurationMS: 3}
	if err := s.AddForward(t.Context(), d.ID, second); err != nil {
		t.Fatal(err)
	}
	if err := s.SetResponse(t.Context(), d.ID, webhook.Response{Status: 418}); err != nil {
		t.Fatal(err)
	}
	played := webhook.Response{Played: "delay=6s,reset"}
	if err := s.SetResponse(t.Context(), d.ID, played); err != nil {
		t.Fatal(err)
	}
	d.Forwards = append(d.Forwards, second)
	d.Response = played
	got, err := s.Get(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if text := diff(d, got); text != "" {
		t.Error(text)
	}
	again := sample() // as it is imported
	again.Response = webhook.Response{Status: 503, Played: "delay=6s,503"}
	if err := s.Keep(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), again.ID); err != nil || got.Response != again.Response {
		t.Errorf("kept with %+v: %+v, %v", again.Response, got, err)
	}
	for _, id := range []string{"0000000000001", "", "nonsense"} {
		if err := s.AddForward(t.Context(), id, second); !errors.Is(err, ErrNotFound) {
			t.Errorf("a forward of %q: %v", id, err)
		}
		if _, err := s.Get(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("get %q: %v", id, err)
		}
	}
}
