package store

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// What else is in the database comes along, whatever became of the trees beside
// it; and when it does not, that is told.
func TestRecoverTables(t *testing.T) {
	source := t.TempDir()
	varied(t, source, 100)
	s := open(t, source, Options{})
	var before []*Endpoint
	for i := range 120 {
		e := add(t, s, sampleEndpoint(fmt.Sprint("endpoint-", i)), fmt.Sprint("secret of ", i))
		attempt(t, s, e, Success, PauseRule{})
		before = append(before, find(t, s, e.Name))
	}
	if _, err := s.RemoveEndpoint(t.Context(), "endpoint-119"); err != nil {
		t.Fatal(err)
	}
	before = before[:119]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		harm  func([]byte)
		whole bool
	}{
		{"the header", func(b []byte) { clear(b[:100]) }, true},
		{"the deliveries' tree", func(b []byte) { clear(b[pageSize : 2*pageSize]) }, true},
		{"the first page", func(b []byte) { clear(b[:pageSize]) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := harmed(t, source, func(image []byte) []byte { tt.harm(image); return image })
			var told Recovery
			s := open(t, dir, Options{Recovered: func(r Recovery) { told = r }})
			if slices.Contains(told.Tables, "endpoints") == tt.whole {
				t.Errorf("not whole: %q", told.Tables)
			}
			if !tt.whole {
				return
			}
			for _, want := range before {
				if got := find(t, s, want.Name); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %+v, want %+v", want.Name, got, want)
				}
			}
			// An id that was given once is not given again.
			if e := add(t, s, sampleEndpoint("another"), "x"); e.row <= before[118].row+1 {
				t.Errorf("the id %d was that of a removed one", e.row)
			}
		})
	}
}
