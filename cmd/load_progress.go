package cmd

import (
	"fmt"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/ui"
)

// loadProgress tells how far a run is: on a terminal in one line that changes,
// elsewhere in a line every few seconds.
type loadProgress struct {
	run  *loadRun
	done chan struct{}
	wait sync.WaitGroup
	line *ui.Progress // nil where there is no terminal
}

// startProgress begins to tell, where somebody wants to know.
func (r *loadRun) startProgress() *loadProgress {
	p := &loadProgress{run: r, done: make(chan struct{})}
	if r.app.global.Quiet || r.app.global.JSON {
		return p
	}
	every := shortestLoadRound
	if r.app.IO.ErrTTY && r.app.getenv("TERM") != "dumb" {
		p.line = ui.NewProgress(r.app.IO, r.ascii())
		every = 100 * time.Millisecond
	}
	p.wait.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.tell()
			case <-p.done:
				return
			}
		}
	})
	return p
}

// stop ends it, and clears the line.
func (p *loadProgress) stop() {
	close(p.done)
	p.wait.Wait()
	if p.line != nil {
		p.line.Clear()
	}
}

func (p *loadProgress) tell() {
	f := p.run.meter.Figures()
	o := p.run.options
	part := f.Progress(o)
	text := grouped(f.Deliveries)
	if o.Count > 0 {
		text += " of " + grouped(o.Count)
	}
	text += ", " + perSecond(f.PerSecond())
	if failed := f.NotAcknowledged + f.Unanswered; failed > 0 {
		text += fmt.Sprintf(", %s failed", grouped(failed))
	}
	if part > 0 && part < 1 {
		left := time.Duration(float64(f.Elapsed) * (1 - part) / part)
		text += ", " + shortDuration(left.Round(time.Second)) + " to go"
	}
	if p.line != nil {
		p.line.Show(part, text)
		return
	}
	p.run.app.note("%s", text)
}
