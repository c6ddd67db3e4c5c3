package cmd

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/provider"
)

// text is a text of provider.yaml in which placeholders may stand.
type text struct {
	plain    string
	template *payload.Template // nil where there is no placeholder
}

func newText(s string) (text, error) {
	if !strings.Contains(s, "${") {
		return text{plain: s}, nil
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return text{}, err
	}
	template, err := payload.Parse(s, quoted)
	return text{template: template}, err
}

// render fills the placeholders.
func (t text) render(values *payload.Payload) (string, error) {
	if t.template == nil {
		return t.plain, nil
	}
	var room [128]byte
	out, err := t.template.Append(room[:0], values)
	if err != nil {
		return "", err
	}
	return gjson.ParseBytes(out).String(), nil
}

// setText is a field of a body and what a variant sets it to.
type setText struct {
	path  string
	value text
}

func setTexts(sets provider.Sets) ([]setText, error) {
	var out []setText
	for _, set := range sets {
		value, err := newText(set.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, setText{set.Name, value})
	}
	return out, nil
}

// applySets sets the fields that a variant sets, where the body has them.
func applySets(body []byte, sets []setText, values *payload.Payload) ([]byte, error) {
	for _, set := range sets {
		if !gjson.GetBytes(body, set.path).Exists() {
			continue
		}
		value, err := set.value.render(values)
		if err != nil {
			return nil, err
		}
		quoted, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if body, err = payload.Apply(body, []payload.Edit{{Op: payload.Override, Path: set.path, Value: string(quoted)}}); err != nil {
			return nil, err
		}
	}
	return body, nil
}
