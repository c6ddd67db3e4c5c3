package diagnosis

import (
	"bytes"
	"reflect"
	"strings"
)

// jsonTraits are what a body has of all that styles differ in. Where it lacks
// something, styles that differ in that alone print the same bytes, and one of
// them is enough.
type jsonTraits struct {
	escapes   bool // any backslash: all of the rest may be there
	wide      bool // characters outside ASCII
	ascii     [256]bool
	numbers   bool // that some language writes in another way
	emptyMaps bool
}

func traitsOf(body []byte, v *jsonValue) *jsonTraits {
	t := &jsonTraits{wide: !isASCII(body)}
	for _, c := range []byte("/<>&='+`\x7f\\") {
		t.ascii[c] = bytes.IndexByte(body, c) >= 0
	}
	t.escapes = t.ascii['\\']
	t.look(v)
	return t
}

// look finds the traits that stand in values.
func (t *jsonTraits) look(v *jsonValue) {
	switch v.kind {
	case '0':
		// Whole numbers of up to 15 digits are the same to everybody.
		t.numbers = t.numbers || len(v.raw) > 15 || bytes.ContainsAny(v.raw, ".eE") || string(v.raw) == "-0"
	case '[':
		for i := range v.items {
			t.look(&v.items[i])
		}
	case '{':
		t.emptyMaps = t.emptyMaps || len(v.members) == 0
		for i := range v.members {
			t.look(&v.members[i].value)
		}
	}
}

// alike is a style without what a body does not show; two that are equal print it
// alike.
type alike struct {
	comma, colon, indent string
	order                keyOrder
	numbers              uintptr
	strings              stringStyle
	decoded              bool // strings are written anew, and that may show
	noMaps               bool
}

func (t *jsonTraits) alike(st *jsonStyle) alike {
	a := alike{comma: st.comma, colon: st.colon, indent: st.indent, order: st.order, noMaps: st.noMaps && t.emptyMaps}
	if st.numbers != nil && t.numbers {
		a.numbers = reflect.ValueOf(st.numbers).Pointer()
	}
	if st.strings == nil {
		return a
	}
	a.decoded = t.escapes
	if a.strings = *st.strings; t.escapes {
		return a
	}
	s := &a.strings
	s.ascii, s.lines, s.upper = s.ascii && t.wide, s.lines && t.wide, s.upper && (t.wide || s.escaped != "")
	s.slash, s.del, s.quote = s.slash && t.ascii['/'], s.del && t.ascii[0x7f], false
	s.escaped = strings.Map(func(r rune) rune {
		if t.ascii[r&0xff] {
			return r
		}
		return -1
	}, s.escaped)
	if s.escaped == "" && !s.ascii {
		s.upper = false
	}
	return a
}
