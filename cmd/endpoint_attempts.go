package cmd

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/whk-cli/whk/internal/sender"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

// keptAttemptJSON is a kept attempt as a program reads it.
type keptAttemptJSON struct {
	Type         string            `json:"type"` // attempt
	Number       int64             `json:"number"`
	EndpointName string            `json:"endpoint_name"`
	Endpoint     string            `json:"endpoint"` // the URL
	Delivery     string            `json:"delivery"` // the message ID
	Event        string            `json:"event"`
	Attempt      int               `json:"attempt"` // of its delivery
	Time         string            `json:"time"`
	Outcome      string            `json:"outcome"` // success, failure, interrupted, unknown
	Status       int               `json:"status"`
	Error        string            `json:"error"`
	Detail       string            `json:"detail,omitempty"`
	DurationMS   float64           `json:"duration_ms"`
	Location     string            `json:"location,omitempty"`
	Next         string            `json:"next"`
	WaitMS       float64           `json:"wait_ms"`
	Request      *webhook.Delivery `json:"request,omitempty"`
	Response     *keptResponseJSON `json:"response,omitempty"`
}

// keptResponseJSON is an answer as it was kept.
type keptResponseJSON struct {
	Headers    webhook.Header `json:"headers"`
	Body       *string        `json:"body,omitempty"`
	BodyBase64 *string        `json:"body_base64,omitempty"` // in place of body, where that is not UTF-8
	BodySize   int64          `json:"body_size"`             // of all that was answered
}

// keptAttempts prints the attempts of one endpoint.
type keptAttempts struct {
	app      *App
	endpoint *store.Endpoint
	redactor *ui.Redactor // nil with --reveal
}

// keptAttempts prepares for what stands in attempts: secrets may have been sent,
// and been answered.
func (app *App) keptAttempts(ctx context.Context, s *store.Store, e *store.Endpoint, reveal bool) (*keptAttempts, error) {
	_, err := app.endpointKeys(ctx, s, e)
	return &keptAttempts{app, e, app.shownBy(reveal)}, err
}

// scrub hides secrets in what somebody else wrote, unless they are to be shown.
func (k *keptAttempts) scrub(text string) string {
	if k.redactor == nil {
		return text
	}
	return k.app.scrub(text)
}

func (k *keptAttempts) json(a *store.EndpointAttempt, whole bool) keptAttemptJSON {
	if k.redactor != nil {
		k.app.hideSent(k.endpoint.Provider, &a.Request)
	}
	j := keptAttemptJSON{
		Type: "attempt", Number: a.Number, EndpointName: k.endpoint.Name, Endpoint: sender.Printable(a.Request.URL),
		Delivery: a.MessageID, Event: a.Event, Attempt: a.Attempt, Time: stampText(a.At), Outcome: a.Outcome.String(),
		Status: a.Answer.Status, Error: a.Answer.Error, Detail: k.scrub(a.Answer.Detail), DurationMS: milliseconds(a.Answer.Duration),
		Location: k.scrub(sender.Printable(a.Answer.Location)), Next: a.Next, WaitMS: milliseconds(a.Wait),
	}
	if !whole {
		return j
	}
	j.Request = k.redactor.Delivery(&webhook.Delivery{
		Method: a.Request.Method, URL: a.Request.URL, Header: a.Request.Header, Body: a.Request.Body,
		Provider: k.endpoint.Provider, Event: a.Event, MessageID: a.MessageID,
	})
	if a.Answer.Status != 0 {
		j.Response = k.response(&a.Answer)
	}
	return j
}

func (k *keptAttempts) response(a *webhook.Attempt) *keptResponseJSON {
	r := &keptResponseJSON{Headers: k.header(a.Header), BodySize: a.BodySize}
	if text := k.scrub(string(a.Body)); utf8.ValidString(text) {
		r.Body = &text
	} else {
		text = base64.StdEncoding.EncodeToString([]byte(text))
		r.BodyBase64 = &text
	}
	return r
}

func (k *keptAttempts) header(h webhook.Header) webhook.Header {
	h = k.redactor.Header(h).Clone()
	for i := range h {
		h[i].Value = k.scrub(h[i].Value)
	}
	return h
}

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
		text += " after " + shortDuration(a.Wait)
	}
	return text
}

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
		err = fmt.Errorf("attempt %d of endpoint %q is kept no longer", number, e.Name)
	}
	return failed(err, fmt.Sprintf("whk endpoint show %s --attempts lists those that are kept", shellQuote(e.Name)))
}
