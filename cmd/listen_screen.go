package cmd

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/screen"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// checkScreen settles whether --tui is wanted and possible.
func (opts *listenOptions) checkScreen(app *App) error {
	switch {
	case !opts.TUI:
	case app.global.JSON && app.held.typed["tui"] && app.held.typed["json"]:
		return usageError(errors.New("--tui is a screen, and --json is lines for programs"), "choose one of them")
	case app.global.JSON:
		opts.TUI = false
	case !app.IO.InTTY || !app.IO.OutTTY || app.getenv("TERM") == "dumb":
		opts.TUI = false
		app.note("--tui needs a terminal; deliveries are shown in lines")
	}
	return nil
}

// screenOutput shows what comes on a screen, and in lines before it is there and
// when it is gone.
type screenOutput struct {
	lineOutput
	screen *screen.Screen
	on     atomic.Bool
	errors *detour // in place of a stderr that is the same terminal
	end    sync.Once
	stop   func() // ends the listener, as a signal does
}

func newScreenOutput(v *listenView) *screenOutput {
	o := &screenOutput{lineOutput: lineOutput{v}}
	if v.app.IO.ErrTTY {
		o.errors = &detour{w: v.app.IO.Err}
		v.app.IO.Err = o.errors
	}
	return o
}

// show takes the terminal until ctx ends.
func (o *screenOutput) show(ctx context.Context) {
	app, l := o.app, o.listener
	o.stop = app.held.stop
	actions := screenActions{listener: l, view: o.listenView}
	o.screen = screen.Start(ctx, screen.Options{
		In: app.IO.In, Out: app.IO.Out, Env: app.terminalEnv(), Style: app.IO.Style(),
		Title: l.sockets.URL(), Hint: "try: " + o.triggerLine(),
		Actions: screen.Actions{
			Open: actions.open, Explain: actions.explain, Replay: actions.replay, Curl: actions.curl, Save: actions.save,
			Stop: func() { o.leave(ctx); o.stop() },
			Broken: func(err error) {
				o.leave(ctx)
				app.IO.PrintError(errors.New(app.scrub(err.Error())), "deliveries are kept, and shown in lines from here on; Ctrl-C ends listen")
			},
		},
	})
	if o.errors != nil {
		o.errors.to(o.screen.Note)
	}
	o.on.Store(true)
	// A second Ctrl-C can only end the process at once when the terminal is
	// restored.
	context.AfterFunc(ctx, func() { o.leave(ctx) })
}

// leave restores the terminal, and prints the messages that the screen has
// shown.
func (o *screenOutput) leave(ctx context.Context) {
	if o.screen == nil {
		return
	}
	o.end.Do(func() {
		o.on.Store(false)
		err := o.screen.Close(context.WithoutCancel(ctx))
		switch {
		case o.errors == nil:
			o.report(err)
		case err != nil:
			o.errors.drop() // the terminal can not be written
		default:
			o.errors.back()
		}
	})
}

// report says that the terminal was not given back in order.
func (o *screenOutput) report(err error) {
	if err != nil {
		o.say(err.Error())
	}
}

// terminalEnv is what Bubble Tea may know of the environment. It holds nothing
// about colours, which are settled already.
func (app *App) terminalEnv() []string {
	var env []string
	for _, name := range []string{"TERM", "TERM_PROGRAM", "WT_SESSION", "SSH_TTY", "TMUX", "STY"} {
		if value, ok := app.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (o *screenOutput) delivery(d *webhook.Delivery, took time.Duration) {
	if !o.on.Load() {
		o.lineOutput.delivery(d, took)
		return
	}
	o.screen.Delivery(d)
	o.explain(d)
}

func (o *screenOutput) forward(f forwarded, wait time.Duration, refusal []byte) {
	if !o.on.Load() {
		o.lineOutput.forward(f, wait, refusal)
		return
	}
	if !f.Again {
		wait = -1
	}
	o.screen.Forward(f.ID, f.Result, wait, refusal)
	o.forwardHint(f)
}

func (o *screenOutput) differ(id string, found []string, a, b answered) {
	if !o.on.Load() {
		o.lineOutput.differ(id, found, a, b)
		return
	}
	o.screen.Note(ui.Safe(id + ": answers differ: " + strings.Join(found, "; ")))
}

func (o *screenOutput) hint(text string) {
	if !o.on.Load() {
		o.lineOutput.hint(text)
		return
	}
	o.say("hint: " + text)
	if o.errors == nil { // stderr is elsewhere
		o.screen.Note(ui.Safe("hint: " + text))
	}
}
