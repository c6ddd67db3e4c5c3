package store

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// Several reads what Get reads, but for what is damaged or gone, and no more than
// a listing at once.
func TestSeveral(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{BodyFile: 1 << 10})
	var ids []string
	for i := range 5 {
		d := numbered("run", i)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := s.AddForward(t.Context(), d.ID, webhook.Forward{URL: "http://localhost/", Status: 200 + i}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	asked := append([]string{"nonsense", formatID(1)}, ids[1:4]...)
	found, err := s.Several(t.Context(), asked...)
	if err != nil || len(found) != 3 {
		t.Fatalf("%d are there: %v", len(found), err)
	}
	for _, id := range ids[1:4] {
		want, err := s.Get(t.Context(), id)
		if err != nil || len(want.Forwards) != 1 || !reflect.DeepEqual(found[id], want) {
			t.Errorf("%s: %+v\nwant %+v, %v", id, found[id], want, err)
		}
	}
	if found, err := s.Several(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("of none: %v, %v", found, err)
	}

	var large []string
	for range 3 {
		d := sample()
		d.Body = bytes.Repeat([]byte("x"), chunkBytes*2/3)
		if err := s.Keep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		large = append(large, d.ID)
	}
	if found, err := s.Several(t.Context(), large...); err != nil || len(found) != 1 {
		t.Errorf("%d large ones at once, %v", len(found), err)
	}
}
