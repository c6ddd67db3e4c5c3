package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/whk-cli/whk/internal/mistake"
	"github.com/whk-cli/whk/internal/near"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/webhook"
)

// Limits of a file, so that a stranger's is read in no time.
const (
	MaxFile  = 1 << 20
	maxSteps = 1000
)

// Parse reads a flow. name is what errors call it, normally its file's name;
// they are [*FileError]s. Events and paths are not checked: that needs the
// providers.
func Parse(name string, src []byte) (*Flow, error) {
	p := parser{name: name, flow: &Flow{}}
	if len(src) > MaxFile {
		return nil, p.fail(nil, "", "a flow has at most %d bytes", MaxFile)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		line, what := mistake.In(err)
		return nil, &FileError{File: name, Line: line, Msg: what}
	}
	if len(doc.Content) == 0 {
		return nil, p.fail(nil, "a flow has steps:, and each an event:", "the file is empty")
	}
	if err := p.file(doc.Content[0]); err != nil {
		return nil, err
	}
	return p.flow, nil
}

type parser struct {
	name string
	flow *Flow
}

func (p *parser) fail(at *yaml.Node, hint, format string, args ...any) error {
	e := &FileError{File: p.name, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if at != nil {
		e.Line = at.Line
	}
	return e
}

// fields calls read for each key of a mapping that may hold the keys of allowed.
func (p *parser) fields(what string, node *yaml.Node, allowed []string, read func(key string, node *yaml.Node) error) error {
	if node.Kind != yaml.MappingNode {
		return p.fail(node, what+" has "+strings.Join(allowed, ", "), "%s is a mapping of keys to values", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case !slices.Contains(allowed, key.Value):
			hint := what + " has " + strings.Join(allowed, ", ")
			if meant := near.Names(key.Value, allowed); len(meant) > 0 {
				hint = "did you mean " + strings.Join(meant, " or ") + "? " + hint
			}
			return p.fail(key, hint, "%s has no key %q", what, key.Value)
		case seen[key.Value]:
			return p.fail(key, "", "%s has the key %q twice", what, key.Value)
		}
		seen[key.Value] = true
		if err := read(key.Value, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) file(node *yaml.Node) error {
	err := p.fields("a flow", node, fileKeys, func(key string, n *yaml.Node) (err error) {
		switch key {
		case "title":
			p.flow.Title, err = p.text(key, n)
		case "provider":
			p.flow.Provider, err = p.text(key, n)
		case "variant":
			p.flow.Variants, err = p.texts(key, n)
		case "steps":
			err = p.steps(n)
		}
		return err
	})
	if err == nil && len(p.flow.Steps) == 0 {
		return p.fail(node, "steps: is a list, and each step has an event:", "the flow has no steps")
	}
	return err
}

func (p *parser) steps(node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		return p.fail(node, "each step begins with a dash: - event: NAME", "steps is a list")
	}
	if len(node.Content) > maxSteps {
		return p.fail(node, "", "a flow has at most %d steps", maxSteps)
	}
	for i, n := range node.Content {
		s := Step{Number: i + 1, Line: n.Line}
		if err := p.step(&s, n); err != nil {
			return err
		}
		p.flow.Steps = append(p.flow.Steps, s)
	}
	return nil
}

// The keys that there are.
var (
	fileKeys = []string{"title", "provider", "variant", "steps"}
	stepKeys = []string{"id", "event", "provider", "variant", "data", "override", "add", "remove", "wait", "expect", "retry"}
)

func (p *parser) step(s *Step, node *yaml.Node) error {
	err := p.fields("a step", node, stepKeys, func(key string, n *yaml.Node) (err error) {
		switch key {
		case "id":
			s.ID, err = p.id(n)
		case "event":
			s.Event, err = p.text(key, n)
		case "provider":
			s.Provider, err = p.text(key, n)
		case "variant":
			s.Variants, err = p.texts(key, n)
		case "data":
			err = p.data(s, n)
		case "override", "add":
			err = p.assignments(s, payload.Op(key), n)
		case "remove":
			err = p.removals(s, n)
		case "wait":
			s.Wait, err = p.duration(n)
		case "expect":
			s.Expect, err = p.answers(n)
		case "retry":
			if n.Decode(&s.Retry) != nil || n.Tag != "!!bool" {
				err = p.fail(n, "", "retry is true or false, not %q", n.Value)
			}
		}
		return err
	})
	if err == nil && s.Event == "" {
		return p.fail(node, "whk events lists the event types", "step %d has no event", s.Number)
	}
	// Overrides come first, whatever the order of the keys.
	var ordered []edit
	for _, op := range []payload.Op{payload.Override, payload.Add, payload.Remove} {
		for _, e := range s.edits {
			if e.op == op {
				ordered = append(ordered, e)
			}
		}
	}
	s.edits = ordered
	return err
}

func (p *parser) text(key string, n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return "", p.fail(n, "", "%s is a text", key)
	}
	return n.Value, nil
}

// texts reads one text or a list of them.
func (p *parser) texts(key string, n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.SequenceNode {
		text, err := p.text(key, n)
		return []string{text}, err
	}
	var all []string
	for _, item := range n.Content {
		text, err := p.text(key, item)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

// id reads a step's name, which no other has and which is no number.
func (p *parser) id(n *yaml.Node) (string, error) {
	id, err := p.text("id", n)
	if err != nil {
		return "", err
	}
	if strings.Trim(strings.ToLower(id), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || id[0] >= '0' && id[0] <= '9' {
		return "", p.fail(n, "", "id %q: letters, digits, - and _, and no digit in front", id)
	}
	for _, s := range p.flow.Steps {
		if s.ID == id {
			return "", p.fail(n, "", "id %q is that of step %d already", id, s.Number)
		}
	}
	return id, nil
}

func (p *parser) duration(n *yaml.Node) (time.Duration, error) {
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d < 0 {
		return 0, p.fail(n, "", "wait: %q is not a duration such as 500ms, 5s or 10m", n.Value)
	}
	return d, nil
}

func (p *parser) answers(n *yaml.Node) (webhook.Answers, error) {
	all, err := p.texts("expect", n)
	if err != nil {
		return nil, err
	}
	if err := webhook.Answers(all).Check(); err != nil {
		return nil, p.fail(n, "", "expect: %v", err)
	}
	return all, nil
}

// data is a body: JSON written as YAML, or @FILE for exact bytes.
func (p *parser) data(s *Step, n *yaml.Node) error {
	if name, ok := strings.CutPrefix(n.Value, "@"); ok && n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		if !fs.ValidPath(name) {
			return p.fail(n, "a file beside the flow, or below it: @bodies/one.json", "data: %q is not such a file", n.Value)
		}
		s.file = name
		return nil
	}
	var err error
	s.data, err = p.value("data", s, n)
	return err
}

func (p *parser) assignments(s *Step, op payload.Op, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return p.fail(n, string(op)+": {data.amount: 990}", "%s is a mapping of paths to values", op)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, err := payload.ParseAssignment(op, key.Value+"="); err != nil {
			return p.fail(key, "", "%s: %v", op, err)
		}
		v, err := p.value(string(op)+" "+key.Value, s, n.Content[i+1])
		if err != nil {
			return err
		}
		s.edits = append(s.edits, edit{op: op, path: key.Value, value: v, line: key.Line})
	}
	return nil
}

func (p *parser) removals(s *Step, n *yaml.Node) error {
	paths, err := p.texts("remove", n)
	if err != nil {
		return err
	}
	for _, path := range paths {
		s.edits = append(s.edits, edit{op: payload.Remove, path: path, line: n.Line})
	}
	return nil
}

// value compiles a value, and looks at what it refers to.
func (p *parser) value(what string, s *Step, n *yaml.Node) (*value, error) {
	w := jsonWriter{line: 1}
	if err := w.node(n, 0); err != nil {
		at := n
		if wrong, ok := errors.AsType[*nodeError](err); ok {
			at = wrong.node
		}
		return nil, p.fail(at, "", "%s: %v", what, err)
	}
	for _, ref := range w.refs {
		if err := p.reference(ref.text, s); err != nil {
			return nil, p.fail(ref.node, "", "%s: ${steps.%s}: %v", what, ref.text, err)
		}
	}
	template, err := payload.Parse(p.name, w.out)
	if err != nil {
		return nil, templateError(p.name, what, err)
	}
	return &value{template, p.name, what}, nil
}

// templateError gives a template's error, which begins with file and line, the
// form of all errors here.
func templateError(name, what string, err error) error {
	rest, _ := strings.CutPrefix(err.Error(), name+":")
	number, msg, _ := strings.Cut(rest, ": ")
	line, _ := strconv.Atoi(number)
	return &FileError{File: name, Line: line, Msg: what + ": " + msg}
}
