package ui

import "bytes"

// appendIndented appends valid JSON with one member a line. It returns how many
// bytes of src it used, which is less than all when the output reached
// MaxBody, and false when src is nested deeper than MaxDepth; dst is then as
// it was.
//
// Tokens are copied, never decoded: numbers, escapes, repeated keys and their
// order stay what they were. No recursion, and no more output than is shown.
func appendIndented(dst []byte, st *Styler, src []byte) ([]byte, int, bool) {
	if depth(src) > MaxDepth {
		return dst, 0, false
	}
	p := indenter{dst: append(dst, margin...), st: st, src: src, room: MaxBody}
	for p.pos < len(src) && p.room > 0 {
		p.next()
	}
	if p.pos < len(src) {
		p.dst = bytes.TrimRight(p.dst, " \n") // of a line that was only begun
	}
	return append(p.dst, '\n'), p.pos, true
}

type indenter struct {
	dst  []byte
	st   *Styler
	src  []byte
	pos  int
	room int    // bytes that may still be shown
	open []byte // the brackets around pos
	key  bool   // the next string is a member's name
}

// next handles one token or blank.
func (p *indenter) next() {
	switch c := p.src[p.pos]; c {
	case ' ', '\t', '\r', '\n':
		p.pos++
	case '{', '[':
		p.enter(c)
	case '}', ']':
		p.open = p.open[:len(p.open)-1]
		p.newline()
		p.take(1, Plain)
	case ',':
		p.take(1, Plain)
		p.newline()
		p.key = p.open[len(p.open)-1] == '{'
	case ':':
		p.take(1, Plain)
		p.write(" ")
	case '"':
		role := Value
		if p.key {
			role, p.key = Key, false
		}
		p.take(stringLen(p.src[p.pos:]), role)
	default:
		p.take(literalLen(p.src[p.pos:]), Number)
	}
}

// enter begins an object or an array; an empty one stays on its line.
func (p *indenter) enter(c byte) {
	rest := bytes.TrimLeft(p.src[p.pos+1:], " \t\r\n")
	if rest[0] == c+2 { // ] and } are two after [ and {
		p.write(string([]byte{c, c + 2}))
		p.pos = len(p.src) - len(rest) + 1
		return
	}
	p.take(1, Plain)
	p.open = append(p.open, c)
	p.key = c == '{'
	p.newline()
}

// take appends the next n bytes of src, or as many as there is room for.
func (p *indenter) take(n int, role Role) {
	if p.room <= 0 {
		return
	}
	token := cutText(p.src[p.pos:p.pos+n], p.room)
	p.dst = p.st.AppendSafe(p.dst, role, string(token))
	p.pos += len(token)
	p.room -= len(token)
	if len(token) < n {
		p.room = 0
	}
}

func (p *indenter) write(s string) {
	p.dst = append(p.dst, s...)
	p.room -= len(s)
}

func (p *indenter) newline() {
	p.dst = append(append(p.dst, '\n'), margin...)
	p.dst = appendBlanks(p.dst, 2*len(p.open))
	p.room -= 1 + len(margin) + 2*len(p.open)
}

// stringLen returns the length of the string that b begins with, its quotes
// included.
func stringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// literalLen returns the length of the number or word that b begins with.
func literalLen(b []byte) int {
	if i := bytes.IndexAny(b, " \t\r\n,:]}"); i > 0 {
		return i
	}
	return len(b)
}

// depth returns how deep valid JSON is nested.
func depth(b []byte) int {
	now, deepest := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringLen(b[i:]) - 1
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
	}
	return deepest
}
