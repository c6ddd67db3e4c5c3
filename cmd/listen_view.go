package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// listenOutput is a way to show the deliveries that come: lines, JSON, or a
// screen. Its methods are called by many goroutines at a time, and do not wait
// for a person.
type listenOutput interface {
	delivery(d *webhook.Delivery, took time.Duration)
	forward(f forwarded, wait time.Duration, refusal []byte) // wait is until the next attempt, where there is one
	differ(id string, found []string, a, b answered)
	refused(r receiver.Refusal)
	hint(text string)
}

// listenView shows what listen does: deliveries on stdout, the rest on stderr.
type listenView struct {
	out      listenOutput
	app      *App
	listener *listener
	json     bool
	quiet    bool
	format   *ui.Line
	lines    *ui.AsyncLines
	redactor *ui.Redactor
	count    atomic.Int64
	missed   atomic.Int64 // that could not be kept, since that was last said
	told     firsts       // hints
	early    recurring    // what was refused before it was a request
}

func newListenView(l *listener) *listenView {
	app := l.app
	v := &listenView{app: app, listener: l, json: app.global.JSON, quiet: app.global.Quiet && !app.global.JSON}
	v.format = &ui.Line{Style: app.IO.Style(), Width: app.IO.Width}
	// A program that reads the output gets all of it. A slow terminal misses
	// lines, so that it does not hold up a capture.
	v.lines = ui.NewAsyncLines(app.IO.Out, ui.AsyncOptions{Wait: !app.IO.OutTTY})
	if !l.opts.Reveal {
		v.redactor = app.redactor()
	}
	switch {
	case v.json:
		v.out = jsonOutput{v}
	case l.opts.TUI:
		v.out = newScreenOutput(v)
	default:
		v.out = lineOutput{v}
	}
	return v
}

// redactor hides the headers that carry any known provider's secrets.
func (app *App) redactor() *ui.Redactor {
	return ui.NewRedactor().Also(app.providers().Sensitive)
}

type readyJSON struct {
	Type    string `json:"type"` // ready
	URL     string `json:"url"`
	Trigger string `json:"trigger"`           // a command line that sends a sample here
	Metrics string `json:"metrics,omitempty"` // the URL of the counts
	CACert  string `json:"cacert,omitempty"`  // the file with the certificate to trust, of HTTPS
	State   string `json:"state"`             // the directory that keeps the captures
}

func (v *listenView) ready(forwards []forwardTarget) {
	l := v.listener
	trigger := v.triggerLine()
	if v.json {
		v.object(readyJSON{"ready", l.sockets.URL(), trigger, l.metrics.url(), l.opts.tlsFlags.trust(), l.store.Path()})
	}
	reach := ""
	switch {
	case l.sockets.Address.Loopback():
		reach = fmt.Sprintf(" (this machine only; 0.0.0.0:%d for containers and other machines)", l.sockets.Address.Port)
	default:
		v.app.warn("other machines can reach this port, and anybody there can send to it")
	}
	l.opts.tlsFlags.warn(v.app, l.sockets.URL())
	l.metrics.warn(v.app)
	if v.json || v.quiet {
		return
	}
	st := v.app.IO.StyleErr()
	v.app.note("listening on %s%s", l.sockets.URL(), reach)
	l.opts.tlsFlags.notes(v.app)
	if l.metrics != nil {
		v.app.note("metrics on %s", l.metrics.url())
	}
	for _, f := range forwards {
		v.app.note("forwarding %sto %s", strings.TrimLeft(f.pattern+" ", " "), f.shown())
	}
	if two := l.opts.Compare; len(two) == 2 {
		v.app.note("comparing what %s and %s answer", sender.Printable(two[0]), sender.Printable(two[1]))
	}
	if l.script != nil {
		for _, note := range l.script.notes() {
			v.app.note("%s", note)
		}
	}
	if l.expecting != nil {
		v.app.note("expecting %s, within %s", strings.Join(l.opts.Expect, ", "), webhook.ShortDuration(l.opts.Within.or(usualWithin)))
	}
	v.noteUnknown(forwards)
	v.app.note("%s", l.opts.retention.String())
	fmt.Fprintf(v.app.IO.Err, "try: %s\n", st.Bold(ui.Safe(trigger)))
}

// take takes the terminal where a screen is wanted; giveBack restores it.
func (v *listenView) take(ctx context.Context) (giveBack func()) {
	o, ok := v.out.(*screenOutput)
	if !ok {
		return func() {}
	}
	o.show(ctx)
	return func() { o.leave(ctx) }
}

// triggerLine is a command that sends a sample to this listener when pasted.
func (v *listenView) triggerLine() string {
	l := v.listener
	name := l.opts.Provider
	line, path := "whk trigger ", ""
	if name == "" {
		name = v.app.providers().Ordered()[0]
	}
	if p, err := v.app.loadProvider(providerFlags{name, l.opts.Variants}); err == nil {
		if l.opts.Provider != "" {
			line += eventWord(name, p.ExampleEvent())
		} else {
			line += format.ShellWord(p.ExampleEvent())
		}
		path = p.Request.Path
	}
	if e := l.opts.endpoint; e != nil && strings.HasPrefix(e.URL, l.sockets.URL()+"/") {
		return line + " --endpoint " + format.ShellWord(e.Name) + l.opts.tlsFlags.words(l.sockets.URL()) + v.stateWords()
	}
	line += " --to "
	switch url := l.sockets.URL(); {
	case url == "http://localhost:8080":
		line += "localhost"
	case l.sockets.Secured():
		line += format.ShellWord(url + path)
	default:
		line += format.ShellWord(strings.TrimPrefix(url, "http://"))
	}
	for _, variant := range l.opts.Variants {
		line += " --variant " + variant
	}
	if !l.opts.NoVerify {
		line += l.opts.secretFlags.words()
		if v.app.held.endpoint != nil {
			line += " --secret-file FILE"
		}
	}
	return line + l.opts.tlsFlags.words(l.sockets.URL()) + v.stateWords()
}

// stateWords are the flags that say which files another whk is to read.
func (v *listenView) stateWords() string {
	line := ""
	if v.app.global.Config != "" {
		line += " --config " + format.ShellWord(v.app.global.Config)
	}
	if v.app.global.State != "" {
		line += " --state " + format.ShellWord(v.app.global.State)
	}
	return line
}

// delivery shows one kept delivery.
func (v *listenView) delivery(d *webhook.Delivery, took time.Duration) {
	v.count.Add(1)
	v.out.delivery(d, took)
}

// refused reports a request that was not kept.
func (v *listenView) refused(r receiver.Refusal) {
	v.listener.metrics.refused(r)
	if r.Class == receiver.ClassNotKept {
		v.missed.Add(1)
	}
	r.Target, r.Line = v.redactor.URL(r.Target), v.redactor.URL(r.Line)
	v.out.refused(r)
}

// trouble says when captures can not be kept, and when they can be kept again.
func (v *listenView) trouble(err error) {
	if err == nil {
		v.app.IO.Notef("captures are kept again%s", v.missedText())
		return
	}
	err = fmt.Errorf("deliveries cannot be kept, and are answered 503 until they can: %w", err)
	v.app.IO.PrintError(errors.New(v.app.scrub(err.Error())), diskHints(err)...)
}

// missedText says how many requests could not be kept since that was last said.
func (v *listenView) missedText() string {
	if n := v.missed.Swap(0); n > 0 {
		return "; 503 for " + countText(int(n), "request")
	}
	return ""
}

func (v *listenView) panicked(value any, stack []byte) {
	v.listener.metrics.panicked()
	v.app.IO.PrintError(fmt.Errorf("a defect in whk: %v; that request was answered 500", value),
		"please report it with this: "+firstFrames(stack))
}

// firstFrames is the head of a stack in one line.
func firstFrames(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	var frames []string
	for _, line := range lines {
		if strings.HasPrefix(line, "\t") && strings.Contains(line, "whk") {
			frames = append(frames, strings.TrimSpace(line))
		}
	}
	return strings.Join(frames[:min(3, len(frames))], " < ")
}

// say prints a message on stderr from any goroutine.
func (v *listenView) say(text string) { v.app.note("%s", text) }

// tellStopping says that the listener is stopping as soon as asked ends, since
// what is under way may take seconds. told waits until that was said.
func (v *listenView) tellStopping(asked context.Context) (told func()) {
	said := make(chan struct{})
	unasked := context.AfterFunc(asked, func() {
		defer close(said)
		v.stopping()
	})
	return func() {
		if !unasked() {
			<-said
		}
	}
}

func (v *listenView) stopping() {
	if !v.json && !v.quiet && v.app.IO.ErrTTY {
		v.app.note("stopping: finishing what is under way; press Ctrl-C again to end at once")
	}
}

func (v *listenView) end(ctx context.Context, panics int64) {
	if err := v.lines.Close(ctx); err != nil {
		v.app.IO.Warn("some lines could not be written: " + err.Error())
	}
	if v.json || v.quiet {
		return
	}
	if n := v.early.rest(); n > 0 && !v.app.global.Verbose {
		v.app.note("%s brought no request either; -v tells of each", countText(n, "more connection"))
	}
	shown := "none shown"
	if n := v.count.Load(); n > 0 {
		shown = fmt.Sprintf("%d shown; whk list has them all", n)
	}
	v.app.note("%s%s", shown, v.missedText())
	if panics > 0 {
		v.app.IO.Warn(fmt.Sprintf("%d requests met a defect in whk", panics))
	}
}
