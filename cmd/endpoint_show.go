package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
	"github.com/whk-cli/whk/internal/webhook"
)

type endpointShowOptions struct {
	Name     string
	Reveal   bool
	Attempts bool
	Attempt  int64
	Limit    int
}

func newEndpointShowCmd(app *App, run func(*cobra.Command, *App, *endpointShowOptions) error) *cobra.Command {
	opts := &endpointShowOptions{}
	cmd := &cobra.Command{
		Use:   "show <name>",
		Short: "Show an endpoint: its settings, its secret, its attempts",
		Long: `show prints what is set of an endpoint. --attempts lists what was sent to it, the newest
first, and --attempt shows one of them by its number: the request and the answer.

The newest ` + fmt.Sprint(store.KeptAttempts) + ` attempts of an endpoint are kept, or fewer where they take more than
` + ui.Size(store.KeptAttemptBytes) + `, and always the last success and the last failure.

Secrets, and the values of headers that carry them, are [redacted] unless --reveal is
given.`,
		Example: `  # what is set
  whk endpoint show orders

  # its signing secret, for your handler
  whk endpoint show orders --reveal

  # what was sent to it, and one of the answers
  whk endpoint show orders --attempts
  whk endpoint show orders --attempt 1`,
		Annotations:       map[string]string{needsConfig: ""},
		Args:              oneEndpoint,
		ValidArgsFunction: app.completeEndpoint,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Name = args[0]
			return run(cmd, app, opts)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.Attempts, "attempts", false, "list its attempts, the newest first")
	flags.Int64Var(&opts.Attempt, "attempt", 0, "show the attempt of this `number`, request and answer")
	flags.IntVarP(&opts.Limit, "limit", "n", 20, "how many attempts at most; 0 for all that are kept")
	flags.BoolVar(&opts.Reveal, "reveal", false, "show its secrets, and the values of headers that carry secrets or signatures")
	return cmd
}

func runEndpointShow(cmd *cobra.Command, app *App, opts *endpointShowOptions) error {
	ctx := cmd.Context()
	if opts.Limit < 0 {
		return usageError(fmt.Errorf("--limit %d is below 0", opts.Limit), "-n 0 lists all")
	}
	s, err := app.endpointReader(ctx)
	if err != nil {
		return err
	}
	if s != nil {
		defer s.Close()
	}
	found, err := endpoints(ctx, s, []string{opts.Name})
	if err != nil {
		return err
	}
	e := found[0]
	switch {
	case cmd.Flags().Changed("attempt"):
		return app.showEndpointAttempt(ctx, s, e, opts)
	case opts.Attempts:
		return app.listEndpointAttempts(ctx, s, e, opts)
	}
	return app.printEndpoint(ctx, s, e, opts.Reveal)
}

// endpointJSON is an endpoint as a program reads it.
type endpointJSON struct {
	Type                string              `json:"type"` // endpoint
	ID                  string              `json:"id"`
	Name                string              `json:"name"`
	Provider            string              `json:"provider"`
	Variants            []string            `json:"variants"`
	URL                 string              `json:"url"`
	Method              string              `json:"method"`
	Headers             webhook.Header      `json:"headers"`
	CustomData          json.RawMessage     `json:"custom_data,omitempty"`
	Events              []string            `json:"events"` // patterns; none is all
	Description         string              `json:"description"`
	State               string              `json:"state"` // enabled, disabled or paused
	Enabled             bool                `json:"enabled"`
	PausedAt            string              `json:"paused_at,omitempty"`
	PausedWhy           string              `json:"paused_why,omitempty"`
	ConsecutiveFailures int                 `json:"consecutive_failures"` // those that count towards pausing
	Secret              string              `json:"secret,omitempty"`     // absent where it has none of its own
	PublicKey           string              `json:"public,omitempty"`
	EarlierSecrets      []earlierSecretJSON `json:"earlier_secrets,omitempty"`
	CreatedAt           string              `json:"created_at"`
	ChangedAt           string              `json:"changed_at"`
}

type earlierSecretJSON struct {
	Secret     string `json:"secret"`
	ValidUntil string `json:"valid_until"`
}

// endpointState is an endpoint's in one word.
func endpointState(e *store.Endpoint) string {
	switch {
	case !e.Enabled:
		return "disabled"
	case e.Paused():
		return "paused"
	}
	return "enabled"
}

// stampText is a time for a program, "" for none.
func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (app *App) endpointAsJSON(e *store.Endpoint, secrets []store.EndpointSecret, reveal bool) endpointJSON {
	redactor := app.shownBy(reveal)
	j := endpointJSON{
		Type: "endpoint", ID: e.ID, Name: e.Name, Provider: e.Provider, Variants: append([]string{}, e.Variants...),
		URL: redactor.URL(e.URL), Method: app.endpointMethod(e), Headers: redactor.Header(e.Header), CustomData: e.Data,
		Events: append([]string{}, e.Events...), Description: e.Description, State: endpointState(e), Enabled: e.Enabled,
		PausedAt: stampText(e.Pause.Since), PausedWhy: e.Pause.Why, ConsecutiveFailures: e.Pause.Failing,
		CreatedAt: stampText(e.CreatedAt), ChangedAt: stampText(e.ChangedAt),
	}
	for i, one := range secrets {
		value := webhook.Redacted
		if reveal {
			value = string(one.Value)
		}
		if i > 0 || !one.Until.IsZero() {
			j.EarlierSecrets = append(j.EarlierSecrets, earlierSecretJSON{value, stampText(one.Until)})
			continue
		}
		j.Secret = value
		if p, err := app.endpointProvider(e); err == nil {
			j.PublicKey = p.PublicKey(signing.NewSecret(one.Value))
		}
	}
	return j
}

// endpointMethod is the method of requests to e.
func (app *App) endpointMethod(e *store.Endpoint) string {
	if e.Method != "" {
		return e.Method
	}
	if p, err := app.endpointProvider(e); err == nil {
		return p.Method()
	}
	return ""
}

// printEndpoint prints what is set of an endpoint.
func (app *App) printEndpoint(ctx context.Context, s *store.Store, e *store.Endpoint, reveal bool) error {
	secrets, err := s.EndpointSecrets(ctx, e, app.Now())
	if err != nil {
		return storeError(err)
	}
	j := app.endpointAsJSON(e, secrets, reveal)
	if app.global.JSON {
		return ui.JSON(app.IO.Out, j)
	}
	return app.printFacts(e.Name, endpointFacts(&j))
}

// fact is one line about something: a name, and a value that may be a stranger's.
type fact struct{ name, value string }

func endpointFacts(j *endpointJSON) []fact {
	state := j.State
	if j.PausedAt != "" {
		if j.State != "paused" {
			state += ", and paused"
		}
		state += " since " + shownTime(j.PausedAt) + ", after " + j.PausedWhy + ": whk endpoint resume " + shellQuote(j.Name)
	}
	of := j.Provider
	if len(j.Variants) > 0 {
		of += " (" + strings.Join(j.Variants, ", ") + ")"
	}
	events := "all"
	if len(j.Events) > 0 {
		events = strings.Join(j.Events, ", ")
	}
	facts := []fact{{"id", j.ID}, {"state", state}, {"provider", of}, {"deliveries", j.Method + " " + j.URL}, {"events", events}}
	for _, h := range j.Headers {
		facts = append(facts, fact{"header", h.Name + ": " + h.Value})
	}
	secret := j.Secret
	if secret == "" {
		secret = "none of its own: that which whk trigger finds"
	}
	facts = append(facts, fact{"custom data", onOneLine(j.CustomData)}, fact{"description", j.Description}, fact{"secret", secret}, fact{"public key", j.PublicKey})
	for _, one := range j.EarlierSecrets {
		facts = append(facts, fact{"earlier", one.Secret + ", valid until " + shownTime(one.ValidUntil)})
	}
	return append(facts, fact{"created", shownTime(j.CreatedAt)})
}

// onOneLine is JSON without its line breaks.
func onOneLine(data []byte) string {
	var line bytes.Buffer
	if json.Compact(&line, data) != nil {
		return string(data)
	}
	return line.String()
}

// shownTime is a time of JSON as a person reads it.
func shownTime(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.Local().Format(time.RFC3339)
}

// printFacts prints a title and the facts that are known, in two columns.
func (app *App) printFacts(title string, facts []fact) error {
	st := app.IO.Style()
	width := 0
	for _, f := range facts {
		width = max(width, len(f.name))
	}
	out := st.AppendSafe(nil, ui.Bold, title)
	out = append(out, '\n')
	for _, f := range facts {
		if f.value == "" {
			continue
		}
		out = append(out, "  "+st.Key(f.name)+strings.Repeat(" ", width-len(f.name)+2)...)
		out = append(st.AppendSafe(out, ui.Plain, f.value), '\n')
	}
	_, err := app.IO.Out.Write(out)
	return err
}
