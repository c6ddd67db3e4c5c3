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

// reader reads places of one message. The token is decoded once, and the body's
// own fields are found in one pass, when they are asked for.
type reader struct {
	m      *signing.Message
	scheme *signing.Scheme
	claims []byte
	asked  bool
	fields []field
	passed bool
}

// field is a member of the body's outermost object.
type field struct {
	name  string
	value gjson.Result
}

// json finds a path in the body. Most paths are names of the outermost object,
// and a handful of them is read from every delivery.
func (r *reader) json(path string) gjson.Result {
	if strings.ContainsAny(path, `.*?|#@\!{}[]()=<>%"`) {
		return gjson.GetBytes(r.m.Body, path)
	}
	if !r.passed {
		r.passed = true
		r.fields = make([]field, 0, 12)
		gjson.ParseBytes(r.m.Body).ForEach(func(name, value gjson.Result) bool {
			if name.Type == gjson.String {
				r.fields = append(r.fields, field{name.Str, value})
			}
			return len(r.fields) < maxFields
		})
	}
	for i := range r.fields {
		if r.fields[i].name == path {
			return r.fields[i].value
		}
	}
	return gjson.Result{}
}

// maxFields bounds what a stranger's body makes a reader hold. Envelopes have a
// dozen fields.
const maxFields = 256

func (r *reader) read(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "header":
		if values := r.m.Header[http.CanonicalHeaderKey(name)]; len(values) > 0 {
			return values[0]
		}
	case "json":
		return r.json(name).String()
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
