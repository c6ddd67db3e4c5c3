package cmd

import (
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/ui"
)

// verdict is the line about the whole delivery.
func (c *course) verdict(last sender.Turn, interrupted bool) error {
	outcome := outcomeOf(last.Step)
	if interrupted {
		outcome = "interrupted"
	}
	if c.app.global.JSON {
		return c.summary(last, outcome)
	}
	if interrupted {
		return nil
	}
	st := c.app.IO.Style()
	mark := st.Bad("✗ " + strings.ReplaceAll(outcome, "_", " "))
	if last.Step.Kind == sender.Done {
		mark = st.Good("✓ " + outcome)
	}
	line := c.prefix() + fmt.Sprintf("%s  %s  %s  %s", mark, countText(c.attempts, "attempt"), st.Event(ui.Safe(c.first.event)), ui.Safe(c.app.shownURL(c.first.request.URL)))
	if why := c.why(last.Step); why != "" {
		line += "  " + why
	}
	if _, err := fmt.Fprintln(c.app.IO.Out, line); err != nil {
		return err
	}
	c.afterwards(last.Step)
	return nil
}

// why is what ended the delivery.
func (c *course) why(s sender.Step) string {
	switch {
	case s.Kind == sender.Done:
		return ""
	case s.Rule == sender.RuleAttempts && c.asked > 0:
		return "as --max-attempts asks"
	case s.Assumed:
		return s.Why + " (assumed)"
	}
	return s.Why
}

// afterwards says what the provider's user has to do before it delivers again.
func (c *course) afterwards(s sender.Step) {
	name := ui.Safe(c.first.provider.Title)
	switch {
	case c.name != "":
		c.app.afterwardsAt(c.name, s)
	case s.Kind == sender.Pause:
		c.app.note("hint: %s sends nothing more to a paused endpoint: correct the handler, then resume the subscription there", name)
	case s.Kind == sender.Stop:
		c.app.note("hint: %s considers the endpoint gone: nothing is sent there until it is registered again", name)
	}
}

// outcomeOf names the end of a delivery.
func outcomeOf(s sender.Step) string {
	switch s.Kind {
	case sender.Done:
		return "acknowledged"
	case sender.Stop:
		return "stopped"
	case sender.Pause:
		return "paused"
	}
	if s.Rule == sender.RuleAttempts || s.Rule == sender.RuleLimit {
		return "exhausted"
	}
	return "given_up"
}
