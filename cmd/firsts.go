package cmd

import "sync"

// firsts remembers what was said, so that it is said only once. The zero value
// is ready. It is safe for concurrent use.
type firsts struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first reports whether text comes for the first time.
func (f *firsts) first(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[text] {
		return false
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[text] = true
	return true
}
