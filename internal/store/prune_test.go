package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// clock is one that a test sets.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// hourly keeps n deliveries as a clock goes on by an hour each.
func hourly(t *testing.T, s *Store, c *clock, n int) (kept []string) {
	t.Helper()
	for range n {
		d := sample()
		d.ReceivedAt = c.now
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, d.ID)
		c.now = c.now.Add(time.Hour)
	}
	return kept
}

func TestPrune(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		left   int // of ten, an hour apart, the newest an hour old
	}{
		"nothing":             {Limits{}, 10},
		"age":                 {Limits{Age: 210 * time.Minute}, 3},
		"age of none":         {Limits{Age: 11 * time.Hour}, 10},
		"age of all":          {Limits{Age: time.Minute}, 0},
		"count":               {Limits{Count: 4}, 4},
		"count beyond":        {Limits{Count: 40}, 10},
		"bytes":               {Limits{Bytes: 1}, 0},
		"bytes beyond":        {Limits{Bytes: 1 << 30}, 10},
		"age and count":       {Limits{Age: 210 * time.Minute, Count: 5}, 3},
		"count and age":       {Limits{Age: 5*time.Hour + time.Minute, Count: 2}, 2},
		"count, some spared":  {Limits{Count: 2, Spare: 5*time.Hour + time.Minute}, 5},
		"age, some spared":    {Limits{Age: time.Minute, Spare: 5*time.Hour + time.Minute}, 5},
		"bytes, all spared":   {Limits{Bytes: 1, Spare: 24 * time.Hour}, 10},
		"spare without limit": {Limits{Spare: time.Hour}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			now := &clock{day}
			s := open(t, t.TempDir(), Options{Now: now.Now, BodyFile: 100})
			kept := hourly(t, s, now, 10)
			want := slices.Clone(kept[10-c.left:])

			c.limits.DryRun = true
			would, err := s.Prune(t.Context(), c.limits)
			if err != nil {
				t.Fatal(err)
			}
			if got := list(t, s, Query{OldestFirst: true}); !slices.Equal(got, kept) {
				t.Fatal("a dry run removes")
			}
			c.limits.DryRun = false
			did, err := s.Prune(t.Context(), c.limits)
			if err != nil {
				t.Fatal(err)
			}
			if did != would || did.Deliveries != 10-c.left || did.Bytes < 1024*int64(10-c.left) {
				t.Errorf("would have removed %+v, removed %+v", would, did)
			}
			if got := list(t, s, Query{OldestFirst: true}); !slices.Equal(got, want) {
				t.Errorf("%d are left, want %d", len(got), c.left)
			}
			files, err := os.ReadDir(s.bodies.dir)
			if err != nil || len(files) != c.left {
				t.Errorf("%d bodies are left, want %d (%v)", len(files), c.left, err)
			}
		})
	}
}

// A limit of their number spares what is still to be passed on, and what is newer
// stays none the longer for it. Age and size end the waiting.
func TestPruneSparesPending(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		left   string // of ten, an hour apart, the newest an hour old
		want   Pruned
	}{
		"count":           {Limits{Count: 3}, "04789", Pruned{Deliveries: 5, Waiting: 2}},
		"count of one":    {Limits{Count: 1}, "0489", Pruned{Deliveries: 6, Waiting: 3}},
		"count beyond":    {Limits{Count: 10}, "0123456789", Pruned{}},
		"count and age":   {Limits{Count: 3, Age: 8*time.Hour + time.Minute}, "4789", Pruned{Deliveries: 6, Forwards: 1, Waiting: 1}},
		"age":             {Limits{Age: 5*time.Hour + time.Minute}, "56789", Pruned{Deliveries: 5, Forwards: 3}},
		"bytes":           {Limits{Bytes: 1}, "", Pruned{Deliveries: 10, Forwards: 4}},
		"count and bytes": {Limits{Count: 3, Bytes: 1}, "", Pruned{Deliveries: 10, Forwards: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			now := &clock{day}
			s := open(t, t.TempDir(), Options{Now: now.Now, BodyFile: 100})
			a, b := route(t, s, "localhost:8080", "a"), route(t, s, "localhost:8080", "b")
			var kept, want []string
			for n, routes := range [][]int64{{a}, {}, {}, {}, {a, b}, {}, {}, {}, {b}, {}} {
				d := sample()
				d.ReceivedAt = now.now
				if _, err := s.KeepFor(t.Context(), d, routes); err != nil {
					t.Fatal(err)
				}
				if kept = append(kept, d.ID); strings.Contains(c.left, fmt.Sprint(n)) {
					want = append(want, d.ID)
				}
				now.now = now.now.Add(time.Hour)
			}
			c.limits.DryRun = true
			would, err := s.Prune(t.Context(), c.limits)
			if err != nil {
				t.Fatal(err)
			}
			c.limits.DryRun = false
			got, err := s.Prune(t.Context(), c.limits)
			if err != nil || got != would {
				t.Errorf("removed %+v, would have %+v, %v", got, would, err)
			}
			got.Bytes = 0
			if got != c.want {
				t.Errorf("removed %+v, want %+v", got, c.want)
			}
			if left := list(t, s, Query{OldestFirst: true}); !slices.Equal(left, want) {
				t.Errorf("%q are left of %q, want %q", left, kept, want)
			}
			for _, id := range want {
				if d, err := s.Get(t.Context(), id); err != nil || !bytes.Equal(d.Body, sample().Body) {
					t.Errorf("%s is no more what it was: %v", id, err)
				}
			}
			if n := len(pending(t, s, a)) + len(pending(t, s, b)); n != 4-c.want.Forwards {
				t.Errorf("%d are pending, want %d", n, 4-c.want.Forwards)
			}
		})
	}
}

// The size that a limit is about follows what is kept.
func TestPruneToSize(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for range 600 {
		if err := s.Keep(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	full, err := s.Size(t.Context())
	if err != nil || full < 600*1024 {
		t.Fatalf("600 KiB take %d bytes, %v", full, err)
	}
	p, err := s.Prune(t.Context(), Limits{Bytes: full / 2})
	if err != nil {
		t.Fatal(err)
	}
	left, err := s.Size(t.Context())
	if err != nil || left > full*6/10 || left < full*4/10 {
		t.Errorf("of %d bytes %d are left, %v; removed %+v", full, left, err, p)
	}
}

// A clock that jumps ahead while the store is open makes nothing older than it
// is, and one that jumps back makes nothing older at all.
func TestPruneClockJumps(t *testing.T) {
	const month = 30 * 24 * time.Hour
	now := &clock{day}
	s := open(t, t.TempDir(), Options{Now: now.Now})
	s.elapsed = func() time.Duration { return 20 * time.Hour } // what has really passed
	hourly(t, s, now, 10)
	keepsAll := func(when string) {
		t.Helper()
		if p, err := s.Prune(t.Context(), Limits{Age: month}); err != nil || p.Deliveries != 0 {
			t.Errorf("%s: removed %+v, %v", when, p, err)
		}
	}
	keepsAll("as it is")
	now.now = day.Add(10 * month)
	keepsAll("ten months ahead")
	hourly(t, s, now, 1)
	keepsAll("with a delivery from there")
	now.now = day.Add(-10 * month)
	keepsAll("ten months back")
	hourly(t, s, now, 3) // their receipt looks old, their ids do not
	now.now = day.Add(month)
	keepsAll("and right again")
}

// What another clock says of a receipt is believed where it makes it younger.
func TestPruneOtherClocks(t *testing.T) {
	now := &clock{day}
	s := open(t, t.TempDir(), Options{Now: now.Now})
	for _, ahead := range []time.Duration{0, 40 * 24 * time.Hour, -400 * 24 * time.Hour} {
		d := sample()
		d.ReceivedAt = day.Add(ahead)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ days, left int }{{29, 3}, {31, 1}, {69, 1}, {71, 0}} {
		now.now = day.Add(time.Duration(c.days) * 24 * time.Hour)
		if _, err := s.Prune(t.Context(), Limits{Age: 30 * 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if got := list(t, s, Query{}); len(got) != c.left {
			t.Errorf("after %d days %d are left, want %d", c.days, len(got), c.left)
		}
	}
}

// Ids ascend and stay unique when the clock jumps and when everything has been
// pruned, in this process and in the next.
func TestIDsAscend(t *testing.T) {
	dir := t.TempDir()
	now := &clock{day}
	last := ""
	for i, jump := range []time.Duration{0, time.Hour, -72 * time.Hour, 0, 240 * time.Hour, -1000 * time.Hour, -1e6 * time.Hour, 0} {
		now.now = now.now.Add(jump)
		s, err := Open(t.Context(), dir, Options{Now: now.Now})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			d := sample()
			if err := s.Keep(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if d.ID <= last {
				t.Fatalf("jump %d, by %v: %s after %s", i, jump, d.ID, last)
			}
			last = d.ID
		}
		limits := []Limits{{}, {Count: 1}, {Bytes: 1}}[i%3]
		if _, err := s.Prune(t.Context(), limits); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Files without a record go when they are old enough that nobody can be about
// to write it.
func TestCollect(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{BodyFile: 100})
	d := sample()
	if err := s.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	young, err := s.bodies.write([]byte("young"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := s.bodies.write([]byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	alien := filepath.Join(s.bodies.dir, "notes.txt")
	if err := os.WriteFile(alien, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(s.bodies.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		at := time.Now().Add(-2 * time.Hour)
		if e.Name() == young {
			at = time.Now().Add(-orphanAge / 2)
		}
		if err := os.Chtimes(filepath.Join(s.bodies.dir, e.Name()), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Prune(t.Context(), Limits{}); err != nil {
		t.Fatal(err)
	}
	if s.bodies.has(old) || !s.bodies.has(young) || !s.bodies.has("notes.txt") {
		t.Errorf("old is there: %v, young: %v, what is not whk's: %v", s.bodies.has(old), s.bodies.has(young), s.bodies.has("notes.txt"))
	}
	if _, err := s.Get(t.Context(), d.ID); err != nil {
		t.Error(err)
	}
}

// A file that was collected before its record came is an error to the writer,
// never a record without a body.
func TestCollectedTooEarly(t *testing.T) {
	s := open(t, t.TempDir(), Options{BodyFile: 100})
	r, err := newRecord(&webhook.Delivery{ReceivedAt: day, Body: []byte("x")}, "aaaa"+bodySuffix, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.writer.do(t.Context(), &op{record: &r, done: make(chan struct{}, 1)})
	if err != errBodyGone {
		t.Errorf("got %v", err)
	}
	if got := list(t, s, Query{}); len(got) != 0 {
		t.Error("it was kept")
	}
}
