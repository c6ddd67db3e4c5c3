package cmd

import (
	"context"
	"fmt"
	"runtime"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

// chartColumns is how many attempts a chart has at most.
const chartColumns = 60

// printChart draws the last attempts.
func (app *App) printChart(ctx context.Context, s *store.Store, e *store.Endpoint) error {
	columns := chartColumns
	if app.IO.Width > 0 {
		columns = max(1, min(columns, app.IO.Width-4))
	}
	all, err := s.Attempts(ctx, e, columns)
	if err != nil {
		return endpointError(err)
	}
	if len(all) == 0 {
		return nil
	}
	bars := make([]ui.Bar, len(all))
	fastest, slowest := all[0].Answer.Duration, all[0].Answer.Duration
	for i, a := range all {
		bars[len(all)-1-i] = ui.Bar{Value: float64(a.Answer.Duration.Microseconds()) / 100, Role: roleOf(a.Outcome)}
		fastest, slowest = min(fastest, a.Answer.Duration), max(slowest, a.Answer.Duration)
	}
	chart := ui.Chart{Style: app.IO.Style(), ASCII: !ui.Unicode(app.getenv, runtime.GOOS)}
	heights, marks := chart.Rows(bars)
	took := ui.Took(fastest)
	if slowest > fastest {
		took += " to " + ui.Took(slowest)
	}
	_, err = fmt.Fprintf(app.IO.Out, "\n  last %s, %s\n  %s\n  %s\n", countText(len(all), "attempt"), took, heights, marks)
	return err
}

func roleOf(o store.Outcome) ui.Role {
	switch o {
	case store.Success:
		return ui.Good
	case store.Failure:
		return ui.Bad
	}
	return ui.Warn
}
