package provider

import (
	"fmt"
	"slices"
	"strings"
)

// EndpointShape is what the provider's payloads say about the endpoint that they
// go to, where one is registered.
type EndpointShape struct {
	ID     string `yaml:"id"`     // the form of an endpoint's ID, placeholders allowed; a UUID unless stated
	Fields Sets   `yaml:"fields"` // JSON paths of the body and of the token's claims, with what stands there
}

// What a field about an endpoint can hold. The times take a form after a colon,
// as ${now} does, and are null before the first.
const (
	EndpointID          = "id"
	EndpointName        = "name"
	EndpointURL         = "url"
	EndpointData        = "data" // the custom data, {} where there is none
	EndpointLastSuccess = "last_success"
	EndpointLastFailure = "last_failure"
)

func endpointFacts() []string {
	return []string{EndpointID, EndpointName, EndpointURL, EndpointData, EndpointLastSuccess, EndpointLastFailure}
}

// TakesData reports whether the payloads have a place for custom data.
func (e *EndpointShape) TakesData() bool {
	return slices.ContainsFunc(e.Fields, func(s Set) bool { return s.Value == EndpointData })
}

func (e *EndpointShape) check() error {
	for _, field := range e.Fields {
		fact, form, formed := strings.Cut(field.Value, ":")
		if !slices.Contains(endpointFacts(), fact) {
			return fmt.Errorf("endpoint.fields.%s: %q is not known of an endpoint: %s", field.Name, fact, allowed(fact, endpointFacts()))
		}
		if formed && (form == "" || !strings.HasPrefix(fact, "last_")) {
			return fmt.Errorf("endpoint.fields.%s: %q: only a time has a form, such as last_success:offset", field.Name, field.Value)
		}
	}
	return nil
}
