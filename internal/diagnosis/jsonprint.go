package diagnosis

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// jsonStyle is how a program prints JSON. The zero value takes white space away
// and changes nothing else.
type jsonStyle struct {
	code    string
	title   string // "as X prints it"
	fix     string // "" is to read the raw body
	rank    int
	comma   string // between items; "," unless stated
	colon   string // between key and value; ":" unless stated
	indent  string
	line    string // how the lines of what is indented end; "\n" unless stated
	layout  layout
	order   keyOrder
	numbers func([]byte) []byte // nil keeps them
	strings *stringStyle        // nil keeps them
	noMaps  bool                // {} becomes [], as for arrays that stand for both
	noNulls bool                // members that are null are left out
	times   bool                // times are written anew, to the millisecond
}

// layout is how indented JSON is laid out.
type layout int

const (
	plainLayout   layout = iota // an item a line, and nothing in what is empty
	jacksonLayout               // arrays on one line, and blanks inside brackets: [ 1, 2 ], { }
	rubyLayout                  // line breaks in what is empty
)

// stringStyle is how a program escapes strings.
type stringStyle struct {
	ascii   bool   // what is not ASCII becomes \u escapes
	upper   bool   // their digits are upper-case
	shouted bool   // only those of ASCII characters are
	slash   bool   // / becomes \/
	escaped string // ASCII characters that become \u escapes besides the necessary ones
	quote   bool   // " becomes a \u escape too
	lines   bool   // U+2028 and U+2029 become escapes
	next    bool   // and so does U+0085
	del     bool   // and U+007F
}

// print writes v in the style.
func (st *jsonStyle) print(v *jsonValue, size int) []byte {
	p := jsonPrinter{st: st, comma: st.comma, colon: st.colon, newline: st.line, out: make([]byte, 0, size+size/4)}
	if p.comma == "" {
		p.comma = ","
	}
	if p.colon == "" {
		p.colon = ":"
	}
	if p.newline == "" {
		p.newline = "\n"
	}
	if st.strings != nil {
		p.special = st.strings.special()
	}
	p.value(v, 0)
	return p.out
}

type jsonPrinter struct {
	st           *jsonStyle
	comma, colon string
	newline      string
	special      [256]bool // bytes of strings that may not stand as they are
	out          []byte
}

func (p *jsonPrinter) value(v *jsonValue, depth int) {
	switch v.kind {
	case '{':
		p.object(v, depth)
	case '[':
		p.array(v, depth)
	case '"':
		if p.st.times {
			if text, ok := timeText(v.text); ok {
				p.out = append(append(append(p.out, '"'), text...), '"')
				return
			}
		}
		p.text(v)
	case '0':
		if p.st.numbers != nil {
			p.out = append(p.out, p.st.numbers(v.raw)...)
			return
		}
		p.out = append(p.out, v.raw...)
	default:
		p.out = append(p.out, v.raw...)
	}
}

func (p *jsonPrinter) array(v *jsonValue, depth int) {
	switch {
	case len(v.items) == 0:
		p.empty("[]", depth)
		return
	case p.st.layout == jacksonLayout:
		p.out = append(p.out, "[ "...)
		for i := range v.items {
			if i > 0 {
				p.out = append(p.out, ", "...)
			}
			p.value(&v.items[i], depth)
		}
		p.out = append(p.out, " ]"...)
		return
	}
	p.out = append(p.out, '[')
	for i := range v.items {
		p.between(i, depth+1)
		p.value(&v.items[i], depth+1)
	}
	p.line(depth)
	p.out = append(p.out, ']')
}

func (p *jsonPrinter) object(v *jsonValue, depth int) {
	members := v.ordered(p.st.order)
	if p.st.noNulls {
		members = withoutNulls(members)
	}
	switch {
	case len(members) > 0:
	case p.st.noMaps:
		p.empty("[]", depth)
		return
	default:
		p.empty("{}", depth)
		return
	}
	p.out = append(p.out, '{')
	for i := range members {
		p.between(i, depth+1)
		p.text(&members[i].key)
		p.out = append(p.out, p.colon...)
		p.value(&members[i].value, depth+1)
	}
	p.line(depth)
	p.out = append(p.out, '}')
}

// empty prints an object or an array that holds nothing.
func (p *jsonPrinter) empty(brackets string, depth int) {
	p.out = append(p.out, brackets[0])
	switch {
	case p.st.indent == "" || p.st.layout == plainLayout:
	case p.st.layout == jacksonLayout:
		p.out = append(p.out, ' ')
	case brackets == "[]":
		p.line(0)
		p.line(depth)
	default:
		p.line(depth)
	}
	p.out = append(p.out, brackets[1])
}

// withoutNulls are the members that are not null.
func withoutNulls(members []jsonMember) []jsonMember {
	isNull := func(m jsonMember) bool { return m.value.kind == 'n' }
	if !slices.ContainsFunc(members, isNull) {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), isNull)
}

// between goes before item i.
func (p *jsonPrinter) between(i, depth int) {
	if i > 0 {
		p.out = append(p.out, p.comma...)
	}
	p.line(depth)
}

func (p *jsonPrinter) line(depth int) {
	if p.st.indent == "" {
		return
	}
	p.out = append(p.out, p.newline...)
	for range depth {
		p.out = append(p.out, p.st.indent...)
	}
}

func (p *jsonPrinter) text(v *jsonValue) {
	if p.st.strings == nil {
		p.out = append(p.out, v.raw...)
		return
	}
	for i := range len(v.text) {
		if p.special[v.text[i]] {
			p.out = p.st.strings.append(p.out, v.text)
			return
		}
	}
	p.out = append(append(append(p.out, '"'), v.text...), '"')
}

// special are the bytes of which some, if not all, are escaped.
func (st *stringStyle) special() (bytes [256]bool) {
	for c := range bytes {
		if c >= utf8.RuneSelf {
			bytes[c] = st.ascii || st.lines || st.next
		} else {
			bytes[c] = len(st.appendASCII(nil, byte(c))) > 1
		}
	}
	return bytes
}

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// append quotes s.
func (st *stringStyle) append(out []byte, s string) []byte {
	out = append(out, '"')
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			out = st.appendASCII(out, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if st.ascii || (st.lines && (r == '\u2028' || r == '\u2029')) || (st.next && r == '\u0085') {
			out = st.appendEscape(out, r)
		} else {
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	return append(out, '"')
}

func (st *stringStyle) appendASCII(out []byte, c byte) []byte {
	switch {
	case c == '"' && st.quote, strings.IndexByte(st.escaped, c) >= 0, c == 0x7f && st.del:
		if st.shouted {
			return upperASCII.appendEscape(out, rune(c))
		}
		return st.appendEscape(out, rune(c))
	case c == '"', c == '\\', c == '/' && st.slash:
		return append(out, '\\', c)
	case c >= ' ':
		return append(out, c)
	}
	if i := strings.IndexByte("\b\f\n\r\t", c); i >= 0 {
		return append(out, '\\', "bfnrt"[i])
	}
	return st.appendEscape(out, rune(c))
}

func (st *stringStyle) appendEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		return st.appendEscape(st.appendEscape(out, 0xd800+r>>10), 0xdc00+r&0x3ff)
	}
	digits := lowerHex
	if st.upper {
		digits = upperHex
	}
	return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
