package cmd

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stuckTerminal is a terminal that takes nothing until it is let go.
type stuckTerminal struct {
	goOn chan struct{}
	text strings.Builder
}

func (h *stuckTerminal) Write(p []byte) (int, error) {
	<-h.goOn
	return h.text.Write(p)
}

// What the screen kept, and all that follows, waits for a terminal that is stuck no
// longer than a moment in all; what comes while it is stuck is lost.
func TestDetourToAStuckTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terminal := &stuckTerminal{goOn: make(chan struct{})}
		d := &detour{w: terminal}
		d.to(func(string) {})
		d.Write([]byte("one\n"))
		d.Write([]byte("two\n"))
		start := time.Now()
		d.back()
		d.Write([]byte("lost\n"))
		if took := time.Since(start); took != stuckAfter {
			t.Errorf("it took %v", took)
		}
		close(terminal.goOn)
		synctest.Wait()
		d.Write([]byte("three\n"))
		if got := terminal.text.String(); got != "one\ntwo\nthree\n" {
			t.Errorf("the terminal got %q", got)
		}
	})
}
