package diagnosis

import (
	"slices"
	"strings"
)

// aspect is one way to print JSON, in one respect. The zero value is as it stands.
type aspect struct {
	code, title string
	set         func(*jsonStyle)
}

// aspects are the respects in which printers differ.
var aspects = [][]aspect{
	{
		{set: func(*jsonStyle) {}, title: "compact JSON"},
		{"spaced", "JSON with blanks after commas and colons", func(st *jsonStyle) { st.comma, st.colon = ", ", ": " }},
		{"indent-2", "JSON indented by 2 blanks", func(st *jsonStyle) { st.colon, st.indent = ": ", "  " }},
		{"indent-4", "JSON indented by 4 blanks", func(st *jsonStyle) { st.colon, st.indent = ": ", "    " }},
		{"indent-tab", "JSON indented by a tab", func(st *jsonStyle) { st.colon, st.indent = ": ", "\t" }},
	},
	{
		{set: func(*jsonStyle) {}},
		{"sorted", "its keys sorted", func(st *jsonStyle) { st.order = sortedOrder }},
	},
	{
		{set: func(*jsonStyle) {}},
		{"script-numbers", "its numbers as JavaScript prints them", func(st *jsonStyle) { st.numbers = scriptNumber }},
		{"python-numbers", "its numbers as Python prints them", func(st *jsonStyle) { st.numbers = pythonNumber }},
		{"php-numbers", "its numbers as PHP prints them", func(st *jsonStyle) { st.numbers = phpNumber }},
		{"java-numbers", "its numbers as Java prints them", func(st *jsonStyle) { st.numbers = javaNumber }},
	},
	{
		{set: func(*jsonStyle) {}},
		{"plain", "no needless escapes", func(st *jsonStyle) { st.strings = plainStrings }},
		{"unicode", `\u escapes`, func(st *jsonStyle) { st.strings = asciiStrings }},
		{"slashes", `\/ for /`, func(st *jsonStyle) { st.strings = slashStrings }},
		{"unicode-slashes", `\u escapes and \/ for /`, func(st *jsonStyle) { st.strings = phpStrings }},
		{"html", "< > & escaped", func(st *jsonStyle) { st.strings = goStrings }},
	},
}

// mixedRank is behind those of all styles that have a name.
const mixedRank = 80

// maxMixed is the size of bodies that are printed in every mixture.
const maxMixed = 64 << 10

// mixedStyles is every mixture of the aspects: what a program prints that has a
// printer of its own, or two that worked one after the other. Those that a named
// style prints as well are among them.
func mixedStyles(each func(*jsonStyle)) {
	var mix func(i int, st jsonStyle, codes, titles []string)
	mix = func(i int, st jsonStyle, codes, titles []string) {
		if i == len(aspects) {
			st.code, st.title, st.rank = strings.Join(codes, "-"), strings.Join(titles, ", "), mixedRank
			each(&st)
			return
		}
		for _, a := range aspects[i] {
			next := st
			a.set(&next)
			nextCodes, nextTitles := codes[:len(codes):len(codes)], titles[:len(titles):len(titles)]
			if a.code != "" {
				nextCodes = append(nextCodes, a.code)
			}
			if a.title != "" {
				nextTitles = append(nextTitles, a.title)
			}
			mix(i+1, next, nextCodes, nextTitles)
		}
	}
	mix(0, jsonStyle{}, []string{"json"}, nil)
}

// mixed tries every mixture on a body that is small enough for it, each changed
// further by then; nil takes it as it is.
func (ms *macSearch) mixed(arrived []byte, p *prepared, then *bodyChange) {
	if len(arrived) > maxMixed || !ms.spend("forms of the body", 0, parseWork*len(arrived)) {
		return
	}
	v, ok := parseJSON(arrived)
	if !ok || (v.kind != '{' && v.kind != '[') {
		return
	}
	traits, done := traitsOf(&v), map[alike]bool{}
	seen := newSeen(arrived)
	mixedStyles(func(st *jsonStyle) {
		a := traits.alike(st)
		if len(ms.found) > 0 || done[a] || !ms.spend("forms of the body", 0, transformWork[jsonLayer]*len(arrived)) {
			return
		}
		done[a] = true
		printed := st.print(&v, len(arrived))
		c := bodyChange{code: st.code, rank: st.rank, title: "the signature fits the body as " + st.title}
		steps := []step{c.step(printed, arrived)}
		signed := printed
		if then != nil {
			signed = then.apply(printed)
			steps = append(steps, then.step(signed, printed))
		}
		if !seen.has(signed) {
			ms.try("forms of the body", p, &body{signed, steps})
		}
	})
}

// mixedEdges are what may have become of a mixture besides.
var mixedEdges = []string{"newline-lost", "lf-for-crlf", "crlf-lost"}

// mixedPairs tries every mixture with another edge or other line breaks.
func (ms *macSearch) mixedPairs(arrived []byte, p *prepared) {
	for _, code := range mixedEdges {
		i := slices.IndexFunc(byteChanges, func(c bodyChange) bool { return c.code == code })
		ms.mixed(arrived, p, &byteChanges[i])
	}
}
