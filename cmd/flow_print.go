package cmd

import (
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// flowAttemptJSON is an attempt at a step.
type flowAttemptJSON struct {
	attemptJSON
	Step   string `json:"step"`   // its id, else its number
	Wanted string `json:"wanted"` // the answers that the step is to get
	Fits   bool   `json:"fits"`   // it got one of them
}

type flowSummaryJSON struct {
	summaryJSON
	Flow    string   `json:"flow"`
	Steps   int      `json:"steps"`
	NotSent []string `json:"not_sent"` // the steps after the one that did not fit
}

// announce says what goes where, and with whose secrets.
func (r *flowRun) announce() {
	var said firsts
	for i := range r.steps {
		s := &r.steps[i]
		p := s.chosen.provider
		if !r.app.global.JSON && said.first("to "+s.url) {
			r.app.note("%s to %s", firstOf(r.Title, r.name), r.app.shownURL(s.url))
		}
		if !s.keys.Development || !said.first("secret "+p.Name) {
			continue
		}
		if !r.app.global.JSON {
			r.app.noteDevelopment(p.Name)
		}
		r.app.warnRemoteDevelopment(&built{provider: p, request: webhook.Request{URL: s.url}}, s.keys)
	}
}

// report prints what became of one attempt at a step.
func (r *flowRun) report(s *flowStep, b *built, turn *sender.Turn) error {
	a := &turn.Attempt
	r.app.hideSent(b.provider.Name, &b.request)
	if r.app.global.JSON {
		line := r.app.newAttemptJSON(b.id(), b.provider.Name, b.event, &b.request, a)
		line.Detail, line.Location = r.app.scrub(line.Detail), r.app.scrub(line.Location)
		line.Attempt, line.Next, line.WaitMS = turn.Number, string(turn.Step.Kind), milliseconds(turn.Step.Wait)
		return ui.JSON(r.app.IO.Out, flowAttemptJSON{line, s.Name(), s.Wanted(a.Success), s.Wants(a)})
	}
	if _, err := fmt.Fprintln(r.app.IO.Out, r.line(s, b, turn)); err != nil {
		return err
	}
	fits := s.Wants(a)
	if !fits || r.app.global.Verbose {
		r.app.showAnswer(a)
	}
	if fits || turn.Step.Kind == sender.Retry {
		return nil
	}
	for _, hint := range append(answerHints(a, &b.request), r.app.secretHints(b, s.keys, a)...) {
		r.app.note("hint: %s", r.app.scrub(hint))
	}
	return nil
}

// line is an attempt for a person: the outcome, the step, and where it is not
// obvious what was wanted.
func (r *flowRun) line(s *flowStep, b *built, turn *sender.Turn) string {
	st, a := r.app.IO.Style(), &turn.Attempt
	outcome := statusText(a.Status)
	if a.Error != "" {
		outcome = a.Error
	}
	mark := st.Good("✓ " + outcome)
	if !s.Wants(a) {
		mark = st.Bad("✗ " + outcome)
	}
	line := fmt.Sprintf("%s  %s  %d/%d  %s", mark, ui.Took(a.Duration), s.Number, len(r.steps), st.Event(ui.Safe(b.event)))
	if s.ID != "" {
		line += "  " + ui.Safe(s.ID)
	}
	var notes []string
	if turn.Number > 1 || turn.Step.Kind == sender.Retry {
		notes = append(notes, fmt.Sprintf("attempt %d", turn.Number))
	}
	if turn.Step.Kind == sender.Retry {
		notes = append(notes, "again after "+webhook.ShortDuration(turn.Step.Wait))
	} else if len(s.Expect) > 0 || !s.Wants(a) {
		notes = append(notes, s.Wanted(a.Success)+" wanted")
	}
	if len(notes) > 0 {
		line += "  (" + strings.Join(notes, ", ") + ")"
	}
	if a.Error != "" {
		line += "  " + ui.Safe(r.app.scrub(a.Detail))
	}
	return line
}

func (r *flowRun) summary() error {
	sent := len(r.done)
	if r.app.global.JSON {
		return ui.JSON(r.app.IO.Out, flowSummaryJSON{r.all.summaryJSON, r.name, len(r.steps), r.notSent(sent)})
	}
	if sent == len(r.steps) && r.code == exitOK {
		r.app.note("%d of %d steps as wanted", sent, len(r.steps))
	}
	return nil
}

// print prints the requests of all steps: one after the other, each in full.
func (p *flowPlan) print(all []*built) error {
	as := p.opts.Print
	asJSON := as == "json" || as == "" && p.app.global.JSON
	for i, b := range all {
		if !asJSON {
			text := fmt.Sprintf("### %d/%d %s", i+1, len(all), ui.Safe(b.event))
			if id := p.steps[i].ID; id != "" {
				text += " (" + ui.Safe(id) + ")"
			}
			if i > 0 {
				text = "\n" + text
			}
			if i > 0 && as != "curl" && !p.app.IO.OutTTY {
				text = "\n" + text // behind a body, which ends without a line break
			}
			if _, err := fmt.Fprintln(p.app.IO.Out, text); err != nil {
				return err
			}
		}
		if err := p.app.printDry(b, as); err != nil {
			return err
		}
	}
	return nil
}
