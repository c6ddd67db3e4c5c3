package cmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

func newEndpointStatsCmd(app *App, run func(*cobra.Command, *App, []string) error) *cobra.Command {
	return &cobra.Command{
		Use:   "stats [<name>...]",
		Short: "Show what became of the deliveries to endpoints",
		Long: `stats counts what was sent to each endpoint, or to those named, since it was added:
events are deliveries that were begun, triggers are attempts, repeats included. An
attempt whose end nobody knows, because whk was interrupted or killed, is a trigger and
neither a success nor a failure.

The chart is of the last attempts, the oldest first: the height is how long each took,
the mark under it how it ended.`,
		Example: `  # of one endpoint, with a chart of its last attempts
  whk endpoint stats orders

  # of all, for a script
  whk endpoint stats --json`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: app.completeEndpoints,
		RunE:              func(cmd *cobra.Command, args []string) error { return run(cmd, app, args) },
	}
}

func runEndpointStats(cmd *cobra.Command, app *App, names []string) error {
	ctx := cmd.Context()
	s, err := app.endpointReader(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		defer s.Close()
	}
	found, damage := endpoints(ctx, s, names)
	if len(found) == 0 && damage == nil {
		app.noEndpoints()
	}
	for i, e := range found {
		if i > 0 && !app.global.JSON {
			if _, err := fmt.Fprintln(app.IO.Out); err != nil {
				return err
			}
		}
		if err := app.printStats(ctx, s, e); err != nil {
			return err
		}
	}
	return endpointError(damage)
}

// statsJSON are an endpoint's figures as a program reads them.
type statsJSON struct {
	Type                     string           `json:"type"` // stats
	EndpointName             string           `json:"endpoint_name"`
	Endpoint                 string           `json:"endpoint"` // the URL
	Provider                 string           `json:"provider"`
	State                    string           `json:"state"`
	Events                   int64            `json:"events"`
	Triggers                 int64            `json:"triggers"`
	SuccessResponses         int64            `json:"success_responses"`
	FailureResponses         int64            `json:"failure_responses"`
	FailuresSinceLastSuccess int64            `json:"failures_since_last_success"`
	LastEvent                *string          `json:"last_event"`
	NextTrigger              *string          `json:"next_trigger"`
	LastSuccess              *keptAttemptJSON `json:"last_success"`
	LastFailure              *keptAttemptJSON `json:"last_failure"`
}

func (app *App) printStats(ctx context.Context, s *store.Store, e *store.Endpoint) error {
	kept, err := app.keptAttempts(ctx, s, e, false)
	if err != nil {
		return err
	}
	next, err := s.NextTrigger(ctx, e, app.Now())
	if err != nil {
		return storeError(err)
	}
	j := statsJSON{
		Type: "stats", EndpointName: e.Name, Endpoint: ui.NewRedactor().URL(e.URL), Provider: e.Provider, State: endpointState(e),
		Events: e.Stats.Events, Triggers: e.Stats.Triggers, SuccessResponses: e.Stats.Successes, FailureResponses: e.Stats.Failures,
		FailuresSinceLastSuccess: e.Stats.FailuresSince, LastEvent: orNull(e.Stats.LastEvent), NextTrigger: orNull(next),
	}
	if j.LastSuccess, err = kept.marked(ctx, s, e.Stats.LastSuccess); err != nil {
		return err
	}
	if j.LastFailure, err = kept.marked(ctx, s, e.Stats.LastFailure); err != nil {
		return err
	}
	if app.global.JSON {
		return ui.JSON(app.IO.Out, j)
	}
	title := e.Name + "  " + j.Provider + "  " + j.Endpoint + "  " + j.State
	if err := app.printFacts(title, statsFacts(&j)); err != nil {
		return err
	}
	return app.printChart(ctx, s, e)
}

func orNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := stampText(t)
	return &text
}

// marked is the attempt that a mark points at, with what was answered.
func (k *keptAttempts) marked(ctx context.Context, s *store.Store, mark store.Mark) (*keptAttemptJSON, error) {
	if mark.Number == 0 {
		return nil, nil
	}
	a, err := s.Attempt(ctx, k.endpoint, mark.Number)
	if err != nil {
		return nil, endpointError(err)
	}
	j := k.json(a, true)
	return &j, nil
}

func statsFacts(j *statsJSON) []fact {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	at := func(text *string) string {
		if text == nil {
			return "-"
		}
		return shownTime(*text)
	}
	return []fact{
		{"events", number(j.Events)},
		{"triggers", number(j.Triggers)},
		{"success responses", number(j.SuccessResponses)},
		{"failure responses", number(j.FailureResponses)},
		{"failures since last success", number(j.FailuresSinceLastSuccess)},
		{"last event", at(j.LastEvent)},
		{"next trigger", at(j.NextTrigger)},
		{"last success", lastText(j.LastSuccess)},
		{"last failure", lastText(j.LastFailure)},
	}
}

// lastText is an attempt in a line: when, what of, and what was answered.
func lastText(a *keptAttemptJSON) string {
	if a == nil {
		return "-"
	}
	result := a.Error
	if result == "" {
		result = statusText(a.Status)
	}
	took := ui.Took(time.Duration(a.DurationMS * float64(time.Millisecond)))
	text := fmt.Sprintf("%s  %s  %s  %s  (attempt %d)", shownTime(a.Time), result, took, a.Event, a.Number)
	if r := a.Response; r != nil && r.Body != nil && *r.Body != "" {
		text += "  " + excerpt(*r.Body)
	}
	return text
}

// excerpt is the beginning of a text.
func excerpt(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
