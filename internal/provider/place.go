package provider

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/signing"
)

// checkPlace accepts "", header:NAME, json:PATH, form:NAME, query:NAME and
// jwt:CLAIM.
func checkPlace(text string) error {
	if text == "" {
		return nil
	}
	kind, name, ok := strings.Cut(text, ":")
	if !ok || name == "" || !slices.Contains([]string{"header", "json", "form", "query", "jwt"}, kind) {
		return fmt.Errorf("%q is not a place: use header:NAME, json:PATH, form:NAME, query:NAME or jwt:CLAIM", text)
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
	fields *[]field   // from fieldPool; nil until asked for
	posted url.Values // the body's form; nil until asked for
}

// field is a member of the body's outermost object. Both texts are parts of the
// body.
type field struct{ name, value string }

// fieldPool spares each delivery a kilobyte of garbage.
var fieldPool = sync.Pool{New: func() any { fields := make([]field, 0, 16); return &fields }}

// release gives back what r has borrowed; r can not be read any more.
func (r *reader) release() {
	if r.fields != nil {
		clear(*r.fields)
		fieldPool.Put(r.fields)
		r.fields = nil
	}
}

// json finds a path in the body. Most paths are names of the outermost object,
// and a handful of them is read from every delivery.
func (r *reader) json(path string) gjson.Result {
	if strings.ContainsAny(path, `.*?|#@\!{}[]()=<>%"`) {
		return gjson.GetBytes(r.m.Body, path)
	}
	if r.fields == nil {
		r.fields = fieldPool.Get().(*[]field)
		*r.fields = fieldsOf(r.m.Body, (*r.fields)[:0])
	}
	for _, f := range *r.fields {
		if f.name == path {
			return gjson.Parse(f.value)
		}
	}
	return gjson.Result{}
}

// fieldsOf appends the members of the outermost object to fields.
func fieldsOf(body []byte, fields []field) []field {
	// The texts share the body's memory, which nobody changes.
	text := unsafe.String(unsafe.SliceData(body), len(body))
	gjson.Parse(text).ForEach(func(name, value gjson.Result) bool {
		if name.Type == gjson.String {
			fields = append(fields, field{name.Str, value.Raw})
		}
		return len(fields) < maxFields
	})
	return fields
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
	case "form":
		return r.form().Get(name)
	case "query":
		if u, err := url.Parse(r.m.URL); err == nil {
			return u.Query().Get(name)
		}
	case "jwt":
		if !r.asked {
			r.claims, r.asked = r.scheme.UnverifiedClaims(r.m), true
		}
		return gjson.GetBytes(r.claims, name).String()
	}
	return ""
}

// form is the body's fields, none when it is no form.
func (r *reader) form() url.Values {
	if r.posted == nil {
		r.posted = url.Values{}
		if form, err := url.ParseQuery(string(r.m.Body)); err == nil && r.m.IsForm() {
			r.posted = form
		}
	}
	return r.posted
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
	text = strings.TrimSuffix(text, rule.TrimSuffix)
	if rule.Plus == "" {
		return text + rule.Then
	}
	if more := r.read(rule.Plus); more != "" {
		return text + rule.Then + more
	}
	return text
}

func beginning(text string, starts map[string]string) string {
	for start, value := range starts {
		if strings.HasPrefix(text, start) {
			return value
		}
	}
	return ""
}
