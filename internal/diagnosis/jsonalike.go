package diagnosis

import (
	"bytes"
	"hash/maphash"
	"reflect"
	"strings"
)

// jsonTraits are what a body has of all that styles differ in. Where it lacks
// something, styles that differ in that alone print the same bytes, and one of
// them is enough.
type jsonTraits struct {
	body      *jsonValue
	numbers   [][]byte     // that some language writes in another way, as they stand
	texts     []*jsonValue // strings that some language writes in another way
	emptyMaps bool
	empties   bool // objects or arrays
	nulls     bool // members that are null
	times     bool // strings that are times
	whole     bool // numbers that only a parser without whole numbers changes

	unlike [256]bool
	hash   maphash.Hash
	sums   map[any]uint64 // what becomes of the numbers, or the texts, by how they are written
	moved  map[keyOrder]bool
}

func traitsOf(v *jsonValue) *jsonTraits {
	t := &jsonTraits{body: v, unlike: unlike(), sums: map[any]uint64{}, moved: map[keyOrder]bool{}}
	t.look(v)
	return t
}

// look finds what stands in values.
func (t *jsonTraits) look(v *jsonValue) {
	switch v.kind {
	case '0':
		if len(v.raw) > 15 || bytes.ContainsAny(v.raw, ".eE") || string(v.raw) == "-0" {
			t.numbers = append(t.numbers, v.raw)
		} else {
			t.whole = true
		}
	case '"':
		t.text(v)
		if !t.times {
			_, t.times = timeText(v.text)
		}
	case '[':
		t.empties = t.empties || len(v.items) == 0
		for i := range v.items {
			t.look(&v.items[i])
		}
	case '{':
		t.emptyMaps = t.emptyMaps || len(v.members) == 0
		t.empties = t.empties || t.emptyMaps
		for i := range v.members {
			t.text(&v.members[i].key)
			t.nulls = t.nulls || v.members[i].value.kind == 'n'
			t.look(&v.members[i].value)
		}
	}
}

// text keeps a string unless everybody writes it as it stands.
func (t *jsonTraits) text(v *jsonValue) {
	for _, c := range v.raw[1 : len(v.raw)-1] {
		if t.unlike[c] {
			t.texts = append(t.texts, v)
			return
		}
	}
}

// unlike are the bytes of strings that somebody escapes.
func unlike() (is [256]bool) {
	for c := range is {
		is[c] = c < ' ' || c >= 0x7f || strings.IndexByte("\"\\/<>&='+`%@", byte(c)) >= 0
	}
	return is
}

// alike is a style without what a body does not show; two that are equal print it
// alike.
type alike struct {
	comma, colon, indent, line string
	layout                     layout
	order                      keyOrder
	numbers, texts             uint64
	noMaps, noNulls, times     bool
}

func (t *jsonTraits) alike(st *jsonStyle) alike {
	a := alike{comma: orElse(st.comma, ","), colon: orElse(st.colon, ":"), indent: st.indent, numbers: t.numbered(st.numbers), texts: t.written(st.strings),
		noMaps: st.noMaps && (t.emptyMaps || (st.noNulls && t.nulls)), noNulls: st.noNulls && t.nulls, times: st.times && t.times}
	if t.moves(st.order) {
		a.order = st.order
	}
	if st.indent != "" {
		a.line = orElse(st.line, "\n")
		if st.layout == jacksonLayout || t.empties || a.noNulls {
			a.layout = st.layout
		}
	}
	return a
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// numbered is a hash of the numbers as they are written by a function, or as they
// stand.
func (t *jsonTraits) numbered(write func([]byte) []byte) uint64 {
	id := reflect.ValueOf(write).Pointer()
	sum, ok := t.sums[id]
	if !ok {
		t.hash.Reset()
		if t.whole && id == reflect.ValueOf(javaDouble).Pointer() {
			t.hash.WriteByte('.')
		}
		for _, raw := range t.numbers {
			if write != nil {
				raw = write(raw)
			}
			t.hash.Write(raw)
			t.hash.WriteByte(',')
		}
		sum = t.hash.Sum64()
		t.sums[id] = sum
	}
	return sum
}

// written is a hash of the strings in a style, or as they stand.
func (t *jsonTraits) written(st *stringStyle) uint64 {
	sum, ok := t.sums[st]
	if !ok {
		t.hash.Reset()
		var out []byte
		for _, v := range t.texts {
			if out = append(out[:0], v.raw...); st != nil {
				out = st.append(out[:0], v.text)
			}
			t.hash.Write(out)
		}
		sum = t.hash.Sum64()
		t.sums[st] = sum
	}
	return sum
}

// moves reports whether an order changes anything.
func (t *jsonTraits) moves(order keyOrder) bool {
	if order == keptOrder {
		return false
	}
	moved, ok := t.moved[order]
	if !ok {
		moved = moves(t.body, order)
		t.moved[order] = moved
	}
	return moved
}

func moves(v *jsonValue, order keyOrder) bool {
	members := v.ordered(order)
	if len(members) != len(v.members) {
		return true
	}
	for i := range members {
		if members[i].key.text != v.members[i].key.text || moves(&v.members[i].value, order) {
			return true
		}
	}
	for i := range v.items {
		if moves(&v.items[i], order) {
			return true
		}
	}
	return false
}
