package cmd

import (
	"bytes"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
	"github.com/whk-cli/whk/internal/store"
	"github.com/whk-cli/whk/internal/ui"
)

// aboutFunc puts what is known of an endpoint into a body or into claims.
type aboutFunc func(body []byte, values *payload.Payload) ([]byte, error)

// in calls f; a nil f leaves body as it is.
func (f aboutFunc) in(body []byte, values *payload.Payload) ([]byte, error) {
	if f == nil {
		return body, nil
	}
	return f(body, values)
}

// aboutEndpoint fills the fields that p has for an endpoint, where a body has
// them. current is asked each time: the times of the last answers change.
func aboutEndpoint(p *provider.Provider, current func() *store.Endpoint) aboutFunc {
	return func(body []byte, values *payload.Payload) ([]byte, error) {
		e := current()
		for _, field := range p.Endpoint.Fields {
			if !gjson.GetBytes(body, field.Name).Exists() {
				continue
			}
			value, err := endpointValue(e, field.Value, values)
			if err != nil {
				return nil, usageError(err, "correct endpoint.fields in "+p.Path()+"/provider.yaml")
			}
			if body, err = payload.Apply(body, []payload.Edit{{Op: payload.Override, Path: field.Name, Value: string(value)}}); err != nil {
				return nil, err
			}
		}
		return body, nil
	}
}

// endpointValue is the JSON of something that is known of an endpoint.
func endpointValue(e *store.Endpoint, what string, values *payload.Payload) ([]byte, error) {
	what, form, _ := strings.Cut(what, ":")
	switch what {
	case provider.EndpointID:
		return jsonText(e.ID)
	case provider.EndpointName:
		return jsonText(e.Name)
	case provider.EndpointURL:
		return jsonText(e.URL)
	case provider.EndpointLastSuccess:
		return timeValueJSON(e.Stats.LastSuccess.At, form, values)
	case provider.EndpointLastFailure:
		return timeValueJSON(e.Stats.LastFailure.At, form, values)
	}
	if len(e.Data) == 0 {
		return []byte("{}"), nil
	}
	return e.Data, nil
}

// jsonText is a JSON string without needless escapes such as \u0026.
func jsonText(text string) ([]byte, error) {
	line, err := ui.AppendJSON(nil, text)
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// timeValueJSON is a time in a form of ${now}, null for none.
func timeValueJSON(t time.Time, form string, values *payload.Payload) ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	placeholder := "${now}"
	if form != "" {
		placeholder = "${now:" + form + "}"
	}
	template, err := payload.Parse(placeholder, []byte(`"`+placeholder+`"`))
	if err != nil {
		return nil, err
	}
	then := *values
	then.Now = t
	return template.Append(nil, &then)
}
