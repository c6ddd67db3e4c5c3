package diagnosis

import "hash/maphash"

// bodies makes the forms of one mistake each, hands them on as they come, and
// returns those that differ from each other and from what arrived.
func (ms *macSearch) bodies(arrived []byte, each func(*body)) []body {
	seen := newSeen(arrived)
	var out []body
	kept := 0
	ms.changes(arrived, func(c *bodyChange, signed []byte) {
		if seen.has(signed) {
			return
		}
		b := body{signed, []step{c.step(signed, arrived)}}
		each(&b)
		// The forms of a large body are made for one look; keeping all of them
		// would take their sum.
		if kept += len(signed); kept <= maxKept {
			out = append(out, b)
		}
	})
	return out
}

// maxKept bounds the memory for forms of the body that pairs are made of.
const maxKept = 24 << 20

// changes applies every change that does something.
func (s *search) changes(from []byte, each func(*bodyChange, []byte)) {
	apply := func(changes []bodyChange) {
		for i := range changes {
			if !s.spend("forms of the body", 0, len(from)) {
				return
			}
			// What changes nothing costs a look.
			if signed := changes[i].apply(from); signed != nil && s.spend("forms of the body", 0, transformWork[changes[i].layer]*len(from)) {
				each(&changes[i], signed)
			}
		}
	}
	apply(byteChanges[:commonChanges])
	if s.spend("forms of the body", 0, parseWork*len(from)) {
		apply(jsonChanges(from))
	}
	apply(byteChanges[commonChanges:])
}

// commonChanges is how many of byteChanges go before the JSON styles.
const commonChanges = 12

// bodyPairs makes the forms of two mistakes in the body: an edge and a new print,
// a wrapping and either.
func (ms *macSearch) bodyPairs(arrived []byte, each func(*body)) {
	middles, seen := newSeen(arrived), newSeen(arrived)
	ms.changes(arrived, func(first *bodyChange, middle []byte) {
		if len(middle) == 0 || middles.has(middle) {
			return
		}
		ms.changes(middle, func(second *bodyChange, signed []byte) {
			if (first.layer == jsonLayer && second.layer == jsonLayer) || seen.has(signed) {
				return
			}
			each(&body{signed, []step{first.step(middle, arrived), second.step(signed, middle)}})
		})
	})
}

// seen remembers bodies by their hash.
type seen struct {
	hash maphash.Hash
	sums map[uint64]bool
}

func newSeen(bodies ...[]byte) *seen {
	s := &seen{sums: map[uint64]bool{}}
	for _, b := range bodies {
		s.has(b)
	}
	return s
}

// has reports whether b was here before.
func (s *seen) has(b []byte) bool {
	s.hash.Reset()
	s.hash.Write(b)
	sum := s.hash.Sum64()
	if s.sums[sum] {
		return true
	}
	s.sums[sum] = true
	return false
}
