package diagnosis

import (
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonValue is a JSON text as a tree that forgets nothing but white space: keys
// keep their order, numbers and strings how they were written.
type jsonValue struct {
	kind    byte // { [ " 0, or the first letter of a literal
	raw     []byte
	text    string // of a string, decoded
	items   []jsonValue
	members []jsonMember
	orders  *[orders][]jsonMember // members by keyOrder, once they were asked for
}

type jsonMember struct{ key, value jsonValue }

// maxJSONDepth bounds recursion on a stranger's body.
const maxJSONDepth = 200

// parseJSON reads a body that is one JSON value.
func parseJSON(body []byte) (jsonValue, bool) {
	if !json.Valid(body) {
		return jsonValue{}, false
	}
	p := jsonParser{src: body}
	v := p.value(0)
	return v, !p.tooDeep
}

// jsonParser walks a text that is known to be valid.
type jsonParser struct {
	src     []byte
	pos     int
	tooDeep bool
}

func (p *jsonParser) blanks() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) jsonValue {
	if depth > maxJSONDepth {
		p.tooDeep, p.pos = true, len(p.src)
		return jsonValue{}
	}
	p.blanks()
	if p.pos >= len(p.src) {
		return jsonValue{}
	}
	start := p.pos
	switch c := p.src[p.pos]; c {
	case '{', '[':
		return p.container(c, depth)
	case '"':
		return p.text()
	default:
		for p.pos < len(p.src) && !isJSONEnd(p.src[p.pos]) {
			p.pos++
		}
		if c == '-' || (c >= '0' && c <= '9') {
			c = '0'
		}
		return jsonValue{kind: c, raw: p.src[start:p.pos]}
	}
}

func isJSONEnd(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// container reads an object or an array.
func (p *jsonParser) container(open byte, depth int) jsonValue {
	v := jsonValue{kind: open}
	start := p.pos
	p.pos++
	for p.pos < len(p.src) {
		p.blanks()
		if p.pos >= len(p.src) {
			break
		}
		switch p.src[p.pos] {
		case '}', ']':
			p.pos++
			v.raw = p.src[start:p.pos]
			return v
		case ',':
			p.pos++
			continue
		}
		if open == '[' {
			v.items = append(v.items, p.value(depth+1))
			continue
		}
		key := p.text()
		p.blanks()
		p.pos++ // the colon
		v.members = append(v.members, jsonMember{key, p.value(depth + 1)})
	}
	return v
}

func (p *jsonParser) text() jsonValue {
	start := p.pos
	escaped := false
	for p.pos++; p.pos < len(p.src) && p.src[p.pos] != '"'; p.pos++ {
		if p.src[p.pos] == '\\' {
			escaped = true
			p.pos++
		}
	}
	p.pos = min(p.pos+1, len(p.src))
	raw := p.src[start:p.pos]
	v := jsonValue{kind: '"', raw: raw}
	if len(raw) >= 2 {
		v.text = string(raw[1 : len(raw)-1])
	}
	if escaped {
		v.text = unescapeJSON(v.text)
	}
	return v
}

// unescapeJSON decodes the inside of a valid string; half a surrogate pair
// becomes U+FFFD, as most decoders have it.
func unescapeJSON(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hexRune(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					low = hexRune(s[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// hexRune reads the four digits at the beginning of s, -1 where there are none.
func hexRune(s string) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
