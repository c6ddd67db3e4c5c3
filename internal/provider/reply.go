package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/signing"
	"github.com/whk-cli/whk/internal/webhook"
)

// maxEcho is how many bytes of a handshake come back in one text of its answer.
const maxEcho = 1 << 10

// The reasons not to answer a handshake as its provider wants.
var (
	ErrNotAuthentic = errors.New("an answer that is computed with the secret is only for an authentic request")
	ErrEcho         = errors.New("it wants more than 1 KiB back, or what no header can hold")
)

// Reply is an answer that is ready to be sent.
type Reply struct {
	Status int
	Header webhook.Header
	Body   []byte
}

// Reply makes the answer that the provider wants to m, whose verdict is v: to
// its handshake, or to its event type. It is nil where the provider wants none
// in particular, and for what is not authentic.
//
// What an answer takes from a request can not become a page: it is text/plain or
// JSON, and the browser is told not to guess. The error is [ErrNotAuthentic],
// [ErrEcho] or [signing.ErrToken] for a handshake that must not have the answer
// that it asks for.
func (j *Judge) Reply(v *Verdict, m *signing.Message) (*Reply, error) {
	if v.Provider == nil || v.Verification.Status == webhook.NotAuthentic || v.Handshake == nil && len(v.Provider.Answers) == 0 {
		return nil, nil
	}
	places := reader{m: m, scheme: v.Provider.scheme}
	defer places.release()
	w := writer{places: &places, most: maxEcho, prove: func(token string) (string, error) { return j.prove(v, token) }}
	if v.Handshake != nil {
		return w.reply(&v.Handshake.Answer)
	}
	for i := range v.Provider.Answers {
		if a := &v.Provider.Answers[i]; (webhook.Patterns{a.Event}).Match(v.Event) {
			w.most += len(m.Body)
			return w.reply(&a.Answer)
		}
	}
	return nil, nil
}

// prove computes with the secret that authenticated the message.
func (j *Judge) prove(v *Verdict, token string) (string, error) {
	if v.Verification.Status != webhook.Authentic || v.Secret < 0 {
		return "", ErrNotAuthentic
	}
	return v.Provider.scheme.Prove(j.prepare(v.Provider).keys.Secrets[v.Secret], token)
}

// Offered is the signing secret that a handshake hands over, "" when it has none.
func (p *Provider) Offered(h *Handshake, m *signing.Message) string {
	if h.Keep == "" {
		return ""
	}
	places := reader{m: m, scheme: p.scheme}
	defer places.release()
	return places.read(h.Keep)
}

// writer fills in the texts of an answer.
type writer struct {
	places *reader
	most   int // bytes of the body
	prove  func(token string) (string, error)
}

func (w *writer) reply(a *Answer) (*Reply, error) {
	r := &Reply{Status: a.Status}
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	kind := a.Type
	var err error
	switch {
	case !a.JSON.IsZero():
		var body bytes.Buffer
		err = w.json(&body, &a.JSON)
		r.Body = body.Bytes()
		if kind == "" {
			kind = "application/json"
		}
	case a.Body == "${body}": // the very bytes
		r.Body = w.places.m.Body
	default:
		var text string
		text, err = w.text(a.Body)
		r.Body = []byte(text)
	}
	if err != nil {
		return nil, err
	}
	if len(r.Body) > w.most {
		return nil, ErrEcho
	}
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	if len(r.Body) > 0 || a.Type != "" {
		r.Header = webhook.Header{{Name: "Content-Type", Value: kind}, {Name: "X-Content-Type-Options", Value: "nosniff"}}
	}
	if err := w.headers(r, a.Headers); err != nil {
		return nil, err
	}
	return r, nil
}

func (w *writer) headers(r *Reply, sets Sets) error {
	for _, set := range sets {
		value, err := w.text(set.Value)
		if err != nil {
			return err
		}
		if len(value) > maxEcho || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) {
			return ErrEcho
		}
		name := http.CanonicalHeaderKey(set.Name)
		r.Header = slices.DeleteFunc(r.Header, func(f webhook.Field) bool { return f.Name == name })
		r.Header = append(r.Header, webhook.Field{Name: name, Value: value})
	}
	return nil
}

// text fills in the placeholders of a text.
func (w *writer) text(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "${")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		name, after, _ := strings.Cut(rest, "}")
		value, err := w.value(name)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = after
	}
}

func (w *writer) value(name string) (string, error) {
	if name == "body" {
		return string(w.places.m.Body), nil
	}
	if place, ok := strings.CutPrefix(name, "hmac:"); ok {
		return w.prove(w.places.read(place))
	}
	return w.places.read(name), nil
}

// json writes a YAML value as JSON, its keys in their order.
func (w *writer) json(out *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.AliasNode:
		return w.json(out, node.Alias)
	case yaml.MappingNode:
		return w.object(out, node.Content)
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range node.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := w.json(out, item); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	}
	return w.scalar(out, node)
}

func (w *writer) object(out *bytes.Buffer, content []*yaml.Node) error {
	out.WriteByte('{')
	for i := 0; i+1 < len(content); i += 2 {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeJSON(out, content[i].Value); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := w.json(out, content[i+1]); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func (w *writer) scalar(out *bytes.Buffer, node *yaml.Node) error {
	if node.Tag != "!!str" {
		var value any
		if err := node.Decode(&value); err != nil {
			return err
		}
		return writeJSON(out, value)
	}
	text, err := w.text(node.Value)
	if err != nil {
		return err
	}
	return writeJSON(out, text)
}

// writeJSON keeps encoding/json's escapes of <, > and &: what a stranger sent must
// not be read as a page.
func writeJSON(out *bytes.Buffer, value any) error {
	text, err := json.Marshal(value)
	out.Write(text)
	return err
}
