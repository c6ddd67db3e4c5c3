package cmd

import (
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// chaosAttemptJSON is an attempt of a run that misbehaves.
type chaosAttemptJSON struct {
	attemptJSON
	Number int      `json:"number"`         // of the delivery, from 1
	Copy   int      `json:"copy,omitempty"` // which repetition of it
	Done   []string `json:"done"`           // what was done to it
	Wanted string   `json:"wanted"`         // what a good receiver does
	Fits   bool     `json:"fits"`           // it did
}

// lostJSON is a delivery that was not sent.
type lostJSON struct {
	Type     string `json:"type"` // dropped
	Delivery string `json:"delivery"`
	Provider string `json:"provider"`
	Event    string `json:"event"`
	Number   int    `json:"number"`
}

type chaosSummaryJSON struct {
	summaryJSON
	Dropped  int    `json:"dropped"`  // deliveries that were not sent
	Unwanted int    `json:"unwanted"` // answers that a good receiver does not give
	Seed     uint64 `json:"seed"`
	Repeat   string `json:"repeat"` // the command line that does it all again
}

// name is a delivery for a person.
func (q *faultRequest) name(st *ui.Styler) string {
	text := fmt.Sprintf("#%d  %s", q.Delivery, st.Event(ui.Safe(q.b.event)))
	if q.b.messageID != "" {
		text += "  " + ui.Safe(q.b.messageID)
	}
	return text
}

func (r *chaosRun) lost(q *faultRequest) error {
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, lostJSON{"dropped", q.b.id(), q.b.provider.Name, q.b.event, q.Delivery})
	}
	st := r.app.IO.Style()
	_, err := fmt.Fprintf(r.app.IO.Out, "%s  %s  never sent\n", st.Dim("- dropped"), q.name(st))
	return err
}

func (r *chaosRun) report(q *faultRequest, a *webhook.Attempt) error {
	b := q.b
	r.app.hideSent(b.provider.Name, &b.request)
	if r.app.global.JSON {
		line := r.app.newAttemptJSON(b.id(), b.provider.Name, b.event, &b.request, a)
		line.Detail, line.Location = r.app.scrub(line.Detail), r.app.scrub(line.Location)
		return ui.JSON(r.app.IO.Out, chaosAttemptJSON{line, q.Delivery, q.Copy, q.done, q.wanted.String(), q.wanted.fits(a)})
	}
	st := r.app.IO.Style()
	mark := st.Good("✓ " + statusText(a.Status))
	switch {
	case a.Error != "":
		mark = st.Bad("✗ " + a.Error)
	case !a.Acknowledged():
		mark = st.Bad("✗ " + statusText(a.Status))
	}
	line := mark + "  " + ui.Took(a.Duration) + "  " + q.name(st)
	if len(q.done) > 0 {
		line += "  " + ui.Safe(r.app.scrub(strings.Join(q.done, ", ")))
	}
	note := "(" + q.wanted.String() + ")"
	if a.Error == "" && !q.wanted.fits(a) {
		note = st.Bad("(" + q.wanted.String() + ", and that is not what it got)")
	}
	line += "  " + note
	if a.Error != "" && a.Error != webhook.ClassAborted {
		line += "  " + ui.Safe(r.app.scrub(a.Detail))
	}
	if _, err := fmt.Fprintln(r.app.IO.Out, line); err != nil {
		return err
	}
	if r.app.global.Verbose {
		r.app.showAnswer(a)
	}
	if a.Hint != "" && r.app.held.warned.first(a.Hint) {
		r.app.note("hint: %s", r.app.scrub(a.Hint))
	}
	return nil
}

func (r *chaosRun) summary() error {
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, chaosSummaryJSON{r.all.summaryJSON, r.dropped, r.unwanted, r.seed, r.command})
	}
	text := fmt.Sprintf("%d acknowledged", r.all.Acknowledged)
	for _, part := range []struct {
		n    int
		what string
	}{{r.all.NotAcknowledged, "not acknowledged"}, {r.all.Unanswered, "without an answer"}, {r.dropped, "dropped"}, {r.unwanted, "not as a good receiver answers"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	r.app.note("requests: %s", text)
	r.app.note("repeat it: %s", r.command)
	return nil
}

// print prints the requests as they would go out.
func (r *chaosRun) print() error {
	as := r.opts.Print
	asJSON := as == "json" || as == "" && r.app.global.JSON
	first := true
	for _, op := range r.ops {
		q, err := r.make(op)
		if err != nil {
			return err
		}
		if !asJSON {
			text := fmt.Sprintf("### #%d %s", op.Delivery, ui.Safe(q.b.event))
			if len(q.done) > 0 {
				text += ": " + ui.Safe(r.app.scrub(strings.Join(q.done, ", ")))
			}
			if !op.Drop {
				text += " (" + ui.Safe(q.wanted.String()) + ")"
			}
			switch {
			case !first && as != "curl" && !r.app.IO.OutTTY:
				text = "\n\n" + text // behind a body, which ends without a line break
			case !first:
				text = "\n" + text
			}
			if _, err := fmt.Fprintln(r.app.IO.Out, text); err != nil {
				return err
			}
			first = false
		}
		if op.Drop {
			continue
		}
		if err := r.app.printDry(q.b, as); err != nil {
			return err
		}
	}
	r.app.note("repeat it: %s", r.command)
	return nil
}
