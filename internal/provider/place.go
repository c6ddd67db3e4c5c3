package provider

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// checkPlace accepts "", header:NAME, json:PATH and jwt:CLAIM.
func checkPlace(text string) error {
	if text == "" {
		return nil
	}
	kind, name, ok := strings.Cut(text, ":")
	if !ok || name == "" || (kind != "header" && kind != "json" && kind != "jwt") {
		return fmt.Errorf("%q is not a place: use header:NAME, json:PATH or jwt:CLAIM", text)
	}
	return nil
}

// reader reads places of one message; the token is decoded once, when asked for.
type reader struct {
	m      *signing.Message
	scheme *signing.Scheme
	claims []byte
	asked  bool
}

func (r *reader) read(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "header":
		if values := r.m.Header[http.CanonicalHeaderKey(name)]; len(values) > 0 {
			return values[0]
		}
	case "json":
		return gjson.GetBytes(r.m.Body, name).String()
	case "jwt":
		if !r.asked {
			r.claims, r.asked = r.scheme.UnverifiedClaims(r.m), true
		}
		return gjson.GetBytes(r.claims, name).String()
	}
	return ""
}

// first is the text of the first rule that gives one.
func (r *reader) first(rules Rules) string {
	for i := range rules {
		if text := r.apply(&rules[i]); text != "" {
			return text
		}
	}
	return ""
}

func (r *reader) apply(rule *Rule) string {
	text := r.read(rule.Of)
	if text == "" || (rule.If != "" && r.read(rule.If) == "") {
		return ""
	}
	if rule.Map != nil {
		text = rule.Map[text]
	}
	if rule.Starts != nil {
		text = beginning(text, rule.Starts)
	}
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(text, rule.TrimSuffix) + rule.Then
}

func beginning(text string, starts map[string]string) string {
	for start, value := range starts {
		if strings.HasPrefix(text, start) {
			return value
		}
	}
	return ""
}
