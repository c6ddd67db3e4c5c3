package payload

import (
	"testing"
	"time"
)

// A payload has one name, however often it is made, and no other has it.
func TestPayloadID(t *testing.T) {
	known := map[string]bool{}
	for seed := range uint64(20) {
		g := Generator{Seed: FixedSeed(seed), Now: time.Now}
		for n := range 500 {
			id := g.Payload(n + 1).ID().String()
			if again := g.Payload(n + 1).ID().String(); again != id {
				t.Errorf("%s becomes %s", id, again)
			}
			if len(id) != 32 || known[id] {
				t.Errorf("payload %d of seed %d has the ID %q", n+1, seed, id)
			}
			known[id] = true
		}
	}
	if id := (ID{}).String(); id != "" {
		t.Errorf("no payload has the ID %q", id)
	}
}
