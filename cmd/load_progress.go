package cmd

import (
	"fmt"
	"sync"
	"time"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// loadProgress tells how far a run is: on a terminal in one line that changes,
// elsewhere in a line every few seconds.
type loadProgress struct {
	run    *loadRun
	silent bool         // with --quiet and --json
	line   *ui.Progress // nil where there is no terminal
	done   chan struct{}
	wait   sync.WaitGroup
}

func (r *loadRun) newProgress() *loadProgress {
	p := &loadProgress{run: r, silent: r.app.global.Quiet || r.app.global.JSON, done: make(chan struct{})}
	if !p.silent && r.app.IO.ErrTTY && r.app.getenv("TERM") != "dumb" {
		p.line = ui.NewProgress(r.app.IO, r.ascii())
	}
	return p
}

// start reports from time to time until stop is called.
func (p *loadProgress) start() {
	every := 5 * time.Second
	if p.line != nil {
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
	if p.silent {
		return
	}
	f := p.run.meter.Figures()
	o := p.run.options
	text := grouped(f.Deliveries)
	if o.Count > 0 {
		text += " of " + grouped(o.Count)
	}
	text += ", " + perSecond(f.PerSecond())
	if failed := f.NotAcknowledged + f.Unanswered; failed > 0 {
		text += fmt.Sprintf(", %s failed", grouped(failed))
	}
	if left := f.Left(o).Round(time.Second); left > 0 {
		text += ", " + webhook.ShortDuration(left) + " to go"
	}
	if p.line != nil {
		p.line.Show(f.Progress(o), text)
		return
	}
	p.run.app.note("%s", text)
}
