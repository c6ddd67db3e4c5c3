package diagnosis

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonStyle is how a program prints JSON. The zero value takes white space away
// and changes nothing else.
type jsonStyle struct {
	code    string
	title   string // "as X prints it"
	rank    int
	comma   string // between items; "," unless stated
	colon   string // between key and value; ":" unless stated
	indent  string
	order   keyOrder
	numbers func([]byte) []byte // nil keeps them
	strings *stringStyle        // nil keeps them
	noMaps  bool                // {} becomes [], as for arrays that stand for both
}

type keyOrder int

const (
	keptOrder   keyOrder = iota
	sortedOrder          // by bytes, the last of equal keys wins
	scriptOrder          // as JavaScript enumerates: indexes first; the last value of equal keys wins
)

// stringStyle is how a program escapes strings.
type stringStyle struct {
	ascii   bool   // what is not ASCII becomes \u escapes
	upper   bool   // their digits are upper-case
	slash   bool   // / becomes \/
	escaped string // ASCII characters that become \u escapes besides the necessary ones
	quote   bool   // " becomes a \u escape too
	lines   bool   // U+2028 and U+2029 become escapes
	del     bool   // and so does U+007F
}

// print writes v in the style.
func (st *jsonStyle) print(v *jsonValue, size int) []byte {
	p := jsonPrinter{st: st, comma: st.comma, colon: st.colon, out: make([]byte, 0, size+size/4)}
	if p.comma == "" {
		p.comma = ","
	}
	if p.colon == "" {
		p.colon = ":"
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
	special      [256]bool // bytes of strings that may not stand as they are
	out          []byte
}

func (p *jsonPrinter) value(v *jsonValue, depth int) {
	switch v.kind {
	case '{':
		p.object(v, depth)
	case '[':
		p.out = append(p.out, '[')
		for i := range v.items {
			p.between(i, depth+1)
			p.value(&v.items[i], depth+1)
		}
		p.end(len(v.items), depth, ']')
	case '"':
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

func (p *jsonPrinter) object(v *jsonValue, depth int) {
	if len(v.members) == 0 && p.st.noMaps {
		p.out = append(p.out, "[]"...)
		return
	}
	members := v.ordered(p.st.order)
	p.out = append(p.out, '{')
	for i := range members {
		p.between(i, depth+1)
		p.text(&members[i].key)
		p.out = append(p.out, p.colon...)
		p.value(&members[i].value, depth+1)
	}
	p.end(len(members), depth, '}')
}

// between goes before item i.
func (p *jsonPrinter) between(i, depth int) {
	if i > 0 {
		p.out = append(p.out, p.comma...)
	}
	p.line(depth)
}

func (p *jsonPrinter) end(n, depth int, c byte) {
	if n > 0 {
		p.line(depth)
	}
	p.out = append(p.out, c)
}

func (p *jsonPrinter) line(depth int) {
	if p.st.indent == "" {
		return
	}
	p.out = append(p.out, '\n')
	for range depth {
		p.out = append(p.out, p.st.indent...)
	}
}

// ordered are the members of an object in an order. Several styles ask for the
// same one.
func (v *jsonValue) ordered(order keyOrder) []jsonMember {
	if order == keptOrder || len(v.members) == 0 {
		return v.members
	}
	if v.orders[order] == nil {
		v.orders[order] = inOrder(lastOfEqual(v.members), order)
	}
	return v.orders[order]
}

// inOrder sorts members in place.
func inOrder(members []jsonMember, order keyOrder) []jsonMember {
	if order == sortedOrder {
		slices.SortStableFunc(members, func(a, b jsonMember) int { return strings.Compare(a.key.text, b.key.text) })
		return members
	}
	slices.SortStableFunc(members, func(a, b jsonMember) int {
		x, xok := arrayIndex(a.key.text)
		y, yok := arrayIndex(b.key.text)
		switch {
		case xok && yok:
			return int(min(max(x-y, -1), 1))
		case xok:
			return -1
		case yok:
			return 1
		}
		return 0
	})
	return members
}

// lastOfEqual copies members; of equal keys the first place and the last value
// count. A map pays for large objects only.
func lastOfEqual(members []jsonMember) []jsonMember {
	const few = 16
	var places map[string]int
	if len(members) > few {
		places = make(map[string]int, len(members))
	}
	out := make([]jsonMember, 0, len(members))
	place := func(key string) (int, bool) {
		if places != nil {
			i, ok := places[key]
			return i, ok
		}
		i := slices.IndexFunc(out, func(m jsonMember) bool { return m.key.text == key })
		return i, i >= 0
	}
	for _, m := range members {
		if i, ok := place(m.key.text); ok {
			out[i].value = m.value
			continue
		}
		if places != nil {
			places[m.key.text] = len(out)
		}
		out = append(out, m)
	}
	return out
}

func arrayIndex(key string) (int64, bool) {
	n, err := strconv.ParseInt(key, 10, 64)
	return n, err == nil && n >= 0 && n < 1<<32-1 && strconv.FormatInt(n, 10) == key
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
			bytes[c] = st.ascii || st.lines
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
		if st.ascii || (st.lines && (r == '\u2028' || r == '\u2029')) {
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

// The numbers of each language. A number that a float64 can not hold is kept.

// scriptNumber is Number.prototype.toString.
func scriptNumber(raw []byte) []byte {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	if f == 0 {
		return []byte("0")
	}
	return floatText(f)
}

// goNumber is encoding/json's of a float64.
func goNumber(raw []byte) []byte {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	return floatText(f)
}

// floatText is the shortest text, with an exponent from 1e21 and below 1e-6.
func floatText(f float64) []byte {
	if abs := max(f, -f); abs == 0 || (abs >= 1e-6 && abs < 1e21) {
		return strconv.AppendFloat(nil, f, 'f', -1, 64)
	}
	return shortExponent(strconv.AppendFloat(nil, f, 'e', -1, 64))
}

// shortExponent turns 1e-07 into 1e-7.
func shortExponent(b []byte) []byte {
	if n := len(b); n >= 4 && (b[n-3] == '-' || b[n-3] == '+') && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// pythonNumber keeps whole numbers, and is repr of the others.
func pythonNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		if string(raw) == "-0" {
			return []byte("0")
		}
		return raw
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(nil, f, 'e', -1, 64)
	}
	out := strconv.AppendFloat(nil, f, 'f', -1, 64)
	if !bytes.Contains(out, []byte(".")) {
		out = append(out, ".0"...)
	}
	return out
}

// phpNumber keeps whole numbers of 64 bits; the others lose a zero fraction.
func phpNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") && string(raw) != "-0" {
		if _, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return raw
		}
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs != 0 && (abs < 1e-4 || abs >= 1e17) {
		out := shortExponent(strconv.AppendFloat(nil, f, 'e', -1, 64))
		mantissa, exponent, _ := bytes.Cut(out, []byte("e"))
		if !bytes.Contains(mantissa, []byte(".")) {
			mantissa = append(slices.Clone(mantissa), ".0"...)
		}
		return slices.Concat(mantissa, []byte("e"), exponent)
	}
	return strconv.AppendFloat(nil, f, 'f', -1, 64)
}

// javaNumber keeps whole numbers, and is Double.toString of the others.
func javaNumber(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return raw
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	abs := max(f, -f)
	if abs == 0 || (abs >= 1e-3 && abs < 1e7) {
		return pythonNumber(raw)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return raw
	}
	return []byte(mantissa + "E" + strconv.Itoa(n))
}
