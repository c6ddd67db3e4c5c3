// Package near finds the names that somebody who made a typing error may have
// meant: of commands, providers, event types, settings, paths, placeholders.
package near

import (
	"slices"
	"strings"
)

// Names returns the names similar to what was typed, the most similar first, at
// most five. Case does not count, and a name that contains what was typed is
// similar however much longer it is.
func Names(typed string, names []string) []string {
	folded := strings.ToLower(typed)
	limit := max(2, len(typed)/3)
	found := make([][]string, limit+1) // by distance
	for _, name := range names {
		lower := strings.ToLower(name)
		d := limit + 1
		if diff := len(name) - len(typed); diff <= limit && -diff <= limit {
			d = distance(folded, lower)
		}
		if len(typed) > 1 && strings.Contains(lower, folded) {
			d = min(d, 2)
		}
		if d <= limit && d < len(name) {
			found[d] = append(found[d], name)
		}
	}
	near := slices.Concat(found...)
	return near[:min(5, len(near))]
}

// distance is the optimal string alignment distance in bytes: how many times a
// byte must be put in, taken out, replaced, or exchanged with its neighbour.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
