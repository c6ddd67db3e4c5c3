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
		value := firstOf(p.Body, paths)
		switch {
		case value == nil:
			return dst, fmt.Errorf("the body has no %s", strings.ReplaceAll(arg, "|", " and no "))
		case at.whole:
			return append(dst, value...), nil
		case value[0] == '"':
			return append(dst, value[1:len(value)-1]...), nil
		case value[0] == '{' || value[0] == '[':
			return dst, errors.New("an object or a list can not stand inside a text")
		}
		return append(dst, value...), nil
	}, at.whole, nil
}

// firstOf returns the text of the first of paths that body has, or nil.
func firstOf(body []byte, paths []path) []byte {
	if checkJSON(body) != nil {
		return nil
	}
	for _, p := range paths {
		if v, depth := locate(body, p); depth == len(p) {
			return body[v.start:v.end]
		}
	}
	return nil
}
