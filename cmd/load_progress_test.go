package cmd

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/whk-cli/whk/internal/load"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// stalled is a worker that fails at once, and lets its last delivery wait until
// somebody has looked.
type stalled struct{ look func() }

func (s stalled) Deliver(_ context.Context, n int) (load.Result, error) {
	if n == 4 {
		time.Sleep(10 * time.Millisecond) // the run has taken some time, and more is to come
		s.look()
	}
	return load.Result{Attempt: webhook.Attempt{Status: 500}, Attempts: 1}, nil
}
func (s stalled) Close() {}

// Without a terminal progress is a line of its own; on one it is written over, and
// gone at the end. Programs and the quiet are told nothing.
func TestLoadProgress(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*App)
		want func(string) bool
	}{
		{"a line", func(*App) {}, func(got string) bool {
			return strings.HasPrefix(got, "3 of 4, ") && strings.HasSuffix(got, "/s, 3 failed\n") && strings.Count(got, "\n") == 1
		}},
		{"a terminal", func(app *App) { app.IO.ErrTTY = true }, func(got string) bool {
			return strings.HasPrefix(got, "\r###############.....  3 of 4, ") && strings.HasSuffix(got, "\r\x1b[K") && !strings.Contains(got, "\n")
		}},
		{"quiet", func(app *App) { app.IO.ErrTTY, app.global.Quiet = true, true }, func(got string) bool { return got == "" }},
		{"JSON", func(app *App) { app.IO.ErrTTY, app.global.JSON = true, true }, func(got string) bool { return got == "" }},
	} {
		streams, _, out := ui.Buffers("")
		app := &App{IO: streams, LookupEnv: func(string) (string, bool) { return "", false }}
		tt.set(app)
		r := &loadRun{app: app, options: load.Options{Count: 4}}
		p := r.newProgress()
		if err := load.Run(t.Context(), r.options, &r.meter, func() load.Worker { return stalled{p.tell} }); err != nil {
			t.Fatal(err)
		}
		p.stop()
		if got := out.String(); !tt.want(got) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}
