package cmd

import (
	"io"
	"strings"
	"sync"
)

// detour is a stderr whose text goes to the screen while there is one, and to
// the terminal once it is gone.
type detour struct {
	mu   sync.Mutex
	w    io.Writer
	note func(string) // nil: no screen
	kept []string
}

// mostKept is how many messages the terminal gets afterwards.
const mostKept = 50

// Write never fails while a screen is there.
func (d *detour) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.note == nil {
		return d.w.Write(p)
	}
	d.note(string(p))
	d.kept = append(d.kept, string(p))
	d.kept = d.kept[max(0, len(d.kept)-mostKept):]
	return len(p), nil
}

func (d *detour) to(note func(string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note = note
}

func (d *detour) back() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note = nil
	_, _ = io.WriteString(d.w, strings.Join(d.kept, "")) // a terminal that is gone gets none
	d.kept = nil
}

// drop lets nothing through from here on.
func (d *detour) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note, d.w, d.kept = nil, io.Discard, nil
}
