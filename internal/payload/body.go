package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

func compileBody(arg string, at place) (writer, bool, error) {
	if arg == "" {
		return nil, false, errors.New("needs a path, as in body:data.id")
	}
	var paths []path
	for text := range strings.SplitSeq(arg, "|") {
		p, err := parsePath(text)
		if err != nil {
			return nil, false, err
		}
		paths = append(paths, p)
	}
	return func(dst []byte, p *Payload) ([]byte, error) {
		value, err := firstOf(p.Body, paths)
		switch {
		case err != nil:
			return dst, err
		case value == nil:
			return dst, fmt.Errorf("the body has no %s", strings.ReplaceAll(arg, "|", " and no "))
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
	}, at.whole, nil
}

// firstOf returns the text of the first of paths that body has, or nil.
func firstOf(body []byte, paths []path) ([]byte, error) {
	if err := checkJSON(body); err != nil {
		return nil, fmt.Errorf("the body is %w", err)
	}
	for _, p := range paths {
		if v, steps := locate(body, p); steps == len(p) {
			return body[v.start:v.end], nil
		}
	}
	return nil, nil
}
