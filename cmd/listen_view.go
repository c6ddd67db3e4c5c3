package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// listenView shows what listen does: deliveries on stdout, the rest on stderr.
type listenView struct {
	app      *App
	listener *listener
	json     bool
	quiet    bool
	format   *ui.Line
	lines    *ui.AsyncLines
	redactor *ui.Redactor
	count    atomic.Int64

	mu     sync.Mutex
	hinted map[string]bool
}

func newListenView(l *listener) *listenView {
	app := l.app
	v := &listenView{app: app, listener: l, json: app.global.JSON, quiet: app.global.Quiet && !app.global.JSON, hinted: map[string]bool{}}
	v.format = &ui.Line{Style: app.IO.Style(), Width: app.IO.Width}
	// A program that reads the output gets all of it; a terminal may miss lines
	// rather than hold a capture up.
	v.lines = ui.NewAsyncLines(app.IO.Out, ui.AsyncOptions{Wait: !app.IO.OutTTY})
	if !l.opts.Reveal {
		v.redactor = app.redactor()
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
	Trigger string `json:"trigger"`          // a command line that sends a sample here
	CACert  string `json:"cacert,omitempty"` // the file with the certificate to trust, of HTTPS
	State   string `json:"state"`            // the directory that keeps the captures
}

func (v *listenView) ready(forwards []forwardTarget) {
	l := v.listener
	trigger := v.triggerLine()
	if v.json {
		v.object(readyJSON{"ready", l.sockets.URL(), trigger, l.opts.tlsFlags.trust(), l.store.Path()})
	}
	reach := ""
	switch {
	case l.sockets.Address.Loopback():
		reach = fmt.Sprintf(" (this machine only; 0.0.0.0:%d for containers and other machines)", l.sockets.Address.Port)
	default:
		v.app.warn("other machines can reach this port, and anybody there can send to it")
	}
	l.opts.tlsFlags.warn(v.app, l.sockets.URL())
	if v.json || v.quiet {
		return
	}
	st := v.app.IO.StyleErr()
	v.app.note("listening on %s%s", l.sockets.URL(), reach)
	l.opts.tlsFlags.notes(v.app)
	for _, f := range forwards {
		v.app.note("forwarding %sto %s", strings.TrimLeft(f.pattern+" ", " "), f.text)
	}
	if l.script != nil {
		for _, note := range l.script.notes() {
			v.app.note("%s", note)
		}
	}
	if l.expecting != nil {
		v.app.note("expecting %s, within %s", strings.Join(l.opts.Expect, ", "), shortDuration(l.opts.Within.or(usualWithin)))
	}
	v.app.note("%s", l.opts.retention.String())
	fmt.Fprintf(v.app.IO.Err, "try: %s\n", st.Bold(ui.Safe(trigger)))
}

// triggerLine is a command that sends a sample to this listener when pasted.
func (v *listenView) triggerLine() string {
	l := v.listener
	name := l.opts.Provider
	line, path := "whk trigger ", ""
	if name != "" {
		line += name + "/"
	} else {
		name = v.app.providers().Ordered()[0]
	}
	if p, err := v.app.loadProvider(providerFlags{name, l.opts.Variants}); err == nil {
		line += p.ExampleEvent()
		path = p.Request.Path
	}
	if e := l.opts.endpoint; e != nil && strings.HasPrefix(e.URL, l.sockets.URL()+"/") {
		return line + " --endpoint " + shellQuote(e.Name) + l.opts.tlsFlags.words(l.sockets.URL()) + v.stateWords()
	}
	line += " --to "
	switch url := l.sockets.URL(); {
	case url == "http://localhost:8080":
		line += "localhost"
	case l.sockets.Secured():
		line += shellQuote(url + path)
	default:
		line += shellQuote(strings.TrimPrefix(url, "http://"))
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
		line += " --config " + shellQuote(v.app.global.Config)
	}
	if v.app.global.State != "" {
		line += " --state " + shellQuote(v.app.global.State)
	}
	return line
}

// shellQuote makes one word of text for a POSIX shell.
func shellQuote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-:=@%+,~") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// delivery shows one kept delivery.
func (v *listenView) delivery(d *webhook.Delivery, took time.Duration) {
	v.count.Add(1)
	switch {
	case v.json:
		v.object(deliveryLine{"delivery", v.redactor.Delivery(d)})
	case v.quiet:
	default:
		shown := v.redactor.Delivery(d)
		out := v.format.Append(make([]byte, 0, 256), shown, took)
		if v.app.global.Verbose {
			out = ui.AppendDetail(out, v.app.IO.Style(), shown, nil)
			out = append(out, '\n')
		}
		v.lines.Line(out)
		v.explain(d)
	}
}

// explain says, once for each provider, what to type about a missing secret.
func (v *listenView) explain(d *webhook.Delivery) {
	if d.Verification.Reason != webhook.ReasonNoSecret || !v.hint(d.Provider) {
		return
	}
	if p, err := v.app.providers().Load(d.Provider); err == nil {
		v.hintLine(secretHint(p))
	}
}

// hintLine says what to do: under the line it is about on a terminal, which shows
// both streams, and on stderr otherwise.
func (v *listenView) hintLine(text string) {
	if v.app.IO.OutTTY {
		v.lines.Line(append(ui.AppendSafe([]byte("  "+v.app.IO.Style().Key("hint:")+" "), text), '\n'))
		return
	}
	v.say("hint: " + text)
}

func secretHint(p *provider.Provider) string {
	return fmt.Sprintf("to check %s deliveries, give its secret: --secret-file FILE, or %s", p.Name, p.SecretVariable())
}

// hint reports whether something is said for the first time.
func (v *listenView) hint(key string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.hinted[key] {
		return false
	}
	v.hinted[key] = true
	return true
}

// deliveryLine is a delivery as an event of the stream.
type deliveryLine struct {
	kind     string
	delivery *webhook.Delivery
}

// MarshalJSON puts the type in front of the delivery's own fields.
func (l deliveryLine) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(l.delivery)
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, `{"type":%q,`, l.kind), body[1:]...), nil
}

func (v *listenView) object(value any) {
	line, err := ui.AppendJSON(nil, value)
	if err != nil {
		v.say("this could not be written as JSON: " + err.Error())
		return
	}
	v.lines.Line(line)
}

// refused tells of a request that was no delivery.
func (v *listenView) refused(r receiver.Refusal) {
	if v.json {
		v.object(struct {
			Type   string `json:"type"`
			Status int    `json:"status"`
			Reason string `json:"reason"`
			Method string `json:"method"`
			Target string `json:"target"`
			Remote string `json:"remote"`
		}{"refused", r.Status, r.Reason, r.Method, r.Target, r.Remote})
		return
	}
	if r.Method == "" {
		v.refusedEarly(r)
		return
	}
	v.app.note("not kept: %s %s from %s: %s, answered %d", r.Method, r.Target, r.Remote, r.Reason, r.Status)
}

// trouble tells when captures can not be kept, and when they can be again.
func (v *listenView) trouble(err error) {
	if err == nil {
		v.app.IO.Notef("captures are kept again")
		return
	}
	v.app.IO.PrintError(fmt.Errorf("deliveries can not be kept, and are answered 503 until they can: %w", err))
}

func (v *listenView) panicked(value any, stack []byte) {
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
	v.app.note("%d shown; whk list has them all", v.count.Load())
	if panics > 0 {
		v.app.IO.Warn(fmt.Sprintf("%d requests met a defect in whk", panics))
	}
}
