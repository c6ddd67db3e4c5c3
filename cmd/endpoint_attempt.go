package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

func (app *App) showEndpointAttempt(ctx context.Context, s *store.Store, e *store.Endpoint, opts *endpointShowOptions) error {
	a, err := s.Attempt(ctx, e, opts.Attempt)
	if errors.Is(err, store.ErrNoAttempt) {
		return noAttempt(e, opts.Attempt)
	}
	if err != nil {
		return endpointError(err)
	}
	kept, err := app.keptAttempts(ctx, s, e, opts.Reveal)
	if err != nil {
		return err
	}
	j := kept.json(a, true)
	if app.global.JSON {
		return ui.JSON(app.IO.Out, j)
	}
	of := j.Event
	if a.MessageID != "" {
		of += " " + a.MessageID
	}
	if err := app.printFacts(fmt.Sprintf("%s, attempt %d", e.Name, a.Number), []fact{
		{"time", shownTime(j.Time)}, {"of", fmt.Sprintf("%s, attempt %d", of, a.Attempt)}, {"outcome", j.Outcome},
		{"result", result(a)}, {"detail", j.Detail}, {"location", j.Location}, {"took", ui.Took(a.Answer.Duration)}, {"next", nextText(a)},
	}); err != nil {
		return err
	}
	st := app.IO.Style()
	out := st.AppendSafe([]byte("\n"), ui.Bold, j.Request.Method+" "+j.Request.URL)
	out = appendHeader(append(out, '\n'), st, j.Request.Header)
	out = ui.AppendBody(append(out, '\n'), st, j.Request.Body, "")
	if a.Answer.Status != 0 {
		out = st.AppendSafe(append(out, '\n'), ui.Bold, statusText(a.Answer.Status))
		out = appendHeader(append(out, '\n'), st, kept.header(a.Answer.Header))
		if len(a.Answer.Body) > 0 {
			out = ui.AppendBody(append(out, '\n'), st, []byte(kept.scrub(string(a.Answer.Body))), "")
		}
		if more := a.Answer.BodySize - int64(len(a.Answer.Body)); more > 0 {
			out = append(out, "  "+st.Dim(fmt.Sprintf("… %s more", ui.Size(more)))+"\n"...)
		}
	}
	_, err = app.IO.Out.Write(out)
	return err
}

func appendHeader(dst []byte, st *ui.Styler, h webhook.Header) []byte {
	for _, f := range h {
		dst = append(dst, "  "+st.Key(ui.Safe(f.Name)+":")+" "+ui.Safe(f.Value)+"\n"...)
	}
	return dst
}

// noAttempt says which attempts there are.
func noAttempt(e *store.Endpoint, number int64) error {
	err := fmt.Errorf("endpoint %q has no attempt %d", e.Name, number)
	switch {
	case e.Stats.Triggers == 0:
		return failed(err, "nothing has been sent to it yet")
	case number > 0 && number <= e.Stats.Triggers:
		err = fmt.Errorf("attempt %d of endpoint %q is no longer kept", number, e.Name)
	}
	return failed(err, fmt.Sprintf("whk endpoint show %s --attempts lists those that are kept", format.ShellWord(e.Name)))
}
