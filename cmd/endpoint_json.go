package cmd

import (
	"encoding/json"
	"time"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/webhook"
)

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
