package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// varied makes a store of n deliveries of all sizes, some of them forwarded, and
// returns them by id.
func varied(t *testing.T, dir string, n int) map[string]*webhook.Delivery {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{BodyFile: 40_000})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]*webhook.Delivery{}
	for i := range n {
		d := sample()
		d.MessageID = fmt.Sprintf("msg-%03d", i)
		d.Body = bytes.Repeat(fmt.Appendf(nil, "body %03d ", i), 1+i*i%6000)
		if i%3 == 0 {
			d.Forwards = []webhook.Forward{{URL: fmt.Sprint("http://localhost/", i), Status: 200, DurationMS: 1.5}}
		}
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		kept[d.ID] = d
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return kept
}

// recovered opens a store that is damaged, and holds what is in it then against
// what was kept: it is the same, or missing; and the file that was damaged is
// aside as it was.
func recovered(t *testing.T, dir string, kept map[string]*webhook.Delivery, with ...Options) Recovery {
	t.Helper()
	name := filepath.Join(dir, databaseName)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var told []Recovery
	opts := Options{}
	if len(with) > 0 {
		opts = with[0]
	}
	opts.Recovered = func(r Recovery) { told = append(told, r) }
	s := open(t, dir, opts)
	if len(told) != 1 {
		t.Fatalf("told of %d recoveries", len(told))
	}
	r := told[0]
	aside, err := os.ReadFile(filepath.Join(r.Aside, databaseName))
	if err != nil || !bytes.Equal(aside, before) {
		t.Errorf("what lies aside is not the damaged file: %v", err)
	}
	there := equalOrMissing(t, s, kept)
	if len(there) != r.Kept {
		t.Errorf("%d are there, %d were told", len(there), r.Kept)
	}
	for _, id := range r.Lost {
		if kept[id] == nil || slices.Contains(there, id) {
			t.Errorf("%s is not one that is lost", id)
		}
	}
	d := sample()
	if err := s.Keep(t.Context(), d); err != nil {
		t.Errorf("the new database: %v", err)
	}
	if len(there) > 0 && d.ID <= slices.Max(there) {
		t.Errorf("the id %s is not above all others", d.ID)
	}
	if left, _ := filepath.Glob(name + ".*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	return r
}

func equalOrMissing(t *testing.T, s *Store, kept map[string]*webhook.Delivery) (there []string) {
	t.Helper()
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		want := kept[d.ID]
		if want == nil {
			t.Errorf("%s was never kept", d.ID)
			continue
		}
		if len(want.Forwards) > len(d.Forwards) { // outcomes can be lost, and not invented
			d.Forwards = want.Forwards
		}
		if text := diff(want, d); text != "" {
			t.Errorf("%s: %s", d.ID, text)
		}
		there = append(there, d.ID)
	}
	return there
}

// Whatever is damaged, the store opens by itself with what can be read. A page
// costs what stands on it.
func TestRecover(t *testing.T) {
	source := t.TempDir()
	kept := varied(t, source, 120)
	const most = 12 // of these on a page
	tests := []struct {
		name string
		harm func(image []byte) []byte
		lost int // at most
	}{
		{"the header", func(b []byte) []byte { clear(b[:100]); return b }, 0},
		{"the first page", func(b []byte) []byte { clear(b[:pageSize]); return b }, 0},
		{"the size of pages", func(b []byte) []byte { b[16], b[17] = 0x02, 0; return b }, 0},
		{"the root of the tree", func(b []byte) []byte { clear(b[pageSize : 2*pageSize]); return b }, 0},
		{"all indexes", func(b []byte) []byte { clear(b[2*pageSize : 3*pageSize]); clear(b[4*pageSize : 5*pageSize]); return b }, 0},
		{"a page of rows", func(b []byte) []byte { return scribble(b, leaf(b, 10)) }, most},
		{"a page of rows, nothing but zeros", func(b []byte) []byte { clear(b[leaf(b, 12):][:pageSize]); return b }, most},
		{"the last page", func(b []byte) []byte { return scribble(b, len(b)-pageSize) }, most},
		{"the second half", func(b []byte) []byte { return b[:len(b)/2] }, len(kept) * 3 / 4},
		{"a page and a half", func(b []byte) []byte { return b[:pageSize*3/2] }, len(kept)},
		{"everything", func([]byte) []byte { return bytes.Repeat([]byte("no database "), 1000) }, len(kept)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := recovered(t, harmed(t, source, tt.harm), kept)
			if lost := len(kept) - r.Kept; lost > tt.lost {
				t.Errorf("%d are lost, want %d at most; %d of them named", lost, tt.lost, len(r.Lost))
			} else if lost > len(r.Lost) && r.Pages == 0 && tt.lost < len(kept)/2 {
				t.Errorf("%d are lost, and nothing says so: %+v", lost, r)
			}
		})
	}
}

// harmed copies a store that is closed, and changes the copy.
func harmed(t *testing.T, source string, harm func([]byte) []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, databaseName)
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, name, harm(image))
	return dir
}

// leaf finds the nth page of rows of deliveries.
func leaf(image []byte, n int) int {
	for at := pageSize; ; at += pageSize {
		if image[at] == tableLeaf && bytes.Contains(image[at:at+pageSize], []byte("invoice.paid")) {
			if n--; n == 0 {
				return at
			}
		}
	}
}

func scribble(image []byte, at int) []byte {
	random := rand.New(rand.NewPCG(3, uint64(at)))
	for i := range image[at:][:pageSize] {
		image[at+i] = byte(random.Uint32())
	}
	return image
}

// One changed byte of a large row, or of a body's file, costs that delivery, and
// it is named.
func TestRecoverNames(t *testing.T) {
	dir := t.TempDir()
	kept := varied(t, dir, 120)
	var large *webhook.Delivery
	files := 0
	for _, d := range kept {
		switch n := len(d.Body); {
		case n > 40_000:
			files++
		case n > 2*pageSize && (large == nil || d.ID < large.ID):
			large = d
		}
	}
	name := filepath.Join(dir, databaseName)
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Somewhere in the middle of its body, and the header, so that it is looked at.
	at := bytes.Index(image, large.Body[:12]) // in another page, since it is large
	image[at+pageSize] ^= 1
	clear(image[:100])
	put(t, name, image)
	bodies, err := filepath.Glob(filepath.Join(dir, bodiesName, "*"))
	if err != nil || len(bodies) != files {
		t.Fatalf("%d files, want %d: %v", len(bodies), files, err)
	}
	put(t, bodies[0], []byte("something else"))
	r := recovered(t, dir, kept)
	if len(r.Lost) != 2 || !slices.Contains(r.Lost, large.ID) || r.Kept != len(kept)-2 || r.Bodies != 1 {
		t.Errorf("%+v, want %s and one with a body of its own", r, large.ID)
	}
	if _, err := os.Stat(filepath.Join(r.Aside, bodiesName, filepath.Base(bodies[0]))); err != nil {
		t.Error(err)
	}
}

// A database that is empty all of a sudden is no new one: what it is known to have
// held is told, and set aside.
func TestRecoverEmptied(t *testing.T) {
	dir := t.TempDir()
	varied(t, dir, 120)
	bodies, err := filepath.Glob(filepath.Join(dir, bodiesName, "*"))
	if err != nil || len(bodies) == 0 {
		t.Fatalf("no large bodies: %v", err)
	}
	put(t, filepath.Join(dir, databaseName), nil)
	r := recovered(t, dir, nil)
	if r.Kept != 0 || r.Bodies != len(bodies) {
		t.Errorf("%+v, want %d large bodies", r, len(bodies))
	}
	if _, err := os.Stat(filepath.Join(r.Aside, bodiesName, filepath.Base(bodies[0]))); err != nil {
		t.Error(err)
	}
}

// Damage anywhere: what is there then is what was kept, and only little is lost.
func TestRecoverAnywhere(t *testing.T) {
	source := t.TempDir()
	kept := varied(t, source, 150)
	random := rand.New(rand.NewPCG(7, 8))
	recoveries := 0
	rounds := 15
	if testing.Short() {
		rounds = 8
	}
	for range rounds {
		from := 0
		dir := harmed(t, source, func(image []byte) []byte {
			from = random.IntN(len(image))
			for i := range 1 + random.IntN(200) {
				image[min(from+i, len(image)-1)] = byte(random.Uint32())
			}
			return image
		})
		s, err := Open(t.Context(), dir, Options{Recovered: func(Recovery) { recoveries++ }})
		var newer *VersionError
		if errors.As(err, &newer) { // the number itself was hit
			continue
		}
		if err != nil {
			t.Fatalf("bytes from %d: %v", from, err)
		}
		good := 0
		for d, err := range s.List(t.Context(), Query{}) {
			var one *DamagedError
			if errors.As(err, &one) {
				continue
			}
			if err != nil {
				t.Fatalf("bytes from %d: %v", from, err)
			}
			if text := diff(kept[d.ID], d); text != "" && len(d.Forwards) == len(kept[d.ID].Forwards) {
				t.Fatalf("bytes from %d: %s", from, text)
			}
			good++
		}
		if good < len(kept)-25 {
			t.Errorf("bytes from %d: %d of %d are there", from, good, len(kept))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if recoveries == 0 {
		t.Error("nothing was ever set aside")
	}
}

// A damaged byte in the log costs what it hits. SQLite alone would read nothing
// behind it.
func TestRecoverLog(t *testing.T) {
	live := t.TempDir()
	s := open(t, live, Options{BodyFile: 40_000})
	kept := map[string]*webhook.Delivery{}
	for n := range 60 {
		d := numbered("run", n)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		kept[d.ID] = d
	}
	log, err := os.ReadFile(filepath.Join(live, databaseName+logSuffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{3, 17, 28, logHeader + 10, logHeader + 500, len(log) / 2, len(log) / 3} {
		t.Run(fmt.Sprint("byte ", at), func(t *testing.T) {
			dir := t.TempDir()
			copyStore(t, live, dir)
			changed := bytes.Clone(log)
			changed[at] ^= 0x10
			put(t, filepath.Join(dir, databaseName+logSuffix), changed)
			if r := recovered(t, dir, kept); r.Kept < len(kept)-1 {
				t.Errorf("%d of %d are there", r.Kept, len(kept))
			}
		})
	}
	t.Run("without the database", func(t *testing.T) {
		dir := t.TempDir()
		copyStore(t, live, dir)
		put(t, filepath.Join(dir, databaseName), nil)
		if r := recovered(t, dir, kept); r.Kept != len(kept) {
			t.Errorf("%d of %d are there", r.Kept, len(kept))
		}
	})
	t.Run("a torn end", func(t *testing.T) {
		dir := t.TempDir()
		copyStore(t, live, dir)
		changed := bytes.Clone(log)
		changed[len(log)-100] ^= 1
		put(t, filepath.Join(dir, databaseName+logSuffix), changed)
		open(t, dir, Options{Recovered: func(r Recovery) { t.Errorf("told of %+v", r) }})
	})
}

// What was pruned does not come back.
func TestRecoverPruned(t *testing.T) {
	dir := t.TempDir()
	kept := varied(t, dir, 200)
	s := open(t, dir, Options{})
	if _, err := s.Prune(t.Context(), Limits{Count: 60}); err != nil {
		t.Fatal(err)
	}
	there := equalOrMissing(t, s, kept)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, databaseName)
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	clear(image[pageSize : 2*pageSize])
	put(t, name, image)
	if r := recovered(t, dir, kept); r.Kept != len(there) {
		t.Errorf("%d are there, want the %d that were not pruned", r.Kept, len(there))
	}
}

// The place of the one row of last_id is known, so that it can be read without
// the tree.
func TestLastIDPage(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	n, err := s.number(t.Context(), "SELECT rootpage FROM sqlite_schema WHERE name = 'last_id'")
	if err != nil || n != lastIDPage {
		t.Errorf("it is page %d, %v", n, err)
	}
	if n, err := s.number(t.Context(), "SELECT page_size FROM pragma_page_size"); err != nil || n != pageSize {
		t.Errorf("a page has %d bytes, %v", n, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(s.path), asideName)); err == nil || strings.Contains(fmt.Sprint(err), "permission") {
		t.Errorf("something was set aside: %v", err)
	}
}
