package cmd

import (
	"context"
	"fmt"
	"strconv"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// result is an answer, or why there is none, in a few words.
func result(a *store.EndpointAttempt) string {
	switch {
	case a.Answer.Error != "":
		return errorWords(&a.Answer)
	case a.Answer.Status != 0:
		return statusText(a.Answer.Status)
	}
	return "not known"
}

// errorWords are the class of an error, and the status where an answer had begun.
func errorWords(a *webhook.Attempt) string {
	if a.Status != 0 {
		return a.Error + " after status " + strconv.Itoa(a.Status)
	}
	return a.Error
}

func (app *App) listEndpointAttempts(ctx context.Context, s *store.Store, e *store.Endpoint, opts *endpointShowOptions) error {
	all, err := s.Attempts(ctx, e, opts.Limit)
	kept, keysErr := app.keptAttempts(ctx, s, e, opts.Reveal)
	if keysErr != nil {
		return keysErr
	}
	table := ui.NewTable("NUMBER", "TIME", "EVENT", "ATTEMPT", "RESULT", "TOOK", "NEXT").Style(ui.Dim, ui.Dim, ui.Event).Right(0, 3, 5)
	for _, a := range all {
		if app.global.JSON {
			if err := ui.JSON(app.IO.Out, kept.json(a, false)); err != nil {
				return err
			}
			continue
		}
		table.Row(strconv.FormatInt(a.Number, 10), shownTime(stampText(a.At)), a.Event, strconv.Itoa(a.Attempt), result(a), ui.Took(a.Answer.Duration), nextText(a))
	}
	if table.Len() > 0 {
		if err := table.Print(app.IO); err != nil {
			return err
		}
	}
	switch left := e.Stats.Triggers - int64(len(all)); {
	case err != nil:
		return endpointError(err)
	case app.global.JSON:
	case len(all) == 0:
		app.note("nothing has been sent to %s yet", e.Name)
	case opts.Limit > 0 && len(all) == opts.Limit && left > 0:
		shown := fmt.Sprintf("the %d newest of %d are", len(all), e.Stats.Triggers)
		if len(all) == 1 {
			shown = fmt.Sprintf("the newest of %d is", e.Stats.Triggers)
		}
		app.note("only %s shown; -n 0 lists all that are kept", shown)
	}
	return nil
}

// nextText is what followed an attempt.
func nextText(a *store.EndpointAttempt) string {
	text := map[string]string{"": "", "done": "done", "retry": "retry", "give_up": "gave up", "stop": "stopped", "pause": "paused"}[a.Next]
	if a.Next == "retry" && a.Wait > 0 {
		text += " after " + webhook.ShortDuration(a.Wait)
	}
	return text
}
