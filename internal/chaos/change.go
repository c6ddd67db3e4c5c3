package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/webhook"
)

// errNothing is a place that a request does not have.
var errNothing = errors.New("there is nothing to change")

// Change is one change of a request.
type Change struct {
	Place    string // header:NAME, json:PATH and so on, for people
	Old, New string // "" where they are not to be shown
}

func (c Change) String() string {
	if c.Old == "" {
		return c.Place
	}
	old, made := c.Old, c.New
	if len(old) > shownText || len(made) > shownText {
		old, made = around(c.Old, c.New)
	}
	return fmt.Sprintf("%s: %s → %s", c.Place, old, made)
}

// shownText is how many bytes of a text are shown of a change.
const shownText = 48

// around cuts two long texts down to where they first differ, with some text on
// both sides.
func around(a, b string) (string, string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	cut := func(text string) string {
		start, end := max(0, at-shownText/2), min(len(text), at+shownText/2)
		out := strings.ToValidUTF8(text[min(start, end):end], "")
		if start > 0 {
			out = "…" + out
		}
		if end < len(text) {
			out += "…"
		}
		return out
	}
	return cut(a), cut(b)
}

// Tamperer changes requests of one provider after they were signed.
type Tamperer struct {
	Signed []string // the headers that carry the signature
	From   string   // where it is in the body instead: json:PATH or form:NAME; "" is not
	Clock  string   // where the signed time is: header:NAME, field:KEY, json:PATH, form:NAME, query:NAME, claim:NAME; "" is nowhere
	Event  []string // the places of the event type, the one that counts first
	Spare  []string // places in the body that are left alone when the body is changed
}

// Signature changes one character of the signature.
func (t *Tamperer) Signature(r *webhook.Request) (Change, error) {
	for _, name := range t.Signed {
		if c, err := t.change(r, "header:"+name, flipSignature); err == nil {
			return Change{Place: c.Place}, nil
		}
	}
	if t.From == "" {
		return Change{}, errNothing
	}
	c, err := t.change(r, t.From, flipSignature)
	return Change{Place: c.Place}, err
}

// Timestamp changes the signed time by so little that only the signature shows
// it.
func (t *Tamperer) Timestamp(r *webhook.Request) (Change, error) {
	if t.Clock == "" {
		return Change{}, errNothing
	}
	return t.change(r, t.Clock, flipNumber)
}

// EventOf puts the event type of other, a request of another event, into r.
func (t *Tamperer) EventOf(r, other *webhook.Request) (Change, error) {
	for _, place := range t.Event {
		text, ok := t.read(other, place)
		if !ok {
			continue
		}
		c, err := t.change(r, place, func(string) string { return text })
		if err == nil && c.Old != c.New {
			return c, nil
		}
	}
	return Change{}, errNothing
}

// change replaces the text at a place.
func (t *Tamperer) change(r *webhook.Request, place string, change func(string) string) (Change, error) {
	kind, name, _ := strings.Cut(place, ":")
	old, ok := t.read(r, place)
	if !ok || change(old) == old {
		return Change{}, errNothing
	}
	done := Change{Place: title(place), Old: old, New: change(old)}
	switch kind {
	case "header":
		i := slices.IndexFunc(r.Header, func(f webhook.Field) bool { return strings.EqualFold(f.Name, name) })
		r.Header = r.Header.Clone()
		r.Header[i].Value = done.New
		return done, nil
	case "field":
		return done, t.inSignature(r, func(value string) (string, error) {
			return strings.Replace(value, name+"="+old, name+"="+done.New, 1), nil
		})
	case "claim", "jwt":
		return done, t.inSignature(r, func(value string) (string, error) {
			return inToken(value, func(claims []byte) ([]byte, error) { return setJSON(claims, name, done.New) })
		})
	case "json":
		body, err := setJSON(r.Body, name, done.New)
		r.Body = body
		return done, err
	case "form":
		r.Body = []byte(setForm(string(r.Body), name, done.New))
		return done, nil
	case "query":
		base, query, _ := strings.Cut(r.URL, "?")
		r.URL = base + "?" + setForm(query, name, done.New)
		return done, nil
	}
	return Change{}, errNothing
}

// inSignature changes the header that carries the signature.
func (t *Tamperer) inSignature(r *webhook.Request, change func(string) (string, error)) error {
	r.Header = r.Header.Clone()
	err := errNothing
	for i := range r.Header {
		if !slices.ContainsFunc(t.Signed, func(name string) bool { return strings.EqualFold(name, r.Header[i].Name) }) {
			continue
		}
		var value string
		if value, err = change(r.Header[i].Value); err != nil {
			return err
		}
		r.Header[i].Value = value
	}
	return err
}

// read is the text at a place.
func (t *Tamperer) read(r *webhook.Request, place string) (string, bool) {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "header":
		return r.Header.Get(name), r.Header.Has(name)
	case "field", "claim", "jwt":
		for _, header := range t.Signed {
			if text, ok := within(kind, r.Header.Get(header), name); ok {
				return text, true
			}
		}
	case "json":
		v := gjson.GetBytes(r.Body, name)
		return textOf(v), v.Type == gjson.String || v.Type == gjson.Number
	case "form":
		return formValue(string(r.Body), name)
	case "query":
		_, query, _ := strings.Cut(r.URL, "?")
		return formValue(query, name)
	}
	return "", false
}

// within reads a field of a signature header, or a claim of a token.
func within(kind, value, name string) (text string, ok bool) {
	if kind != "field" {
		inToken(value, func(claims []byte) ([]byte, error) {
			v := gjson.GetBytes(claims, name)
			text, ok = textOf(v), v.Type == gjson.String || v.Type == gjson.Number
			return claims, nil
		})
		return text, ok
	}
	for _, part := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(",; ", c) }) {
		if text, ok = strings.CutPrefix(part, name+"="); ok {
			return text, true
		}
	}
	return "", false
}

// setJSON changes a value in exact bytes; a number stays one.
func setJSON(body []byte, path, text string) ([]byte, error) {
	value, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	if gjson.GetBytes(body, path).Type == gjson.Number && json.Valid([]byte(text)) {
		value = []byte(text)
	}
	return payload.Apply(body, []payload.Edit{{Op: payload.Override, Path: path, Value: string(value)}})
}

func formValue(form, name string) (string, bool) {
	for item := range strings.SplitSeq(form, "&") {
		key, value, _ := strings.Cut(item, "=")
		if plainKey, err := url.QueryUnescape(key); err == nil && plainKey == name {
			text, err := url.QueryUnescape(value)
			return text, err == nil
		}
	}
	return "", false
}

func setForm(form, name, text string) string {
	items := strings.Split(form, "&")
	for i, item := range items {
		key, _, _ := strings.Cut(item, "=")
		if plainKey, err := url.QueryUnescape(key); err == nil && plainKey == name {
			items[i] = key + "=" + url.QueryEscape(text)
			break
		}
	}
	return strings.Join(items, "&")
}

// title is a place for a person.
func title(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "field":
		return name + " in the signature header"
	case "claim", "jwt":
		return "claim " + name
	case "form", "query":
		return kind + " field " + name
	}
	return name
}
