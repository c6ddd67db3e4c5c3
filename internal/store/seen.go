package store

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/webhook"
)

// maxSeen bounds how many message ids are remembered.
const maxSeen = 1 << 14

// seen are the message ids that came of late, each with the first delivery that
// had it. A process also takes in what it finds in the store, from before its
// start and from others that write there.
type seen struct {
	within time.Duration // how far apart two deliveries may be

	mu     sync.Mutex
	seed   maphash.Seed // strangers choose the ids, and must not choose where two fall together
	first  map[uint64]sight
	order  []uint64 // of first, as a ring
	oldest int      // in order, once it is full
	open   map[uint64]claim
	last   int64     // the highest id that was taken in
	looked time.Time // when the store was last looked at, or written to
}

// sight is a delivery with a message id that is remembered.
type sight struct{ id, at int64 }

// claim is a message id whose first delivery is being kept.
type claim struct {
	owner *webhook.Delivery
	over  chan struct{} // closed at its end; nil while nobody waits for that
}

func newSeen(within time.Duration) *seen {
	return &seen{within: within, seed: maphash.MakeSeed(), first: map[uint64]sight{}, open: map[uint64]claim{}}
}

func (s *seen) key(provider, message string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(provider) //nolint:errcheck // it never fails
	h.WriteByte(0)          //nolint:errcheck
	h.WriteString(message)  //nolint:errcheck
	return h.Sum64()
}

// claim makes d the first with its message id, unless there is one: then that
// one's id is returned, or, while it is being kept, what to wait for.
func (s *seen) claim(d *webhook.Delivery) (first int64, wait <-chan struct{}) {
	key, at := s.key(d.Provider, d.MessageID), d.ReceivedAt.UnixNano()
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.first[key]; ok && distance(f.at, at) <= s.within {
		return f.id, nil
	}
	if c, ok := s.open[key]; ok && c.owner != d {
		if c.over == nil {
			c.over = make(chan struct{})
			s.open[key] = c
		}
		return 0, c.over
	}
	s.open[key] = claim{owner: d}
	return 0, nil
}

func distance(a, b int64) time.Duration { return max(time.Duration(a-b), time.Duration(b-a)) }

// settle ends the claim that d has, if it has one: d was kept with this id, or
// not, which is 0. One that was refused is not remembered.
func (s *seen) settle(d *webhook.Delivery, id int64, refused bool) {
	if d.MessageID == "" {
		return
	}
	key := s.key(d.Provider, d.MessageID)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.open[key]
	if !ok || c.owner != d {
		return
	}
	delete(s.open, key)
	if c.over != nil {
		close(c.over)
	}
	if id != 0 && !refused {
		s.remember(key, sight{id, d.ReceivedAt.UnixNano()})
	}
}

// takeOver ends a claim that was never settled.
func (s *seen) takeOver(d *webhook.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[s.key(d.Provider, d.MessageID)] = claim{owner: d}
}

// forget is for a delivery whose sender is to send it again.
func (s *seen) forget(d *webhook.Delivery) {
	id, ok := parseID(d.ID)
	key := s.key(d.Provider, d.MessageID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok && s.first[key].id == id {
		delete(s.first, key)
	}
}

func (s *seen) remember(key uint64, f sight) {
	if have, ok := s.first[key]; ok {
		if distance(have.at, f.at) > s.within {
			s.first[key] = f
		}
		return
	}
	s.first[key] = f
	if len(s.order) < maxSeen {
		s.order = append(s.order, key)
		return
	}
	delete(s.first, s.order[s.oldest])
	s.order[s.oldest] = key
	s.oldest = (s.oldest + 1) % maxSeen
}

// arrival is the part of a record that matters here.
type arrival struct {
	id, at            int64
	provider, message string
}

// takeIn remembers records that were found in the store, the oldest first. All
// up to last are known then.
func (s *seen) takeIn(found []arrival, last int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range found {
		s.remember(s.key(a.provider, a.message), sight{a.id, a.at})
	}
	s.last, s.looked = max(s.last, last), now
}

// behind reports up to where the store is known, and whether it is time to look.
func (s *seen) behind(now time.Time) (last int64, look bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.looked)
	return s.last, age > lookAgain || age < 0
}

// lookAgain is how long what others write may go unnoticed.
const lookAgain = 50 * time.Millisecond
