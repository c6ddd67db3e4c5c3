package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// span is the bytes [start, end) of a JSON text.
type span struct{ start, end int }

// member is one entry of an object, or one element of a list, whose key is the
// empty span.
type member struct{ key, value span }

// start is where the member's own bytes begin.
func (m member) start() int {
	if m.key.end > 0 {
		return m.key.start
	}
	return m.value.start
}

// jsonError is a text that is not JSON.
type jsonError struct {
	line int // from 1
	what string
}

func (e *jsonError) Error() string { return "not valid JSON: " + e.what }

// checkJSON returns nil if src is one JSON value. The rest of this file relies
// on that.
func checkJSON(src []byte) *jsonError {
	if json.Valid(src) {
		return nil
	}
	switch {
	case len(bytes.TrimSpace(src)) == 0:
		return &jsonError{1, "it is empty"}
	case bytes.HasPrefix(src, []byte("\xef\xbb\xbf")):
		return &jsonError{1, "it begins with a byte order mark"}
	}
	var value json.RawMessage
	err := json.Unmarshal(src, &value)
	line := 1
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		end := min(max(int(syntax.Offset)-1, 0), len(src))
		line += bytes.Count(src[:end], []byte("\n"))
	}
	return &jsonError{line, err.Error()}
}

// checkText returns nil if src is UTF-8, as JSON has to be.
func checkText(src []byte) *jsonError {
	if utf8.Valid(src) {
		return nil
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && n == 1 {
			return &jsonError{1 + bytes.Count(src[:at], []byte("\n")), fmt.Sprintf("byte %d is not UTF-8", at+1)}
		}
		at += n
	}
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\t' || src[i] == '\n' || src[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that begins at i.
func skipString(src []byte, i int) int {
	for {
		i++
		i += bytes.IndexByte(src[i:], '"')
		slashes := 0
		for src[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
}

// skipValue returns the index behind the value that begins at i.
func skipValue(src []byte, i int) int {
	depth := 0
	for i < len(src) {
		switch src[i] {
		case '"':
			i = skipString(src, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default:
			i = skipScalar(src, i)
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// skipScalar returns the index behind the number or word that begins at i.
func skipScalar(src []byte, i int) int {
	for ; i < len(src); i++ {
		switch src[i] {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return i
}

// wholeValue returns the span of the only value of src.
func wholeValue(src []byte) span {
	return span{skipSpace(src, 0), len(bytes.TrimRight(src, " \t\r\n"))}
}

// members calls yield with the entries of the object or list v, in order,
// until it returns false. A scalar has none.
func members(src []byte, v span, yield func(member) bool) {
	open := src[v.start]
	if open != '{' && open != '[' {
		return
	}
	i := skipSpace(src, v.start+1)
	for src[i] != '}' && src[i] != ']' {
		var m member
		if open == '{' {
			m.key = span{i, skipString(src, i)}
			i = skipSpace(src, skipSpace(src, m.key.end)+1)
		}
		m.value = span{i, skipValue(src, i)}
		if !yield(m) {
			return
		}
		if i = skipSpace(src, m.value.end); src[i] == ',' {
			i = skipSpace(src, i+1)
		}
	}
}

// keyText is the key that the bytes of s stand for.
func keyText(src []byte, s span) string {
	var key string
	if raw := src[s.start+1 : s.end-1]; bytes.IndexByte(raw, '\\') < 0 {
		key = string(raw)
	} else if json.Unmarshal(src[s.start:s.end], &key) != nil {
		key = string(raw) // no valid JSON string comes here
	}
	return key
}

// isKey reports whether the bytes of s stand for key.
func isKey(src []byte, s span, key string) bool {
	if raw := src[s.start+1 : s.end-1]; bytes.IndexByte(raw, '\\') < 0 {
		return string(raw) == key
	}
	return keyText(src, s) == key
}
