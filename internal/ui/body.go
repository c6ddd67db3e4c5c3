package ui

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Limits of what is shown of a body, in its own bytes.
const (
	MaxBody   = 64 << 10 // of JSON and other text
	MaxBinary = 512      // of anything else, as a hex dump
	MaxDepth  = 1000     // JSON nested deeper than this is shown as it came
)

// AppendBody appends a body for a person to read. JSON is indented, with its
// numbers, key order and repeated keys as they came; other text is shown as it
// is; what is not text becomes a hex dump. All of it is indented by two blanks,
// so that no line of a body can be taken for one of whk's. A line of its own
// says what is left out, and names the command that writes all of it; id is the
// delivery's, and without one no command is named.
func AppendBody(dst []byte, st *Styler, body []byte, id string) []byte {
	if len(body) == 0 {
		return append(st.appendPaint(dst, Dim, "(no body)"), '\n')
	}
	dst, shown := appendBodyText(dst, st, body)
	if shown == len(body) {
		return dst
	}
	note := fmt.Sprintf("(%d of %d bytes shown", shown, len(body))
	if id != "" {
		note += "; for all of them: whk show " + Safe(id) + " --raw > body"
	}
	return append(st.appendPaint(dst, Dim, note+")"), '\n')
}

// appendBodyText returns how many bytes of body it showed.
func appendBodyText(dst []byte, st *Styler, body []byte) ([]byte, int) {
	if json.Valid(body) {
		if out, shown, ok := appendIndented(dst, st, body); ok {
			return out, shown
		}
	}
	text := cutText(body, MaxBody)
	if binary(text) {
		head := body[:min(len(body), MaxBinary)]
		for line := range bytes.Lines([]byte(hex.Dump(head))) {
			dst = append(append(dst, margin...), line...)
		}
		return dst, len(head)
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) > 0 {
			dst = append(dst, margin...)
			dst = st.appendText(dst, string(line))
		}
		dst = append(dst, '\n')
	}
	return dst, len(text)
}

// margin is in front of every line of a body.
const margin = "  "

// appendText appends a line of a body; tabs stay.
func (st *Styler) appendText(dst []byte, s string) []byte {
	if !st.Color() {
		return appendSafe(dst, s, manyLines, mark{}, mark{})
	}
	return appendSafe(dst, s, manyLines, st.escape(), mark{})
}

// binary reports whether text would be unreadable: it holds a NUL, or more
// than a tenth of it is control characters and bytes that are not UTF-8.
func binary(text []byte) bool {
	odd := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == 0:
			return true
		case r == '\n' || r == '\r' || r == '\t':
		case r < ' ' || r == 0x7f || r == utf8.RuneError && size == 1:
			odd++
		}
		i += size
	}
	return odd*10 > len(text)
}

// cutText returns at most n bytes of b, without half a character at the end.
func cutText(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for back := 1; back < utf8.UTFMax && back <= n; back++ {
		if utf8.RuneStart(b[n-back]) {
			if !utf8.FullRune(b[n-back : n]) {
				n -= back
			}
			break
		}
	}
	return b[:n]
}
