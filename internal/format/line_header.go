package format

import "github.com/whk-cli/whk/internal/webhook"

// headers reads a list of pairs, or an object of strings.
func (p *lineParser) headers() bool {
	p.header = p.header[:0]
	ok := false
	if p.byte('[') {
		ok = p.sequence(']', p.pair)
	} else if p.byte('{') {
		ok = p.sequence('}', func() bool {
			var f webhook.Field
			ok := p.field(&f, ':')
			p.header = append(p.header, f)
			return ok
		})
	}
	p.delivery.Header = p.header
	return ok
}

func (p *lineParser) sequence(end byte, element func() bool) bool {
	if p.byte(end) {
		return true
	}
	for element() {
		if p.byte(end) {
			return true
		}
		if !p.byte(',') {
			return false
		}
	}
	return false
}

// pair reads a pair of name and value, which may be the one that stood in its
// place in the line before.
func (p *lineParser) pair() bool {
	n := len(p.header)
	if n == len(p.fields) {
		p.fields = append(p.fields, fieldText{})
	}
	last := &p.fields[n]
	if len(last.raw) == 0 || !p.passes(last.raw) {
		start := p.pos
		last.raw = last.raw[:0] // it ends here, or the field is another one by half
		if !p.byte('[') || !p.field(&last.field, ',') || !p.byte(']') {
			return false
		}
		last.raw = append(last.raw, p.src[start:p.pos]...)
	}
	p.header = append(p.header, last.field)
	return true
}

// field reads a name and a value into f, and reuses the texts that f has.
func (p *lineParser) field(f *webhook.Field, between byte) bool {
	return p.sameText(&f.Name) && p.byte(between) && p.sameText(&f.Value)
}

func (p *lineParser) sameText(dst *string) bool {
	text, ok := p.string()
	if ok && *dst != string(text) {
		*dst = p.texts.keep(text)
	}
	return ok
}
