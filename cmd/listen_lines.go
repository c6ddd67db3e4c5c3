package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// lineOutput shows people what comes, line by line.
type lineOutput struct{ *listenView }

func (o lineOutput) delivery(d *webhook.Delivery, took time.Duration) {
	if o.quiet {
		return
	}
	shown := o.redactor.Delivery(d)
	out := o.format.Append(make([]byte, 0, 256), shown, took)
	if o.app.global.Verbose {
		out = ui.AppendDetail(out, o.app.IO.Style(), shown, nil)
		out = append(out, '\n')
	}
	o.lines.Line(out)
	o.explain(d)
}

func (o lineOutput) forward(f forwarded, wait time.Duration, refusal []byte) {
	if o.quiet {
		return
	}
	out := o.format.AppendForward(nil, f.at, f.ID, f.Result)
	if f.Again {
		out = append(out[:len(out)-1], "  "+againIn(wait)+"\n"...)
	}
	if location := o.location(f); location != "" {
		out = append(ui.AppendSafe(append(out[:len(out)-1], "  to "...), location), '\n')
	}
	switch {
	case len(refusal) == 0:
	case o.app.IO.OutTTY:
		out = ui.AppendBody(out, o.app.IO.Style(), refusal, "")
	default: // in a pipe one event is one line
		out = append(ui.AppendSafe(append(out[:len(out)-1], "  "...), string(refusal[:min(len(refusal), shownInLine)])), '\n')
	}
	o.lines.Line(out)
	o.forwardHint(f)
}

// forwardHint says, once for each target and failure, what to do about it. The URL
// does not tell targets apart: its path is the sender's.
func (v *listenView) forwardHint(f forwarded) {
	if a := &f.Attempt; a.Hint != "" && v.told.first(fmt.Sprint("forward ", f.Target, a.Error)) {
		v.out.hint(a.Hint)
	}
}

func (o lineOutput) differ(id string, found []string, _, _ answered) {
	if !o.quiet {
		o.lines.Line(o.format.AppendNote(nil, o.app.Now(), id, "≠ answers differ", strings.Join(found, "; ")))
	}
}

func (o lineOutput) refused(r receiver.Refusal) {
	switch {
	case r.Method == "":
		o.refusedEarly(r)
		return
	case r.Class == receiver.ClassNotKept && !o.app.global.Verbose: // the reason was given once
		return
	}
	o.app.note("not kept: %s %s from %s: %s, answered %d", r.Method, r.Target, r.Remote, r.Reason, r.Status)
}

// hint goes under the line it is about on a terminal, which shows both streams,
// and to stderr otherwise.
func (o lineOutput) hint(text string) {
	if o.app.IO.OutTTY {
		o.lines.Line(append(ui.AppendSafe([]byte("  "+o.app.IO.Style().Key("hint:")+" "), text), '\n'))
		return
	}
	o.say("hint: " + text)
}
