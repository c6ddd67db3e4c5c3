package cmd

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/whk-cli/whk/internal/ui"
)

// Deliveries that arrive together warn of the same things, and of others, at the
// same time.
func TestWarnOnceTogether(t *testing.T) {
	streams, _, stderr := ui.Buffers("")
	app := &App{IO: streams}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 50 {
				app.warnOnce(fmt.Sprintf("warning <%d>", i))
			}
		})
	}
	all.Wait()
	for i := range 50 {
		if n := strings.Count(stderr.String(), fmt.Sprintf("<%d>", i)); n != 1 {
			t.Errorf("warning %d was printed %d times", i, n)
		}
	}
}
