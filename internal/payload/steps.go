package payload

import (
	"bytes"
	"encoding/json"
	"errors"
)

func compileSteps(arg string, at place) (writer, bool, error) {
	if arg == "" {
		return nil, false, errors.New("needs a step and what is meant of it, as in steps.1.body.data.id")
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		if p.Step == nil {
			return dst, errors.New("only a flow has steps")
		}
		value, err := p.Step(arg)
		if err != nil {
			return dst, err
		}
		return appendValue(dst, value, at)
	}, at.whole, nil
}

// appendValue appends a JSON value as itself, or as a part of a text.
func appendValue(dst, value []byte, at place) ([]byte, error) {
	switch {
	case at.whole:
		compact := bytes.NewBuffer(dst)
		err := json.Compact(compact, value)
		return compact.Bytes(), err
	case value[0] == '"':
		return append(dst, value[1:len(value)-1]...), nil
	case value[0] == '{' || value[0] == '[':
		return dst, errors.New("an object or a list can not stand inside a text")
	}
	return append(dst, value...), nil
}

// Find returns the JSON text of the value that a path leads to in body. The error
// is a [*PathError] whose Op is "", or wraps [ErrNotJSON].
func Find(body []byte, text string) ([]byte, error) {
	if err := checkJSON(body); err != nil {
		return nil, errors.Join(ErrNotJSON, err)
	}
	p, err := parsePath(text)
	if err != nil {
		return nil, &PathError{Path: text, What: err.Error()}
	}
	v, reached := locate(body, p)
	if reached < len(p) {
		return nil, Edit{Path: text}.unknown(body, p, reached)
	}
	return body[v.start:v.end], nil
}
