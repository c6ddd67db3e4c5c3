package cmd

import (
	"io"
	"strings"
	"sync"
	"time"
)

// detour is a stderr whose text goes to the screen while there is one, and to
// the terminal once it is gone.
type detour struct {
	mu   sync.Mutex
	w    io.Writer
	note func(string) // nil: no screen
	kept []string
	busy chan struct{} // closed once the terminal has taken what it did not take in time; else nil
}

// stuckAfter is how long the terminal may take for a message: a listener ends,
// whether or not somebody reads what it says.
const stuckAfter = 2 * time.Second

// mostKept is how many messages the terminal gets afterwards.
const mostKept = 50

// Write never fails while a screen is there.
func (d *detour) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.note == nil {
		return len(p), d.pass(string(p))
	}
	d.note(string(p))
	d.kept = append(d.kept, string(p))
	d.kept = d.kept[max(0, len(d.kept)-mostKept):]
	return len(p), nil
}

// pass writes a text to the terminal. While it is stuck with one, others are lost.
func (d *detour) pass(text string) error {
	if d.busy != nil {
		select {
		case <-d.busy:
			d.busy = nil
		default:
			return nil
		}
	}
	w, failed, done := d.w, error(nil), make(chan struct{})
	go func() {
		defer close(done)
		_, failed = io.WriteString(w, text)
	}()
	timer := time.NewTimer(stuckAfter)
	defer timer.Stop()
	select {
	case <-done:
		return failed
	case <-timer.C:
		d.busy = done
		return nil
	}
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
	_ = d.pass(strings.Join(d.kept, "")) // a terminal that is gone gets none
	d.kept = nil
}

// drop lets nothing through from here on.
func (d *detour) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note, d.w, d.kept = nil, io.Discard, nil
}
