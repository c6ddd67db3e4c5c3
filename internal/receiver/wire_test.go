package receiver

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"testing"

	"github.com/whk-cli/whk/internal/webhook"
	"github.com/whk-cli/whk/internal/wire"
)

// Whatever strangers send, each is answered and kept as it should be, and the
// next delivery is taken as if nothing had been.
func TestWire(t *testing.T) {
	count := 0
	for _, group := range wire.Groups() {
		count += len(group.Cases)
		t.Run(group.Name, func(t *testing.T) {
			t.Parallel()
			testWire(t, group)
		})
	}
	if count < 300 {
		t.Errorf("there are only %d cases", count)
	}
}

func testWire(t *testing.T, group wire.Group) {
	b := newBench(t, Options{
		Limits: Limits{Header: group.Header, Body: int64(group.Body)},
		Judge: func(_ *http.Request, d *webhook.Delivery) (*Answer, bool) {
			d.Verification.Status = webhook.Authentic // also what was cut
			return nil, false
		},
	})
	for _, c := range group.Cases {
		t.Run(c.Name, func(t *testing.T) {
			b.t = t
			got := b.exchange(c.Send)
			if !slices.Equal(statuses(got), c.Status) {
				t.Errorf("answers %v, want %v", statuses(got), c.Status)
			}
			if kept := b.deliveries(); !slices.Equal(kept, c.Kept) {
				t.Errorf("kept %q, want %q", short(kept), short(c.Kept))
			}
			if n := len(got); n > 0 && got[n-1].closes == c.Stays {
				t.Errorf("Connection: close is %v, want %v", got[n-1].closes, !c.Stays)
			}
			b.healthy()
			b.told(got)
		})
	}
	if n := b.rc.Panics(); n != 0 {
		t.Errorf("%d panics", n)
	}
}

// told wants that for each refusing answer there is a refusal, and no more.
func (b *bench) told(answers []answer) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var want, got []int
	for _, status := range statuses(answers) {
		if status >= 400 {
			want = append(want, status)
		}
	}
	for _, ref := range b.refused {
		if ref.Status != 0 {
			got = append(got, ref.Status)
		}
		if ref.Class == "" || ref.Reason == "" || ref.Remote == "" {
			b.t.Errorf("told %+v", ref)
		}
	}
	if b.refused = nil; !slices.Equal(got, want) {
		b.t.Errorf("told of refusals %v, want %v", got, want)
	}
}

// short are texts of which the long ones are cut, and told apart by a hash.
func short(texts []string) []string {
	var all []string
	for _, text := range texts {
		if len(text) > 200 {
			hash := fnv.New64a()
			hash.Write([]byte(text))
			text = fmt.Sprintf("%s… (%d bytes, %x)", text[:80], len(text), hash.Sum64())
		}
		all = append(all, text)
	}
	return all
}
