package diagnosis

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pythonText prints JSON as Python's str does a dict: what is signed where
// json.dumps was forgotten.
func pythonText(b []byte) []byte {
	v, ok := parseJSON(b)
	if !ok || (v.kind != '{' && v.kind != '[') {
		return nil
	}
	return appendPython(make([]byte, 0, len(b)+len(b)/8), &v)
}

var pythonLiterals = map[byte]string{'t': "True", 'f': "False", 'n': "None"}

func appendPython(out []byte, v *jsonValue) []byte {
	switch v.kind {
	case '{':
		out = append(out, '{')
		for i, m := range lastOfEqual(v.members) {
			out = appendPythonComma(out, i)
			out = append(appendPythonString(out, m.key.text), ": "...)
			out = appendPython(out, &m.value)
		}
		return append(out, '}')
	case '[':
		out = append(out, '[')
		for i := range v.items {
			out = appendPython(appendPythonComma(out, i), &v.items[i])
		}
		return append(out, ']')
	case '"':
		return appendPythonString(out, v.text)
	case '0':
		return append(out, pythonNumber(v.raw)...)
	}
	return append(out, pythonLiterals[v.kind]...)
}

func appendPythonComma(out []byte, i int) []byte {
	if i > 0 {
		out = append(out, ", "...)
	}
	return out
}

// appendPythonString is repr of a str.
// https://docs.python.org/3/library/functions.html#repr
func appendPythonString(out []byte, s string) []byte {
	quote := pythonQuote(s)
	out = append(out, quote)
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			out = appendPythonByte(out, byte(r), quote)
		case unicode.IsPrint(r):
			out = utf8.AppendRune(out, r)
		case r < 0x100:
			out = append(out, '\\', 'x', lowerHex[r>>4], lowerHex[r&15])
		default:
			out = (&stringStyle{}).appendEscape(out, r)
		}
	}
	return append(out, quote)
}

func pythonQuote(s string) byte {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return '"'
	}
	return '\''
}

func appendPythonByte(out []byte, c, quote byte) []byte {
	switch {
	case c == quote, c == '\\':
		return append(out, '\\', c)
	case c == '\n':
		return append(out, `\n`...)
	case c == '\r':
		return append(out, `\r`...)
	case c == '\t':
		return append(out, `\t`...)
	case c < ' ', c >= 0x7f:
		return append(out, '\\', 'x', lowerHex[c>>4], lowerHex[c&15])
	}
	return append(out, c)
}

// pythonBytes is Python's str of bytes: b'…'.
func pythonBytes(b []byte) []byte {
	quote := pythonQuote(string(b))
	out := append(make([]byte, 0, len(b)+len(b)/8+3), 'b', quote)
	for _, c := range b {
		out = appendPythonByte(out, c, quote)
	}
	return append(out, quote)
}

// fromPythonBytes undoes pythonBytes where nothing but quotes was escaped.
func fromPythonBytes(text string) (string, bool) {
	for _, q := range []string{"'", `"`} {
		if rest, ok := strings.CutPrefix(text, "b"+q); ok && strings.HasSuffix(rest, q) && !bytes.ContainsRune([]byte(rest), '\\') {
			return strings.TrimSuffix(rest, q), true
		}
	}
	return "", false
}
