package provider

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// lookup finds, by a message's headers, the signs that it may fit.
type lookup struct {
	always   []int            // numbers of the signs that need no header
	byHeader map[string][]int // of the others, under each canonical name that may show them
}

// manyMessages is the number of messages after which reading all signs pays
// off.
const manyMessages = 32

func newLookup(signs []*sign) *lookup {
	l := &lookup{byHeader: map[string][]int{}}
	for i, s := range signs {
		by := s.parse()
		l.add(i, &by.Signs)
		for n := range by.Or {
			l.add(i, &by.Or[n].Signs)
		}
	}
	return l
}

func (l *lookup) add(sign int, s *Signs) {
	names, needed := s.needs()
	if !needed {
		l.always = append(l.always, sign)
	}
	for _, name := range names {
		key := http.CanonicalHeaderKey(name)
		l.byHeader[key] = append(l.byHeader[key], sign)
	}
}

// needs lists headers of which a message that fits has at least one; needed is
// false when there are none. Signs that nothing fits need a header, and no name
// will do.
func (s *Signs) needs() (names []string, needed bool) {
	switch {
	case s.none():
		return nil, true
	case len(s.Headers) > 0:
		return s.Headers[:1], true
	case len(s.Any) > 0:
		return s.Any, true
	case len(s.Values) > 0:
		return slices.Sorted(maps.Keys(s.Values))[:1], true
	}
	return nil, false
}

// find appends the numbers of the signs that a message with such a header may
// fit, in their order.
func (l *lookup) find(numbers []int, h http.Header) []int {
	numbers = append(numbers, l.always...)
	for name := range h {
		numbers = append(numbers, l.byHeader[name]...)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// hasPath reports whether a gjson path exists in body. If the path begins with
// a name that does not occur in the body, nothing is parsed, unless the body
// has escapes, which could spell the name differently.
func hasPath(body []byte, path string) bool {
	name, _, _ := strings.Cut(path, ".")
	isName := name != "" && isPlainPath(name) && (name[0] < '0' || name[0] > '9')
	if isName && !contains(body, name) && bytes.IndexByte(body, '\\') < 0 {
		return false
	}
	return gjson.GetBytes(body, path).Exists()
}

// contains is [bytes.Contains] for names, which it looks for by their rarest
// letter: most of the others stand in every line of JSON.
func contains(body []byte, name string) bool {
	rarest := 0
	for i := range len(name) {
		if rarity(name[i]) > rarity(name[rarest]) {
			rarest = i
		}
	}
	for at := rarest; at < len(body); at++ {
		next := bytes.IndexByte(body[at:], name[rarest])
		if next < 0 {
			return false
		}
		at += next
		if bytes.HasPrefix(body[at-rarest:], []byte(name)) {
			return true
		}
	}
	return false
}

// rarity orders the bytes of names; letters by how seldom English has them.
func rarity(c byte) int {
	if c < 'a' || c > 'z' {
		return 26 // a capital letter, most often
	}
	return strings.IndexByte("etaoinsrhldcumfpgwybvkxjqz", c)
}
