package store

import (
	"errors"
	"slices"
	"testing"
)

// After a failure the last batch is looked for, and what is gone of it is told.
// What others wrote under the ids of a failed batch stays.
func TestRecheck(t *testing.T) {
	var told []Recovery
	s := open(t, t.TempDir(), Options{Recovered: func(r Recovery) { told = append(told, r) }})
	var ids []string
	for n := range 4 {
		d := numbered("run", n)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	broken := errors.New("the sync failed")
	fail := func(before func(*conn) error) {
		t.Helper()
		err := s.writer.task(t.Context(), func(c *conn) error { return errors.Join(before(c), broken) })
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	fail(func(*conn) error {
		s.writer.tail.failed = []mark{{id: mustID(t, ids[1]), sum: 1}}
		return nil
	})
	if err := s.Keep(t.Context(), numbered("run", 4)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 0 || len(list(t, s, Query{})) != 5 {
		t.Errorf("with all there, told of %+v", told)
	}
	last := list(t, s, Query{Limit: 1})[0]
	fail(func(c *conn) error {
		_, err := c.exec("DELETE FROM deliveries WHERE id = ?", mustID(t, last))
		return err
	})
	if err := s.Keep(t.Context(), numbered("run", 5)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || !slices.Equal(told[0].Lost, []string{last}) || !errors.Is(told[0].Cause, broken) {
		t.Errorf("told of %+v, want that %s is lost", told, last)
	}
}
