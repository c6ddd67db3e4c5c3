package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

func TestOpenReader(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReader(t.Context(), dir); !errors.Is(err, ErrNoStore) {
		t.Errorf("an empty directory: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Error("a reader makes files")
	}
	put(t, filepath.Join(dir, databaseName), nil)
	if _, err := OpenReader(t.Context(), dir); !errors.Is(err, ErrNoStore) {
		t.Errorf("an empty file: %v", err)
	}
	w := open(t, dir, Options{})
	d := sample()
	if err := w.Keep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := list(t, r, Query{}); len(got) != 1 || got[0] != d.ID {
		t.Errorf("a reader beside a writer sees %v", got)
	}
	_, pruned := r.Prune(t.Context(), Limits{Count: 1})
	for _, err := range []error{
		r.Keep(t.Context(), sample()),
		r.AddForward(t.Context(), d.ID, webhook.Forward{}),
		r.SetResponse(t.Context(), d.ID, webhook.Response{}),
		pruned,
	} {
		if !errors.Is(err, errReadOnly) {
			t.Errorf("a reader writes: %v", err)
		}
	}
}

// A path may hold what means something else in a URI.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "50%", "what?mode=ro", "#1", "ü", "a&b=c"} {
		if runtime.GOOS == "windows" && name == "what?mode=ro" {
			continue
		}
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, Options{})
		if err := s.Keep(t.Context(), sample()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if got := list(t, s, Query{}); len(got) != 1 {
			t.Errorf("%q: %d listed", name, len(got))
		}
		if _, err := os.Stat(s.Path()); err != nil {
			t.Error(err)
		}
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, databaseName), nil)
	if err := os.Chmod(filepath.Join(dir, databaseName), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{BodyFile: 100})
	if err := s.Keep(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || files != 6 { // database, log, the log's index, two locks, a body
		t.Errorf("%d files, %v", files, err)
	}
}

func TestLinkInPlaceOfDatabase(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(t.TempDir(), "elsewhere")
	put(t, target, nil)
	if err := os.Symlink(target, filepath.Join(dir, databaseName)); err != nil {
		t.Skip(err)
	}
	if s, err := Open(t.Context(), dir, Options{}); err == nil {
		t.Error("a link was followed")
		s.Close()
	}
	if info, err := os.Stat(target); err != nil || info.Size() != 0 {
		t.Error("its target was written")
	}
}

func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.writer.task(t.Context(), func(c *conn) error {
		_, err := c.exec("PRAGMA user_version = 99")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var newer *VersionError
	if _, err := Open(t.Context(), dir, Options{}); !errors.As(err, &newer) || newer.Have != 99 {
		t.Errorf("open: %v", err)
	}
	if _, err := OpenReader(t.Context(), dir); !errors.As(err, &newer) {
		t.Errorf("open for reading: %v", err)
	}
}

func TestAnotherProgramsDatabase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.writer.task(t.Context(), func(c *conn) error {
		_, err := c.exec("PRAGMA application_id = 7")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if _, err := Open(t.Context(), dir, Options{}); !errors.As(err, &corrupt) {
		t.Errorf("open: %v", err)
	}
}

// Several may open a new store at once: one makes it, none fails.
func TestOpenTogether(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := Open(t.Context(), dir, Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(s.Keep(t.Context(), sample()), s.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := list(t, open(t, dir, Options{}), Query{}); len(got) != 8 {
			t.Errorf("%d of 8 were kept", len(got))
		}
	}
}

// Close finishes what is queued.
func TestCloseWithQueue(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	var wg sync.WaitGroup
	release := hold(t, s, &wg)
	const queued = 100
	for range queued {
		wg.Go(func() {
			if err := s.Keep(t.Context(), sample()); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.writer.queue) < queued {
		runtime.Gosched()
	}
	wg.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for begun := false; !begun; runtime.Gosched() {
		s.writer.mu.RLock()
		begun = s.writer.closed
		s.writer.mu.RUnlock()
	}
	release()
	wg.Wait()
	if got := list(t, open(t, dir, Options{}), Query{}); len(got) != queued {
		t.Errorf("%d of %d were kept", len(got), queued)
	}
}

// hold keeps the writer busy until release is called.
func hold(t *testing.T, s *Store, wg *sync.WaitGroup) (release func()) {
	t.Helper()
	end, held := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		if err := s.writer.task(t.Context(), func(*conn) error { close(held); <-end; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	return func() { close(end) }
}

func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Close finishes what is queued; what comes later is refused.
func TestClose(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := map[string]bool{}
	begun := make(chan struct{}, 50)
	for i := range 50 {
		wg.Go(func() {
			for n := 0; ; n++ {
				d := sample()
				d.MessageID = fmt.Sprint(i, "-", n)
				err := s.Keep(t.Context(), d)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				kept[d.ID] = true
				mu.Unlock()
				if n == 0 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range 50 {
		<-begun
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	got := list(t, open(t, dir, Options{}), Query{})
	if len(got) != len(kept) {
		t.Errorf("%d are there, %d were acknowledged", len(got), len(kept))
	}
}

// A caller that has gone does not take its delivery along.
func TestKeepCanceled(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.Keep(canceled(t), sample()); err != nil {
		t.Errorf("with room in the queue: %v", err)
	}
	var wg sync.WaitGroup
	release := hold(t, s, &wg)
	for range queueLength {
		wg.Go(func() {
			if err := s.Keep(t.Context(), sample()); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.writer.queue) < queueLength {
		runtime.Gosched()
	}
	if err := s.Keep(canceled(t), sample()); !errors.Is(err, context.Canceled) {
		t.Errorf("with a full queue: %v", err)
	}
	release()
	wg.Wait()
	if got := list(t, s, Query{}); len(got) != queueLength+1 {
		t.Errorf("%d were kept", len(got))
	}
}
