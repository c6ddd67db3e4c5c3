package payload

import (
	"fmt"
	"strings"

	"github.com/whk-cli/whk/internal/near"
)

// Limits on the search for near names, since bodies come from strangers.
const (
	maxPaths = 5000
	maxDepth = 32
)

// unknown is the error for a path that ends after reached steps.
func (e Edit) unknown(body []byte, p path, reached int) error {
	if last := p[reached]; last.isIndex && last.index == atEnd {
		return &PathError{Op: e.Op, Path: e.Path, What: "[-] is the place behind the last element, where only --add does anything",
			hint: contents(body, p[:reached])}
	}
	err := &PathError{Op: e.Op, Path: e.Path, What: "the body has no such path", Near: threeOf(near.Names(e.Path, paths(body)))}
	if len(err.Near) > 0 {
		err.What += "; near: " + strings.Join(err.Near, ", ")
	}
	err.hint = contents(body, p[:reached])
	if e.Op == Override {
		err.hint += fmt.Sprintf("; --add %s=… makes a new one", e.Path)
	}
	return err
}

// contents says what there is at a path that body has.
func contents(body []byte, at path) string {
	where := at.String()
	if where == "" {
		where = "the body"
	}
	v, _ := locate(body, at)
	var names []string
	members(body, v, func(m member) bool {
		if m.key.end > 0 {
			names = append(names, escapeKey(keyText(body, m.key)))
		} else {
			names = append(names, fmt.Sprintf("[%d]", len(names)))
		}
		return len(names) <= 20
	})
	if len(names) > 20 {
		names[20] = "…"
	}
	switch {
	case len(names) > 0:
		return where + " has " + strings.Join(names, ", ")
	case body[v.start] == '{' || body[v.start] == '[':
		return where + " is empty"
	}
	return where + " is " + excerpt(body[v.start:v.end])
}

// excerpt is a value, or how it begins.
func excerpt(value []byte) string {
	text := []rune(string(value[:min(len(value), 200)]))
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}

// paths lists the paths of body, up to a limit.
func paths(body []byte) []string {
	var all []string
	var walk func(v span, at path)
	walk = func(v span, at path) {
		i := 0
		members(body, v, func(m member) bool {
			s := step{index: i, isIndex: true}
			if m.key.end > 0 {
				s = step{key: keyText(body, m.key), isKey: true}
			}
			i++
			next := append(at[:len(at):len(at)], s)
			all = append(all, next.String())
			if len(next) < maxDepth {
				walk(m.value, next)
			}
			return len(all) < maxPaths
		})
	}
	walk(wholeValue(body), nil)
	return all
}

// threeOf keeps a message about a path short: paths are long.
func threeOf(names []string) []string { return names[:min(3, len(names))] }
