package provider

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

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
// own members are looked for when they are asked for.
type reader struct {
	m      *signing.Message
	scheme *signing.Scheme
	claims []byte
	asked  bool
	body   *members   // from usedMembers; nil until asked for
	posted url.Values // the body's form; nil until asked for
}

// usedMembers spares each delivery a kilobyte of garbage.
var usedMembers = sync.Pool{New: func() any { return &members{found: make([]member, 0, 16)} }}

// release gives back what r has borrowed; r must not be used afterwards.
func (r *reader) release() {
	if r.body != nil {
		clear(r.body.found)
		r.body.text = ""
		usedMembers.Put(r.body)
		r.body = nil
	}
}

// members are those of the body.
func (r *reader) members() *members {
	if r.body == nil {
		r.body = usedMembers.Get().(*members)
		r.body.begin(r.m.Body)
	}
	return r.body
}

// json finds a path in the body. Most paths are names in the outermost object,
// and every delivery is asked for several.
func (r *reader) json(path string) gjson.Result {
	if !isPlainPath(path) {
		return gjson.GetBytes(r.m.Body, path)
	}
	if value := r.members().value(path); value != "" {
		return gjson.Parse(value)
	}
	return gjson.Result{}
}

// text is what stands at a path in the body, as a text.
func (r *reader) text(path string) string {
	if isPlainPath(path) {
		if text, ok := plainString(r.members().value(path)); ok {
			return text
		}
	}
	return r.json(path).String()
}

// plainString is the text of a JSON string that has no escapes; false for
// anything else.
func plainString(value string) (string, bool) {
	n := len(value) - 1
	if n < 1 || value[0] != '"' || value[n] != '"' || strings.IndexByte(value, '\\') >= 0 {
		return "", false
	}
	return value[1:n], true
}

// hasJSON reports whether there is anything at a path in the body.
func (r *reader) hasJSON(path string) bool {
	if !isPlainPath(path) {
		return gjson.GetBytes(r.m.Body, path).Exists()
	}
	return r.members().has(path)
}

// isPlainPath reports whether a path of gjson's is nothing but a name.
func isPlainPath(path string) bool {
	for i := range len(path) {
		if pathSigns[path[i]] {
			return false
		}
	}
	return true
}

// pathSigns are the characters with a meaning in a path.
var pathSigns = [256]bool{'.': true, '*': true, '?': true, '|': true, '#': true, '@': true, '\\': true, '!': true, '{': true, '}': true,
	'[': true, ']': true, '(': true, ')': true, '=': true, '<': true, '>': true, '%': true, '"': true}

func (r *reader) read(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "header":
		if values := r.m.Header[http.CanonicalHeaderKey(name)]; len(values) > 0 {
			return values[0]
		}
	case "json":
		return r.text(name)
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
