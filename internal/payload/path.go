package payload

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// path leads to a value: data.items[0].id. The empty path is the whole body.
type path []step

// step is a key or an index. A bare number is both, and what it meets decides.
type step struct {
	key     string
	isKey   bool
	index   int // atEnd for the place behind the last element
	isIndex bool
}

const atEnd = -1

// parsePath reads keys joined by dots, and indexes in brackets or bare:
// a.b[0], a.b.0. A backslash takes the special sense from the byte after it.
// The end of a list is [-], or bare - or -1.
func parsePath(text string) (path, error) {
	var p path
	rest := text
	for first := true; rest != "" || first; first = false {
		var s step
		var err error
		switch {
		case strings.HasPrefix(rest, "["):
			s, rest, err = parseIndex(rest)
		case first:
			s, rest, err = parseKey(rest)
		case strings.HasPrefix(rest, "."):
			s, rest, err = parseKey(rest[1:])
		default:
			err = errors.New("a dot or [ must follow ]")
		}
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		p = append(p, s)
	}
	return p, nil
}

func parseIndex(text string) (step, string, error) {
	end := strings.IndexByte(text, ']')
	if end < 0 {
		return step{}, "", errors.New("[ without ]")
	}
	index, ok := parseNumber(text[1:end])
	if !ok {
		return step{}, "", fmt.Errorf("%s is not an index such as [0], or [-] for the end", text[:end+1])
	}
	return step{index: index, isIndex: true}, text[end+1:], nil
}

func parseNumber(text string) (int, bool) {
	if text == "-" || text == "-1" {
		return atEnd, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && strconv.Itoa(n) == text && n >= 0
}

func parseKey(text string) (step, string, error) {
	var key strings.Builder
	i, escaped := 0, false
	for i < len(text) && text[i] != '.' && text[i] != '[' {
		if text[i] == '\\' && i+1 < len(text) {
			escaped = true
			i++
		}
		key.WriteByte(text[i])
		i++
	}
	if i == 0 {
		return step{}, "", errors.New("an empty key")
	}
	s := step{key: key.String(), isKey: true}
	if !escaped {
		s.index, s.isIndex = parseNumber(s.key)
	}
	return s, text[i:], nil
}

// String writes p so that parsePath reads it back.
func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.isKey:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(escapeKey(s.key))
		case s.index == atEnd:
			b.WriteString("[-]")
		default:
			fmt.Fprintf(&b, "[%d]", s.index)
		}
	}
	return b.String()
}

func escapeKey(key string) string {
	var b strings.Builder
	for i := range len(key) {
		if strings.IndexByte(`.[\=`, key[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(key[i])
	}
	return b.String()
}

// locate follows p into body as far as it goes, and returns the value reached
// and how many steps led to it. Of keys that stand twice the last counts, as
// it does for most JSON readers.
func locate(body []byte, p path) (value span, steps int) {
	value = wholeValue(body)
	for ; steps < len(p); steps++ {
		m, ok := child(body, value, p[steps])
		if !ok {
			break
		}
		value = m.value
	}
	return value, steps
}

// child returns the member of v that s leads to.
func child(body []byte, v span, s step) (found member, ok bool) {
	switch {
	case body[v.start] == '{' && s.isKey:
		members(body, v, func(m member) bool {
			if isKey(body, m.key, s.key) {
				found, ok = m, true
			}
			return true
		})
	case body[v.start] == '[' && s.isIndex && s.index != atEnd:
		i := 0
		members(body, v, func(m member) bool {
			found, ok = m, i == s.index
			i++
			return !ok
		})
	}
	return found, ok
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
