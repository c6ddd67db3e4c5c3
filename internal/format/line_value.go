package format

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// blanks passes over the blanks of JSON.
func (p *lineParser) blanks() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

// byte passes over blanks and c, if c is next.
func (p *lineParser) byte(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	p.blanks()
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *lineParser) atEnd() bool {
	p.blanks()
	return p.pos == len(p.src)
}

// plain reads a string without escapes.
func (p *lineParser) plain() ([]byte, bool) {
	if !p.byte('"') {
		return nil, false
	}
	n := special(p.src[p.pos:])
	if n < 0 || p.src[p.pos+n] != '"' {
		return nil, false
	}
	text := p.src[p.pos : p.pos+n]
	p.pos += n + 1
	return text, true
}

// string reads any string; with escapes, it is valid until the next one.
func (p *lineParser) string() ([]byte, bool) {
	start := p.pos
	if text, ok := p.plain(); ok {
		return text, true
	}
	if p.pos = start; !p.byte('"') {
		return nil, false
	}
	n, ok := 0, false
	p.unquoted, n, ok = unquote(p.unquoted, p.src[p.pos:])
	p.pos += n
	return p.unquoted, ok
}

// text reads a string into dst.
func (p *lineParser) text(dst *string) bool {
	text, ok := p.string()
	if ok {
		*dst = p.texts.keep(text)
	}
	return ok
}

func (p *lineParser) time(at *time.Time) bool {
	text, ok := p.plain()
	if !ok || len(text) == 0 {
		return false
	}
	// It is stricter than the slow parser, which gets the rest.
	err := at.UnmarshalText(text)
	*at = at.UTC()
	return err == nil
}

func (p *lineParser) number(n *int) bool {
	p.blanks()
	start := p.pos
	*n = 0
	for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
		*n = *n*10 + int(p.src[p.pos]-'0')
		p.pos++
	}
	digits := p.pos - start
	return digits > 0 && digits < 16 && (digits == 1 || p.src[start] != '0') && (p.pos == len(p.src) || isEndOfNumber(p.src[p.pos]))
}

func isEndOfNumber(c byte) bool {
	return c == ',' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

func (p *lineParser) bodyText() bool {
	if !p.byte('"') {
		return false
	}
	n, ok := 0, false
	p.body, n, ok = unquote(p.body, p.src[p.pos:])
	p.pos += n
	p.delivery.Body = p.body
	return ok
}

func (p *lineParser) bodyBase64() bool {
	text, ok := p.plain()
	if !ok {
		return false
	}
	var err error
	p.body, err = base64.StdEncoding.Strict().AppendDecode(p.body[:0], text)
	p.delivery.Body = p.body
	return err == nil
}

// nested reads a value of more than one text into dst.
func (p *lineParser) nested(dst any, open byte) bool {
	p.blanks()
	start := p.pos
	if start == len(p.src) || p.src[start] != open || !p.skipNested() {
		return false
	}
	raw := p.src[start:p.pos]
	return loneSurrogate(raw) < 0 && json.Unmarshal(raw, dst) == nil
}

// skipNested skips an object or a list without checking that it is valid.
func (p *lineParser) skipNested() bool {
	for depth := 0; p.pos < len(p.src); {
		c := p.src[p.pos]
		p.pos++
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return true
			}
		case '"':
			for {
				n := special(p.src[p.pos:])
				if n < 0 {
					return false
				}
				p.pos += n + 1
				if c := p.src[p.pos-1]; c == '"' {
					break
				} else if c == '\\' {
					p.pos++
				}
				if p.pos >= len(p.src) {
					return false
				}
			}
		}
	}
	return false
}
