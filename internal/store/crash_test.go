package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// A writer is killed in the middle of its work again and again. What it was
// told to be kept is there once, byte for byte; whatever else is there is whole
// and was sent; and no start needs help.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]string{} // by id
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		c := child(t, "write", dir, fmt.Sprint("run", round))
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		for n := rand.IntN(120) + 1; n > 0; n-- {
			note(t, acknowledged, lines)
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for note(t, acknowledged, lines) { // what was said before the end
		}
		if err := c.Wait(); err == nil {
			t.Fatal("the writer was not killed")
		}
		compare(t, open(t, dir, Options{}), acknowledged)
	}
}

// note reads one line of a writer, and reports whether there was a whole one.
func note(t *testing.T, acknowledged map[string]string, lines *bufio.Reader) bool {
	t.Helper()
	line, err := lines.ReadString('\n')
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
			t.Fatal(err)
		}
		return false
	}
	id, message, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok {
		t.Fatalf("a writer says %q", line)
	}
	if other, ok := acknowledged[id]; ok {
		t.Errorf("the id %s was given to %s and to %s", id, other, message)
	}
	acknowledged[id] = message
	return true
}

// compare holds a store against what its writers were told.
func compare(t *testing.T, s *Store, acknowledged map[string]string) {
	t.Helper()
	seen := map[string]bool{}
	last := ""
	for d, err := range s.List(t.Context(), Query{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.ID <= last {
			t.Fatalf("%s comes after %s", d.ID, last)
		}
		last = d.ID
		if seen[d.MessageID] {
			t.Errorf("%s is there twice", d.MessageID)
		}
		seen[d.MessageID] = true
		if message, ok := acknowledged[d.ID]; ok && message != d.MessageID {
			t.Errorf("%s is %s, and was acknowledged as %s", d.ID, d.MessageID, message)
		}
		want := sent(t, d)
		if text := diff(want, d); text != "" {
			t.Fatalf("%s is not what was sent: %s", d.ID, text)
		}
	}
	for id, message := range acknowledged {
		if !seen[message] {
			t.Errorf("%s, acknowledged as %s, is lost", message, id)
		}
	}
}

// sent makes again what was sent under a delivery's message id.
func sent(t *testing.T, d *webhook.Delivery) *webhook.Delivery {
	t.Helper()
	run, number, _ := strings.Cut(d.MessageID, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("%q was never sent", d.MessageID)
	}
	want := numbered(run, n)
	want.ID = d.ID
	return want
}

// What a crash leaves of the log's end is no obstacle.
func TestTornLog(t *testing.T) {
	whole := t.TempDir()
	acknowledged := map[string]string{}
	s := open(t, whole, Options{BodyFile: childBodyFile})
	for n := range 50 {
		d := numbered("run", n)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		acknowledged[d.ID] = d.MessageID
	}
	for _, cut := range []int64{1, 5000, 1 << 14} {
		torn := t.TempDir()
		copyStore(t, whole, torn)
		name := filepath.Join(torn, databaseName+"-wal")
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, info.Size()-cut); err != nil {
			t.Fatal(err)
		}
		kept := map[string]string{}
		again := open(t, torn, Options{})
		for d, err := range again.List(t.Context(), Query{OldestFirst: true}) {
			if err != nil {
				t.Fatal(err)
			}
			kept[d.ID] = acknowledged[d.ID]
		}
		if len(kept) == 0 || len(kept) >= len(acknowledged) {
			t.Errorf("%d bytes cut: %d of %d are there", cut, len(kept), len(acknowledged))
		}
		compare(t, again, kept)
		if err := again.Keep(t.Context(), numbered("new", 1)); err != nil {
			t.Error(err)
		}
	}
}

// copyStore copies the files as they are, as a crash of the machine would leave
// them. The index of the log is not among them: it does not outlive a process.
func copyStore(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, databaseName+"-shm")); err != nil {
		t.Fatal(err)
	}
}
