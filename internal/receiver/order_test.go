package receiver

import (
	"container/list"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Deliveries that return in any order pass in that of their ids, and no later
// than they have to.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o order
		var mu sync.Mutex
		var passed []string
		pass := func(begun *list.Element, id string) {
			go o.pass(begun, id, func() {
				mu.Lock()
				defer mu.Unlock()
				passed = append(passed, id)
			})
			synctest.Wait()
		}
		is := func(want ...string) {
			t.Helper()
			if mu.Lock(); !slices.Equal(passed, want) {
				t.Fatalf("passed %q, want %q", passed, want)
			}
			mu.Unlock()
		}
		a, b, c := o.begin(), o.begin(), o.begin()
		pass(c, "3")
		is() // a or b may still get a lower one
		late := o.begin()
		pass(a, "1")
		is() // b may get 0
		pass(b, "2")
		is("1", "2", "3") // whatever late gets is higher
		more := o.begin()
		pass(more, "5")
		is("1", "2", "3")
		o.drop(late)
		synctest.Wait()
		is("1", "2", "3", "5")
	})
}

// A store that gives ids as it does, and returns in another order.
func TestOrderOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o order
		var store sync.Mutex
		var passed []string
		next := 0
		var all sync.WaitGroup
		for n := range 200 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(n), 1))
				pause := func() { time.Sleep(time.Duration(random.IntN(50)) * time.Millisecond) }
				pause()
				begun := o.begin()
				pause()
				store.Lock()
				next++
				id := fmt.Sprintf("%04d", next)
				store.Unlock()
				pause()
				if random.IntN(5) == 0 {
					o.drop(begun)
					return
				}
				o.pass(begun, id, func() { passed = append(passed, id) })
			})
		}
		all.Wait()
		if len(passed) < 100 || !slices.IsSorted(passed) {
			t.Errorf("%d passed, in the order %q", len(passed), passed)
		}
		if o.keeping.Len() != 0 || len(o.waiting) != 0 || o.passing {
			t.Errorf("left behind: %+v", &o)
		}
	})
}

func TestOrderSurvivesPanic(t *testing.T) {
	var o order
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not reach its caller")
			}
		}()
		o.pass(o.begin(), "1", func() { panic("x") })
	}()
	passed := false
	o.pass(o.begin(), "2", func() { passed = true })
	if !passed {
		t.Error("nothing passes any more")
	}
}
