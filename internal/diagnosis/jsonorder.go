package diagnosis

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

type keyOrder int

const (
	keptOrder   keyOrder = iota
	sortedOrder          // by bytes, the last of equal keys wins
	scriptOrder          // as JavaScript enumerates: indexes first; the last value of equal keys wins
	lengthOrder          // shorter keys first, then by bytes: as databases keep JSON
	hashOrder            // as a HashMap of Java's has them
	orders               // how many there are
)

// ordered are the members of an object in an order. Several styles ask for the
// same one.
func (v *jsonValue) ordered(order keyOrder) []jsonMember {
	if order == keptOrder || len(v.members) == 0 {
		return v.members
	}
	if v.orders == nil {
		v.orders = new([orders][]jsonMember)
	}
	if v.orders[order] == nil {
		v.orders[order] = inOrder(lastOfEqual(v.members), order)
	}
	return v.orders[order]
}

// inOrder sorts members in place.
func inOrder(members []jsonMember, order keyOrder) []jsonMember {
	compare := order.compare(len(members))
	slices.SortStableFunc(members, func(a, b jsonMember) int { return compare(a.key.text, b.key.text) })
	return members
}

// compare is how two of n keys stand to each other.
func (o keyOrder) compare(n int) func(a, b string) int {
	switch o {
	case sortedOrder:
		return strings.Compare
	case lengthOrder:
		return func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }
	case hashOrder:
		last := buckets(n) - 1
		return func(a, b string) int { return cmp.Compare(javaHash(a)&last, javaHash(b)&last) }
	}
	return compareIndexes
}

// compareIndexes puts what is an array's index before everything else.
func compareIndexes(a, b string) int {
	x, xok := arrayIndex(a)
	y, yok := arrayIndex(b)
	switch {
	case xok && yok:
		return cmp.Compare(x, y)
	case xok:
		return -1
	case yok:
		return 1
	}
	return 0
}

// buckets is how many a HashMap has for n keys: it begins with 16 and doubles when
// it is three quarters full.
// https://docs.oracle.com/javase/8/docs/api/java/util/HashMap.html
func buckets(n int) uint32 {
	size := uint32(16)
	for n > int(size)/4*3 {
		size *= 2
	}
	return size
}

// javaHash is String.hashCode as a HashMap spreads it.
func javaHash(key string) uint32 {
	var h uint32
	for _, unit := range utf16.Encode([]rune(key)) {
		h = 31*h + uint32(unit)
	}
	return h ^ h>>16
}

// lastOfEqual copies members; of equal keys the first place and the last value
// count. A map pays for large objects only.
func lastOfEqual(members []jsonMember) []jsonMember {
	const few = 16
	var places map[string]int
	if len(members) > few {
		places = make(map[string]int, len(members))
	}
	out := make([]jsonMember, 0, len(members))
	place := func(key string) (int, bool) {
		if places != nil {
			i, ok := places[key]
			return i, ok
		}
		i := slices.IndexFunc(out, func(m jsonMember) bool { return m.key.text == key })
		return i, i >= 0
	}
	for _, m := range members {
		if i, ok := place(m.key.text); ok {
			out[i].value = m.value
			continue
		}
		if places != nil {
			places[m.key.text] = len(out)
		}
		out = append(out, m)
	}
	return out
}

func arrayIndex(key string) (int64, bool) {
	n, err := strconv.ParseInt(key, 10, 64)
	return n, err == nil && n >= 0 && n < 1<<32-1 && strconv.FormatInt(n, 10) == key
}
