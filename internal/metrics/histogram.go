package metrics

import (
	"math"
	"slices"
	"strconv"
	"sync/atomic"
)

// Histogram counts values by their size. A nil Histogram counts nothing.
type Histogram struct {
	head
	bounds  []float64
	buckets []atomic.Uint64 // one more than bounds, each without those below it
	sum     atomic.Uint64   // the bits of a float64
}

// Histogram adds a histogram with these upper bounds, in ascending order.
func (s *Set) Histogram(name, help string, bounds ...float64) *Histogram {
	h := &Histogram{head: head{name, help, "histogram"}, bounds: bounds, buckets: make([]atomic.Uint64, len(bounds)+1)}
	s.add(h.head, nil, h)
	return h
}

// Observe counts one value.
func (h *Histogram) Observe(value float64) {
	if h == nil {
		return
	}
	i, _ := slices.BinarySearch(h.bounds, value)
	h.buckets[i].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+value)) {
			return
		}
	}
}

func (h *Histogram) append(text []byte) []byte {
	text = h.head.append(text)
	total := uint64(0)
	for i := range h.buckets {
		total += h.buckets[i].Load()
		bound := math.Inf(1)
		if i < len(h.bounds) {
			bound = h.bounds[i]
		}
		text = append(append(text, h.name...), `_bucket{le="`...)
		text = append(appendFloat(text, bound), `"} `...)
		text = append(strconv.AppendUint(text, total, 10), '\n')
	}
	text = append(append(text, h.name...), "_sum "...)
	text = append(appendFloat(text, math.Float64frombits(h.sum.Load())), '\n')
	text = append(append(text, h.name...), "_count "...)
	return append(strconv.AppendUint(text, total, 10), '\n')
}
