package payload

import (
	"bytes"
	"encoding/json"
	"errors"
)

func compileSteps(arg string, at place) (writer, bool, error) {
	if arg == "" {
		return nil, false, errors.New("needs a step and a part of it, as in steps.1.body.data.id")
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
		return dst, errors.New("an object or a list cannot stand inside a text")
	}
	return append(dst, value...), nil
}
