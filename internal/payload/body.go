package payload

import (
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
		}
		return appendValue(dst, value, at)
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
