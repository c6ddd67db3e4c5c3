package cmd

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/whk-cli/whk/internal/expectation"
	"github.com/whk-cli/whk/internal/junit"
	"github.com/whk-cli/whk/internal/ui"
)

// expectReport is what became of all that was expected.
type expectReport struct {
	*expecting
	expectation.Result
	took        time.Duration
	interrupted bool
}

// settle leaves open what is known only when the time is over: that no more
// come.
func (r *expectReport) settle() {
	if !r.interrupted {
		return
	}
	for i := range r.Items {
		r.Items[i].Met = r.Items[i].Met && !r.Items[i].Exactly
	}
}

type expectationJSON struct {
	Type       string     `json:"type"` // expectation
	Expect     string     `json:"expect"`
	Event      string     `json:"event"`
	Count      int        `json:"count"`
	Exactly    bool       `json:"exactly"`
	Met        bool       `json:"met"`
	Came       int        `json:"came"`
	Deliveries []string   `json:"deliveries,omitempty"`
	Near       []nearJSON `json:"near,omitempty"`
	Meant      []string   `json:"came_instead,omitempty"`
}

type nearJSON struct {
	Delivery string `json:"delivery"`
	Event    string `json:"event"`
	Why      string `json:"why"`
}

type outcomeJSON struct {
	Type         string        `json:"type"` // verdict
	Met          bool          `json:"met"`
	Outcome      string        `json:"outcome"`
	Expectations int           `json:"expectations"`
	NotMet       int           `json:"not_met"`
	Disorder     string        `json:"disorder,omitempty"`
	Unexpected   []countedJSON `json:"unexpected,omitempty"`
	ElapsedMS    float64       `json:"elapsed_ms"`
}

type countedJSON struct {
	Event string `json:"event"`
	Count int    `json:"count"`
}

// outcome is what ended the wait: the outcome was certain, the time was over, the
// command ended, or somebody interrupted.
func (r *expectReport) outcome() string {
	switch {
	case r.interrupted:
		return "interrupted"
	case r.checker.Certain():
		return "certain"
	case r.timedOut:
		return "time"
	}
	return "command"
}

func (r *expectReport) notMet() int {
	n := 0
	for _, item := range r.Items {
		if !item.Met {
			n++
		}
	}
	return n
}

func (r *expectReport) print() error {
	app := r.listener.app
	if app.global.JSON {
		return r.printJSON()
	}
	st, out := app.IO.Style(), []byte{}
	width := 0
	for _, item := range r.Items {
		width = max(width, len(item.Text))
	}
	mark := func(good bool) string {
		if good {
			return st.Good("✓") + " "
		}
		return st.Bad("✗") + " "
	}
	for _, item := range r.Items {
		if soFar(&item) {
			out = append(out, st.Paint(ui.Warn, "?")+" "...)
		} else {
			out = append(out, mark(item.Met)...)
		}
		out = ui.AppendSafe(out, fmt.Sprintf("%-*s  %s", width, item.Text, said(&item)))
		out = append(out, '\n')
		for _, line := range nearLines(&item) {
			out = append(ui.AppendSafe(append(out, "    "...), line), '\n')
		}
	}
	if r.Disorder != "" {
		out = append(ui.AppendSafe(append(out, mark(false)+"out of order: "...), r.Disorder), '\n')
	}
	if len(r.Unexpected) > 0 {
		out = append(ui.AppendSafe(append(out, "not expected: "...), r.others()), '\n')
	}
	out = append(out, mark(r.Met && !r.interrupted)...)
	out = append(out, r.summary()+"\n"...)
	_, err := app.IO.Out.Write(out)
	return err
}

// summary is the verdict in a line.
func (r *expectReport) summary() string {
	after := "after " + ui.Took(r.took)
	switch missing := r.notMet(); {
	case r.interrupted:
		return "interrupted " + after + ", before a verdict"
	case r.Met:
		return "as expected, " + after
	case missing == 0:
		return "not in the expected order, " + after
	case r.outcome() == "command":
		return fmt.Sprintf("not as expected: %d of %d, when the command had ended %s", missing, len(r.Items), after)
	default:
		return fmt.Sprintf("not as expected: %d of %d, %s", missing, len(r.Items), after)
	}
}

// soFar reports whether an expectation that is still open is met so far.
func soFar(item *expectation.Item) bool {
	return !item.Met && item.Exactly && item.Came == item.Count
}

// said is what came of one expectation, in words.
func said(item *expectation.Item) string {
	came := fmt.Sprintf("%d came", item.Came)
	switch {
	case soFar(item) && item.Count == 0:
		return "none so far"
	case soFar(item):
		return came + " so far"
	case item.Met && item.Count == 0:
		return "none came"
	case item.Met:
		return came
	case item.Came > item.Count && item.Count == 0:
		return came + ", none was expected: " + strings.Join(item.IDs, ", ")
	case item.Came > item.Count:
		return fmt.Sprintf("%s, %d too many: %s", came, item.Came-item.Count, strings.Join(item.IDs, ", "))
	case item.Count == 1:
		return "missing"
	}
	return fmt.Sprintf("%s, %d missing", came, item.Count-item.Came)
}

// nearLines tell what came and does not count, where something is missing.
func nearLines(item *expectation.Item) []string {
	if item.Met || item.Came > item.Count {
		return nil
	}
	var lines []string
	for _, near := range item.Near {
		lines = append(lines, fmt.Sprintf("%s %s does not count: %s", near.ID, near.Event, near.Why))
	}
	if more := item.Nears - len(item.Near); more > 0 {
		lines = append(lines, fmt.Sprintf("nor do %d more", more))
	}
	if len(item.Meant) > 0 {
		lines = append(lines, "came instead: "+strings.Join(item.Meant, ", "))
	}
	return lines
}

// others are the event types that no expectation was about.
func (r *expectReport) others() string {
	var texts []string
	for _, o := range r.Unexpected {
		text := o.Event
		if text == "" {
			text = "(no event type)"
		}
		if o.Count > 1 {
			text += fmt.Sprintf(" (%d)", o.Count)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func (r *expectReport) printJSON() error {
	out := r.listener.app.IO.Out
	for _, item := range r.Items {
		line := expectationJSON{Type: "expectation", Expect: item.Text, Event: item.Pattern, Count: item.Count, Exactly: item.Exactly,
			Met: item.Met, Came: item.Came, Deliveries: item.IDs, Meant: item.Meant}
		for _, n := range item.Near {
			line.Near = append(line.Near, nearJSON{n.ID, n.Event, n.Why})
		}
		if err := ui.JSON(out, line); err != nil {
			return err
		}
	}
	verdict := outcomeJSON{Type: "verdict", Met: r.Met && !r.interrupted, Outcome: r.outcome(), Expectations: len(r.Items), NotMet: r.notMet(),
		Disorder: r.Disorder, ElapsedMS: milliseconds(r.took)}
	for _, o := range r.Unexpected {
		verdict.Unexpected = append(verdict.Unexpected, countedJSON(o))
	}
	return ui.JSON(out, verdict)
}

// writeJUnit writes a case for each expectation, and one for their order.
func (r *expectReport) writeJUnit() error {
	suite := junit.Suite{Name: "whk listen", At: r.began, Took: r.took}
	add := func(name, wrong string, detail []string) {
		c := junit.Case{Name: name, Class: "whk.listen", Took: r.took, Failure: wrong, Detail: strings.Join(detail, "\n")}
		if wrong != "" && r.interrupted {
			c.Failure, c.Error = "", "interrupted before a verdict: "+wrong
		}
		suite.Cases = append(suite.Cases, c)
	}
	for _, item := range r.Items {
		if item.Met {
			add(item.Text, "", nil)
			continue
		}
		add(item.Text, said(&item), nearLines(&item))
	}
	if r.flags.Ordered {
		add("in this order", r.Disorder, nil)
	}
	var b bytes.Buffer
	if err := suite.Write(&b); err != nil {
		return err
	}
	return r.listener.app.writeWhole(r.flags.JUnit, b.Bytes())
}
