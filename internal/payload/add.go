package payload

import (
	"fmt"
)

// add puts the value where p leads to. v is the deepest value there is on the
// way, behind the first reached steps.
func (e Edit) add(body []byte, v span, p path, reached int) ([]byte, error) {
	s, at := p[reached], p[:reached]
	isList := body[v.start] == '['
	if what := misfit(body, v, s); what != "" {
		return nil, e.refuse(body, at, what)
	}
	text, err := e.valueText()
	if err != nil {
		return nil, err
	}
	entry, err := nest(p[reached+1:], text)
	if err != nil {
		return nil, e.refuse(body, at, err.Error())
	}
	if !isList {
		entry = append(append(appendQuoted(nil, s.key), ':'), entry...)
	}
	end, empty := v.start+1, true
	members(body, v, func(m member) bool {
		end, empty = m.value.end, false
		return true
	})
	if !empty {
		entry = append([]byte{','}, entry...)
	}
	return splice(body, span{end, end}, entry), nil
}

// misfit says why s can not be added to v, or "".
func misfit(body []byte, v span, s step) string {
	switch body[v.start] {
	case '{':
		if !s.isKey {
			return "is an object and has keys, not indexes"
		}
	case '[':
		n := 0
		members(body, v, func(member) bool { n++; return true })
		if !s.isIndex {
			return fmt.Sprintf("is a list of %d and has indexes, not keys", n)
		}
		if s.index != atEnd && s.index != n {
			return fmt.Sprintf("is a list of %d; [-] adds at its end", n)
		}
	default:
		return "is neither an object nor a list, but " + excerpt(body[v.start:v.end])
	}
	return ""
}

// nest wraps text into the objects and lists that the steps of p ask for.
func nest(p path, text []byte) ([]byte, error) {
	for i := len(p) - 1; i >= 0; i-- {
		switch s := p[i]; {
		case s.isIndex && s.index != atEnd && s.index != 0:
			return nil, fmt.Errorf("has no list for [%d] to be in; a new list begins with [0]", s.index)
		case s.isIndex:
			text = append(append([]byte{'['}, text...), ']')
		default:
			text = append(append(append(appendQuoted([]byte{'{'}, s.key), ':'), text...), '}')
		}
	}
	return text, nil
}

// refuse is an error about what stands at a path on the way.
func (e Edit) refuse(body []byte, at path, what string) error {
	where := at.String()
	if where == "" {
		where = "the body"
	}
	return &PathError{Op: e.Op, Path: e.Path, What: where + " " + what, hint: contents(body, at)}
}
