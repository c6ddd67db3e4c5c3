package provider

import (
	"slices"
	"strings"
)

// Near returns the names, at most five, that someone who typed name may have
// meant, nearest first; none when nothing comes near.
func Near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	typed := strings.ToLower(name)
	for _, n := range names {
		lower := strings.ToLower(n)
		d := distance(typed, lower)
		if typed != "" && (strings.HasPrefix(lower, typed) || strings.Contains(lower, typed)) {
			d = min(d, 2)
		}
		if d <= max(2, len(name)/3) {
			found = append(found, candidate{n, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var near []string
	for _, c := range found[:min(5, len(found))] {
		near = append(near, c.name)
	}
	return near
}

// distance is the number of single-character edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
