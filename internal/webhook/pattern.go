package webhook

import "strings"

// Patterns select event types: those that any pattern matches, or all when
// there is none, less those that a pattern after "!" matches.
//
// In a pattern * stands for any text, dots and slashes included, and ? for one
// character; everything else stands for itself, case included.
type Patterns []string

// Match reports whether p selects an event type.
func (p Patterns) Match(event string) bool {
	selected, any := false, false
	for _, pattern := range p {
		if not, ok := strings.CutPrefix(pattern, "!"); ok {
			if matchPattern(not, event) {
				return false
			}
			continue
		}
		any = true
		selected = selected || matchPattern(pattern, event)
	}
	return selected || !any
}

// matchPattern compares from left to right. After a mismatch the last * takes
// one character more; earlier ones need no second try, so the work is at most
// the product of the lengths.
func matchPattern(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	i, j := 0, 0
	star, taken := -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, taken = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			taken++
			i, j = star+1, taken
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
