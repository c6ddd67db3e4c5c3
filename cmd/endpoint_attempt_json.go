package cmd

import (
	"context"
	"encoding/base64"
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
	BodySize   int64          `json:"body_size"`             // of the whole answer
}

// keptAttempts prints the attempts of one endpoint.
type keptAttempts struct {
	app      *App
	endpoint *store.Endpoint
	redactor *ui.Redactor // nil with --reveal
}

// keptAttempts learns the endpoint's secrets first, since requests and answers
// may hold them.
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
		Type: "attempt", Number: a.Number, EndpointName: k.endpoint.Name, Endpoint: k.redactor.URL(sender.Printable(a.Request.URL)),
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
