package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// announce says which rules a delivery follows, and how its waits are scaled
// here.
func (c *course) announce() {
	if c.app.global.JSON {
		return
	}
	p := c.first.provider
	d := p.DeliveryOf(c.first.event)
	if d.Attempts = c.policy.Attempts; c.asked > 0 {
		d.Assumed = slices.DeleteFunc(d.Assumed, func(name string) bool { return name == "attempts" })
	}
	c.app.note("%s: %s", p.Name, deliveryText(d))
	text := speedText(c.pace)
	if c.shortened {
		text = strings.TrimPrefix(text+", "+webhook.ShortDuration(longestPolicyTimeout)+" for an answer", ", ")
	}
	if text != "" && c.policy.Attempts > 1 {
		c.app.note("here: %s; --speed 1x takes the provider's time", text)
	}
}

// report prints an attempt and what follows from it.
func (c *course) report(t sender.Turn) error {
	c.attempts++
	c.answered = c.answered || t.Attempt.Error == ""
	c.app.hideSent(c.first.provider.Name, t.Request)
	if c.app.global.JSON {
		return ui.JSON(c.app.IO.Out, c.json(t))
	}
	if err := c.line(t); err != nil {
		return err
	}
	c.explain(t)
	return nil
}

func (c *course) json(t sender.Turn) attemptJSON {
	line := c.app.newAttemptJSON(c.first.id(), c.first.provider.Name, c.first.event, t.Request, &t.Attempt)
	line.Detail, line.Location = c.app.scrub(line.Detail), c.app.scrub(line.Location)
	line.Attempt, line.Name, line.Number = t.Number, c.name, c.kept
	if t.Attempt.Error == webhook.ClassCanceled {
		return line
	}
	line.Next, line.Why, line.Assumed = string(t.Step.Kind), t.Step.Why, t.Step.Assumed
	line.WaitMS, line.HereMS = milliseconds(t.Step.Wait), milliseconds(t.Pause)
	return line
}

func (c *course) line(t sender.Turn) error {
	a, st := &t.Attempt, c.app.IO.Style()
	mark := st.Good("✓ " + statusText(a.Status))
	switch {
	case a.Error != "":
		mark = st.Bad("✗ " + errorText(a))
	case !a.Acknowledged():
		mark = st.Bad("✗ " + statusText(a.Status))
	}
	if a.Status/100 == 3 {
		mark += ", " + c.redirect(a)
	}
	line := c.prefix() + c.number(t) + "  " + mark + "  " + ui.Took(a.Duration)
	if next := c.next(t); next != "" {
		line += "  " + next
	}
	_, err := fmt.Fprintln(c.app.IO.Out, line)
	return err
}

func (c *course) redirect(a *webhook.Attempt) string {
	if a.Location == "" {
		return "a redirect to nowhere"
	}
	return "a redirect to " + ui.Safe(c.app.scrub(sender.Printable(a.Location)))
}

// prefix is the registered endpoint that a line is about, where there is one.
func (c *course) prefix() string {
	if c.name == "" {
		return ""
	}
	name := ui.Safe(c.name)
	return c.app.IO.Style().Bold(name) + strings.Repeat(" ", max(0, c.width-utf8.RuneCountInString(name))+2)
}

// number is which attempt of how many; once one does not count as a failure,
// the total is not known.
func (c *course) number(t sender.Turn) string {
	counted := t.Progress.Failures
	if t.Step.Kind == sender.Done || t.Attempt.Error == webhook.ClassCanceled {
		counted++
	}
	if c.policy.Attempts == 1 || counted < t.Number {
		return fmt.Sprint(t.Number)
	}
	return fmt.Sprintf("%d of %d", t.Number, c.policy.Attempts)
}

// errorText is errorWords for a sentence.
func errorText(a *webhook.Attempt) string {
	return strings.ReplaceAll(errorWords(a), "_", " ")
}

// next is what the provider does now, and when.
func (c *course) next(t sender.Turn) string {
	if t.Step.Kind != sender.Retry || t.Attempt.Error == webhook.ClassCanceled {
		return ""
	}
	text := "next at once"
	if t.Step.Wait > 0 {
		text = "next in " + waitText(t.Step.Wait)
	}
	if t.Step.Why != "" {
		text += " " + t.Step.Why
	}
	if t.Step.Assumed {
		text += " (assumed)"
	}
	switch here := waitText(t.Pause); {
	case here == waitText(t.Step.Wait):
	case t.Pause == 0:
		text += ", here at once"
	default:
		text += ", here in " + here
	}
	return text
}

// waitText is a wait as precise as a person needs it.
func waitText(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return webhook.ShortDuration(d.Round(10 * time.Microsecond))
	case d < 10*time.Second:
		return webhook.ShortDuration(d.Round(10 * time.Millisecond))
	}
	return webhook.ShortDuration(d.Round(time.Second))
}

// explain gives the reasons for a failure, each once.
func (c *course) explain(t sender.Turn) {
	a := &t.Attempt
	if a.Acknowledged() && !c.app.global.Verbose || a.Error == webhook.ClassCanceled {
		return
	}
	if a.Detail != "" {
		c.once("%s", c.app.scrub(a.Detail))
	}
	if body := string(a.Body); body != c.shown || c.app.global.Verbose {
		c.app.showAnswer(a)
		c.shown = body
	}
	if a.Acknowledged() {
		return
	}
	for _, hint := range append(answerHints(a, t.Request), c.app.secretHints(c.first, c.plan.keys, a)...) {
		c.once("hint: %s", c.app.scrub(hint))
	}
}

func (c *course) once(format, text string) {
	if c.said.first(text) {
		c.app.note(format, text)
	}
}

// countText is n things in words.
func countText(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
