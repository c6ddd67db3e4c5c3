package cmd

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
)

// Whatever headers came before, each is what net/http's form of it is.
func TestHeaderForms(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"A", "a", "B", "C-D", "c-d", "É"}
	var forms headerForms
	seen := map[int]bool{}
	for range 5000 {
		var h webhook.Header
		for range r.IntN(4) {
			h.Add(names[r.IntN(len(names))], string(rune('0'+r.IntN(10))))
		}
		if got, want := forms.of(h), h.HTTP(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v is %v, want %v", h, got, want)
		}
		seen[forms.last] = true
	}
	if len(seen) != len(forms.known) {
		t.Errorf("%d forms are used", len(seen))
	}
}
