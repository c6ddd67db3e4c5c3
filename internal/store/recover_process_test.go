package store

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// variedImage is varied, with the database's name and its bytes.
func variedImage(t *testing.T, dir string, n int) (kept map[string]*webhook.Delivery, name string, image []byte) {
	t.Helper()
	kept, name = varied(t, dir, n), filepath.Join(dir, databaseName)
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return kept, name, image
}

// A recovery that is killed, at any moment and again and again, loses nothing
// that one in peace would have read, and leaves the damaged file.
func TestRecoverKilled(t *testing.T) {
	dir := t.TempDir()
	kept, name, image := variedImage(t, dir, 150)
	clear(image[pageSize : 2*pageSize])
	put(t, name, image)
	killed := 0
	for range 8 {
		c := child(t, "open", dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
		c.Process.Kill() //nolint:errcheck // it may have ended
		if c.Wait() != nil {
			killed++
		}
	}
	if killed == 0 {
		t.Error("nothing was killed")
	}
	s := open(t, dir, Options{})
	if there := equalOrMissing(t, s, kept); len(there) != len(kept) {
		t.Errorf("%d of %d are there", len(there), len(kept))
	}
	files, err := filepath.Glob(filepath.Join(dir, asideName, "*", databaseName))
	if err != nil || len(files) == 0 {
		t.Fatalf("aside: %q, %v", files, err)
	}
	for _, file := range files {
		if aside, err := os.ReadFile(file); err != nil || !bytes.Equal(aside, image) {
			t.Errorf("%s is not the damaged file: %v", file, err)
		}
	}
}

// openOnce is the child: it opens a store and closes it.
func openOnce(dir string, _ []string) error {
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	return s.Close()
}

// A recovery that ended just before the new database was put in its place is
// finished by the next process; the old log is not taken for the new one's.
func TestRecoverFinished(t *testing.T) {
	fresh, dir := t.TempDir(), t.TempDir()
	kept := varied(t, fresh, 100)
	old := open(t, t.TempDir(), Options{})
	for range 20 {
		if err := old.Keep(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	copyStore(t, filepath.Dir(old.path), dir)
	name := filepath.Join(dir, databaseName)
	if err := os.CopyFS(filepath.Join(dir, bodiesName), os.DirFS(filepath.Join(fresh, bodiesName))); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(fresh, databaseName), name+readySuffix); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{Recovered: func(r Recovery) { t.Errorf("recovered again: %+v", r) }})
	if there := equalOrMissing(t, s, kept); len(there) != len(kept) {
		t.Errorf("%d of %d are there", len(there), len(kept))
	}
}

// A process that has the damaged database open goes on in the new one: what it
// is told to keep is there afterwards.
func TestRecoverShared(t *testing.T) {
	dir := t.TempDir()
	kept := varied(t, dir, 60)
	_, ask, end := onDemand(t, dir)
	keep := func(n int) {
		t.Helper()
		if said := ask(n); said != "kept" {
			t.Fatalf("delivery %d: %s", n, said)
		}
	}
	keep(1)
	image, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, databaseName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, pageSize), int64(leaf(image, 3))); err != nil {
		t.Fatal(err)
	}
	told := 0
	s := open(t, dir, Options{Recovered: func(Recovery) { told++ }})
	if told != 1 {
		t.Fatalf("%d recoveries", told)
	}
	keep(2)
	if err := s.Keep(t.Context(), numbered("run", 3)); err != nil {
		t.Fatal(err)
	}
	keep(4)
	end()
	var got []string
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if kept[d.ID] == nil {
			got = append(got, d.MessageID)
		}
	}
	if want := []string{"run-1", "run-2", "run-3", "run-4"}; !slices.Equal(got, want) {
		t.Errorf("beside the old ones %q are there, want %q", got, want)
	}
}

// Of several processes that find a database damaged at the same time, one sets
// it aside, and all keep what they acknowledge.
func TestRecoverTogether(t *testing.T) {
	dir := t.TempDir()
	kept, name, image := variedImage(t, dir, 100)
	clear(image[:100])
	put(t, name, image)
	const each = 50
	writeTogether(t, dir, 3, each)
	s := open(t, dir, Options{})
	old, fresh := 0, map[string]bool{}
	for d, err := range s.List(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if kept[d.ID] != nil {
			old++
		} else {
			fresh[d.MessageID] = true
		}
	}
	if old != len(kept) || len(fresh) != 3*each {
		t.Errorf("%d of %d old ones are there, %d of %d new ones", old, len(kept), len(fresh), 3*each)
	}
	if aside, err := os.ReadDir(filepath.Join(dir, asideName)); err != nil || len(aside) != 1 {
		t.Errorf("%d were set aside, %v", len(aside), err)
	}
}

// Of a large database the ends are looked at whenever it is opened. Damage in the
// middle is noted by the reader that meets it, so that the next writer looks.
func TestRecoverLarge(t *testing.T) {
	dir := t.TempDir()
	kept, name, image := variedImage(t, dir, 150)
	large := Options{quick: 1}
	t.Run("the root", func(t *testing.T) {
		changed := bytes.Clone(image)
		clear(changed[pageSize : 2*pageSize])
		put(t, name, changed)
		if r := recovered(t, dir, kept, large); r.Kept != len(kept) {
			t.Errorf("%d of %d are there", r.Kept, len(kept))
		}
	})
	t.Run("while it is in use", func(t *testing.T) {
		put(t, name, image)
		told := 0
		s := open(t, dir, Options{quick: 1, Recovered: func(Recovery) { told++ }})
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt(scribble(bytes.Clone(image), leaf(image, 10))[leaf(image, 10):][:pageSize], int64(leaf(image, 10))); err != nil {
			t.Fatal(err)
		}
		suspect(name) // as a reader has it
		if _, err := s.Prune(t.Context(), Limits{Count: 1000}); err != nil || told != 1 {
			t.Errorf("%v, told of %d recoveries", err, told)
		}
		equalOrMissing(t, s, kept)
	})
	t.Run("the middle", func(t *testing.T) {
		put(t, name, scribble(bytes.Clone(image), leaf(image, 10)))
		w := open(t, dir, Options{quick: 1, Recovered: func(Recovery) { t.Error("it was looked at whole") }})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := OpenReader(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, err = range r.List(t.Context(), Query{}) {
			if err != nil {
				break
			}
		}
		if err == nil {
			t.Error("a reader met no damage")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		noted := writer{path: name}
		if !noted.suspected() {
			t.Error("nothing was noted")
		}
		recovered(t, dir, kept, large)
		if noted.suspected() {
			t.Error("it is still noted")
		}
	})
}
