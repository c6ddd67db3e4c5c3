package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/payload"
)

// value is a value with placeholders.
type value struct {
	template *payload.Template
	file     string
	what     string // the key that it stands behind
}

func (v *value) render(values *payload.Payload) ([]byte, error) {
	text, err := v.template.Append(nil, values)
	if err != nil {
		return nil, templateError(v.file, v.what, err)
	}
	return text, nil
}

// edit is a payload.Edit whose value is yet to be made.
type edit struct {
	op    payload.Op
	path  string
	value *value // nil for Remove
	line  int
}

// Render makes what the step's values stand for: its body, nil where it has none
// of its own, and its edits. values.Step must answer for the steps before it, as
// [Done.Value] does. The error is a [*FileError].
func (s *Step) Render(values *payload.Payload) (data []byte, edits []payload.Edit, err error) {
	if s.data != nil {
		if data, err = s.data.render(values); err != nil {
			return nil, nil, err
		}
	}
	for _, e := range s.edits {
		made := payload.Edit{Op: e.op, Path: e.path}
		if e.value != nil {
			text, err := e.value.render(values)
			if err != nil {
				return nil, nil, err
			}
			made.Value = string(text)
		}
		edits = append(edits, made)
	}
	return data, edits, nil
}

// LineOf is the line of the edit of a path, else the step's own.
func (s *Step) LineOf(path string) int {
	for _, e := range s.edits {
		if e.path == path {
			return e.line
		}
	}
	return s.Line
}

// Sent is what later steps may know of a step.
type Sent struct {
	Step      *Step
	Event     string // as the provider calls it
	MessageID string
	Body      []byte
}

// Done are the steps so far.
type Done []Sent

// fields are what can be referred to, besides body.PATH.
var fields = []string{"body", "event", "message_id"}

// Value answers a reference STEP.body.PATH, STEP.event or STEP.message_id, where
// STEP is a step's id or number, with JSON. The error says what there is.
func (d Done) Value(ref string) ([]byte, error) {
	name, field, _ := strings.Cut(ref, ".")
	i := slices.IndexFunc(d, func(s Sent) bool { return s.Step.is(name) })
	if i < 0 {
		return nil, fmt.Errorf("there is no step %q before this one", name)
	}
	switch s := d[i]; field {
	case "body":
		if !json.Valid(s.Body) {
			return nil, errors.New("its body is not JSON")
		}
		return s.Body, nil
	case "event":
		return json.Marshal(s.Event)
	case "message_id":
		return json.Marshal(s.MessageID)
	default:
		return find(&s, strings.TrimPrefix(field, "body."))
	}
}

// find looks a path up in a step's body.
func find(s *Sent, path string) ([]byte, error) {
	v, err := payload.Find(s.Body, path)
	var missing *payload.PathError
	switch {
	case errors.As(err, &missing):
		return nil, errors.New(missing.What + hinted(missing.Hint()))
	case err != nil:
		return nil, errors.New("its body is not JSON")
	}
	return v, nil
}

func hinted(hint string) string {
	if hint == "" {
		return ""
	}
	return "; " + hint
}

func (s *Step) is(name string) bool {
	return s.ID == name && name != "" || strconv.Itoa(s.Number) == name
}

// reference says what is wrong with the form of a reference in a step, and which
// steps there are before it.
func (p *parser) reference(ref string, s *Step) error {
	name, field, _ := strings.Cut(ref, ".")
	var names []string
	for i := range p.flow.Steps {
		if p.flow.Steps[i].is(name) {
			return p.field(name, field)
		}
		names = append(names, p.flow.Steps[i].Name())
	}
	switch {
	case s.is(name):
		return fmt.Errorf("%q is this step itself", name)
	case len(names) == 0:
		return errors.New("there is no step before this one")
	}
	text := fmt.Sprintf("there is no step %q before this one", name)
	if meant := near.Names(name, names); len(meant) > 0 {
		text += "; near: " + strings.Join(meant, ", ")
	} else {
		text += "; there are " + strings.Join(names, ", ")
	}
	return errors.New(text)
}

func (p *parser) field(name, field string) error {
	if slices.Contains(fields, field) {
		return nil
	}
	if path, ok := strings.CutPrefix(field, "body."); ok && path != "" {
		return nil
	}
	return fmt.Errorf("of a step there are %s.body.PATH, %s.event and %s.message_id", name, name, name)
}
